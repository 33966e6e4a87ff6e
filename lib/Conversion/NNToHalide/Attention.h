//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the forms of attention share: its dimensions, and the elements of its
// operands. Of many queries, the lanes of vectors are queries (Attention.cpp);
// few do not fill vectors, and lanes are features and keys
// (AttentionOfRows.cpp). Products of bf16 are those of a matrix unit, if there
// is one (AttentionOnTiles.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_ATTENTION_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_ATTENTION_H

#include "Rows.h"

namespace vitrail {

/// Attention [outer..., queries, width] over [outer..., keys, features].
struct AttentionShape {
  explicit AttentionShape(nn::AttentionOp attention);

  /// Whether there are enough queries to be the lanes of vectors.
  bool hasQueryLanes() const { return queries >= 8; }

  /// Whether a matrix unit can carry out the products.
  bool multipliesTiles(const Machine &machine) const {
    return machine.multipliesTiles && element.isBF16();
  }

  /// `first`, then the outer dimensions.
  Names withOuter(Names first) const {
    llvm::append_range(first, outerVars);
    return first;
  }

  mlir::Type element; ///< of queries, keys and values
  int64_t queries, keys, features, width;
  llvm::SmallVector<Dimension> outer;
  Names outerVars; ///< innermost first
};

/// How many queries a tile has, and a vector.
struct QueryTile {
  int64_t queries;
  int64_t lanes;
};

/// The tile of attention with lanes of queries. `given`, which may be null,
/// makes the choices that it has; it must fit.
QueryTile chooseQueryTile(const AttentionShape &shape, const Machine &machine,
                          nn::ScheduleAttr given);

/// The tiles worth trying, the cost model's first.
llvm::SmallVector<QueryTile> enumerateQueryTiles(const AttentionShape &shape,
                                                 const Machine &machine);

/// The tile as an attribute.
nn::ScheduleAttr getAttribute(mlir::MLIRContext *context, QueryTile tile);

/// Why attention cannot have the schedule `given`; empty if it can.
std::string findMisfit(const AttentionShape &shape, const Machine &machine,
                       nn::ScheduleAttr given);

/// The element of a matrix of `operand`, widened to f32; outer dimensions are
/// given innermost first.
mlir::Value getFactor(KernelLowering &kernel, ExprBuilder &expr,
                      mlir::Value operand, llvm::ArrayRef<mlir::Value> outer,
                      mlir::Value row, mlir::Value column);

/// The weight of a value as the product with the values has it: `weight`
/// rounded to `element`, as f32.
mlir::Value roundWeight(ExprBuilder &expr, mlir::Value weight,
                        mlir::Type element);

/// The score of query `i` and key `j` that goes into the softmax, from `score`,
/// the scaled product: with what is added to it, and masked.
mlir::Value getScore(KernelLowering &kernel, ExprBuilder &expr,
                     nn::AttentionOp attention, mlir::Value score,
                     llvm::ArrayRef<mlir::Value> outer, mlir::Value i,
                     mlir::Value j);

/// Defines the output as mix(d, i, outer...) * inverse(i, outer...): the sum of
/// weighted values over the sum of weights.
void defineAttentionOutput(KernelLowering &kernel, nn::AttentionOp attention);

/// Orders the loops of the output: `order` (innermost first), then `places`
/// (outermost first), of which the last are joined until a task has enough of
/// its `work`, the multiply-adds of one place. The rest are tasks. Returns
/// where what belongs to one place is computed.
RowPlace schedulePlaces(Stage &out, Names order,
                        llvm::SmallVector<Dimension> places, int64_t work);

/// The forms.
void lowerAttentionOnTiles(KernelLowering &kernel, nn::AttentionOp attention);
void lowerAttentionOfTiles(KernelLowering &kernel, nn::AttentionOp attention);
void lowerAttentionOfRows(KernelLowering &kernel, nn::AttentionOp attention);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_ATTENTION_H
