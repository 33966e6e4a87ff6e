//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the threads of a warp hold of matrices, in the order of mma.sync
// (m16n8k16, of tf32 m16n8k8, of i8 m16n8k32): reading it from shared memory,
// multiplying it, and handing sums over to threads that have whole chunks of
// rows.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_FRAGMENTS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_FRAGMENTS_H

#include "SharedRows.h"
#include "UpdateStore.h"

namespace vitrail {

// The matrices of one instruction, whose depth is two chunks: that of elements
// of two bytes.
inline constexpr int64_t mmaRows = 16, mmaColumns = 8, mmaDepth = 16,
                         chunksOfDepth = 2;

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

  /// The left-hand side: 16 rows from `row` on, of two chunks from `chunk` on.
  mlir::Value readLeft(mlir::Value stage, mlir::Value row, int64_t chunk);
  /// Two right-hand sides for 16 columns, which are rows of the stage from
  /// `row` on, of two chunks from `chunk` on.
  std::array<mlir::Value, 2> readRows(mlir::Value stage, mlir::Value row,
                                      int64_t chunk);
  /// The same where columns are those of the stage, from chunk `chunk` on, and
  /// the 16 elements, of two bytes, are its rows from `row` on.
  std::array<mlir::Value, 2> readColumns(mlir::Value stage, int64_t row,
                                         mlir::Value chunk);
  /// A right-hand side of four bytes for 8 columns of the stage from `column`
  /// on: of its 8 rows from `row` on, each thread has two neighbours, as it has
  /// two neighbouring columns of sums.
  mlir::Value readNeighbours(mlir::Value stage, int64_t row, int64_t column);

private:
  mlir::Value read(mlir::Value stage, mlir::Value row, mlir::Value chunk,
                   bool isTransposed);
  std::array<mlir::Value, 2> split(mlir::Value matrices);

  DeviceKernel &kernel;
  const WarpPlace &place;
  mlir::Value memory;
};

/// sums + left * right; f32 are multiplied as tf32, and sums of integers are
/// i32.
mlir::Value multiplyFragments(DeviceKernel &kernel, mlir::Value left,
                              mlir::Value right, mlir::Value sums);

/// Sums of zero, f32 where no type is named.
mlir::Value getZeroSums(DeviceKernel &kernel);
mlir::Value getZeroSums(DeviceKernel &kernel, mlir::Type type);

/// What of a matrix the warps of a block have: each `rows` and `columns`, and
/// `shares` warps the same ones, whose sums are added.
struct SumShape {
  int64_t warps; ///< without those that have the same
  int64_t rows, columns;
  int64_t shares = 1;

  /// So that the rows that threads read at a time are in different banks.
  static constexpr int64_t padding = 8;
  /// In shared memory.
  int64_t countBytes() const {
    return shares * warps * rows * (columns + padding) * 4;
  }
  int64_t countChunks() const { return rows * columns / chunkSize; }
  int64_t chunksOfRow() const { return columns / chunkSize; }
};

/// The part of shared memory through which warps pass their sums.
class SumExchange {
public:
  /// Of sums of four bytes; `offset` is in bytes.
  SumExchange(DeviceKernel &kernel, const WarpPlace &place, SumShape shape,
              mlir::Type type, int64_t offset = 0);

  /// Stores a warp's sums, fragments row by row.
  void store(mlir::ValueRange fragments);
  /// Stores a chunk of the warp's sums, if others do the rest; then all
  /// `synchronize`.
  void storeChunk(mlir::Value row, mlir::Value column,
                  llvm::ArrayRef<mlir::Value> chunk);
  void synchronize();

  /// The sums of a chunk, from a place of the warp's on.
  llvm::SmallVector<mlir::Value> loadChunk(mlir::Value row, mlir::Value column);

  const SumShape &getShape() const { return shape; }
  /// Which of the warps that have the same sums this is (i32).
  mlir::Value getShare() const;

private:
  DeviceKernel &kernel;
  const WarpPlace &place;
  SumShape shape;
  mlir::Value memory;
};

/// The index `offset` further (i32), whose element is a neighbour in memory.
mlir::Value findNeighbour(DeviceKernel &kernel, mlir::Value index,
                          int64_t offset);

/// Where a chunk of a warp's sums goes.
struct ChunkPlace {
  /// Of the anchor's first element of the chunk; rows that there are.
  Indices indices;
  /// Whether this row is the chunk's.
  mlir::Value isThere;
};

/// Computes and stores the kernel's results from the sums of a warp.
class ResultStore {
public:
  /// The place of the chunk at a row and a column of the warp's.
  using GetPlace = std::function<ChunkPlace(
      DeviceExprBuilder &, mlir::Value row, mlir::Value column)>;

  /// `anchor` has `columns` columns; the kernel's first `result` has its
  /// elements at the same places after what follows it.
  ResultStore(DeviceKernel &kernel, SumExchange &exchange,
              const WarpPlace &place, mlir::Value anchor, mlir::Value result,
              int64_t columns, GetPlace getPlace);

  /// Each element of the anchor is `sum(element in shared memory, its column)`.
  using FinishSum = std::function<mlir::Value(ExprBuilder &, mlir::Value sum,
                                              mlir::Value column)>;
  void run(const FinishSum &finishSum);

private:
  struct Chunk {
    llvm::SmallVector<mlir::Value> values;
    llvm::SmallVector<Indices> places; ///< in the result
    mlir::Value isThere;
    mlir::Value column; ///< of the first element
  };
  Chunk compute(mlir::Value number);
  bool staysWhole() const;
  void storeWhole(const Chunk &chunk);
  void store(const Chunk &chunk);

  DeviceKernel &kernel;
  SumExchange &exchange;
  const WarpPlace &place;
  mlir::Value anchor, result;
  int64_t columns;
  GetPlace getPlace;
  llvm::SmallVector<UpdateStore> updates;
  mlir::Value sum; ///< the anchor's element before it is finished
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_FRAGMENTS_H
