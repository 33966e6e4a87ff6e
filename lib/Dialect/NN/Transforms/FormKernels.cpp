//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-form-kernels: decides which operations share a loop nest, and outlines
// each group into a private function. Three questions are kept apart: what a
// kernel computes (KernelGrouping), what it reads through (its prologue), and
// how the module is rewritten (outlineKernel).
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"
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

/// Worth a loop nest of its own.
bool isAnchor(Operation *op) {
  return isa<LinearOp, MatmulOp, AttentionOp, SoftmaxOp, LayerNormOp, ReduceOp,
             UpdateOp>(op);
}

bool isElementwise(Operation *op) { return op->hasTrait<Elementwise>(); }

/// Computed element by element, so that it can be part of any elementwise loop.
bool isPointwise(Operation *op) {
  return isElementwise(op) || isa<ConcatOp, PadOp, GatherOp>(op);
}

/// Index arithmetic alone: each element of the result is one of the operand.
bool isIndexMap(Operation *op) {
  return isa<TransposeOp, SliceOp, BroadcastOp, UnfoldOp>(op);
}

bool isScalarConstant(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && isa<SplatElementsAttr>(constant.getValue());
}

/// What one kernel computes: `members` in program order, the last of them being
/// its result.
struct Kernel {
  SmallVector<Operation *> members;

  Operation *root() const { return members.back(); }
};

/// Divides the operations of one entry function into kernels.
class KernelGrouping {
public:
  explicit KernelGrouping(func::FuncOp entry) : entry(entry) {}

  SmallVector<Kernel> run() {
    for (Operation &op : entry.getBody().front())
      if (isAnchor(&op) && !isConstantExpression(op.getResult(0)))
        formAroundAnchor(&op);
    for (Operation &op : llvm::reverse(entry.getBody().front()))
      if (needsPointwiseKernel(&op))
        formPointwise(&op);
    return std::move(kernels);
  }

  bool isClaimed(Operation *op) const { return claimed.contains(op); }

private:
  /// The only user of `op`, if a kernel that ends in `op` can go on with it:
  /// its elements are those of `op`, one to one.
  Operation *findEpilogue(Operation *op) const {
    Value result = op->getResult(0);
    // An update computes one position only.
    if (!result.hasOneUse() || isa<UpdateOp>(op))
      return nullptr;
    Operation *user = *result.user_begin();
    if (claimed.contains(user))
      return nullptr;
    if (isElementwise(user) && user->getResult(0).getType() == result.getType())
      return user;
    return isa<TransposeOp>(user) ? user : nullptr;
  }

  void formAroundAnchor(Operation *anchor) {
    Kernel kernel;
    for (Operation *op = anchor; op; op = findEpilogue(op)) {
      kernel.members.push_back(op);
      claimed.insert(op);
    }
    kernels.push_back(std::move(kernel));
  }

  /// Index maps are read through by their users, except where their elements
  /// leave the function, enter a reshape that is no index arithmetic, or are
  /// what an update writes to.
  bool mustBeStored(Operation *op) const {
    return llvm::any_of(op->getUsers(), [&](Operation *user) {
      if (auto update = dyn_cast<UpdateOp>(user))
        return update.getInput() == op->getResult(0);
      if (auto reshape = dyn_cast<ReshapeOp>(user))
        return !isIndexArithmetic(reshape) || mustBeStored(reshape);
      return isa<func::ReturnOp>(user);
    });
  }

  bool needsPointwiseKernel(Operation *op) const {
    if (!isPointwise(op) && !(isIndexMap(op) && mustBeStored(op)))
      return false;
    return !claimed.contains(op) && !isConstantExpression(op->getResult(0));
  }

  void formPointwise(Operation *root) {
    llvm::SetVector<Operation *> members;
    members.insert(root);
    for (size_t i = 0; i < members.size(); ++i)
      for (Value operand : members[i]->getOperands()) {
        Operation *def = operand.getDefiningOp();
        if (def && isPointwise(def) && !claimed.contains(def) &&
            operand.hasOneUse() && !isConstantExpression(operand))
          members.insert(def);
      }
    Kernel kernel;
    kernel.members = members.takeVector();
    llvm::sort(kernel.members, [](Operation *lhs, Operation *rhs) {
      return lhs->isBeforeInBlock(rhs);
    });
    claimed.insert_range(kernel.members);
    kernels.push_back(std::move(kernel));
  }

  func::FuncOp entry;
  SmallVector<Kernel> kernels;
  llvm::DenseSet<Operation *> claimed;
};

/// Collects what a kernel's function holds and reads.
class KernelBody {
public:
  KernelBody(const Kernel &kernel, const KernelGrouping &grouping)
      : grouping(grouping) {
    for (Operation *member : kernel.members)
      add(member);
  }

  ArrayRef<Operation *> operations() const { return body.getArrayRef(); }

  /// What is read, then what an update writes to.
  SmallVector<Value> arguments() const {
    SmallVector<Value> values(operands.begin(), operands.end());
    if (updated)
      values.push_back(updated);
    return values;
  }

private:
  void add(Operation *op) {
    auto update = dyn_cast<UpdateOp>(op);
    for (Value operand : op->getOperands().drop_front(update ? 1 : 0))
      addOperand(operand);
    if (update)
      updated = update.getInput();
    body.insert(op);
  }

  void addOperand(Value value) {
    Operation *def = value.getDefiningOp();
    if (def && body.contains(def))
      return;
    if (isScalarConstant(value) || isReadThrough(value))
      add(def);
    else
      operands.insert(value);
  }

  /// Whether the kernel computes `value`'s elements from those of its operand
  /// by index arithmetic. A reshape is one only between two such operations:
  /// next to a stored tensor it costs nothing outside.
  bool isReadThrough(Value value) const {
    Operation *def = value.getDefiningOp();
    if (!def || grouping.isClaimed(def) || isConstantExpression(value))
      return false;
    if (auto reshape = dyn_cast<ReshapeOp>(def))
      return isIndexArithmetic(reshape) && isReadThrough(reshape.getInput());
    return isIndexMap(def);
  }

  const KernelGrouping &grouping;
  llvm::SetVector<Operation *> body;
  llvm::SetVector<Value> operands;
  /// An argument of its own, even where the kernel reads it as well.
  Value updated;
};

/// "linear_gelu": the anchor and the epilogue, transposes left out. Without an
/// anchor, "pointwise_tanh": object files know kernels by their names, and
/// "tanh" is a function of the C library.
std::string nameKernel(const Kernel &kernel) {
  constexpr size_t maxParts = 4;
  SmallVector<StringRef> parts;
  if (!isAnchor(kernel.members.front()))
    parts.push_back("pointwise");
  for (Operation *member : kernel.members)
    if (!isa<TransposeOp>(member) && parts.size() < maxParts)
      parts.push_back(member->getName().stripDialect());
  return llvm::join(parts, "_");
}

/// Moves the kernel's computation into a function of its own and calls it where
/// the kernel's result was computed.
void outlineKernel(const Kernel &kernel, const KernelBody &body,
                   SymbolTable &symbols) {
  Operation *root = kernel.root();
  MLIRContext *context = root->getContext();
  SmallVector<Location> locations;
  for (Operation *op : body.operations())
    locations.push_back(op->getLoc());
  Location loc = FusedLoc::get(context, locations);

  SmallVector<Value> arguments = body.arguments();
  auto function = func::FuncOp::create(
      loc, nameKernel(kernel),
      FunctionType::get(context, ValueRange(arguments).getTypes(),
                        root->getResultTypes()));
  function.setPrivate();
  function->setAttr("nn.kernel", UnitAttr::get(context));
  symbols.insert(function);

  Block *block = function.addEntryBlock();
  IRMapping mapping;
  for (auto [argument, inside] :
       llvm::reverse(llvm::zip_equal(arguments, block->getArguments())))
    mapping.map(argument, inside);
  OpBuilder builder = OpBuilder::atBlockBegin(block);
  for (Operation *op : body.operations()) {
    Operation *clone = builder.clone(*op, mapping);
    if (isa<UpdateOp>(op))
      clone->setOperand(0, block->getArguments().back());
  }
  func::ReturnOp::create(builder, loc, mapping.lookup(root->getResult(0)));

  builder.setInsertionPoint(root);
  auto call = func::CallOp::create(builder, loc, function, arguments);
  root->getResult(0).replaceAllUsesWith(call.getResult(0));
}

struct FormKernels : impl::FormKernelsBase<FormKernels> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    auto entries = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp entry : entries)
      if (!entry->hasAttr("nn.kernel") && !entry.isExternal())
        formKernels(entry, symbols);
  }

  void formKernels(func::FuncOp entry, SymbolTable &symbols) {
    KernelGrouping grouping(entry);
    SmallVector<Kernel> kernels = grouping.run();
    // In program order, so that a kernel reads the calls of those before it.
    llvm::sort(kernels, [](const Kernel &lhs, const Kernel &rhs) {
      return lhs.root()->isBeforeInBlock(rhs.root());
    });
    for (const Kernel &kernel : kernels) {
      outlineKernel(kernel, KernelBody(kernel, grouping), symbols);
      ++formed;
    }
    eraseUnused(entry);
  }

  static void eraseUnused(func::FuncOp entry) {
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(entry.getBody().front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }
};

} // namespace
} // namespace vitrail::nn
