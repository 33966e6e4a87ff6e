//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-narrow-storage: what kernels leave to each other, and the weights that
// they read, are stored in f16. What that is of is decided for the module as a
// whole first, since a state has one type in all entries; then each kernel
// converts what it reads and what it stores (HalfKernel.h).
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "HalfKernel.h"
#include "Precisions.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_NARROWSTORAGE
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

bool isF32(Value value) { return getElementTypeOrSelf(value).isF32(); }

/// What is stored that `value` is a view of.
Value getStored(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

/// Whether f16 holds the numbers of the constant expression `value`, rounded.
/// Those of parameters are not known; ones that are very negative, as masks
/// have, may be beyond its range.
bool fitsHalf(Value value) {
  if (!findParameters(value).empty())
    return true;
  auto constant = getStored(value).getDefiningOp<ConstantOp>();
  auto elements =
      constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : nullptr;
  const llvm::fltSemantics &half = llvm::APFloat::IEEEhalf();
  return elements &&
         llvm::all_of(elements.getValues<APFloat>(), [&](APFloat element) {
           bool losesInfo;
           return element.isInfinity() ||
                  !(element.convert(half, APFloat::rmNearestTiesToEven,
                                    &losesInfo) &
                    APFloat::opOverflow);
         });
}

/// Which tensors of the entries are stored in f16. Some are of one type: a
/// state in all entries, and what an update reads and gives.
class HalfTensors {
public:
  explicit HalfTensors(const KeptParameters &kept) : kept(kept) {}

  void addEntry(func::FuncOp entry, const SymbolTable &kernels,
                PassRemarks &remarks);

  /// Whether the tensor that `value` is a view of is; all entries are added.
  bool contains(Value value) const {
    value = getStored(value);
    const void *key = value.getAsOpaquePointer();
    if (!isF32(value) || !classes.contains(key))
      return false;
    return llvm::none_of(wide, [&](const void *other) {
      return classes.isEquivalent(key, other);
    });
  }

private:
  void addCall(func::CallOp call, func::FuncOp kernel, PassRemarks &remarks);
  void keep(Value value) {
    const void *key = getStored(value).getAsOpaquePointer();
    classes.insert(key);
    wide.insert(key);
  }
  void tie(Value value, const void *other) {
    classes.unionSets(getStored(value).getAsOpaquePointer(), other);
    if (isConstantExpression(value))
      keep(value);
  }

  const KeptParameters &kept;
  llvm::EquivalenceClasses<const void *> classes;
  llvm::SmallPtrSet<const void *, 8> wide; ///< those that stay f32
};

/// The first parameter to be kept that `call` reads; empty if there is none.
StringRef findKept(func::CallOp call, const KeptParameters &kept) {
  for (Value operand : call.getOperands())
    if (isConstantExpression(operand))
      if (StringRef name = kept.findIn(operand); !name.empty())
        return name;
  return {};
}

struct NarrowStorage : impl::NarrowStorageBase<NarrowStorage> {
  using NarrowStorageBase::NarrowStorageBase;

  void runOnOperation() override {
    if (failed(checkPrecision(precision, getOperation())))
      return signalPassFailure();
    if (precision != "f16")
      return;
    if (failed(kept.read(*keep, getOperation())) || failed(checkCalls()))
      return signalPassFailure();
    PassRemarks remarks(*this, &getContext());
    SymbolTable kernels(getOperation());
    HalfTensors tensors(kept);
    SmallVector<func::FuncOp> entries;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (isEntry(function))
        entries.push_back(function);
    for (func::FuncOp entry : entries)
      tensors.addEntry(entry, kernels, remarks);
    for (func::FuncOp entry : entries)
      narrow(entry, kernels, tensors, remarks);
  }

private:
  LogicalResult checkCalls();
  void narrow(func::FuncOp entry, const SymbolTable &kernels,
              const HalfTensors &tensors, PassRemarks &remarks);
  void narrow(func::CallOp call, func::FuncOp kernel,
              ArrayRef<bool> areResultsHalf);
  bool narrowOperand(func::CallOp call, OpOperand &operand);

  KeptParameters kept;
};

} // namespace

//===----------------------------------------------------------------------===//
// What is stored in f16
//===----------------------------------------------------------------------===//

void HalfTensors::addCall(func::CallOp call, func::FuncOp kernel,
                          PassRemarks &remarks) {
  StringRef name = findKept(call, kept);
  if (!name.empty())
    (void)remarks.missed(call, "'" + name + "' is to be kept in f32");
  ValueRange returned = kernel.front().getTerminator()->getOperands();
  for (auto [result, inKernel] : llvm::zip_equal(call.getResults(), returned)) {
    classes.insert(result.getAsOpaquePointer());
    if (!name.empty())
      keep(result);
    auto update = inKernel.getDefiningOp<UpdateOp>();
    if (!update)
      continue;
    if (auto argument = dyn_cast<BlockArgument>(update.getInput()))
      tie(call.getOperand(argument.getArgNumber()),
          result.getAsOpaquePointer());
  }
}

void HalfTensors::addEntry(func::FuncOp entry, const SymbolTable &kernels,
                           PassRemarks &remarks) {
  for (BlockArgument argument : entry.getArguments()) {
    Attribute state = entry.getArgAttr(argument.getArgNumber(), "nn.state");
    if (state)
      tie(argument, state.getAsOpaquePointer());
    else
      keep(argument);
  }
  for (auto call : entry.getOps<func::CallOp>())
    addCall(call, kernels.lookup<func::FuncOp>(call.getCallee()), remarks);
  Operation *terminator = entry.front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    Attribute state =
        entry.getResultAttr(operand.getOperandNumber(), "nn.state");
    if (state)
      tie(operand.get(), state.getAsOpaquePointer());
    else
      keep(operand.get());
  }
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

/// A kernel has the types of its one caller.
LogicalResult NarrowStorage::checkCalls() {
  llvm::StringSet<> called;
  WalkResult result = getOperation().walk([&](func::CallOp call) {
    if (called.insert(call.getCallee()).second)
      return WalkResult::advance();
    call.emitOpError("calls '")
        << call.getCallee()
        << "' again; each kernel must have one call, as nn-form-kernels "
           "leaves it";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Makes `operand` f16 if it is stored so; constants are rounded for it.
bool NarrowStorage::narrowOperand(func::CallOp call, OpOperand &operand) {
  Value value = operand.get();
  Type half = Float16Type::get(&getContext());
  auto type = cast<RankedTensorType>(value.getType());
  if (!isConstantExpression(value))
    return type.getElementType().isF16();
  // Biases, and what norms multiply and add, are too few to count.
  if (!isF32(value) || type.getRank() < 2 || !findKept(call, kept).empty() ||
      !fitsHalf(value))
    return false;
  OpBuilder builder(call);
  operand.set(CastOp::create(builder, call.getLoc(), type.clone(half), value));
  return true;
}

void NarrowStorage::narrow(func::CallOp call, func::FuncOp kernel,
                           ArrayRef<bool> areResultsHalf) {
  HalfKernel body(kernel);
  for (OpOperand &operand : call->getOpOperands())
    if (isF32(kernel.getArgument(operand.getOperandNumber())) &&
        narrowOperand(call, operand))
      body.narrowArgument(operand.getOperandNumber());
  body.narrowResults(areResultsHalf);
}

void NarrowStorage::narrow(func::FuncOp entry, const SymbolTable &kernels,
                           const HalfTensors &tensors, PassRemarks &remarks) {
  Type half = Float16Type::get(&getContext());
  auto makeHalf = [&](Value value) {
    value.setType(cast<RankedTensorType>(value.getType()).clone(half));
    ++narrowed;
  };
  // Decided before types change.
  SmallVector<Value> values;
  SmallVector<SmallVector<bool>> results;
  auto collect = [&](Value value) {
    bool isHalf = !isConstantExpression(value) && tensors.contains(value);
    if (isHalf)
      values.push_back(value);
    return isHalf;
  };
  llvm::for_each(entry.getArguments(), collect);
  for (Operation &op : entry.front().without_terminator()) {
    if (isa<ReshapeOp>(op))
      collect(op.getResult(0));
    if (isa<func::CallOp>(op))
      results.push_back(llvm::map_to_vector(op.getResults(), collect));
  }
  llvm::for_each(values, makeHalf);
  for (auto [call, areHalf] : llvm::zip_equal(
           llvm::to_vector(entry.getOps<func::CallOp>()), results)) {
    narrow(call, kernels.lookup<func::FuncOp>(call.getCallee()), areHalf);
    if (llvm::is_contained(areHalf, true))
      remarks.passed(call, "stores its result in f16");
  }
  entry.setType(
      FunctionType::get(&getContext(), entry.front().getArgumentTypes(),
                        entry.front().getTerminator()->getOperandTypes()));
}

} // namespace vitrail::nn
