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
  mlir::Type element;                    ///< of both operands; f32: tf32
  llvm::SmallVector<nn::Extent> rows;    ///< extents, whose product is m
  llvm::SmallVector<int64_t> contracted; ///< extents, whose product is k
  int64_t n = 0, k = 0;
  int64_t panelColumns = 0;
  /// Those that know the weight, if it is to lie in rows.
  llvm::SmallVector<mlir::func::CallOp> calls;

  /// Whether the weight lies in rows of k, one for each column, instead of
  /// panels: tensor cores want k of one byte or four side by side, since what
  /// transposes matrices moves pairs of bytes.
  bool hasWeightRows() const { return getElementBytes(element) != 2; }
  /// Of sums: f32, or of integers i32.
  mlir::Type getSumType() const {
    nn::PackedLinearOp product = anchor;
    return getElementTypeOrSelf(product.getType());
  }
  mlir::Value lhs() const { return anchor->getOperand(0); }
  mlir::Value panels() const { return anchor->getOperand(1); }
  /// m.
  nn::Extent countRows() const;
  /// The kernel's operand that the left-hand side is, row by row where it lies
  /// in memory; null if it is gathered or computed.
  mlir::BlockArgument findStoredLeft() const;
  /// The elements of the left-hand side's rows that can be copied at a time: a
  /// chunk, or, if that is more than 8, those; 0 if none can.
  int64_t countCopied() const;
  /// The operands that have an element for each sum, such as residuals.
  llvm::SmallVector<mlir::BlockArgument> findAddends() const;
  /// What a sum takes of memory: the result's element, and those added to it.
  int64_t countBytesOfSum() const;
  /// Whether boxes of both operands can be copied as they lie in memory, those
  /// of panels in rows of `width` columns.
  bool hasBoxes(int64_t width) const;
};

/// Whether tensor cores have an instruction for the product's operands.
bool isForTensorCores(nn::PackedLinearOp product);

/// The integers that the product multiplies, if they are computed with it, in
/// ranges that are, too; or null.
nn::QuantizeOp findQuantizedRows(nn::PackedLinearOp product);

/// Lays the weight out in rows of whole chunks, for the kernel and its calls.
void packWeightRows(TensorProduct &product);

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
  /// Elements of a row in shared memory: the parts of an operand that are as
  /// wide lie one behind the other.
  int64_t leftWidth = depth, rightWidth = columns;
  /// Warps that have the same sums, each of its share of a stage's depth.
  int64_t shares = 1;
  /// Sets of warps, each of which has whole tiles in turn, while one more warp
  /// copies; 0: all warps have one tile, and copy.
  int64_t turns = 0;
  int64_t elementBytes = 2;

  /// Makes it a tile of the product's elements: rows in shared memory are as
  /// many bytes wide whatever these are.
  void fit(const TensorProduct &product);

  int64_t rowWarps() const { return rows / warpRows; }
  /// Without those that have the same sums, or other tiles.
  int64_t warps() const { return rowWarps() * (columns / warpColumns); }
  /// Threads that multiply.
  int64_t multipliers() const {
    return warps() * (turns > 0 ? turns : shares) * warpSize;
  }
  int64_t threads() const { return multipliers() + (turns > 0 ? warpSize : 0); }
  int64_t leftBytes() const { return stages * rows * depth * elementBytes; }
  int64_t rightBytes() const { return stages * columns * depth * elementBytes; }
};

/// All tiles that there are for mma.sync.
llvm::SmallVector<BlockTile> getBlockTiles(const TensorProduct &product);

/// Whether `schedule`, which may be null, says this tile.
bool hasTile(nn::ScheduleAttr schedule, const BlockTile &tile);

/// Reports a schedule that the product of `kernel` cannot have on tensor cores,
/// if it has one there.
mlir::LogicalResult checkTensorSchedule(mlir::func::FuncOp kernel);

/// Tiles for many rows, then for few (see replaceKernel); if `given`, which may
/// be null, says one of them all, that.
llvm::SmallVector<BlockTile> chooseBlockTiles(const TensorProduct &product,
                                              nn::ScheduleAttr given);

/// A tile for wgmma.
struct HopperTile : BlockTile {
  int64_t mostAtOnce; ///< blocks that a multiprocessor has room for
};

/// All tiles that are of use for the product.
llvm::SmallVector<HopperTile> getHopperTiles(const TensorProduct &product);

/// Tiles for one sample and for many; if `given`, which may be null, says one
/// of them all, that.
llvm::SmallVector<HopperTile> chooseHopperTiles(const TensorProduct &product,
                                                nn::ScheduleAttr given);

/// How long a multiprocessor takes for `atOnce` tiles at a time (ns), and,
/// once, for what comes before the first.
struct TurnTime {
  int64_t start, turn;
};
TurnTime estimateTurn(const TensorProduct &product, const BlockTile &tile,
                      int64_t atOnce);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_TENSORPRODUCT_H
