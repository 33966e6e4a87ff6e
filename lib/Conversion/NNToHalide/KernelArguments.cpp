//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calls of kernels and the types of their arguments.
//
//===----------------------------------------------------------------------===//

#include "KernelArguments.h"
#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

SmallVector<func::CallOp> vitrail::findCallsWithConstant(func::FuncOp kernel,
                                                         unsigned argument,
                                                         ModuleOp module) {
  SmallVector<func::CallOp> calls;
  auto uses = SymbolTable::getSymbolUses(kernel, module);
  for (SymbolTable::SymbolUse use : *uses) {
    auto call = cast<func::CallOp>(use.getUser());
    if (!nn::isConstantExpression(call.getOperand(argument)))
      return {};
    calls.push_back(call);
  }
  return calls;
}

void vitrail::setArgumentType(BlockArgument argument, Type type) {
  argument.setType(type);
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  function.setType(FunctionType::get(function.getContext(),
                                     function.front().getArgumentTypes(),
                                     function.getResultTypes()));
}
