//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of attention on tensor cores. A block has a tile of queries of one
// head, a warp 16 of them; keys and values come by in tiles. What multiplies
// them is up to the instruction (MmaAttention.cpp, WgmmaAttention.cpp). Scores
// stay in registers, where their softmax is kept as maxima and sums of what
// came by (Milakov & Gimelshein 2018), and become the left-hand side of the
// product with the values (Dao et al. 2022, without their tiles in shared
// memory).
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_ATTENTIONKERNEL_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_ATTENTIONKERNEL_H

#include "AttentionSoftmax.h"
#include "TensorAttention.h"

#include <memory>

namespace vitrail {

/// Keys and values that are in shared memory at a time.
struct KeyTile {
  mlir::Value number, stage; ///< i32
  int64_t keys;              ///< that are multiplied
  int64_t known;             ///< that there are
  bool isFirst;              ///< whether nothing is known of other keys
};

class AttentionKernel {
public:
  AttentionKernel(DeviceKernel &kernel, const TensorAttention &shape)
      : kernel(kernel), shape(shape), builder(kernel.getBuilder()),
        loc(kernel.getLoc()), place(kernel), softmax(kernel, getScoreUnit()) {}
  virtual ~AttentionKernel() = default;

  void run(mlir::Value result);

protected:
  /// Fragments of the products of a warp's queries with a tile's keys.
  virtual llvm::SmallVector<mlir::Value> multiplyKeys(const KeyTile &tile) = 0;
  /// Adds a tile's values, weighted, to `mix`.
  virtual void mixValues(const KeyTile &tile,
                         llvm::ArrayRef<mlir::Value> weights,
                         llvm::SmallVectorImpl<mlir::Value> &mix) = 0;
  /// What this thread wrote to shared memory is to be visible to the
  /// instruction.
  virtual void fence() {}

  /// The place of the block, and its shared memory.
  virtual void placeBlock();
  /// Stores weighted values to the kernel's `result`.
  virtual void store(llvm::ArrayRef<mlir::Value> mix, mlir::Value result);
  virtual AttentionProgress attendAll();
  AttentionProgress attend(AttentionProgress progress, const KeyTile &tile);
  KeyTile getLastTile(bool isFirst);

  DeviceKernel &kernel;
  const TensorAttention &shape;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  WarpPlace place;
  AttentionSoftmax softmax;
  Indices outerIndices;
  mlir::Value firstQuery;  ///< of the block
  mlir::Value firstOfWarp; ///< a query of the block's
  mlir::Value queryMemory, keyMemory, valueMemory;

private:
  RowCopier getCopier(mlir::Value value, mlir::Value memory, int64_t count,
                      int64_t width, mlir::Value first, int64_t rows);
  void beginTile(mlir::Value number, int64_t rows);
  void waitForTile();
  void beginAhead(mlir::Value number);
  AttentionProgress attendInTurn(AttentionProgress progress, KeyTile tile);
  bool isRaw() const;
  double getScoreUnit() const;
  void setTables();
  mlir::Value getAddend(mlir::Value value);
  mlir::Value getScore(mlir::Value product, bool isKnown);
  void addScores(llvm::SmallVectorImpl<mlir::Value> &scores,
                 const KeyTile &tile);
  ChunkPlace placeChunk(DeviceExprBuilder &expr, mlir::Value localRow,
                        mlir::Value column);

  /// The place of a score.
  struct {
    mlir::Value query, key;
    mlir::Value queryTile, keyTile; ///< of 16
    int64_t element;                ///< of a packed table
  } current;
};

/// Attention by mma.sync, of compute capability 8.0 and later.
std::unique_ptr<AttentionKernel>
createMmaAttention(DeviceKernel &kernel, const TensorAttention &shape);

/// Attention by wgmma, of compute capability 9.0 alone.
std::unique_ptr<AttentionKernel>
createWgmmaAttention(DeviceKernel &kernel, const TensorAttention &shape);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_ATTENTIONKERNEL_H
