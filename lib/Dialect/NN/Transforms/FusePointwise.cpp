//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fuse-pointwise: elementwise work that no kernel has taken with it shares a
// loop nest.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "llvm/ADT/SetVector.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FUSEPOINTWISE
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// `root` and the pointwise operations that nothing but these reads.
SmallVector<Operation *> collectPointwise(Operation *root) {
  llvm::SetVector<Operation *> members;
  members.insert(root);
  for (size_t i = 0; i < members.size(); ++i)
    for (Value operand : members[i]->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (def && (isPointwise(def) || isa<PadOp>(def)) && operand.hasOneUse() &&
          isComputed(def))
        members.insert(def);
    }
  SmallVector<Operation *> sorted = members.takeVector();
  llvm::sort(sorted, [](Operation *lhs, Operation *rhs) {
    return lhs->isBeforeInBlock(rhs);
  });
  return sorted;
}

struct FusePointwise : impl::FusePointwiseBase<FusePointwise> {
  void runOnOperation() override {
    if (!isEntry(getOperation()))
      return;
    IRRewriter rewriter(&getContext());
    eraseUnused(getOperation(), rewriter);
    // From the last: the first that is met is the root of its group.
    SmallVector<Operation *> computed = findComputed(getOperation());
    llvm::SmallPtrSet<Operation *, 32> taken;
    for (Operation *op : llvm::reverse(computed)) {
      if (!isPointwise(op) || taken.contains(op))
        continue;
      SmallVector<Operation *> members = collectPointwise(op);
      taken.insert_range(members);
      if (members.size() == 1)
        continue;
      fuse(rewriter, members);
      fused += members.size();
    }
  }
};

} // namespace
} // namespace vitrail::nn
