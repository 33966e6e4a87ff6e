//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention of one kernel for a GPU: GPUAttention.cpp has the algorithm and
// says what is what, GPUAttentionSchedule.cpp the schedule.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPUATTENTION_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPUATTENTION_H

#include "Attention.h"
#include "GPU.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

/// The queries of a block, and those of a thread, which divide them.
struct QueriesOfBlock {
  int64_t all = 1;
  int64_t ofThread = 1;
  int64_t countThreads() const { return all / ofThread; }
};

class AttentionOnGPU : AttentionShape {
public:
  AttentionOnGPU(KernelLowering &kernel, nn::AttentionOp attention)
      : AttentionShape(attention), kernel(kernel), attention(attention),
        rowVars(withOuter({"i"})),
        vectorOfWidth(width % gpuVectorSize == 0 ? gpuVectorSize : 1),
        vectorOfFeatures(features % gpuVectorSize == 0 ? gpuVectorSize : 1),
        columnThreads(chooseColumnThreads()),
        widthOfThread(llvm::alignTo(llvm::divideCeil(width, columnThreads),
                                    vectorOfWidth)),
        keysOfThread(chooseKeysOfThread()),
        paddedKeys(llvm::alignTo(keys, std::max(columnThreads, keysOfStep))),
        tile(chooseTile()) {}

  void run() {
    copyRows("key_rows", attention.getKey());
    copyRows("value_rows", attention.getValue());
    defineScores();
    defineSoftmax();
    defineResult();
    scheduleOutput();
    scheduleCopies();
    scheduleScores();
    scheduleSoftmax();
    scheduleMix();
  }

private:
  /// Whose sums stay in a thread's registers, at most.
  static constexpr int64_t mostQueriesOfThread = 8, mostKeysOfThread = 8;
  static constexpr int64_t mostThreads = 256;
  /// Of the 48 KiB that every GPU has.
  static constexpr int64_t mostSharedBytes = 46 << 10;
  /// Keys whose weights and values are loaded at a time.
  static constexpr int64_t keysOfStep = 4;

  int64_t chooseColumnThreads() const;
  int64_t chooseKeysOfThread() const;
  int64_t countSharedBytes(int64_t size) const;
  QueriesOfBlock chooseTile() const;
  bool isCopied(mlir::Value operand) const;
  bool hasKeysAlone() const { return !isCopied(attention.getKey()); }
  void copyRows(llvm::StringRef name, mlir::Value operand);
  void defineDot();
  void defineScores();
  void reduceRow(llvm::StringRef name, llvm::StringRef func, bool isMax);
  void defineSoftmax();
  void defineValues();
  void defineResult();
  void scheduleOutput();
  void spreadVectors(Stage &stage, const std::string &column, int64_t columns,
                     const std::string &row, int64_t rows);
  void scheduleCopies();
  void scheduleDot();
  void scheduleScores();
  void scheduleRow(llvm::StringRef name, llvm::StringRef at,
                   llvm::StringRef loop);
  void scheduleSoftmax();
  void scheduleMix();

  /// A query of the tile; those beyond the last count as the last.
  mlir::Value clampQuery(ExprBuilder &expr, mlir::Value i) const {
    return queries % tile.all == 0 ? i : expr.clampIndex(i, 0, queries - 1);
  }
  mlir::Value clampKey(ExprBuilder &expr, mlir::Value j) const {
    return expr.clampIndex(j, 0, keys - 1);
  }
  static mlir::Value callOfRow(ExprBuilder &expr, llvm::StringRef name,
                               mlir::Value x,
                               llvm::ArrayRef<mlir::Value> rows) {
    Indices indices = {x};
    llvm::append_range(indices, rows);
    return expr.call(name, indices);
  }
  /// Threads along `x` and along the queries of a tile, of which a thread has
  /// some in a loop "ii".
  void spread(Stage stage, const std::string &x, const Names &inner);

  KernelLowering &kernel;
  mutable nn::AttentionOp attention; // a handle: accessors are not const
  Names rowVars;
  // Elements of a vector of the output, and of what is multiplied with keys.
  int64_t vectorOfWidth, vectorOfFeatures;
  int64_t columnThreads; ///< along keys or features
  int64_t widthOfThread;
  int64_t keysOfThread; ///< whose scores a thread computes at a time
  int64_t paddedKeys;   ///< whole steps; those beyond the last weigh nothing
  QueriesOfBlock tile;
  RowPlace place;
  halide::FuncOp qFunc;
  struct Copy {
    std::string name;
    halide::FuncOp func;
    int64_t columns;
  };
  llvm::SmallVector<Copy> copies;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPUATTENTION_H
