//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fold-patches: kernels read tensors through index maps (transposes, slices,
// rolls, paddings, patches), which are not stored.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FOLDPATCHES
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// Whether attention looks up which matrix to add, or to mask with, in a
/// smaller table: one look-up for each matrix, so that the table alone is
/// stored.
bool looksUpMatrices(Value value) {
  auto gather = value.getDefiningOp<GatherOp>();
  if (!gather)
    return false;
  RankedTensorType type = gather.getType(), table = gather.getTable().getType();
  int64_t last = gather.getAxis() + gather.getIndices().getType().getRank();
  if (last + 2 > type.getRank() || !type.hasStaticShape() ||
      type.getNumElements() <= table.getNumElements())
    return false;
  constexpr unsigned firstAddend = 3;
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<AttentionOp>(user))
      return use.getOperandNumber() >= firstAddend;
    return isa<GatherOp>(user) && use.getOperandNumber() == 0 &&
           looksUpMatrices(user->getResult(0));
  });
}

/// Whether the elements of `value` can be computed from those of its operand by
/// index arithmetic, in any kernel. A reshape is only part of it between two
/// such operations: next to a stored tensor it costs nothing outside.
bool isReadThrough(Value value) {
  if (looksUpMatrices(value))
    return true;
  Operation *def = value.getDefiningOp();
  if (!def || !isa<NNDialect>(def->getDialect()) || isConstantExpression(value))
    return false;
  if (auto reshape = dyn_cast<ReshapeOp>(def))
    return isIndexArithmetic(reshape) && isReadThrough(reshape.getInput());
  return isIndexMap(def);
}

/// Whether something reads the elements of an index map that is no kernel and
/// cannot go through it: the end of the function, a reshape that is no index
/// arithmetic, or an update that writes to them.
bool mustBeStored(Operation *op) {
  return llvm::any_of(op->getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<UpdateOp>(user))
      return use.getOperandNumber() == 0;
    if (auto reshape = dyn_cast<ReshapeOp>(user))
      return !isIndexArithmetic(reshape) || mustBeStored(reshape);
    return isa<func::ReturnOp>(user);
  });
}

/// The operands of `op` that it may read through index maps: what an update
/// writes to must be stored.
MutableArrayRef<OpOperand> getReadOperands(Operation *op) {
  return op->getOpOperands().drop_front(isa<UpdateOp>(op) ? 1 : 0);
}

/// Copies index maps into one fusion.
class Prologue {
public:
  Prologue(FusionOp fusion, RewriterBase &rewriter)
      : body(&fusion.getBody().front()), rewriter(rewriter) {}

  /// Copies in front of each member what it reads through.
  unsigned run() {
    for (Operation &member : llvm::make_early_inc_range(*body))
      if (!isa<YieldOp>(member))
        readThrough(&member);
    return copied;
  }

private:
  void readThrough(Operation *member) {
    for (OpOperand &operand : getReadOperands(member))
      if (Value copy = copyBefore(operand.get(), member))
        rewriter.modifyOpInPlace(member, [&] { operand.set(copy); });
  }

  /// The copy of `value`, which the fusion may have already; null if it is
  /// stored, or defined in the fusion.
  Value copyBefore(Value value, Operation *member) {
    if (value.getParentBlock() == body || !isReadThrough(value))
      return {};
    if (Value copy = copies.lookupOrNull(value))
      return copy;
    Operation *def = value.getDefiningOp();
    copyBefore(def->getOperand(0), member);
    rewriter.setInsertionPoint(member);
    Operation *copy = rewriter.clone(*def, copies);
    ++copied;
    return copy->getResult(0);
  }

  Block *body;
  RewriterBase &rewriter;
  IRMapping copies;
  unsigned copied = 0;
};

struct FoldPatches : impl::FoldPatchesBase<FoldPatches> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!isEntry(function))
      return;
    IRRewriter rewriter(&getContext());
    eraseUnused(function, rewriter);
    for (Operation *op : findComputed(function))
      if (isIndexMap(op) && mustBeStored(op))
        fuse(rewriter, op);
    for (Operation *op : findComputed(function))
      if (!isIndexMap(op))
        readThrough(op, rewriter);
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
      if (isOpTriviallyDead(&op))
        rewriter.eraseOp(&op);
  }

  void readThrough(Operation *op, RewriterBase &rewriter) {
    auto fusion = dyn_cast<FusionOp>(op);
    if (!fusion) {
      if (!llvm::any_of(getReadOperands(op), [](OpOperand &operand) {
            return isReadThrough(operand.get());
          }))
        return;
      fusion = fuse(rewriter, op);
    }
    folded += Prologue(fusion, rewriter).run();
  }
};

} // namespace
} // namespace vitrail::nn
