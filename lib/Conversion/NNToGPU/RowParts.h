//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows in the registers of groups of threads: placing, reading, normalising,
// finishing and storing what a thread has of them, chunk by chunk.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_ROWPARTS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_ROWPARTS_H

#include "DeviceRows.h"

namespace vitrail {

/// A chunk of a row that a thread has.
struct RowChunk {
  mlir::Value column;  ///< of the first element; of another chunk's elsewhere
  mlir::Value isThere; ///< null: always
  llvm::SmallVector<mlir::Value> values;
};

/// A thread's part of a row.
struct RowPart {
  Indices indices; ///< of the row; of another one if it is not there
  mlir::Value isThere;
  llvm::SmallVector<RowChunk> chunks;
};

class RowParts {
public:
  /// `block` is the number of the block's rows, and `thread` of the thread
  /// among those that share them out (i32).
  RowParts(DeviceKernel &kernel, llvm::ArrayRef<nn::Extent> rows,
           const RowGroups &groups, mlir::Value block, mlir::Value thread);

  /// The parts of the thread's group, without chunks. Groups have neighbouring
  /// rows.
  llvm::SmallVector<RowPart> place();
  /// The thread's chunk number `number` of a row of `chunks`. Lanes have
  /// neighbouring chunks.
  RowChunk placeChunk(mlir::Value number, int64_t chunks);

  /// Reads a chunk of `value` as `type`; `element` is what lies in memory, null
  /// if elements are computed.
  void read(const RowPart &part, RowChunk &chunk, mlir::Value value,
            mlir::Type element, mlir::Type type);

  /// Normalises rows of `width` elements in f32.
  void normalize(RowPart &part, nn::LayerNormOp norm, int64_t width);
  /// The largest magnitude of a row's elements, in all threads that have it.
  mlir::Value findRange(const RowPart &part);

  /// Computes elements of `value` from those of `anchor` at the same places,
  /// which are `getElement(the chunk's value, column)`.
  using GetElement = std::function<mlir::Value(ExprBuilder &, mlir::Value,
                                               mlir::Value column)>;
  void setAnchor(mlir::Value anchor, GetElement getElement);

  /// What is stored of a chunk of the anchor.
  struct Finished {
    llvm::SmallVector<mlir::Value> values;
    llvm::SmallVector<Indices> places; ///< in the result
    bool areNeighbours;                ///< in the result, too
    mlir::Value isThere;
  };
  Finished finish(const RowPart &part, const RowChunk &chunk,
                  mlir::Value anchor, mlir::Value result);
  /// To the kernel's first result.
  void store(const Finished &finished);
  /// The one element of a row in `memory`.
  void store(const RowPart &part, mlir::Value value, mlir::Value memory);

private:
  llvm::SmallVector<mlir::Value> load(Indices indices, mlir::Value value,
                                      mlir::Type element);
  mlir::Value sum(const RowPart &part,
                  llvm::function_ref<mlir::Value(mlir::Value)> getTerm);
  using Combine =
      llvm::function_ref<mlir::Value(ExprBuilder &, mlir::Value, mlir::Value)>;
  mlir::Value reduce(llvm::SmallVector<mlir::Value> terms, Combine combine);

  DeviceKernel &kernel;
  llvm::SmallVector<int64_t> extents; ///< of rows
  const RowGroups &groups;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value block, lane, group; ///< of the thread (i32)
  mlir::Value lastRow;
  mlir::Value current; ///< the chunk's value that is being finished
};

/// The norm's element, by what it multiplies and adds after normalising.
mlir::Value scaleNormalized(DeviceKernel &kernel, nn::LayerNormOp norm,
                            ExprBuilder &expr, mlir::Value value,
                            mlir::Value column);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_ROWPARTS_H
