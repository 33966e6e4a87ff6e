//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of products of short rows, which stay in registers.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTPRODUCTKERNEL_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTPRODUCTKERNEL_H

#include "Fragments.h"
#include "RowParts.h"
#include "ShortProduct.h"
#include "TensorProduct.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

/// Who computes what: two rows of a group of threads are in the same fragments.
struct ShortTile {
  RowGroups groups;
  int64_t columnGroups; ///< of a block
  /// Threads that have the same rows, each of its share of the first product's
  /// columns. More than one only if there is a second product.
  int64_t shares = 1;
  /// Sets of threads, each of which has rows of its own, some after the others.
  int64_t sets = 1;

  int64_t rowFragments() const { return groups.rowsOfGroup / 2; }
  int64_t threads() const { return shares * sets * groups.threads; }
};

class ShortProductKernel {
public:
  ShortProductKernel(DeviceKernel &kernel, const ShortProduct &product,
                     const ShortTile &tile);
  virtual ~ShortProductKernel() = default;

  virtual void run(mlir::Value result);
  int64_t countColumnTiles() const {
    return llvm::divideCeil(product.weights.front().columnGroups(),
                            tile.columnGroups);
  }
  virtual int64_t getSharedBytes() const;

protected:
  /// Of the rows number `rowBlock` of those that threads have at a time.
  void computeRows(mlir::Value rowBlock, mlir::Value result);
  /// Multiplies, and stores the kernel's result.
  virtual void multiplyAll(mlir::Value result);

  /// Fragments of a step: those of rows.
  using Step = llvm::SmallVector<mlir::Value>;

  void readRows();
  void readPatches();
  void roundRows();
  void addBias(nn::PackedLinearOp anchor);
  Step makeLeft(llvm::ArrayRef<RowPart> rowParts, int64_t step);
  std::array<mlir::Value, 4> readRight(const ShortWeight &weight,
                                       mlir::Value columnGroup,
                                       mlir::Value step);
  void multiply(const Step &left, llvm::ArrayRef<mlir::Value> right,
                llvm::MutableArrayRef<mlir::Value> sums);
  llvm::SmallVector<mlir::Value> multiplyRows(mlir::Value columnGroup);
  llvm::SmallVector<RowPart> makeChunks(llvm::ArrayRef<mlir::Value> sums,
                                        mlir::Value columnGroup,
                                        int64_t columns);
  void store(llvm::ArrayRef<mlir::Value> sums, mlir::Value columnGroup,
             int64_t columns, mlir::Value result);
  void storeColumns(mlir::Value result);
  void storeNormed(mlir::Value result);
  llvm::SmallVector<RowPart> makeHidden(llvm::ArrayRef<mlir::Value> sums,
                                        mlir::Value columnGroup);
  void multiplyAgain(mlir::Value columnGroup,
                     llvm::MutableArrayRef<mlir::Value> sums);
  void storeChain(mlir::Value result);
  int64_t countSums() const;
  void storeShares(llvm::ArrayRef<mlir::Value> sums, mlir::Value result);

  DeviceKernel &kernel;
  const ShortProduct &product;
  const ShortTile &tile;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value lane, columnTile;
  mlir::Value thread, share; ///< the thread among those of its share
  std::optional<RowParts> rows;
  llvm::SmallVector<RowPart> parts;
  llvm::SmallVector<Step> left;
};

// By wgmma, for many rows.
/// Whether weights fit into shared memory, and products take the time.
bool isForWarpgroups(const ShortProduct &product);
ShortTile getWarpgroupTile(const ShortProduct &product);
std::unique_ptr<ShortProductKernel>
createWgmmaShortProduct(DeviceKernel &kernel, const ShortProduct &product,
                        const ShortTile &tile);
TurnTime estimateWarpgroups(const ShortProduct &product, const ShortTile &tile);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTPRODUCTKERNEL_H
