//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which values are known while compiling, and which of them are equal.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/ConstantNumbering.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

bool vitrail::nn::isConstantExpression(Value value) {
  SmallPtrSet<Operation *, 8> visited;
  SmallVector<Value> pending = {value};
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    auto type = dyn_cast<RankedTensorType>(next.getType());
    // What has the batch as an extent is known only when the model runs.
    if (!op || !isa<NNDialect>(op->getDialect()) || isa<FusionOp>(op) ||
        !type || !type.hasStaticShape())
      return false;
    if (visited.insert(op).second)
      llvm::append_range(pending, op->getOperands());
  }
  return true;
}

unsigned vitrail::nn::ConstantNumbering::number(Value value) {
  auto known = numbers.find(value);
  if (known != numbers.end())
    return known->second;
  // Names, attributes and types are unique in a context.
  auto address = [](const void *unique) {
    return reinterpret_cast<uintptr_t>(unique);
  };
  Operation *op = value.getDefiningOp();
  SmallVector<uintptr_t> structure = {
      address(op->getName().getAsOpaquePointer()),
      address(op->getAttrDictionary().getAsOpaquePointer()),
      address(value.getType().getAsOpaquePointer())};
  for (Value operand : op->getOperands())
    structure.push_back(number(operand));
  unsigned next = structures.size();
  unsigned result =
      structures.try_emplace(std::move(structure), next).first->second;
  numbers[value] = result;
  return result;
}

std::optional<unsigned> vitrail::nn::ConstantNumbering::getNumber(Value value) {
  if (numbers.contains(value) || isConstantExpression(value))
    return number(value);
  return std::nullopt;
}
