//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-split-norms: a product on tensor cores and a norm before or after it
// become two kernels.
//
//===----------------------------------------------------------------------===//

#include "ShortProduct.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"
#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

namespace vitrail {
#define GEN_PASS_DEF_SPLITNORMS
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

/// Where a kernel is divided: what the first part stores, and whether the
/// product is in that.
struct Division {
  Value stored;
  bool isProductFirst;
};

/// A part of a kernel and the arguments of the kernel that it has, by number.
struct Part {
  func::FuncOp function;
  SmallVector<unsigned> arguments;
};

struct SplitNorms : impl::SplitNormsBase<SplitNorms> {
  using SplitNormsBase::SplitNormsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (kernel->hasAttr("nn.kernel"))
        if (std::optional<Division> division = findDivision(kernel)) {
          split(kernel, *division, symbols);
          ++divided;
        }
  }

private:
  static std::optional<Division> findDivision(func::FuncOp kernel);
  void split(func::FuncOp kernel, const Division &division,
             SymbolTable &symbols);
};

} // namespace

/// Parts have one result each.
std::optional<Division> SplitNorms::findDivision(func::FuncOp kernel) {
  Block &body = kernel.front();
  auto products = llvm::to_vector(body.getOps<nn::PackedLinearOp>());
  if (products.size() != 1 || body.getTerminator()->getNumOperands() != 1)
    return std::nullopt;
  nn::PackedLinearOp product = products.front();
  Type type = getElementTypeOrSelf(product.getPanels());
  if (!type.isF16() && !type.isBF16())
    return std::nullopt;
  // A warp normalises rows that are short enough for its registers.
  std::string reason;
  if (succeeded(matchShortProduct(kernel, reason)))
    return std::nullopt;
  for (auto norm : body.getOps<nn::LayerNormOp>()) {
    if (product->isBeforeInBlock(norm))
      return Division{norm.getInput(), /*isProductFirst=*/true};
    // As it is multiplied, so that it is rounded once.
    Value stored = norm.getResult();
    if (stored.hasOneUse())
      if (auto cast = dyn_cast<nn::CastOp>(*stored.user_begin()))
        stored = cast.getResult();
    return Division{stored, /*isProductFirst=*/false};
  }
  return std::nullopt;
}

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
static Part makeFirst(func::FuncOp kernel, Value stored) {
  IRMapping mapping;
  auto first = cast<func::FuncOp>(kernel->clone(mapping));
  first.front().getTerminator()->setOperands(mapping.lookup(stored));
  setType(first);
  return {first, removeUnused(first)};
}

/// All of `kernel` after `stored`, which is its last argument.
static Part makeSecond(func::FuncOp kernel, Value stored) {
  IRMapping mapping;
  auto second = cast<func::FuncOp>(kernel->clone(mapping));
  Value argument =
      second.front().addArgument(stored.getType(), stored.getLoc());
  mapping.lookup(stored).replaceAllUsesWith(argument);
  setType(second);
  SmallVector<unsigned> kept = removeUnused(second);
  kept.pop_back();
  return {second, kept};
}

/// The part with the product keeps the name, and what is chosen of it.
void SplitNorms::split(func::FuncOp kernel, const Division &division,
                       SymbolTable &symbols) {
  Part first = makeFirst(kernel, division.stored);
  Part second = makeSecond(kernel, division.stored);
  auto uses = SymbolTable::getSymbolUses(kernel, getOperation());
  SmallVector<func::CallOp> calls;
  for (SymbolTable::SymbolUse use : *uses)
    calls.push_back(cast<func::CallOp>(use.getUser()));
  std::string name = kernel.getSymName().str();
  Block::iterator place(kernel);
  Part &norm = division.isProductFirst ? second : first;
  norm.function.setSymName(name + "_norm");
  norm.function->removeAttr("nn.schedule");
  symbols.insert(first.function, place);
  symbols.insert(second.function, place);
  symbols.erase(kernel);
  for (Part *part : {&first, &second})
    if (part != &norm)
      (void)symbols.rename(part->function, name);

  for (func::CallOp call : calls) {
    OpBuilder builder(call);
    auto getOperands = [&](const Part &part) {
      return llvm::map_to_vector(part.arguments, [&](unsigned number) {
        return call.getOperand(number);
      });
    };
    auto stored = func::CallOp::create(builder, call.getLoc(), first.function,
                                       getOperands(first));
    SmallVector<Value> operands = getOperands(second);
    operands.push_back(stored.getResult(0));
    auto result =
        func::CallOp::create(builder, call.getLoc(), second.function, operands);
    call.replaceAllUsesWith(result);
    call.erase();
  }
}

} // namespace vitrail
