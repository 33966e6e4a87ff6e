//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention that multiplies bf16.
//
//===----------------------------------------------------------------------===//

#include "NarrowAttention.h"
#include "Fusions.h"

namespace vitrail::nn {

using namespace mlir;

/// The rows that a matrix unit, or a tensor core, multiplies at a time: with
/// fewer queries it would be idle for the most part.
static constexpr int64_t minQueries = 16;

/// What a fusion's result is in its body; other values are what they are.
static Value getMember(Value value) {
  auto fusion = value.getDefiningOp<FusionOp>();
  if (!fusion)
    return value;
  unsigned number = cast<OpResult>(value).getResultNumber();
  return fusion.getBody().front().getTerminator()->getOperand(number);
}

/// Whether linear layers compute `values`, if through operations on single
/// elements; collects them in `sources`.
static bool areComputedByLayers(ValueRange values,
                                llvm::SetVector<Operation *> &sources) {
  llvm::SetVector<Value> visited(values.begin(), values.end());
  for (size_t i = 0; i < visited.size(); ++i) {
    Value value = getMember(visited[i]);
    if (isConstantExpression(value))
      continue;
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<LinearOp>(op))
      sources.insert(op);
    else if (op && (isa<ReshapeOp>(op) || isIndexMap(op) || isPointwise(op)))
      visited.insert_range(op->getOperands());
    else
      return false;
  }
  return true;
}

LogicalResult canNarrowAttention(AttentionOp attention,
                                 const llvm::SetVector<Operation *> &layers,
                                 PassRemarks &remarks) {
  RankedTensorType query = attention.getQuery().getType();
  if (!query.getElementType().isF32() ||
      isConstantExpression(attention.getResult()))
    return failure();
  if (query.getDimSize(query.getRank() - 2) < minQueries)
    return remarks.missed(attention,
                          "it has too few queries for a matrix unit");
  llvm::SetVector<Operation *> sources;
  ValueRange factors = attention->getOperands().take_front(3);
  if (!areComputedByLayers(factors, sources))
    return remarks.missed(attention, "something else than linear layers "
                                     "computes its queries, keys or values");
  if (!llvm::all_of(sources,
                    [&](Operation *op) { return layers.contains(op); }))
    return remarks.missed(attention, "a layer that computes its queries, keys "
                                     "or values stays in f32");
  return success();
}

void roundAttention(AttentionOp attention, const NarrowReaders &readers,
                    RewriterBase &rewriter) {
  bool isFused = isa<FusionOp>(attention->getParentOp());
  rewriter.setInsertionPoint(attention);
  SmallVector<Operation *> members;
  for (OpOperand &operand : attention->getOpOperands().take_front(3))
    if (!readers.isRounded(operand)) {
      Value narrow = readers.round(rewriter, operand.get());
      rewriter.modifyOpInPlace(attention, [&] { operand.set(narrow); });
      members.push_back(narrow.getDefiningOp());
    }
  attention.setTf32(readers.isTF32());
  members.push_back(attention);
  if (!isFused && members.size() > 1)
    fuse(rewriter, members);
}

} // namespace vitrail::nn
