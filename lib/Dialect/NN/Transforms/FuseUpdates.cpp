//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fuse-updates: what a product computes for the cache of a decoder is stored
// there by its kernel.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FUSEUPDATES
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// A computed operation that does nothing but store: an update, or a fusion
/// around one.
bool isStore(Operation *op) {
  SmallVector<Operation *> anchors = findAnchors(op);
  return !anchors.empty() && llvm::all_of(anchors, llvm::IsaPred<UpdateOp>);
}

/// The value without the reshapes between it and what computes it.
Value skipReshapes(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>()) {
    if (!isIndexArithmetic(reshape))
      break;
    value = reshape.getInput();
  }
  return value;
}

/// What `op` reads from outside.
SmallVector<Value> getReads(Operation *op) {
  auto fusion = dyn_cast<FusionOp>(op);
  return fusion ? fusion.getCaptures() : SmallVector<Value>(op->getOperands());
}

/// The operations that read `value`, if through reshapes, in program order;
/// those in fusions stand for these.
SmallVector<Operation *> findReaders(Value value, Block *block) {
  llvm::SetVector<Operation *> readers;
  SmallVector<Value> values = {value};
  while (!values.empty())
    for (Operation *user : values.pop_back_val().getUsers()) {
      auto reshape = dyn_cast<ReshapeOp>(user);
      if (reshape && reshape->getBlock() == block && isIndexArithmetic(reshape))
        values.push_back(reshape.getResult());
      else
        readers.insert(block->findAncestorOpInBlock(*user));
    }
  SmallVector<Operation *> sorted = readers.takeVector();
  llvm::sort(sorted, [](Operation *lhs, Operation *rhs) {
    return lhs->isBeforeInBlock(rhs);
  });
  return sorted;
}

/// Whether `store` can be moved to `product`: all else that it reads is there.
bool canFollow(Operation *store, Operation *product) {
  return llvm::all_of(getReads(store), [&](Value value) {
    if (skipReshapes(value).getDefiningOp() == product)
      return true;
    Operation *def = value.getDefiningOp();
    return !def || def->isBeforeInBlock(product) || isa<ConstantOp>(def);
  });
}

/// Has `store` read the product's result through reshapes of its own; returns
/// these.
SmallVector<Operation *> repeatReshapes(Operation *store, Value result,
                                        RewriterBase &rewriter) {
  SmallVector<Operation *> reshapes;
  for (Value read : getReads(store)) {
    if (read == result || skipReshapes(read) != result)
      continue;
    SmallVector<Operation *> path;
    for (Value value = read; value != result;
         value = value.getDefiningOp()->getOperand(0))
      path.push_back(value.getDefiningOp());
    IRMapping mapping;
    rewriter.setInsertionPoint(store);
    for (Operation *reshape : llvm::reverse(path))
      reshapes.push_back(rewriter.clone(*reshape, mapping));
    rewriter.replaceUsesWithIf(read, mapping.lookup(read), [&](OpOperand &use) {
      return store->isAncestor(use.getOwner());
    });
  }
  return reshapes;
}

struct FuseUpdates : impl::FuseUpdatesBase<FuseUpdates> {
  void runOnOperation() override {
    if (!isEntry(getOperation()))
      return;
    IRRewriter rewriter(&getContext());
    eraseUnused(getOperation(), rewriter);
    PassRemarks remarks(*this, &getContext());
    SmallVector<Operation *> products =
        llvm::filter_to_vector(findComputed(getOperation()), isProduct);
    for (Operation *product : products)
      fuseStores(product, rewriter, remarks);
  }

  /// One linear layer, if with norms.
  static bool isProduct(Operation *op) {
    SmallVector<Operation *> anchors = findAnchors(op);
    return op->getNumResults() == 1 &&
           llvm::count_if(anchors, llvm::IsaPred<LinearOp>) == 1 &&
           llvm::all_of(anchors, llvm::IsaPred<LinearOp, LayerNormOp>);
  }

  void fuseStores(Operation *product, RewriterBase &rewriter,
                  PassRemarks &remarks) {
    SmallVector<Operation *> stores, others;
    for (Operation *reader :
         findReaders(product->getResult(0), product->getBlock())) {
      if (isStore(reader) && canFollow(reader, product))
        stores.push_back(reader);
      else
        others.push_back(reader);
    }
    if (stores.empty()) {
      for (Operation *other : others)
        if (isStore(other))
          (void)remarks.missed(other, "it stores where something computed "
                                      "after the product says");
      return;
    }
    if (others.empty()) {
      (void)remarks.missed(product, "its result is only stored; a kernel has a "
                                    "result of its own besides");
      return;
    }
    SmallVector<Operation *> members = {product};
    for (Operation *store : stores) {
      rewriter.moveOpAfter(store, members.back());
      llvm::append_range(
          members, repeatReshapes(store, product->getResult(0), rewriter));
      members.push_back(store);
      ++fused;
    }
    remarks.passed(fuse(rewriter, members), "updates joined the product");
  }
};

} // namespace
} // namespace vitrail::nn
