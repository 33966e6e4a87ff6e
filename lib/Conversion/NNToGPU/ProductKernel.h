//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a product on tensor cores. Asynchronous copies fill stages
// ahead; what multiplies them is up to the instruction (MmaProduct.cpp,
// WgmmaProduct.cpp); sums pass through shared memory to threads that compute
// and store whole chunks of rows.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_PRODUCTKERNEL_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_PRODUCTKERNEL_H

#include "Fragments.h"
#include "OperandTiles.h"

#include <memory>

namespace vitrail {

class ProductKernel {
public:
  ProductKernel(DeviceKernel &kernel, const TensorProduct &product,
                const BlockTile &tile);
  virtual ~ProductKernel() = default;

  void run(mlir::Value result);
  int64_t getSharedBytes() const;
  int64_t countColumnTiles() const;

protected:
  /// Multiplies all stages, of which all but one are on their way, and returns
  /// a warp's sums: fragments of [16, 8], row by row.
  virtual llvm::SmallVector<mlir::Value> multiplyAll() = 0;
  /// The tile's row that is a warp's row `local`.
  virtual mlir::Value getRow(DeviceExprBuilder &expr, mlir::Value local) = 0;

  int64_t countSteps() const;
  int64_t countRowFragments() const { return tile.warpRows / mmaRows; }
  int64_t countColumnFragments() const { return tile.warpColumns / mmaColumns; }

  /// Waits for this thread's copies of the oldest stage that was not waited
  /// for.
  void waitForCopies();
  void synchronize();
  mlir::Value nextStage(mlir::Value stage);
  /// Multiplies a stage: returns what the next one is given instead of
  /// `arguments`, the last of which are the stages to read and to write.
  using MultiplyStage = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      mlir::ValueRange arguments, mlir::Value step)>;
  /// The loop over all stages; `initial` lacks those to read and to write, and
  /// so does what is returned.
  llvm::SmallVector<mlir::Value>
  loopOverStages(llvm::SmallVector<mlir::Value> initial,
                 MultiplyStage multiplyStage);
  /// Begins to copy the part of k number `step`, if there is one; what has to
  /// be computed is in `computed` afterwards.
  void copyAhead(mlir::Value step, mlir::Value stage,
                 llvm::SmallVectorImpl<mlir::Value> &computed);

  DeviceKernel &kernel;
  const TensorProduct &product;
  const BlockTile &tile;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  WarpPlace warpPlace;
  mlir::Value rowWarp, columnWarp;
  mlir::Value leftMemory, rightMemory;
  std::optional<LeftTile> left;
  std::optional<RightTile> right;

private:
  SumShape getSumShape() const;
  void placeBlock();
  void fillStages();
  void storeSums(mlir::ValueRange sums, mlir::Value result);
  ChunkPlace placeChunk(DeviceExprBuilder &expr, mlir::Value localRow,
                        mlir::Value localColumn);

  BlockPlace place;
};

/// Products by mma.sync, of compute capability 8.0 and later.
std::unique_ptr<ProductKernel> createMmaProduct(DeviceKernel &kernel,
                                                const TensorProduct &product,
                                                const BlockTile &tile);

/// Products by wgmma, of compute capability 9.0 alone.
std::unique_ptr<ProductKernel> createWgmmaProduct(DeviceKernel &kernel,
                                                  const TensorProduct &product,
                                                  const BlockTile &tile);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_PRODUCTKERNEL_H
