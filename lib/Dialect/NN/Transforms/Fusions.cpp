//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the passes that form fusions share.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"

namespace vitrail::nn {

using namespace mlir;

bool isAnchor(Operation *op) {
  return isa<LinearOp, MatmulOp, AttentionOp, SoftmaxOp, LayerNormOp, ReduceOp,
             UpdateOp>(op);
}

bool isElementwise(Operation *op) { return op->hasTrait<Elementwise>(); }

bool isPointwise(Operation *op) {
  return isElementwise(op) || isa<ConcatOp, GatherOp>(op);
}

bool isIndexMap(Operation *op) {
  return isa<TransposeOp, SliceOp, BroadcastOp, UnfoldOp, PadOp, RollOp>(op);
}

bool isScalarConstant(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && isa<SplatElementsAttr>(constant.getValue());
}

bool isComputed(Operation *op) {
  return isa<NNDialect>(op->getDialect()) && !isa<ReshapeOp>(op) &&
         !isConstantExpression(op->getResult(0));
}

SmallVector<Operation *> findAnchors(Operation *op) {
  SmallVector<Operation *> anchors;
  if (isAnchor(op))
    anchors.push_back(op);
  if (auto fusion = dyn_cast<FusionOp>(op))
    for (Operation &member : fusion.getMembers())
      if (isAnchor(&member))
        anchors.push_back(&member);
  return anchors;
}

bool isEntry(func::FuncOp function) {
  return !function->hasAttr("nn.kernel") && !function.isExternal();
}

SmallVector<Operation *> findComputed(func::FuncOp function) {
  SmallVector<Operation *> computed;
  for (Operation &op : function.getBody().front().without_terminator())
    if (isComputed(&op))
      computed.push_back(&op);
  return computed;
}

void eraseUnused(func::FuncOp function, RewriterBase &rewriter) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (isOpTriviallyDead(&op))
      rewriter.eraseOp(&op);
}

/// Calls `visit` with each use of a result of `op` by something that is no
/// member, and the operation of the block that it is in.
static void
visitOutsideUses(Operation *op, ArrayRef<Operation *> members,
                 llvm::function_ref<void(OpOperand &, Operation *)> visit) {
  for (OpOperand &use : op->getUses()) {
    Operation *user = op->getBlock()->findAncestorOpInBlock(*use.getOwner());
    if (!llvm::is_contained(members, user))
      visit(use, user);
  }
}

bool canFuse(ArrayRef<Operation *> members) {
  bool isPossible = true;
  for (Operation *member : members)
    visitOutsideUses(member, members, [&](OpOperand &, Operation *user) {
      isPossible &= members.back()->isBeforeInBlock(user);
    });
  return isPossible;
}

/// Results of `members` that something else reads.
static SmallVector<Value> findOutsideResults(ArrayRef<Operation *> members) {
  SmallVector<Value> results;
  for (Operation *member : members)
    for (Value result : member->getResults()) {
      bool isOutside = false;
      visitOutsideUses(member, members, [&](OpOperand &use, Operation *) {
        isOutside |= use.get() == result;
      });
      if (isOutside)
        results.push_back(result);
    }
  return results;
}

FusionOp fuse(RewriterBase &rewriter, ArrayRef<Operation *> members) {
  assert(canFuse(members) && "a result is read before it would be computed");
  OpBuilder::InsertionGuard guard(rewriter);
  SmallVector<Location> locations;
  for (Operation *member : members)
    locations.push_back(member->getLoc());
  SmallVector<Value> results = findOutsideResults(members);
  rewriter.setInsertionPointAfter(members.back());
  auto fusion = FusionOp::create(rewriter, rewriter.getFusedLoc(locations),
                                 ValueRange(results).getTypes());
  for (auto [inside, outside] : llvm::zip_equal(results, fusion.getResults()))
    rewriter.replaceUsesWithIf(inside, outside, [&](OpOperand &use) {
      Operation *user =
          fusion->getBlock()->findAncestorOpInBlock(*use.getOwner());
      return !llvm::is_contained(members, user);
    });

  Block *body = rewriter.createBlock(&fusion.getBody());
  rewriter.setInsertionPointToEnd(body);
  Operation *end = YieldOp::create(rewriter, fusion.getLoc(), results);
  for (Operation *member : members) {
    auto nested = dyn_cast<FusionOp>(member);
    if (!nested) {
      rewriter.moveOpBefore(member, end);
      continue;
    }
    SmallVector<Value> yielded(nested.getYielded());
    Block *from = &nested.getBody().front();
    rewriter.eraseOp(from->getTerminator());
    while (!from->empty())
      rewriter.moveOpBefore(&from->front(), end);
    rewriter.replaceOp(nested, yielded);
  }
  return fusion;
}

} // namespace vitrail::nn
