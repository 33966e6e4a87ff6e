//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chunks of rows of queries, keys and values, which threads read straight to
// registers, and sums over threads that share a row.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_CACHEROWS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_CACHEROWS_H

#include "DeviceRows.h"

namespace vitrail {

/// Rows of a tensor [outer dimensions, rows, width].
class CacheRows {
public:
  CacheRows(DeviceKernel &kernel, mlir::Value tensor, Indices outer);

  /// The chunk of a row from `column` on, as it lies in memory; beyond the last
  /// column, other elements.
  llvm::SmallVector<mlir::Value> read(mlir::Value row,
                                      mlir::Value column) const;
  /// How many values `read` makes of a chunk.
  int64_t countPieces() const { return chunkSize / neighbours; }
  /// The elements of a chunk that was read, in f32.
  llvm::SmallVector<mlir::Value>
  convert(llvm::ArrayRef<mlir::Value> pieces) const;

private:
  DeviceKernel &kernel;
  mlir::Value tensor;
  Indices outer;
  int64_t width;
  mlir::Type element;     ///< in memory; null: elements are computed
  int64_t neighbours = 1; ///< that are loaded together
};

/// `value` combined over threads whose distances are powers of two, from `from`
/// on and below `to`.
mlir::Value reduceOverLanes(
    DeviceKernel &kernel, mlir::Value value, int64_t from, int64_t to,
    llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_CACHEROWS_H
