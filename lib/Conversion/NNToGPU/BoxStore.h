//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Storing the result of a product by the engine for copies (compute capability
// 9.0 alone): each thread computes the elements whose sums it has, and boxes of
// them go from shared memory to the result. What is added to the sums comes the
// same way, while they are computed.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_BOXSTORE_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_BOXSTORE_H

#include "Fragments.h"
#include "OperandTiles.h"

namespace vitrail {

/// What of a tile the warps of a block have: each `ofTile` boxes.
struct BoxShape {
  int64_t warps, ofTile;
  int64_t atOnce; ///< boxes in shared memory; a divisor of `ofTile`
  /// Whether threads have registers for the bias of all boxes.
  bool readsBiasAhead;
};

/// Of one warp, whose boxes are used in turns: what is added to sums comes to a
/// box, which is where the result is then computed, and leaves from.
class BoxStore {
public:
  static constexpr int64_t rows = mmaRows;
  /// Of a box, whose rows are of 128 bytes.
  static int64_t countColumns(const TensorProduct &product);
  /// Boxes beyond that many at once are of no use.
  static int64_t getMostAtOnce(const TensorProduct &product);

  /// Whether the kernel's result lies as its sums do, and so does what is added
  /// to them, which has as many bytes.
  static bool isOfUse(const TensorProduct &product);
  /// In shared memory, from a multiple of 1024 bytes on.
  static int64_t countBytes(const BoxShape &shape);

  /// Adds tensor maps to the kernel; `offset` is in bytes.
  BoxStore(DeviceKernel &kernel, const TensorProduct &product,
           const WarpPlace &place, BoxShape shape, int64_t offset);

  /// For one thread of the block, before all others begin.
  void createBarriers();

  /// Where each of a tile's boxes is in the result (i32): beyond the last row
  /// or column nothing is read or stored.
  using GetPlace = llvm::function_ref<BlockPlace(int64_t box)>;
  /// Begins to read what is added to the warp's tile number `tile` (i32), in
  /// the block that `store` is in.
  void begin(mlir::Value tile, GetPlace getPlace);
  /// Stores the tile: fragments of [16, 8] of each box.
  using GetFragments =
      llvm::function_ref<llvm::ArrayRef<mlir::Value>(int64_t box)>;
  void store(GetFragments getFragments, GetPlace getPlace);
  /// Before the warp ends: what is under way leaves shared memory.
  void finish();

private:
  bool hasAddend() const { return bool(addend); }
  mlir::Value addMap(unsigned operand);
  void computeFromSums();

  // Boxes are numbers among those of the tile.
  mlir::Value getMemory(int64_t box, mlir::Value bytes);
  mlir::Value findChunk(mlir::Value row, mlir::Value chunk);
  mlir::Value getBarrier(int64_t box);
  void waitForStores(int64_t running);
  void beginRead(int64_t box, const BlockPlace &at);
  void readBias(const BlockPlace &at);
  void waitForRead(int64_t box);
  void write(int64_t box, llvm::ArrayRef<mlir::Value> fragments,
             const BlockPlace &at);
  void writeMatrices(int64_t box, int64_t fragment,
                     llvm::ArrayRef<mlir::Value> pairs);
  void beginStore(int64_t box, const BlockPlace &at);

  /// The first column of a thread's elements in a fragment that begins at
  /// `column` (i32).
  mlir::Value findColumn(mlir::Value column);
  std::array<Indices, 2> findRows(const BlockPlace &at);
  /// Computes the pair of neighbours from `column` on (i32) that a thread has
  /// of a fragment's upper or lower half.
  mlir::Value compute(mlir::Value fragment, int64_t half, Indices indices,
                      mlir::Value column, llvm::ArrayRef<mlir::Value> biasPair);
  /// Where a pair lies in shared memory if elements have four bytes.
  mlir::Value findPair(int64_t box, int64_t fragment, int64_t half);
  void runOnce(llvm::function_ref<void()> body);
  void synchronize();

  DeviceKernel &kernel;
  const TensorProduct &product;
  const WarpPlace &place;
  BoxShape shape;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value result;
  mlir::BlockArgument addend; ///< may be null
  mlir::Value resultMap, addendMap, memory, barriers;
  mlir::Value tile;
  /// If it is read ahead, of each pair of columns of all boxes.
  llvm::SmallVector<mlir::Value> biases;
  // What the elements that are being computed are made of.
  mlir::Value sum, added, bias;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_BOXSTORE_H
