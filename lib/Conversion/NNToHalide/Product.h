//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a product is, apart from how its loops are scheduled.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_PRODUCT_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_PRODUCT_H

#include "Lowering.h"

namespace vitrail {

/// A product in terms of its dimensions: result [outer..., m, n], summed over
/// k.... A result of rank 1 has no m.
struct Product {
  mlir::Value result;
  mlir::Value lhs;
  mlir::Value rhs;  ///< weight [n, k...], panels, or an activation [outer...,
                    ///< k, n]
  mlir::Value bias; ///< may be null
  mlir::Value sums; ///< of panels of integers, over k; may be null
  bool isPacked = false; ///< rhs is in panels
  bool isWeight = true;  ///< rhs is a weight, in panels or not
  bool isShared = true;  ///< rhs has no outer dimensions
  /// Numbers of the last k that are neighbours in panels.
  int64_t group = 1;
  llvm::SmallVector<int64_t> outer;
  std::optional<int64_t> m; ///< ShapedType::kDynamic where it is the batch
  int64_t n = 1;
  llvm::SmallVector<int64_t> k;
  /// Whose result is the left-hand side before it is rounded, or null.
  nn::LayerNormOp lhsNorm;
  /// The ranges of rows that the left-hand side is quantized in, or null.
  nn::ReduceOp lhsRange;
  /// Of the result and what follows it, or null.
  nn::LayerNormOp resultNorm;

  /// As steps count it: groups, not numbers.
  int64_t kSize() const;
  /// The extent of the last k in groups.
  int64_t countGroups() const;
  int64_t rhsBytes() const;

  bool hasNarrowFloats() const;
  bool hasInt8() const;
  /// Whether the left-hand side lies in memory as groups are multiplied.
  bool hasGroupsInMemory() const;
  /// Whether vectors of the processor multiply the groups: those of panels that
  /// were packed for another one may be read one by one.
  bool multipliesGroups(const Machine &machine) const;
  /// Whether a matrix unit multiplies the groups.
  bool multipliesTiles(const Machine &machine) const;
  /// Whether either does.
  bool readsGroups(const Machine &machine) const;
  /// What products are added up in.
  mlir::Type sumType(const Machine &machine) const;
  /// Whether each element of the left-hand side is computed once and stored,
  /// since that takes more than reading it: a norm, or a conversion.
  bool copiesLhs(const Machine &machine) const;
  /// Of the panels that there are, or of those that will be made.
  RegisterTile chooseTile(const Machine &machine) const;
  /// The best tile of `columns`, which panels can be read by.
  RegisterTile chooseTileOfColumns(int64_t columns,
                                   const Machine &machine) const;
  /// The columns of a panel.
  int64_t panelColumns() const;

  ProductShape shape() const;
};

/// How many numbers of such a type the processor multiplies in one step: what
/// panels are packed in groups of.
int64_t chooseGroup(mlir::Type type, const Machine &machine);

/// The product that `anchor` is.
Product describeProduct(mlir::Operation *anchor);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_PRODUCT_H
