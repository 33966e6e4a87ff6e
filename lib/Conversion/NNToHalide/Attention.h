//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the two forms of attention share: its dimensions, and the elements of
// its operands. Of many queries, the lanes of vectors are queries
// (Attention.cpp); few do not fill vectors, and lanes are features and keys
// (AttentionOfRows.cpp).
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

  /// `first`, then the outer dimensions.
  Names withOuter(Names first) const {
    llvm::append_range(first, outerVars);
    return first;
  }

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

/// The index of an operand's element: outer dimensions, given innermost first,
/// row, column.
Indices indexOperand(llvm::ArrayRef<mlir::Value> outer, mlir::Value row,
                     mlir::Value column);

/// The score of query `i` and key `j` that goes into the softmax, from `score`,
/// the scaled product: with what is added to it, and masked.
mlir::Value getScore(KernelLowering &kernel, ExprBuilder &expr,
                     nn::AttentionOp attention, mlir::Value score,
                     llvm::ArrayRef<mlir::Value> outer, mlir::Value i,
                     mlir::Value j);

/// Defines the output as mix(d, i, outer...) * inverse(i, outer...): the sum of
/// weighted values over the sum of weights.
void defineAttentionOutput(KernelLowering &kernel, nn::AttentionOp attention);

/// The two forms.
void lowerAttentionOfTiles(KernelLowering &kernel, nn::AttentionOp attention);
void lowerAttentionOfRows(KernelLowering &kernel, nn::AttentionOp attention);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_ATTENTION_H
