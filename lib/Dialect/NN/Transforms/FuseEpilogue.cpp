//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fuse-epilogue: what is computed of a kernel's result, element by element,
// is computed where the kernel stores it.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FUSEEPILOGUE
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// The operation that a kernel which ends in `op` can go on with: alone it uses
/// the result, and its elements are those of the result, one to one.
FailureOr<Operation *> findEpilogue(Operation *op, PassRemarks &remarks) {
  if (op->getNumResults() != 1)
    return failure();
  Value result = op->getResult(0);
  if (!result.hasOneUse()) {
    if (llvm::any_of(op->getUsers(), isElementwise))
      return remarks.missed(op, "more than one operation reads it");
    return failure();
  }
  Operation *user = *result.user_begin();
  // What is in a fusion already has another kernel.
  if (user->getBlock() != op->getBlock())
    return failure();
  if (isa<TransposeOp>(user))
    return user;
  if (!isElementwise(user))
    return failure();
  if (user->getResult(0).getType() != result.getType())
    return remarks.missed(op, "what reads it repeats its elements");
  return user;
}

/// `operand` of an elementwise operation on the shape of `reshape`'s result, as
/// one on the shape of its input; null if that is no reshape, or not a free
/// one.
Value reshapeOperand(Value operand, ReshapeOp reshape, RewriterBase &rewriter) {
  if (operand == reshape.getResult())
    return reshape.getInput();
  auto type = cast<RankedTensorType>(operand.getType());
  RankedTensorType from = reshape.getType();
  RankedTensorType to = reshape.getInput().getType();
  if (type.getRank() == 0 ||
      (type.getRank() == 1 && from.getShape().back() == to.getShape().back()))
    return operand;
  if (getExtents(type) != getExtents(from))
    return {};
  auto reshaped = ReshapeOp::create(
      rewriter, reshape.getLoc(),
      getTensorType(getExtents(to), type.getElementType()), operand);
  Operation *def = operand.getDefiningOp();
  if (!def || !isIndexMap(def) || isIndexArithmetic(reshaped))
    return reshaped;
  rewriter.eraseOp(reshaped);
  return {};
}

/// Moves a reshape between `op` and an elementwise operation behind that, so
/// that it can be an epilogue: what else it reads is reshaped, which is free.
LogicalResult moveReshape(Operation *op, RewriterBase &rewriter,
                          PassRemarks &remarks) {
  if (op->getNumResults() != 1 || !op->hasOneUse())
    return failure();
  auto reshape = dyn_cast<ReshapeOp>(*op->user_begin());
  if (!reshape || !reshape->hasOneUse())
    return failure();
  Operation *user = *reshape->user_begin();
  if (!isElementwise(user) || user->getBlock() != op->getBlock() ||
      getExtents(cast<RankedTensorType>(user->getResult(0).getType())) !=
          getExtents(reshape.getType()))
    return failure();
  rewriter.setInsertionPoint(user);
  IRMapping mapping;
  for (Value operand : user->getOperands()) {
    Value reshaped = reshapeOperand(operand, reshape, rewriter);
    if (!reshaped)
      return remarks.missed(op, "a reshape is between it and what reads it");
    mapping.map(operand, reshaped);
  }
  Operation *moved = rewriter.clone(*user, mapping);
  auto type = cast<RankedTensorType>(user->getResult(0).getType());
  moved->getResult(0).setType(getTensorType(
      getExtents(reshape.getInput().getType()), type.getElementType()));
  rewriter.replaceOpWithNewOp<ReshapeOp>(user, type, moved->getResult(0));
  rewriter.eraseOp(reshape);
  return success();
}

struct FuseEpilogue : impl::FuseEpilogueBase<FuseEpilogue> {
  void runOnOperation() override {
    if (!isEntry(getOperation()))
      return;
    IRRewriter rewriter(&getContext());
    eraseUnused(getOperation(), rewriter);
    PassRemarks remarks(*this, &getContext());
    SmallVector<Operation *> kernels = findComputed(getOperation());
    llvm::erase_if(kernels, [](Operation *op) {
      SmallVector<Operation *> anchors = findAnchors(op);
      // An update computes one position only.
      return anchors.empty() || llvm::any_of(anchors, llvm::IsaPred<UpdateOp>);
    });
    for (Operation *op : kernels)
      extend(op, rewriter, remarks);
  }

  void extend(Operation *op, RewriterBase &rewriter, PassRemarks &remarks) {
    while (true) {
      (void)moveReshape(op, rewriter, remarks);
      FailureOr<Operation *> epilogue = findEpilogue(op, remarks);
      if (failed(epilogue))
        return;
      op = fuse(rewriter, {op, *epilogue});
      remarks.passed(op, "elementwise operations joined the kernel");
      ++fused;
    }
  }
};

} // namespace
} // namespace vitrail::nn
