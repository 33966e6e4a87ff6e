//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of a kernel, one after the other, with operands in f16.
//
//===----------------------------------------------------------------------===//

#include "HalfKernel.h"
#include "Fusions.h"

namespace vitrail::nn {

using namespace mlir;

/// The f16 that `value` is or has been rounded to, or null.
Value HalfKernel::getHalf(Value value) const { return halves.lookup(value); }

Value HalfKernel::cast(Value value, Type type) {
  auto tensor = llvm::cast<RankedTensorType>(value.getType());
  return CastOp::create(builder, value.getLoc(), tensor.clone(type), value);
}

Value HalfKernel::round(Value value) {
  Value &half = halves[value];
  if (!half)
    half = cast(value, builder.getF16Type());
  return half;
}

void HalfKernel::narrowArgument(unsigned number) {
  BlockArgument argument = kernel.getArgument(number);
  argument.setType(llvm::cast<RankedTensorType>(argument.getType())
                       .clone(builder.getF16Type()));
  halves[argument] = argument;
}

/// Makes an index map one of f16, if all numbers that it moves are.
bool HalfKernel::move(Operation &op) {
  if (!isIndexMap(&op) && !isa<ReshapeOp, ConcatOp, GatherOp>(op))
    return false;
  SmallVector<OpOperand *> numbers;
  for (OpOperand &operand : op.getOpOperands())
    if (isa<FloatType>(getElementTypeOrSelf(operand.get())))
      numbers.push_back(&operand);
  if (numbers.empty() || !llvm::all_of(numbers, [&](OpOperand *operand) {
        return bool(getHalf(operand->get()));
      }))
    return false;
  for (OpOperand *operand : numbers)
    operand->set(getHalf(operand->get()));
  Value result = op.getResult(0);
  result.setType(llvm::cast<RankedTensorType>(result.getType())
                     .clone(builder.getF16Type()));
  halves[result] = result;
  return true;
}

/// What is rounded for the product alone, others read as it was.
void HalfKernel::roundFactors(LinearOp linear) {
  Value half = getHalf(linear.getInput());
  if (!half)
    half = cast(linear.getInput(), builder.getF16Type());
  linear.getInputMutable().assign(half);
  linear.getWeightMutable().assign(getHalf(linear.getWeight()));
  for (OpOperand &bias : linear.getBiasMutable())
    widen(bias);
}

void HalfKernel::store(UpdateOp update) {
  update.getValueMutable().assign(round(update.getValue()));
  update.getResult().setType(update.getInput().getType());
  halves[update.getResult()] = update.getResult();
}

void HalfKernel::widen(OpOperand &operand) {
  Value value = operand.get();
  if (getHalf(value) != value)
    return;
  Value &wide = floats[value];
  if (!wide)
    wide = cast(value, builder.getF32Type());
  operand.set(wide);
}

void HalfKernel::rewrite(Operation &op) {
  builder.setInsertionPoint(&op);
  if (move(op))
    return;
  auto linear = dyn_cast<LinearOp>(op);
  if (linear && getHalf(linear.getWeight()))
    return roundFactors(linear);
  auto update = dyn_cast<UpdateOp>(op);
  if (update && getHalf(update.getInput()))
    return store(update);
  for (OpOperand &operand : op.getOpOperands())
    widen(operand);
}

void HalfKernel::narrowResults(ArrayRef<bool> areHalf) {
  Operation *terminator = kernel.front().getTerminator();
  SmallVector<Value> rounded;
  for (auto [value, isHalf] :
       llvm::zip_equal(terminator->getOperands(), areHalf))
    if (isHalf)
      rounded.push_back(value);
  for (Operation &op :
       llvm::make_early_inc_range(kernel.front().without_terminator())) {
    rewrite(op);
    // At once, so that updates store what is stored besides.
    builder.setInsertionPointAfter(&op);
    for (Value result : op.getResults())
      if (llvm::is_contained(rounded, result))
        round(result);
  }
  builder.setInsertionPoint(terminator);
  for (auto [operand, isHalf] :
       llvm::zip_equal(terminator->getOpOperands(), areHalf))
    if (isHalf)
      operand.set(round(operand.get()));
    else if (getHalf(operand.get()) == operand.get())
      operand.set(cast(operand.get(), builder.getF32Type()));
  kernel.setType(FunctionType::get(kernel.getContext(),
                                   kernel.front().getArgumentTypes(),
                                   terminator->getOperandTypes()));
}

} // namespace vitrail::nn
