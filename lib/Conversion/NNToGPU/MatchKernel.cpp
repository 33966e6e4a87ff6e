//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What families of kernels ask of a kernel, and of those who call it.
//
//===----------------------------------------------------------------------===//

#include "UpdateStore.h"

#include "mlir/IR/SymbolTable.h"

namespace vitrail {

using namespace mlir;

/// The batch has no stride only as the first dimension.
static bool hasPlainMemory(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  ArrayRef<int64_t> inner = type.getShape();
  if (!inner.empty())
    inner = inner.drop_front();
  return llvm::none_of(inner, ShapedType::isDynamic);
}

std::string describeKernel(func::FuncOp kernel, unsigned results) {
  Operation *end = kernel.front().getTerminator();
  if (end->getNumOperands() != results)
    return "it has more results than one";
  for (Value argument : kernel.getArguments())
    if (!hasPlainMemory(argument))
      return "the batch is not the first dimension of an operand";
  // Booleans would be stored byte by byte.
  for (Value result : end->getOperands())
    if (!hasPlainMemory(result) || getElementTypeOrSelf(result).isInteger(1))
      return "the batch is not the first dimension of its result, or it is of "
             "i1";
  for (Operation &op : kernel.front())
    if (isa<nn::LogOp, nn::SinOp, nn::CosOp>(op))
      return ("'" + op.getName().getStringRef() +
              "' has no instruction of "
              "enough digits")
          .str();
  return "";
}

nn::Extent countRows(ArrayRef<nn::Extent> extents) {
  nn::Extent count;
  for (nn::Extent extent : extents)
    count = {count.size * extent.size, count.timesBatch || extent.timesBatch};
  return count;
}

Type findStoredType(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<nn::CastOp, nn::ReshapeOp, nn::TransposeOp, nn::SliceOp,
             nn::RollOp, nn::UnfoldOp>(op))
      return nullptr;
    value = op->getOperand(0);
  }
  return getElementTypeOrSelf(value);
}

FailureOr<SmallVector<func::CallOp>>
findCallsWithConstants(func::FuncOp kernel, ArrayRef<BlockArgument> arguments) {
  SmallVector<func::CallOp> calls;
  auto uses =
      SymbolTable::getSymbolUses(kernel, kernel->getParentOfType<ModuleOp>());
  for (SymbolTable::SymbolUse use : *uses) {
    auto call = dyn_cast<func::CallOp>(use.getUser());
    if (!call || !llvm::all_of(arguments, [&](BlockArgument argument) {
          Value operand = call.getOperand(argument.getArgNumber());
          return nn::isConstantExpression(operand);
        }))
      return failure();
    calls.push_back(call);
  }
  return calls;
}

/// Whether all that follows `value` computes each element from the one of
/// `value` at the same place, but for updates.
bool isFollowedByElements(Value value) {
  for (Operation *user : value.getUsers()) {
    if (user->hasTrait<OpTrait::IsTerminator>() || isOfUpdates(user))
      continue;
    bool isSame = isa<nn::TransposeOp>(user) ||
                  (user->hasTrait<nn::Elementwise>() &&
                   shapeOf(user->getResult(0)) == shapeOf(value));
    if (!isSame || !isFollowedByElements(user->getResult(0)))
      return false;
  }
  return true;
}

} // namespace vitrail
