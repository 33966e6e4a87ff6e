//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-chain-products: two kernels of short rows, the second of which multiplies
// what the first stores, become one.
//
//===----------------------------------------------------------------------===//

#include "ShortProduct.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

namespace vitrail {
#define GEN_PASS_DEF_CHAINPRODUCTS
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

/// Two calls, the second of which alone reads what the first stores.
struct Chain {
  func::CallOp first, second;
  unsigned operand; ///< of the second: the first's result
};

struct ChainProducts : impl::ChainProductsBase<ChainProducts> {
  using ChainProductsBase::ChainProductsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::CallOp> calls;
    getOperation().walk([&](func::CallOp call) { calls.push_back(call); });
    for (func::CallOp call : calls)
      if (std::optional<Chain> chain = findChain(call, symbols))
        if (func::FuncOp kernel = getKernel(*chain, symbols)) {
          replace(*chain, kernel);
          ++chained;
        }
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (left.contains(kernel) &&
          SymbolTable::symbolKnownUseEmpty(kernel, getOperation()))
        symbols.erase(kernel);
  }

private:
  static std::optional<Chain> findChain(func::CallOp call,
                                        const SymbolTable &symbols);
  func::FuncOp getKernel(Chain chain, SymbolTable &symbols);
  static func::FuncOp makeKernel(func::FuncOp first, func::FuncOp second,
                                 unsigned operand);
  static void replace(const Chain &chain, func::FuncOp kernel);

  /// By the kernels that they are made of; null for those that stay two.
  llvm::DenseMap<std::pair<Operation *, Operation *>, func::FuncOp> kernels;
  llvm::DenseSet<Operation *> left; ///< kernels that calls were taken from
};

} // namespace

/// The product of a kernel that has one and one result.
static nn::PackedLinearOp findProduct(func::FuncOp kernel) {
  if (!kernel->hasAttr("nn.kernel") || kernel.getNumResults() != 1)
    return nullptr;
  auto products = llvm::to_vector(kernel.front().getOps<nn::PackedLinearOp>());
  return products.size() == 1 ? products.front() : nullptr;
}

/// Whether the call knows the weight of its kernel's product.
static bool hasConstantWeight(func::CallOp call, nn::PackedLinearOp product) {
  auto panels = dyn_cast<BlockArgument>(product.getPanels());
  return panels &&
         nn::isConstantExpression(call.getOperand(panels.getArgNumber()));
}

std::optional<Chain> ChainProducts::findChain(func::CallOp second,
                                              const SymbolTable &symbols) {
  auto kernel = symbols.lookup<func::FuncOp>(second.getCallee());
  nn::PackedLinearOp product = findProduct(kernel);
  if (!product || !hasConstantWeight(second, product))
    return std::nullopt;
  auto rows = dyn_cast<BlockArgument>(product->getOperand(0));
  if (!rows || !rows.hasOneUse())
    return std::nullopt;
  Value stored = second.getOperand(rows.getArgNumber());
  auto first = stored.getDefiningOp<func::CallOp>();
  if (!first || !stored.hasOneUse())
    return std::nullopt;
  product = findProduct(symbols.lookup<func::FuncOp>(first.getCallee()));
  if (!product || !hasConstantWeight(first, product))
    return std::nullopt;
  return Chain{first, second, rows.getArgNumber()};
}

/// The arguments of the second kernel but for `operand` follow those of the
/// first.
func::FuncOp ChainProducts::makeKernel(func::FuncOp first, func::FuncOp second,
                                       unsigned operand) {
  func::FuncOp kernel = first.clone();
  kernel.setName((first.getSymName() + "_" + second.getSymName()).str());
  // Of either alone.
  kernel->removeAttr("nn.schedule");
  kernel->setLoc(
      FusedLoc::get(first.getContext(), {first.getLoc(), second.getLoc()}));
  Block &body = kernel.front();
  Operation *end = body.getTerminator();
  IRMapping mapping;
  for (BlockArgument argument : second.getArguments())
    mapping.map(argument,
                argument.getArgNumber() == operand
                    ? end->getOperand(0)
                    : body.addArgument(argument.getType(), argument.getLoc()));
  OpBuilder builder(end);
  for (Operation &op : second.front())
    builder.clone(op, mapping);
  end->erase();
  kernel.setType(FunctionType::get(kernel.getContext(), body.getArgumentTypes(),
                                   body.getTerminator()->getOperandTypes()));
  return kernel;
}

func::FuncOp ChainProducts::getKernel(Chain chain, SymbolTable &symbols) {
  auto first = symbols.lookup<func::FuncOp>(chain.first.getCallee());
  auto second = symbols.lookup<func::FuncOp>(chain.second.getCallee());
  auto [it, isNew] = kernels.try_emplace({first, second});
  if (!isNew)
    return it->second;
  func::FuncOp kernel = makeKernel(first, second, chain.operand);
  symbols.insert(kernel, Block::iterator(second));
  std::string reason;
  if (failed(matchShortProduct(kernel, reason))) {
    symbols.erase(kernel);
    return nullptr;
  }
  left.insert(first);
  left.insert(second);
  return it->second = kernel;
}

void ChainProducts::replace(const Chain &chain, func::FuncOp kernel) {
  func::CallOp second = chain.second;
  SmallVector<Value> operands(chain.first->getOperands());
  for (auto [i, operand] : llvm::enumerate(second.getOperands()))
    if (i != chain.operand)
      operands.push_back(operand);
  OpBuilder builder(second);
  auto call = func::CallOp::create(builder, second.getLoc(), kernel, operands);
  second.replaceAllUsesWith(call);
  second.erase();
  func::CallOp(chain.first).erase();
}

} // namespace vitrail
