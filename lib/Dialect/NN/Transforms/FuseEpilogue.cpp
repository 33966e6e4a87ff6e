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
#include "vitrail/Dialect/NN/Transforms/Passes.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FUSEEPILOGUE
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// The operation that a kernel which ends in `op` can go on with: alone it uses
/// the result, and its elements are those of the result, one to one.
FailureOr<Operation *> findEpilogue(Operation *op, RewriterBase &rewriter) {
  // An update computes one position only.
  if (llvm::any_of(findAnchors(op), llvm::IsaPred<UpdateOp>))
    return rewriter.notifyMatchFailure(op, "an update stores one position");
  if (op->getNumResults() != 1)
    return rewriter.notifyMatchFailure(op, "it has several results");
  Value result = op->getResult(0);
  if (!result.hasOneUse())
    return rewriter.notifyMatchFailure(op, "more than one operation reads it");
  Operation *user = *result.user_begin();
  if (user->getBlock() != op->getBlock())
    return rewriter.notifyMatchFailure(op, "another kernel reads it");
  if (isa<TransposeOp>(user))
    return user;
  if (!isElementwise(user))
    return rewriter.notifyMatchFailure(
        op, "what reads it computes more than its elements");
  if (user->getResult(0).getType() != result.getType())
    return rewriter.notifyMatchFailure(op,
                                       "what reads it repeats its elements");
  return user;
}

struct FuseEpilogue : impl::FuseEpilogueBase<FuseEpilogue> {
  void runOnOperation() override {
    if (!isEntry(getOperation()))
      return;
    IRRewriter rewriter(&getContext());
    eraseUnused(getOperation(), rewriter);
    for (Operation *op : findComputed(getOperation())) {
      if (findAnchors(op).empty())
        continue;
      while (true) {
        FailureOr<Operation *> epilogue = findEpilogue(op, rewriter);
        if (failed(epilogue))
          break;
        op = fuse(rewriter, {op, *epilogue});
        ++fused;
      }
    }
  }
};

} // namespace
} // namespace vitrail::nn
