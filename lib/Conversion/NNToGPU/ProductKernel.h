//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a product on tensor cores. Asynchronous copies fill stages
// ahead; who begins them and what multiplies them differs (MmaProduct.cpp,
// WgmmaProduct.cpp, TensorMapProduct.cpp); sums pass through shared memory to
// threads that compute and store whole chunks of rows.
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

  virtual void run(mlir::Value result) = 0;
  virtual int64_t getSharedBytes() const = 0;
  int64_t countColumnTiles() const;

protected:
  int64_t countSteps() const;
  int64_t countRowFragments() const { return tile.warpRows / mmaRows; }
  int64_t countColumnFragments() const { return tile.warpColumns / mmaColumns; }

  /// The rows of the matrix (i32).
  mlir::Value countRows();
  /// What is computed from here on is tile `number`.
  void placeTile(mlir::Value number);
  /// The place in the result of a chunk of the tile.
  ChunkPlace placeChunk(DeviceExprBuilder &expr, mlir::Value tileRow,
                        mlir::Value tileColumn);
  /// Computes and stores the result from sums whose places are `getPlace`.
  void storeSums(SumExchange &exchange, mlir::Value result,
                 ResultStore::GetPlace getPlace);
  void synchronize();

  DeviceKernel &kernel;
  const TensorProduct &product;
  const BlockTile &tile;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  WarpPlace warpPlace;
  mlir::Value leftMemory, rightMemory;
  BlockPlace place;
};

/// A block has one tile, which all of its threads copy and multiply.
class BlockProduct : public ProductKernel {
public:
  using ProductKernel::ProductKernel;

  void run(mlir::Value result) override;
  int64_t getSharedBytes() const override;

protected:
  /// Multiplies all stages, of which all but one are on their way, and returns
  /// a warp's sums: fragments of [16, 8], row by row.
  virtual llvm::SmallVector<mlir::Value> multiplyAll() = 0;
  /// The tile's row that is a warp's row `local`.
  virtual mlir::Value getRow(DeviceExprBuilder &expr, mlir::Value local) = 0;

  /// Waits for this thread's copies of the oldest stage that was not waited
  /// for.
  void waitForCopies();
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

  mlir::Value rowWarp, columnWarp;
  std::optional<LeftTile> left;
  std::optional<RightTile> right;

private:
  SumShape getSumShape() const;
  void fillStages();
};

/// Products by mma.sync, of compute capability 8.0 and later.
std::unique_ptr<ProductKernel> createMmaProduct(DeviceKernel &kernel,
                                                const TensorProduct &product,
                                                const BlockTile &tile);

/// Products by wgmma, of compute capability 9.0 alone.
std::unique_ptr<ProductKernel> createWgmmaProduct(DeviceKernel &kernel,
                                                  const TensorProduct &product,
                                                  const BlockTile &tile);

/// The same of operands that boxes of tensor maps are copied of.
std::unique_ptr<ProductKernel>
createTensorMapProduct(DeviceKernel &kernel, const TensorProduct &product,
                       const BlockTile &tile);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_PRODUCTKERNEL_H
