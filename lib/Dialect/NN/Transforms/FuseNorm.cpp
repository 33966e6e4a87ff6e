//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fuse-norm: a layer norm is computed in the kernel of the linear layer that
// reads it, or of the one whose result it normalises.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FUSENORM
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// The linear layer that is the only anchor of `op`, or null.
LinearOp findLinear(Operation *op) {
  SmallVector<Operation *> anchors = findAnchors(op);
  return anchors.size() == 1 ? dyn_cast<LinearOp>(anchors.front()) : LinearOp();
}

LogicalResult hasRows(LayerNormOp norm, PassRemarks &remarks) {
  if (norm.getType().getRank() < 2)
    return remarks.missed(norm, "it is a single row");
  if (!norm.getResult().hasOneUse())
    return remarks.missed(norm, "more than one operation reads it");
  return success();
}

/// What `norm` is the prologue of: the linear layer that alone reads it, with
/// what that is fused with already.
FailureOr<Operation *> findReader(LayerNormOp norm, PassRemarks &remarks) {
  if (failed(hasRows(norm, remarks)))
    return failure();
  Operation *user = *norm->user_begin();
  auto linear = dyn_cast<LinearOp>(user);
  if (!linear || linear.getInput() != norm.getResult())
    return remarks.missed(norm, "no linear layer reads it");
  Operation *kernel = norm->getBlock()->findAncestorOpInBlock(*user);
  if (!findLinear(kernel))
    return remarks.missed(norm,
                          "the linear layer that reads it has a norm already");
  return kernel;
}

/// What `norm`, the first anchor of a fusion or by itself, is the epilogue of:
/// the linear layer, with what that is fused with, whose rows it normalises.
FailureOr<Operation *> findNormalized(LayerNormOp norm, PassRemarks &remarks) {
  if (norm.getType().getRank() < 2)
    return remarks.missed(norm, "it is a single row");
  Operation *kernel = norm.getInput().getDefiningOp();
  if (!kernel || !norm.getInput().hasOneUse() || kernel->getNumResults() != 1)
    return remarks.missed(norm, "what it normalises is read elsewhere, too");
  LinearOp linear = findLinear(kernel);
  if (!linear)
    return remarks.missed(
        norm, "what it normalises is not computed by a linear layer");
  auto fusion = dyn_cast<FusionOp>(kernel);
  if (fusion && llvm::any_of(fusion.getMembers(), [](Operation &member) {
        return !isElementwise(&member) && !isa<LinearOp>(member);
      }))
    return remarks.missed(
        norm, "the rows that it normalises are not those of the product");
  return kernel;
}

struct FuseNorm : impl::FuseNormBase<FuseNorm> {
  void runOnOperation() override {
    if (!isEntry(getOperation()))
      return;
    IRRewriter rewriter(&getContext());
    eraseUnused(getOperation(), rewriter);
    PassRemarks remarks(*this, &getContext());
    for (Operation *op : findComputed(getOperation()))
      if (auto norm = dyn_cast<LayerNormOp>(op)) {
        FailureOr<Operation *> reader = findReader(norm, remarks);
        if (succeeded(reader))
          fuseAll({norm, *reader}, rewriter, remarks);
      }
    for (Operation *op : findComputed(getOperation())) {
      SmallVector<Operation *> anchors = findAnchors(op);
      auto norm = anchors.size() == 1 ? dyn_cast<LayerNormOp>(anchors.front())
                                      : LayerNormOp();
      if (!norm)
        continue;
      FailureOr<Operation *> normalized = findNormalized(norm, remarks);
      if (succeeded(normalized))
        fuseAll({*normalized, op}, rewriter, remarks);
    }
  }

  void fuseAll(ArrayRef<Operation *> members, RewriterBase &rewriter,
               PassRemarks &remarks) {
    remarks.passed(fuse(rewriter, members), "a norm joined the product");
    ++fused;
  }
};

} // namespace
} // namespace vitrail::nn
