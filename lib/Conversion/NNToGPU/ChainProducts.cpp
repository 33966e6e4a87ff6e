//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-chain-products: kernels of short rows, of which each multiplies, or
// attends to, what the one before stores, become one.
//
//===----------------------------------------------------------------------===//

#include "ShortProduct.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

#include <map>

namespace vitrail {
#define GEN_PASS_DEF_CHAINPRODUCTS
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

/// Calls of which each alone reads what the one before stores.
struct Chain {
  SmallVector<func::CallOp, 3> calls;
  /// Of each but the first: the operand that is what the one before stores.
  SmallVector<unsigned, 2> operands;
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
  func::FuncOp getKernel(const Chain &chain, SymbolTable &symbols);
  static void replace(const Chain &chain, func::FuncOp kernel);

  /// By the kernels that they are made of; null for those that stay apart.
  std::map<SmallVector<Operation *>, func::FuncOp> kernels;
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

/// Whether the call knows the weight and the bias of its kernel's product.
static bool hasConstantWeight(func::CallOp call, nn::PackedLinearOp product) {
  return llvm::all_of(
      ValueRange(product->getOperands()).drop_front(), [&](Value value) {
        auto argument = dyn_cast<BlockArgument>(value);
        return argument && nn::isConstantExpression(
                               call.getOperand(argument.getArgNumber()));
      });
}

/// The call whose result `value` is, by itself or with other extents, if
/// nothing else reads it.
static func::CallOp findOnlySource(Value value) {
  while (value.hasOneUse()) {
    if (auto call = value.getDefiningOp<func::CallOp>())
      return call;
    auto reshape = value.getDefiningOp<nn::ReshapeOp>();
    if (!reshape)
      return nullptr;
    value = reshape.getInput();
  }
  return nullptr;
}

/// Whether a kernel attends to its one operand.
static bool isAttention(func::FuncOp kernel) {
  return kernel->hasAttr("nn.kernel") && kernel.getNumArguments() == 1 &&
         kernel.getNumResults() == 1 &&
         !kernel.front().getOps<nn::AttentionOp>().empty();
}

/// A product of what another stores, or of what is attended to of that.
std::optional<Chain> ChainProducts::findChain(func::CallOp last,
                                              const SymbolTable &symbols) {
  auto getKernel = [&](func::CallOp call) {
    return symbols.lookup<func::FuncOp>(call.getCallee());
  };
  nn::PackedLinearOp product = findProduct(getKernel(last));
  if (!product || !hasConstantWeight(last, product))
    return std::nullopt;
  Value lhs = product->getOperand(0);
  while (auto reshape = lhs.getDefiningOp<nn::ReshapeOp>())
    lhs = reshape.getInput();
  auto rows = dyn_cast<BlockArgument>(lhs);
  if (!rows || !rows.hasOneUse())
    return std::nullopt;
  Chain chain{{last}, {rows.getArgNumber()}};
  func::CallOp first = findOnlySource(last.getOperand(rows.getArgNumber()));
  if (first && isAttention(getKernel(first))) {
    chain.calls.insert(chain.calls.begin(), first);
    chain.operands.insert(chain.operands.begin(), 0);
    first = findOnlySource(first.getOperand(0));
  }
  if (!first)
    return std::nullopt;
  product = findProduct(getKernel(first));
  if (!product || !hasConstantWeight(first, product))
    return std::nullopt;
  chain.calls.insert(chain.calls.begin(), first);
  return chain;
}

/// Appends `next` to `kernel`: its arguments but for `operand`, which is the
/// kernel's result, follow those that there are.
static void append(func::FuncOp kernel, func::FuncOp next, unsigned operand) {
  Block &body = kernel.front();
  Operation *end = body.getTerminator();
  OpBuilder builder(end);
  IRMapping mapping;
  for (BlockArgument argument : next.getArguments()) {
    Value mapped =
        argument.getArgNumber() == operand ? end->getOperand(0) : Value();
    if (!mapped)
      mapped = body.addArgument(argument.getType(), argument.getLoc());
    else if (mapped.getType() != argument.getType())
      mapped = nn::ReshapeOp::create(builder, argument.getLoc(),
                                     argument.getType(), mapped);
    mapping.map(argument, mapped);
  }
  for (Operation &op : next.front())
    builder.clone(op, mapping);
  end->erase();
  kernel.setName((kernel.getSymName() + "_" + next.getSymName()).str());
  kernel->setLoc(
      FusedLoc::get(kernel.getContext(), {kernel.getLoc(), next.getLoc()}));
  kernel.setType(FunctionType::get(kernel.getContext(), body.getArgumentTypes(),
                                   body.getTerminator()->getOperandTypes()));
}

/// Whether there is a kernel that has rows in registers all the while.
static bool staysInRegisters(func::FuncOp kernel) {
  std::string reason;
  return succeeded(matchShortProduct(kernel, reason)) ||
         succeeded(matchShortAttention(kernel, reason));
}

func::FuncOp ChainProducts::getKernel(const Chain &chain,
                                      SymbolTable &symbols) {
  SmallVector<Operation *> parts;
  for (func::CallOp call : chain.calls)
    parts.push_back(symbols.lookup(call.getCallee()));
  auto [it, isNew] = kernels.try_emplace(parts);
  if (!isNew)
    return it->second;
  auto kernel = cast<func::FuncOp>(parts.front()->clone());
  // Of one alone.
  kernel->removeAttr("nn.schedule");
  for (auto [next, operand] :
       llvm::zip(ArrayRef(parts).drop_front(), chain.operands))
    append(kernel, cast<func::FuncOp>(next), operand);
  symbols.insert(kernel, Block::iterator(parts.back()));
  if (!staysInRegisters(kernel)) {
    symbols.erase(kernel);
    return nullptr;
  }
  left.insert(parts.begin(), parts.end());
  return it->second = kernel;
}

void ChainProducts::replace(const Chain &chain, func::FuncOp kernel) {
  func::CallOp last = chain.calls.back();
  SmallVector<Value> operands(func::CallOp(chain.calls.front()).getOperands());
  for (auto [call, stored] :
       llvm::zip(ArrayRef(chain.calls).drop_front(), chain.operands))
    for (auto [i, operand] : llvm::enumerate(func::CallOp(call).getOperands()))
      if (i != stored)
        operands.push_back(operand);
  OpBuilder builder(last);
  auto call = func::CallOp::create(builder, last.getLoc(), kernel, operands);
  last.replaceAllUsesWith(call);
  // With what reshapes between them.
  for (size_t i = chain.calls.size(); --i > 0;) {
    func::CallOp reader = chain.calls[i];
    Value stored = reader.getOperand(chain.operands[i - 1]);
    reader.erase();
    while (auto reshape = stored.getDefiningOp<nn::ReshapeOp>()) {
      stored = reshape.getInput();
      reshape.erase();
    }
  }
  func::CallOp(chain.calls.front()).erase();
}

} // namespace vitrail
