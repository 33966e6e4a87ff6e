//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-flatten-rows: the rows of a layer's kernel become one dimension.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/SymbolTable.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FLATTENROWS
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// The leading extents of a tensor: what numbers its rows.
SmallVector<Extent> getRows(Type type) {
  SmallVector<Extent> extents = getExtents(cast<RankedTensorType>(type));
  extents.pop_back();
  return extents;
}

/// Whether `op` reduces each row of features to one number.
bool isRowReduction(Operation &op) {
  auto reduce = dyn_cast<ReduceOp>(op);
  int64_t last = reduce ? reduce.getInput().getType().getRank() - 1 : 0;
  return reduce && reduce.getKeepDims() && reduce.getAxes() == ArrayRef(last);
}

/// The rows that all tensors of `kernel` have, but for those that are the same
/// for every row; nothing where it does not work on rows alone.
std::optional<SmallVector<Extent>> findRows(func::FuncOp kernel) {
  auto layers = kernel.getOps<LinearOp>();
  if (!llvm::hasSingleElement(layers) || kernel.getNumResults() != 1)
    return std::nullopt;
  LinearOp layer = *layers.begin();
  if (layer.getWeight().getType().getRank() != 2)
    return std::nullopt;
  SmallVector<Extent> rows = getRows(layer.getType());
  auto hasRows = [&](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return type.getRank() > 0 && getRows(type) == rows;
  };
  for (Operation &op : kernel.front().without_terminator()) {
    if (isa<ConstantOp>(op))
      continue;
    if (!isa<LinearOp, LayerNormOp>(op) && !op.hasTrait<Elementwise>() &&
        !isRowReduction(op))
      return std::nullopt;
    for (Value operand : op.getOperands()) {
      bool isOfAllRows =
          cast<RankedTensorType>(operand.getType()).getRank() < 2;
      bool isWeight = operand == layer.getWeight();
      if (!isOfAllRows && !isWeight && !hasRows(operand))
        return std::nullopt;
    }
    if (!hasRows(op.getResult(0)))
      return std::nullopt;
  }
  return rows;
}

/// Merges the neighbouring extents at the end that do not depend on the batch.
SmallVector<Extent> mergeRows(ArrayRef<Extent> rows) {
  SmallVector<Extent> merged(rows);
  while (merged.size() > 1 && !merged.back().timesBatch &&
         !merged[merged.size() - 2].timesBatch) {
    Extent last = merged.pop_back_val();
    merged.back().size *= last.size;
  }
  return merged;
}

class KernelFlattening {
public:
  KernelFlattening(ArrayRef<Extent> rows, ArrayRef<Extent> merged)
      : rows(rows), merged(merged) {}

  void flatten(func::FuncOp kernel, ModuleOp module) {
    for (Value argument : kernel.getArguments())
      argument.setType(flatten(argument.getType()));
    for (Operation &op : kernel.front().without_terminator()) {
      op.getResult(0).setType(flatten(op.getResult(0).getType()));
      if (auto reduce = dyn_cast<ReduceOp>(op))
        reduce.setAxes(reduce.getInput().getType().getRank() - 1);
    }
    auto uses = SymbolTable::getSymbolUses(kernel, module);
    for (SymbolTable::SymbolUse use : *uses)
      flatten(cast<func::CallOp>(use.getUser()), kernel);
    Value result = kernel.front().getTerminator()->getOperand(0);
    kernel.setType(FunctionType::get(kernel.getContext(),
                                     kernel.front().getArgumentTypes(),
                                     result.getType()));
  }

private:
  /// The type of a tensor whose rows are merged, if it has them.
  Type flatten(Type type) const {
    auto tensor = cast<RankedTensorType>(type);
    if (tensor.getRank() == 0 || ArrayRef(getRows(tensor)) != rows)
      return type;
    SmallVector<Extent> extents(merged);
    extents.push_back(getExtents(tensor).back());
    return getTensorType(extents, tensor.getElementType());
  }

  /// Reshapes what a call gives and gets: tensors are dense.
  void flatten(func::CallOp call, func::FuncOp kernel) const {
    OpBuilder builder(call);
    for (auto [operand, argument] :
         llvm::zip_equal(call->getOpOperands(), kernel.getArguments()))
      if (operand.get().getType() != argument.getType())
        operand.set(ReshapeOp::create(
            builder, call.getLoc(), cast<RankedTensorType>(argument.getType()),
            operand.get()));
    Value result = call.getResult(0);
    auto type = cast<RankedTensorType>(result.getType());
    result.setType(flatten(type));
    builder.setInsertionPointAfter(call);
    auto reshape = ReshapeOp::create(builder, call.getLoc(), type, result);
    result.replaceAllUsesExcept(reshape.getResult(), reshape);
  }

  ArrayRef<Extent> rows, merged;
};

struct FlattenRows : impl::FlattenRowsBase<FlattenRows> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<func::FuncOp>()) {
      if (!kernel->hasAttr("nn.kernel"))
        continue;
      std::optional<SmallVector<Extent>> rows = findRows(kernel);
      if (!rows)
        continue;
      SmallVector<Extent> merged = mergeRows(*rows);
      if (merged.size() == rows->size())
        continue;
      KernelFlattening(*rows, merged).flatten(kernel, getOperation());
      ++flattened;
    }
  }
};

} // namespace
} // namespace vitrail::nn
