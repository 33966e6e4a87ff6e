//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The evaluator: in which order operations run, which values are in memory, and
// how calls are followed. What operations compute is in Evaluate*.cpp.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Weights/Evaluator.h"

#include "Operations.h"

#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

SmallVector<int64_t> weights::getShape(RankedTensorType type, int64_t batch) {
  return llvm::map_to_vector(nn::getExtents(type), [&](nn::Extent extent) {
    return extent.timesBatch ? extent.size * batch : extent.size;
  });
}

/// Calls nested deeper than this are a recursion.
static constexpr unsigned maxCallDepth = 64;

namespace {
/// What is the same for all functions of an evaluation.
struct Environment {
  const ParameterSource &parameters;
  int64_t batch;
  Observer observer = nullptr;
};
} // namespace

static FailureOr<SmallVector<Tensor>>
evaluateCall(func::FuncOp function, ArrayRef<const Tensor *> inputs,
             const Environment &environment, unsigned depth);

static FailureOr<SmallVector<Tensor>>
evaluateRoots(ArrayRef<Value> roots, const Environment &environment,
              llvm::function_ref<const Tensor *(Value)> getKnown,
              unsigned depth = 0);

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

/// The values that `op` computes from.
static SmallVector<Value> getReadValues(Operation *op) {
  if (auto fusion = dyn_cast<nn::FusionOp>(op))
    return fusion.getCaptures();
  return llvm::to_vector(op->getOperands());
}

/// The operations that `roots` depend on, each after those that define its
/// operands and as late as its first use allows; `isKnown` values need none. A
/// value that is neither known nor an operation's result is reported.
static FailureOr<SmallVector<Operation *>>
orderOperations(ArrayRef<Value> roots,
                llvm::function_ref<bool(Value)> isKnown) {
  SmallVector<Operation *> order;
  SmallPtrSet<Operation *, 32> visited;
  // Operations and what they read that is not visited yet, the next one last. A
  // model may be deeper than the stack of a recursion.
  SmallVector<std::pair<Operation *, SmallVector<Value>>> stack;
  auto visit = [&](Value value) -> LogicalResult {
    if (isKnown(value))
      return success();
    Operation *op = value.getDefiningOp();
    if (!op)
      return emitError(value.getLoc(), "the value of this argument is unknown");
    if (visited.insert(op).second) {
      SmallVector<Value> pending = getReadValues(op);
      std::reverse(pending.begin(), pending.end());
      stack.push_back({op, std::move(pending)});
    }
    return success();
  };
  for (Value root : roots) {
    if (failed(visit(root)))
      return failure();
    while (!stack.empty()) {
      auto &[op, pending] = stack.back();
      if (!pending.empty()) {
        if (failed(visit(pending.pop_back_val())))
          return failure();
        continue;
      }
      order.push_back(op);
      stack.pop_back();
    }
  }
  return order;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

/// The result of an operation that is no source; nothing if T or the dialect
/// has no meaning for it.
template <typename T>
static std::optional<TensorOf<T>> evaluateOperation(Operation *op,
                                                    Operands<T> operands,
                                                    ArrayRef<int64_t> shape) {
  if (auto tensor = evaluateLayout<T>(op, operands, shape))
    return tensor;
  if constexpr (std::is_same_v<T, double>) {
    for (auto *evaluate : {evaluateElementwise, evaluateProduct,
                           evaluateAttention, evaluateReduction})
      if (auto tensor = evaluate(op, operands, shape))
        return tensor;
  }
  return std::nullopt;
}

namespace {
/// Runs ordered operations and keeps their results until the last use. T is
/// double, or float for operations that move elements only.
template <typename T> class Execution {
public:
  Execution(const Environment &environment,
            llvm::function_ref<const TensorOf<T> *(Value)> getKnown,
            unsigned depth = 0)
      : environment(environment), getKnown(getKnown), depth(depth) {}

  FailureOr<SmallVector<TensorOf<T>>> run(ArrayRef<Operation *> order,
                                          ArrayRef<Value> roots);

private:
  LogicalResult run(Operation *op);
  LogicalResult runParameter(nn::ParameterOp op);
  LogicalResult runConstant(nn::ConstantOp op);
  LogicalResult runCall(func::CallOp op, Operands<T> operands);
  LogicalResult runFusion(nn::FusionOp op);

  const TensorOf<T> *get(Value value);
  TensorOf<T> take(Value value);
  void release(Value value);
  void define(Value value, TensorOf<T> tensor);

  const Environment &environment;
  llvm::function_ref<const TensorOf<T> *(Value)> getKnown;
  unsigned depth;
  /// Uses of each value that are still to come.
  llvm::DenseMap<Value, unsigned> uses;
  llvm::DenseMap<Value, TensorOf<T>> results;
};
} // namespace

template <typename T> const TensorOf<T> *Execution<T>::get(Value value) {
  if (const TensorOf<T> *known = getKnown(value))
    return known;
  return &results.find(value)->second;
}

template <typename T> void Execution<T>::release(Value value) {
  if (--uses[value] == 0)
    results.erase(value);
}

/// The tensor of `value` for one use of it: moved if it is the last.
template <typename T> TensorOf<T> Execution<T>::take(Value value) {
  auto it = results.find(value);
  bool isLast = it != results.end() && uses[value] == 1;
  TensorOf<T> tensor = isLast ? std::move(it->second) : *get(value);
  release(value);
  return tensor;
}

template <typename T>
void Execution<T>::define(Value value, TensorOf<T> tensor) {
  if constexpr (std::is_same_v<T, double>)
    if (environment.observer)
      environment.observer(value, tensor);
  if (uses.lookup(value))
    results.try_emplace(value, std::move(tensor));
}

template <typename T>
LogicalResult Execution<T>::runParameter(nn::ParameterOp op) {
  if (failed(checkParameter(op, environment.parameters)))
    return failure();
  TensorOf<T> tensor(op.getType().getShape());
  environment.parameters.read(op.getName(), op.getType(), tensor.data);
  define(op, std::move(tensor));
  return success();
}

template <typename T>
LogicalResult Execution<T>::runConstant(nn::ConstantOp op) {
  ElementsAttr elements = op.getValue();
  TensorOf<T> tensor(op.getType().getShape());
  auto floats = elements.tryGetValues<APFloat>();
  auto integers = elements.tryGetValues<APInt>();
  if (floats) {
    for (auto [out, value] : llvm::zip_equal(tensor.data, *floats))
      out = static_cast<T>(value.convertToDouble());
  } else if (integers) {
    bool isBoolean = op.getType().getElementType().isInteger(1);
    for (auto [out, value] : llvm::zip_equal(tensor.data, *integers)) {
      int64_t integer = value.getSExtValue();
      out = static_cast<T>(isBoolean ? -integer : integer); // true is -1 in i1
    }
  } else {
    return op.emitOpError("cannot be evaluated: its elements are not at hand");
  }
  define(op, std::move(tensor));
  return success();
}

template <typename T>
LogicalResult Execution<T>::runCall(func::CallOp op, Operands<T> operands) {
  if constexpr (std::is_same_v<T, double>) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        op, op.getCalleeAttr());
    if (!callee || callee.isExternal())
      return op.emitOpError("cannot be evaluated: '")
             << op.getCallee() << "' has no body";
    if (depth == maxCallDepth)
      return op.emitOpError("cannot be evaluated: calls nest deeper than ")
             << maxCallDepth;
    auto values = evaluateCall(callee, operands, environment, depth + 1);
    if (failed(values))
      return failure();
    for (auto [result, value] : llvm::zip_equal(op.getResults(), *values))
      define(result, std::move(value));
    return success();
  }
  llvm_unreachable("a call is no layout operation");
}

template <typename T> LogicalResult Execution<T>::runFusion(nn::FusionOp op) {
  if constexpr (std::is_same_v<T, double>) {
    Block *body = &op.getBody().front();
    auto getOutside = [&](Value value) -> const Tensor * {
      return value.getParentBlock() == body ? nullptr : get(value);
    };
    auto values = evaluateRoots(llvm::to_vector(op.getYielded()), environment,
                                getOutside, depth);
    if (failed(values))
      return failure();
    for (auto [result, value] : llvm::zip_equal(op.getResults(), *values))
      define(result, std::move(value));
    return success();
  }
  llvm_unreachable("a fusion is no layout operation");
}

template <typename T> LogicalResult Execution<T>::run(Operation *op) {
  if (auto parameter = dyn_cast<nn::ParameterOp>(op))
    return runParameter(parameter);
  if (auto constant = dyn_cast<nn::ConstantOp>(op))
    return runConstant(constant);
  if (auto reshape = dyn_cast<nn::ReshapeOp>(op)) {
    TensorOf<T> tensor = take(reshape.getInput());
    tensor.shape = getShape(reshape.getType(), environment.batch);
    define(reshape, std::move(tensor));
    return success();
  }

  SmallVector<Value> reads = getReadValues(op);
  SmallVector<const TensorOf<T> *> operands =
      llvm::map_to_vector(reads, [&](Value value) { return get(value); });
  if (auto call = dyn_cast<func::CallOp>(op)) {
    if (failed(runCall(call, operands)))
      return failure();
  } else if (auto fusion = dyn_cast<nn::FusionOp>(op)) {
    if (failed(runFusion(fusion)))
      return failure();
  } else {
    std::optional<TensorOf<T>> tensor;
    if (op->getNumResults() == 1)
      if (auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType()))
        tensor = evaluateOperation<T>(op, operands,
                                      getShape(type, environment.batch));
    if (!tensor)
      return op->emitOpError("cannot be evaluated");
    define(op->getResult(0), std::move(*tensor));
  }
  for (Value value : reads)
    release(value);
  return success();
}

template <typename T>
FailureOr<SmallVector<TensorOf<T>>>
Execution<T>::run(ArrayRef<Operation *> order, ArrayRef<Value> roots) {
  for (Operation *op : order)
    for (Value value : getReadValues(op))
      ++uses[value];
  for (Value root : roots)
    ++uses[root];
  for (Operation *op : order)
    if (failed(run(op)))
      return failure();
  return llvm::map_to_vector(roots, [&](Value root) { return take(root); });
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

void Evaluator::bind(Value value, Tensor tensor) {
  bound[value] = std::move(tensor);
}

FailureOr<Tensor> Evaluator::evaluate(Value value) {
  auto tensors = evaluate(ArrayRef<Value>(value));
  if (failed(tensors))
    return failure();
  return std::move(tensors->front());
}

/// Evaluates `roots` in float64; `getKnown` returns the values at hand.
static FailureOr<SmallVector<Tensor>>
evaluateRoots(ArrayRef<Value> roots, const Environment &environment,
              llvm::function_ref<const Tensor *(Value)> getKnown,
              unsigned depth) {
  auto order = orderOperations(
      roots, [&](Value value) { return getKnown(value) != nullptr; });
  if (failed(order))
    return failure();
  return Execution<double>(environment, getKnown, depth).run(*order, roots);
}

FailureOr<SmallVector<Tensor>> Evaluator::evaluate(ArrayRef<Value> values) {
  auto getKnown = [&](Value value) -> const Tensor * {
    auto it = bound.find(value);
    return it == bound.end() ? nullptr : &it->second;
  };
  return evaluateRoots(values, {parameters, batch}, getKnown);
}

static FailureOr<SmallVector<Tensor>>
evaluateCall(func::FuncOp function, ArrayRef<const Tensor *> inputs,
             const Environment &environment, unsigned depth) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("cannot be evaluated: expected one block");
  auto getKnown = [&](Value value) -> const Tensor * {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument ? inputs[argument.getArgNumber()] : nullptr;
  };
  Operation *terminator = function.getBody().front().getTerminator();
  return evaluateRoots(llvm::to_vector(terminator->getOperands()), environment,
                       getKnown, depth);
}

FailureOr<SmallVector<Tensor>>
weights::evaluateFunction(func::FuncOp function, ArrayRef<Tensor> inputs,
                          const ParameterSource &parameters, int64_t batch,
                          Observer observer) {
  if (inputs.size() != function.getNumArguments())
    return function.emitOpError("expected ")
           << function.getNumArguments() << " inputs, got " << inputs.size();
  if (function.isExternal())
    return function.emitOpError("cannot be evaluated: it has no body");
  SmallVector<const Tensor *> pointers;
  for (auto [argument, input] :
       llvm::zip_equal(function.getArguments(), inputs)) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || getShape(type, batch) != input.shape)
      return emitError(argument.getLoc(), "argument ")
             << argument.getArgNumber() << " is " << argument.getType()
             << ", but the input has shape " << describeShape(input.shape)
             << " for a batch of " << batch;
    pointers.push_back(&input);
  }
  return evaluateCall(function, pointers, {parameters, batch, observer},
                      /*depth=*/0);
}

//===----------------------------------------------------------------------===//
// Constant expressions
//===----------------------------------------------------------------------===//

FailureOr<Tensor> weights::evaluateConstant(Value value,
                                            const ParameterSource &parameters) {
  assert(nn::isConstantExpression(value) && "depends on more than parameters");
  return Evaluator(parameters).evaluate(value);
}

/// Whether `op` only moves elements, so that rounding commutes with it.
static bool movesElements(Operation *op) {
  return isa<nn::ParameterOp, nn::ConstantOp, nn::ReshapeOp, nn::TransposeOp,
             nn::SliceOp, nn::ConcatOp, nn::BroadcastOp, nn::PadOp, nn::RollOp,
             nn::UnfoldOp>(op);
}

FailureOr<FloatTensor>
weights::evaluateConstantAsFloat(Value value,
                                 const ParameterSource &parameters) {
  assert(nn::isConstantExpression(value) && "depends on more than parameters");
  auto order = orderOperations(value, [](Value) { return false; });
  if (failed(order))
    return failure();
  if (llvm::all_of(*order, movesElements)) {
    auto getKnown = [](Value) -> const FloatTensor * { return nullptr; };
    auto tensors = Execution<float>({parameters, /*batch=*/1}, getKnown)
                       .run(*order, value);
    if (failed(tensors))
      return failure();
    return std::move(tensors->front());
  }
  FailureOr<Tensor> tensor = Evaluator(parameters).evaluate(value);
  if (failed(tensor))
    return failure();
  FloatTensor rounded;
  rounded.shape = tensor->shape;
  rounded.data.assign(tensor->data.begin(), tensor->data.end());
  return rounded;
}
