//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a product on tensor cores is, and how it is divided.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_TENSORPRODUCT_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_TENSORPRODUCT_H

#include "SharedRows.h"

namespace vitrail {

/// The product of the kernel `anchor`: rows times panels of features.
struct TensorProduct {
  nn::PackedLinearOp anchor;
  mlir::Type element;                    ///< of both operands
  llvm::SmallVector<nn::Extent> rows;    ///< extents, whose product is m
  llvm::SmallVector<int64_t> contracted; ///< extents, whose product is k
  int64_t n = 0, k = 0;
  int64_t panelColumns = 0;

  mlir::Value lhs() const { return anchor->getOperand(0); }
  mlir::Value panels() const { return anchor->getOperand(1); }
  /// m.
  nn::Extent countRows() const;
};

/// The product that `kernel` computes; on failure `reason` says why tensor
/// cores cannot.
mlir::FailureOr<TensorProduct> matchTensorProduct(mlir::func::FuncOp kernel,
                                                  std::string &reason);

/// The tile of a block: its warps have parts of it side by side, and k passes
/// through in stages.
struct BlockTile {
  int64_t rows, columns, depth;
  int64_t warpRows, warpColumns;
  int64_t stages;

  int64_t rowWarps() const { return rows / warpRows; }
  int64_t warps() const { return rowWarps() * (columns / warpColumns); }
  int64_t threads() const { return warps() * warpSize; }
  int64_t leftBytes() const { return stages * rows * depth * 2; }
  int64_t rightBytes() const { return stages * columns * depth * 2; }
};

/// Tiles for many rows, then for few (see replaceKernel).
llvm::SmallVector<BlockTile> chooseBlockTiles(const TensorProduct &product);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_TENSORPRODUCT_H
