//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-form-kernels: makes a private function of each fusion, and of each
// operation that is in none and has to be computed.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FORMKERNELS
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// What a kernel's function gets: what is read, in the order of what computes
/// (the index maps before it left to it), then what updates write to. That is
/// an argument of its own, even where the kernel reads it as well.
class KernelArguments {
public:
  explicit KernelArguments(FusionOp fusion) : body(&fusion.getBody().front()) {
    for (Operation &op : *body)
      if (!isIndexMap(&op) && !isa<ReshapeOp>(op))
        addOperands(&op);
  }

  SmallVector<Value> getValues() const {
    SmallVector<Value> values(read.begin(), read.end());
    for (UpdateOp update : updates)
      values.push_back(update.getInput());
    return values;
  }

  ArrayRef<Value> getRead() const { return read.getArrayRef(); }
  ArrayRef<UpdateOp> getUpdates() const { return updates; }

private:
  void addOperands(Operation *op) {
    if (!visited.insert(op).second)
      return;
    auto update = dyn_cast<UpdateOp>(op);
    for (Value operand : op->getOperands().drop_front(update ? 1 : 0)) {
      if (operand.getParentBlock() == body)
        addOperands(operand.getDefiningOp());
      else if (!isScalarConstant(operand))
        read.insert(operand);
    }
    if (update)
      updates.push_back(update);
  }

  Block *body;
  llvm::SmallPtrSet<Operation *, 8> visited;
  llvm::SetVector<Value> read;
  SmallVector<UpdateOp> updates;
};

/// "linear_gelu": what computes, in its order; index maps, and tables that an
/// anchor looks things up in, count where they are the result. Without an
/// anchor, "pointwise_tanh": object files know kernels by their names, and
/// "tanh" is a function of the C library.
std::string nameKernel(FusionOp fusion) {
  constexpr size_t maxParts = 4;
  SmallVector<StringRef> parts;
  bool hasAnchor = !findAnchors(fusion).empty();
  if (!hasAnchor)
    parts.push_back("pointwise");
  for (Operation &member : fusion.getMembers()) {
    bool isRead = isIndexMap(&member) || isa<ReshapeOp, ConstantOp>(member) ||
                  (hasAnchor && isa<GatherOp>(member));
    bool isResult =
        llvm::is_contained(fusion.getYielded(), member.getResult(0));
    if (!isa<TransposeOp>(member) && (!isRead || isResult) &&
        parts.size() < maxParts)
      parts.push_back(member.getName().stripDialect());
  }
  return llvm::join(parts, "_");
}

/// Fills `function` with what `fusion` computes.
void fillKernel(func::FuncOp function, FusionOp fusion,
                const KernelArguments &arguments) {
  Block *block = function.addEntryBlock();
  IRMapping mapping;
  mapping.map(arguments.getRead(),
              block->getArguments().take_front(arguments.getRead().size()));
  OpBuilder builder = OpBuilder::atBlockBegin(block);
  for (Operation &op : fusion.getMembers()) {
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() == fusion->getBlock() &&
          isScalarConstant(operand) && !mapping.contains(operand))
        builder.clone(*operand.getDefiningOp(), mapping);
    Operation *clone = builder.clone(op, mapping);
    auto *update = llvm::find(arguments.getUpdates(), dyn_cast<UpdateOp>(op));
    if (update != arguments.getUpdates().end())
      clone->setOperand(
          0, block->getArgument(arguments.getRead().size() +
                                (update - arguments.getUpdates().begin())));
  }
  SmallVector<Value> results;
  for (Value value : fusion.getYielded())
    results.push_back(mapping.lookup(value));
  func::ReturnOp::create(builder, fusion.getLoc(), results);
}

/// Moves what `fusion` computes into a function of its own and calls it.
void outline(FusionOp fusion, SymbolTable &symbols, RewriterBase &rewriter) {
  KernelArguments arguments(fusion);
  SmallVector<Value> values = arguments.getValues();
  SmallVector<Location> locations;
  for (Operation &op : fusion.getMembers())
    locations.push_back(op.getLoc());
  Location loc = rewriter.getFusedLoc(locations);
  auto function = func::FuncOp::create(
      loc, nameKernel(fusion),
      rewriter.getFunctionType(ValueRange(values).getTypes(),
                               fusion.getResultTypes()));
  function.setPrivate();
  function->setAttr("nn.kernel", rewriter.getUnitAttr());
  symbols.insert(function);
  fillKernel(function, fusion, arguments);

  rewriter.setInsertionPoint(fusion);
  auto call = func::CallOp::create(rewriter, loc, function, values);
  rewriter.replaceOp(fusion, call);
}

struct FormKernels : impl::FormKernelsBase<FormKernels> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SymbolTable symbols(getOperation());
    for (auto function :
         llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (!isEntry(function))
        continue;
      eraseUnused(function, rewriter);
      for (Operation *op : findComputed(function)) {
        auto fusion = dyn_cast<FusionOp>(op);
        outline(fusion ? fusion : fuse(rewriter, op), symbols, rewriter);
        ++formed;
      }
    }
  }
};

} // namespace
} // namespace vitrail::nn
