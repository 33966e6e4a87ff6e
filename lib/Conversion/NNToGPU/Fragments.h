//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the threads of a warp hold of matrices, in the order of mma.sync
// (m16n8k16): reading it from shared memory, multiplying it, and handing sums
// over to threads that have whole chunks of rows.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_FRAGMENTS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_FRAGMENTS_H

#include "SharedRows.h"

namespace vitrail {

// The matrices of one instruction.
inline constexpr int64_t mmaRows = 16, mmaColumns = 8, mmaDepth = 16;

/// The place of a thread in its block (i32).
struct WarpPlace {
  mlir::Value lane, warp;

  explicit WarpPlace(DeviceKernel &kernel);

  /// Of a fragment of sums, the row of the thread's first two elements, which
  /// are neighbours; the other two are 8 rows below.
  mlir::Value getRow(DeviceExprBuilder &expr) const;
  mlir::Value getColumn(DeviceExprBuilder &expr) const;
};

/// Reads fragments from stages [stages, rows, width] of swizzled rows.
class FragmentReader {
public:
  FragmentReader(DeviceKernel &kernel, const WarpPlace &place,
                 mlir::Value memory)
      : kernel(kernel), place(place), memory(memory) {}

  /// The left-hand side: 16 rows from `row` on, of 16 elements from chunk
  /// `chunk` on.
  mlir::Value readLeft(mlir::Value stage, mlir::Value row, int64_t chunk);
  /// Two right-hand sides for 16 columns, which are rows of the stage from
  /// `row` on, of 16 elements from chunk `chunk` on.
  std::array<mlir::Value, 2> readRows(mlir::Value stage, mlir::Value row,
                                      int64_t chunk);
  /// The same where columns are those of the stage, from chunk `chunk` on, and
  /// the 16 elements are its rows from `row` on.
  std::array<mlir::Value, 2> readColumns(mlir::Value stage, int64_t row,
                                         mlir::Value chunk);

private:
  mlir::Value read(mlir::Value stage, mlir::Value row, mlir::Value chunk,
                   bool isTransposed);
  std::array<mlir::Value, 2> split(mlir::Value matrices);

  DeviceKernel &kernel;
  const WarpPlace &place;
  mlir::Value memory;
};

/// sums + left * right.
mlir::Value multiplyFragments(DeviceKernel &kernel, mlir::Value left,
                              mlir::Value right, mlir::Value sums);

/// Sums of zero.
mlir::Value getZeroSums(DeviceKernel &kernel);

/// The part of shared memory through which each warp passes its sums.
class SumExchange {
public:
  /// `offset` is in bytes.
  SumExchange(DeviceKernel &kernel, const WarpPlace &place, int64_t warps,
              int64_t rows, int64_t columns, int64_t offset);

  static int64_t countBytes(int64_t warps, int64_t rows, int64_t columns) {
    return warps * rows * (columns + padding) * 4;
  }

  /// Stores a warp's sums, fragments row by row.
  void store(mlir::ValueRange fragments);

  /// Calls `body` for each chunk of the warp with its row and column, inside of
  /// a loop that shares chunks among the threads.
  void forEachChunk(
      llvm::function_ref<void(mlir::Value row, mlir::Value column)> body);

  /// The sum at a place of the warp's.
  mlir::Value load(mlir::Value row, mlir::Value column);

private:
  /// So that the rows that threads read at a time are in different banks.
  static constexpr int64_t padding = 8;

  DeviceKernel &kernel;
  const WarpPlace &place;
  int64_t rows, columns;
  mlir::Value memory;
};

/// Computes and stores a chunk of the kernel's result, of which `anchor` has
/// the element at the same place before what follows it. `indices` are those of
/// the anchor's first element of the chunk; columns beyond `columns` do not
/// exist, nor does any where `isThere` does not hold. `select` makes the
/// chunk's element of this number the anchor's.
void storeChunk(DeviceKernel &kernel, mlir::Value anchor, mlir::Value result,
                Indices indices, mlir::Value isThere, int64_t columns,
                llvm::function_ref<void(int64_t)> select);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_FRAGMENTS_H
