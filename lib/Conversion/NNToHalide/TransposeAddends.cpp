//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Biases of attention, transposed for its kernel while compiling.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "KernelArguments.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/Sequence.h"

namespace vitrail {
#define GEN_PASS_DEF_TRANSPOSEADDENDS
#include "vitrail/Conversion/NNToHalide/Passes.h.inc"

namespace {

using namespace mlir;

/// The tensor with its last two dimensions exchanged.
Value transposeRows(OpBuilder &builder, Location loc, Value tensor) {
  auto permutation = llvm::to_vector(
      llvm::seq(cast<RankedTensorType>(tensor.getType()).getRank()));
  std::swap(permutation.back(), permutation[permutation.size() - 2]);
  return nn::TransposeOp::create(builder, loc, tensor, permutation);
}

/// Where an addend is stored: itself, or the table in which the kernel looks it
/// up, if nothing else reads them; null elsewhere.
BlockArgument findStored(Value addend) {
  while (isa_and_nonnull<nn::GatherOp, nn::CastOp>(addend.getDefiningOp())) {
    if (!addend.hasOneUse())
      return nullptr;
    // Of a gather, the table.
    addend = addend.getDefiningOp()->getOperand(0);
  }
  auto argument = dyn_cast<BlockArgument>(addend);
  return argument && argument.hasOneUse() ? argument : nullptr;
}

/// Whether neighbouring queries have addends that are not neighbours in memory.
bool isByQuery(RankedTensorType type) {
  return type.getRank() >= 2 && type.getShape().back() != 1 &&
         type.getDimSize(type.getRank() - 2) != 1;
}

struct TransposeAddends : impl::TransposeAddendsBase<TransposeAddends> {
  void runOnOperation() override {
    getOperation().walk([&](nn::AttentionOp attention) {
      // Of bf16, lanes are keys (AttentionOnTiles.cpp).
      AttentionShape shape(attention);
      if (!shape.hasQueryLanes() || shape.element.isBF16())
        return;
      SmallVector<Value> addends(attention.getAddends());
      if (Value mask = attention.getKeep())
        addends.push_back(mask);
      for (Value addend : addends)
        if (isByQuery(cast<RankedTensorType>(addend.getType())))
          if (BlockArgument stored = findStored(addend))
            transpose(attention, stored);
    });
  }

  void transpose(nn::AttentionOp attention, BlockArgument argument) {
    auto kernel = attention->getParentOfType<func::FuncOp>();
    if (!kernel->hasAttr("nn.kernel"))
      return;
    unsigned position = argument.getArgNumber();
    SmallVector<func::CallOp> calls =
        findCallsWithConstant(kernel, position, getOperation());
    if (calls.empty())
      return;
    for (func::CallOp call : calls) {
      OpBuilder builder(call);
      call.setOperand(position, transposeRows(builder, call.getLoc(),
                                              call.getOperand(position)));
    }
    setArgumentType(argument, calls.front().getOperand(position).getType());
    OpOperand &use = *argument.use_begin();
    OpBuilder builder(use.getOwner());
    use.set(transposeRows(builder, attention.getLoc(), argument));
    ++transposed;
  }
};

} // namespace
} // namespace vitrail
