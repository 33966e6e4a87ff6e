//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels that compute a part of what another did.
//
//===----------------------------------------------------------------------===//

#include "DivideKernel.h"
#include "UpdateStore.h"

#include "mlir/IR/IRMapping.h"

namespace vitrail {

using namespace mlir;

namespace {
/// The number of an argument of the kernel, or of what the first part stores.
struct Argument {
  unsigned number;
  bool isStored = false;
};

/// A part of a kernel, and its arguments.
struct Part {
  func::FuncOp function;
  SmallVector<Argument> arguments;
};
} // namespace

/// Removes what the results of `function` do not need; returns the numbers of
/// the arguments that stay.
static SmallVector<unsigned> removeUnused(func::FuncOp function) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  SmallVector<unsigned> kept;
  llvm::BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments()) {
    if (argument.use_empty())
      unused.set(argument.getArgNumber());
    else
      kept.push_back(argument.getArgNumber());
  }
  (void)function.eraseArguments(unused);
  return kept;
}

static void setType(func::FuncOp function) {
  Block &body = function.front();
  function.setType(FunctionType::get(function.getContext(),
                                     body.getArgumentTypes(),
                                     body.getTerminator()->getOperandTypes()));
}

/// All of `kernel` up to `stored`.
static Part makeFirst(func::FuncOp kernel, ArrayRef<Value> stored) {
  IRMapping mapping;
  auto first = cast<func::FuncOp>(kernel->clone(mapping));
  first.front().getTerminator()->setOperands(llvm::map_to_vector(
      stored, [&](Value value) -> Value { return mapping.lookup(value); }));
  setType(first);
  return {first, llvm::map_to_vector(removeUnused(first), [](unsigned number) {
            return Argument{number};
          })};
}

/// All of `kernel` after `stored`, which are its last arguments but for what is
/// updated.
static Part makeSecond(func::FuncOp kernel, ArrayRef<Value> stored) {
  IRMapping mapping;
  auto second = cast<func::FuncOp>(kernel->clone(mapping));
  unsigned place = kernel.getNumArguments() - countUpdates(kernel);
  for (auto [i, value] : llvm::enumerate(stored)) {
    Value argument = second.front().insertArgument(
        place + unsigned(i), value.getType(), value.getLoc());
    mapping.lookup(value).replaceAllUsesWith(argument);
  }
  setType(second);
  Part part = {second, {}};
  unsigned after = place + stored.size();
  for (unsigned number : removeUnused(second)) {
    bool isStored = number >= place && number < after;
    unsigned inKernel = number < place ? number : number - stored.size();
    part.arguments.push_back(isStored ? Argument{number - place, true}
                                      : Argument{inKernel});
  }
  return part;
}

static void replaceCalls(ArrayRef<func::CallOp> calls, const Part &first,
                         const Part &second) {
  for (func::CallOp call : calls) {
    OpBuilder builder(call);
    ValueRange stored;
    auto createCall = [&](const Part &part) {
      SmallVector<Value> operands;
      for (Argument argument : part.arguments)
        operands.push_back(argument.isStored
                               ? stored[argument.number]
                               : call.getOperand(argument.number));
      return func::CallOp::create(builder, call.getLoc(), part.function,
                                  operands);
    };
    stored = createCall(first).getResults();
    func::CallOp result = createCall(second);
    call.replaceAllUsesWith(result);
    call.erase();
  }
}

void divideKernel(func::FuncOp kernel, const Division &division,
                  StringRef suffix, SymbolTable &symbols) {
  Part first = makeFirst(kernel, division.stored);
  Part second = makeSecond(kernel, division.stored);
  auto uses =
      SymbolTable::getSymbolUses(kernel, kernel->getParentOfType<ModuleOp>());
  SmallVector<func::CallOp> calls;
  for (SymbolTable::SymbolUse use : *uses)
    calls.push_back(cast<func::CallOp>(use.getUser()));
  std::string name = kernel.getSymName().str();
  Block::iterator place(kernel);
  Part &other = division.isProductFirst ? second : first;
  other.function.setSymName(name + suffix.str());
  other.function->removeAttr("nn.schedule");
  symbols.insert(first.function, place);
  symbols.insert(second.function, place);
  symbols.erase(kernel);
  for (Part *part : {&first, &second})
    if (part != &other)
      (void)symbols.rename(part->function, name);
  replaceCalls(calls, first, second);
}

} // namespace vitrail
