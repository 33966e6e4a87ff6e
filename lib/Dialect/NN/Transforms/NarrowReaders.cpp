//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is stored in bf16 or tf32 because all that reads it multiplies such.
//
//===----------------------------------------------------------------------===//

#include "NarrowReaders.h"
#include "Fusions.h"

namespace vitrail::nn {

using namespace mlir;

Value castToBF16(OpBuilder &builder, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return CastOp::create(builder, value.getLoc(),
                        type.clone(builder.getBF16Type()), value);
}

Value roundToTF32(OpBuilder &builder, Value value) {
  return RoundTF32Op::create(builder, value.getLoc(), value);
}

/// Whether `op` only moves elements, so that rounding may come before it.
static bool isView(Operation *op) {
  return isa<ReshapeOp>(op) || isIndexMap(op);
}

/// Whether `use` is a factor of one of the products.
bool NarrowReaders::multiply(OpOperand &use) const {
  Operation *op = use.getOwner();
  unsigned operand = use.getOperandNumber();
  return (layers.contains(op) && operand == 0) ||
         (attentions.contains(op) && operand < 3);
}

/// Whether all that reads `value`, if through `views`, are `factors`.
bool NarrowReaders::readAll(Value value, SmallVectorImpl<Value> &views,
                            SmallVectorImpl<OpOperand *> &factors) const {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *reader = use.getOwner();
    if (!isView(reader)) {
      factors.push_back(&use);
      return multiply(use);
    }
    views.push_back(reader->getResult(0));
    return readAll(views.back(), views, factors);
  });
}

void NarrowReaders::store(OpOperand &factor, RewriterBase &rewriter) {
  if (isRounded(factor))
    return;
  Value source = factor.get();
  while (Operation *op = source.getDefiningOp()) {
    if (!isView(op))
      break;
    source = op->getOperand(0);
  }
  Operation *producer = source.getDefiningOp();
  // What is in the reader's own fusion is rounded in there.
  if (!producer || !isa<func::FuncOp>(producer->getParentOp()) ||
      !isComputed(producer) || producer->getNumResults() != 1 ||
      !getElementTypeOrSelf(source).isF32() ||
      llvm::any_of(findAnchors(producer), llvm::IsaPred<UpdateOp>))
    return;
  SmallVector<Value> views;
  SmallVector<OpOperand *> factors;
  if (!readAll(source, views, factors))
    return;
  rounded.insert_range(factors);
  rewriter.setInsertionPointAfter(producer);
  Value narrow = round(rewriter, source);
  rewriter.replaceAllUsesExcept(source, narrow, narrow.getDefiningOp());
  Type element = getElementTypeOrSelf(narrow);
  for (Value view : views)
    view.setType(cast<RankedTensorType>(view.getType()).clone(element));
  fuse(rewriter, {producer, narrow.getDefiningOp()});
}

void NarrowReaders::storeOperands(RewriterBase &rewriter) {
  for (Operation *layer : layers)
    store(layer->getOpOperand(0), rewriter);
  for (Operation *attention : attentions)
    for (OpOperand &operand : attention->getOpOperands().take_front(3))
      store(operand, rewriter);
}

} // namespace vitrail::nn
