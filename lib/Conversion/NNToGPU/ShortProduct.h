//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products whose rows are so short that a warp has them in registers: what they
// are, and how their weights lie in memory.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTPRODUCT_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTPRODUCT_H

#include "DeviceRows.h"
#include "Patches.h"

namespace vitrail {

/// A weight that all callers of a kernel know, [k, n].
struct ShortWeight {
  mlir::BlockArgument panels;
  int64_t k = 0, n = 0;
  /// Zeros before and after the last of the extents whose product is k, to be
  /// added where it is laid out.
  int64_t before = 0, after = 0;

  // A group of four threads has 32 neighbours of a row, 8 each.
  static constexpr int64_t groupSize = 4 * chunkSize;
  int64_t depthGroups() const { return (k + groupSize - 1) / groupSize; }
  int64_t columnGroups() const { return (n + groupSize - 1) / groupSize; }

  /// The weight in the order in which threads have fragments of it (mma.sync
  /// m16n8k16): [groups of columns, steps of k, 2, lanes, 8].
  mlir::RankedTensorType getFragmentsType() const;
};

/// One or two products of a kernel, the second of the first's rows: of rows
/// that are normalised first, or not. What one computes may be normalised, too.
struct ShortProduct {
  nn::LayerNormOp norm;       ///< null: rows are multiplied as they are read
  nn::LayerNormOp resultNorm; ///< null: results are not normalised
  std::optional<Patches> patches; ///< rows, if they are no other
  llvm::SmallVector<nn::PackedLinearOp, 2> anchors;
  llvm::SmallVector<ShortWeight, 2> weights; ///< of the anchors
  mlir::Type element;                        ///< of all operands
  mlir::Type stored;                         ///< in memory, of what is read
  llvm::SmallVector<nn::Extent> rows;        ///< extents
  llvm::SmallVector<mlir::func::CallOp> calls;

  bool isChain() const { return anchors.size() == 2; }
  /// Of a row.
  int64_t countProducts() const;
  mlir::Value lhs() const { return anchors.front()->getOperand(0); }
  /// What is read.
  mlir::Value input() const { return norm ? norm->getOperand(0) : lhs(); }
};

/// Attention of heads in registers between two products: the first is of
/// queries, keys and values, the second of what is attended to.
struct ShortAttention {
  ShortProduct product; ///< weights as they are laid out
  nn::AttentionOp anchor;
  mlir::BlockArgument bias; ///< of the first product; null if it has none
  int64_t tokens, heads, features, width;

  /// A fragment has 8 features of a head.
  int64_t fragmentsOfHead() const {
    return (std::max(features, width) + chunkSize - 1) / chunkSize;
  }
  /// Groups of four fragments, of queries, keys or values.
  int64_t groups() const { return (heads * fragmentsOfHead() + 3) / 4; }

  /// The first product's columns and the second's k in the order of fragments:
  /// where they were, or -1.
  llvm::SmallVector<int32_t> columns, depth;
  /// The place of a head's feature among the columns of queries, keys, values,
  /// or k.
  int64_t getPlace(int64_t head, int64_t feature) const;
};

/// The attention that `kernel` computes with a product before and one after;
/// on failure `reason` says why not in registers.
mlir::FailureOr<ShortAttention> matchShortAttention(mlir::func::FuncOp kernel,
                                                    std::string &reason);

// What both have in common: each sets a part of `product`, or says why it
// cannot.
std::string addWeight(nn::PackedLinearOp anchor, ShortProduct &product);
std::string findCalls(mlir::func::FuncOp kernel, ShortProduct &product);
/// The norm that `lhs` rounds, and nothing else reads; null if there is none.
nn::LayerNormOp findNorm(mlir::Value lhs);

/// The products that `kernel` computes; on failure `reason` says why its rows
/// cannot stay in registers.
mlir::FailureOr<ShortProduct> matchShortProduct(mlir::func::FuncOp kernel,
                                                std::string &reason);

/// Lays a weight out as fragments, from panels [panels, k..., columns]. The 16
/// k of a step are not neighbours: thread q of four has k and columns 8 q to 8
/// q
/// + 7 of a group of 32, since those are the chunks of rows that it reads, and
/// stores.
mlir::Value packFragments(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value panels, const ShortWeight &weight);

/// Elements of `value` along `axis` from these places on it, 0 for -1.
mlir::Value gatherPlaces(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value value, int64_t axis,
                         llvm::ArrayRef<int32_t> places);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTPRODUCT_H
