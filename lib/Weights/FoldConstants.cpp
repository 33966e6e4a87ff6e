//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fold-constants: values that depend on no parameter are evaluated. Small
// ones become constants; of what attention adds to its scores, equal matrices
// are kept once.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Weights/Passes.h"

#include "Operations.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Weights/Evaluator.h"

#include "mlir/IR/PatternMatch.h"

#include <map>

namespace vitrail::weights {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "vitrail/Weights/Passes.h.inc"

namespace {

using namespace mlir;

/// Elements of a constant that the module may hold, if they are not all equal.
constexpr int64_t maxConstant = 256;

/// Elements of a value that is worth being looked at.
constexpr int64_t maxEvaluated = 1 << 24;

RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// `tensor` as a constant of `type`; null where that would round an element, or
/// where elements have a type that constants are not made of.
ElementsAttr getConstant(RankedTensorType type, const Tensor &tensor) {
  ArrayRef<double> data = tensor.data;
  bool isSplat = llvm::all_equal(data);
  auto make = [&](auto values) -> ElementsAttr {
    auto all = ArrayRef(values);
    return DenseElementsAttr::get(type, isSplat ? all.take_front() : all);
  };
  auto convert = [&](auto zero) {
    SmallVector<decltype(zero)> values;
    for (double element : data)
      values.push_back(static_cast<decltype(zero)>(element));
    return values;
  };
  Type elementType = type.getElementType();
  if (elementType.isF32()) {
    auto isExact = [](double x) { return static_cast<float>(x) == x; };
    return llvm::all_of(data, isExact) ? make(convert(float())) : nullptr;
  }
  if (elementType.isInteger(1))
    return make(convert(bool()));
  if (elementType.isInteger(32))
    return make(convert(int32_t()));
  if (elementType.isInteger(64))
    return make(convert(int64_t()));
  return nullptr;
}

/// How equal parts of a tensor along one dimension are.
struct Kinds {
  SmallVector<int32_t> first; ///< a part of each kind
  SmallVector<int32_t> kind;  ///< of each part
};

/// The bytes of the part of `tensor` at `index` of `axis`.
std::string getPart(const Tensor &tensor, int64_t axis, int64_t index) {
  int64_t inner = getNumElements(ArrayRef(tensor.shape).drop_front(axis + 1));
  int64_t step = inner * tensor.shape[axis];
  std::string part;
  for (size_t begin = index * inner; begin < tensor.data.size(); begin += step)
    part.append(reinterpret_cast<const char *>(tensor.data.data() + begin),
                inner * sizeof(double));
  return part;
}

Kinds findKinds(const Tensor &tensor, int64_t axis) {
  Kinds kinds;
  std::map<std::string, int32_t> known;
  for (int64_t i = 0; i < tensor.shape[axis]; ++i) {
    auto [entry, isNew] =
        known.try_emplace(getPart(tensor, axis, i), kinds.first.size());
    if (isNew)
      kinds.first.push_back(i);
    kinds.kind.push_back(entry->second);
  }
  return kinds;
}

struct FoldConstants : impl::FoldConstantsBase<FoldConstants> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    // One pass may run on several functions.
    known.clear();
    tables.clear();
    findKnown();
    SmallVector<nn::AttentionOp> attentions;
    getOperation().walk([&](nn::AttentionOp op) { attentions.push_back(op); });
    for (nn::AttentionOp attention : attentions) {
      splitSums(attention, rewriter);
      for (OpOperand &addend : attention.getAddendsMutable())
        shareMatrices(attention, addend, rewriter);
      for (OpOperand &mask : attention.getKeepMutable())
        shareMatrices(attention, mask, rewriter);
    }
    foldSmall(rewriter);
  }

  /// Fills `known`.
  void findKnown() {
    getOperation().walk([&](Operation *op) {
      if (!isa<nn::NNDialect>(op->getDialect()) || op->getNumResults() != 1 ||
          isa<nn::ParameterOp>(op))
        return;
      RankedTensorType type = typeOf(op->getResult(0));
      if (type.hasStaticShape() && type.getNumElements() <= maxEvaluated &&
          llvm::all_of(op->getOperands(),
                       [&](Value operand) { return known.contains(operand); }))
        known.insert(op->getResult(0));
    });
  }

  FailureOr<Tensor> evaluate(Value value) {
    // There are no parameters to ask it for.
    return evaluateConstant(value, SyntheticSource());
  }

  /// A sum of a bias and a mask, known while compiling, that has more elements
  /// than either is added in two steps.
  void splitSums(nn::AttentionOp attention, RewriterBase &rewriter) {
    SmallVector<Value> addends;
    SmallVector<Value> pending(llvm::reverse(attention.getAddends()));
    while (!pending.empty()) {
      Value addend = pending.pop_back_val();
      auto sum = addend.getDefiningOp<nn::AddOp>();
      if (sum && sum.getLhs().getType() != sum.getType() &&
          sum.getRhs().getType() != sum.getType() &&
          nn::isConstantExpression(sum)) {
        pending.push_back(sum.getRhs());
        pending.push_back(sum.getLhs());
      } else {
        addends.push_back(addend);
      }
    }
    if (addends.size() != attention.getAddends().size())
      rewriter.modifyOpInPlace(
          attention, [&] { attention.getAddendsMutable().assign(addends); });
  }

  /// Keeps one of equal matrices of an addend or a mask [..., m, n], and a
  /// table of which one is where.
  void shareMatrices(nn::AttentionOp attention, OpOperand &addend,
                     RewriterBase &rewriter) {
    Value value = addend.get();
    if (!known.contains(value))
      return;
    auto found = tables.find(value);
    if (found == tables.end()) {
      rewriter.setInsertionPointAfterValue(value);
      found = tables.try_emplace(value, makeTables(value, rewriter)).first;
    }
    if (found->second == value)
      return;
    rewriter.modifyOpInPlace(attention, [&] { addend.set(found->second); });
    ++shared;
  }

  /// `value` as it is looked up in tables; itself, if it has none.
  Value makeTables(Value value, RewriterBase &rewriter) {
    int64_t rank = typeOf(value).getRank();
    // Small masks are not worth looking up.
    if (rank <= 2 || typeOf(value).getNumElements() <= maxConstant)
      return value;
    FailureOr<Tensor> tensor = evaluate(value);
    if (failed(tensor))
      return value;
    Location loc = value.getLoc();
    auto getIndices = [&](ArrayRef<int32_t> indices) -> Value {
      auto type = RankedTensorType::get({int64_t(indices.size())},
                                        rewriter.getI32Type());
      return nn::ConstantOp::create(
          rewriter, loc, type,
          cast<ElementsAttr>(DenseElementsAttr::get(type, indices)));
    };
    SmallVector<std::pair<int64_t, Kinds>> lookedUp;
    for (int64_t axis = 0; axis < rank - 2; ++axis) {
      Kinds kinds = findKinds(*tensor, axis);
      // A table of more would save little.
      if (kinds.first.size() * 2 > kinds.kind.size())
        continue;
      value = nn::GatherOp::create(rewriter, loc, value,
                                   getIndices(kinds.first), axis);
      // What is the same everywhere is repeated, not looked up.
      if (kinds.first.size() > 1)
        lookedUp.push_back({axis, std::move(kinds)});
    }
    for (auto &[axis, kinds] : lookedUp)
      value = nn::GatherOp::create(rewriter, loc, value, getIndices(kinds.kind),
                                   axis);
    return value;
  }

  /// Makes constants of values that are read by what is not known.
  void foldSmall(RewriterBase &rewriter) {
    for (Operation &op :
         llvm::make_early_inc_range(getOperation().getBody().front())) {
      if (isa<nn::ConstantOp>(op) || op.getNumResults() != 1 ||
          !known.contains(op.getResult(0)) || !isReadByUnknown(&op))
        continue;
      RankedTensorType type = typeOf(op.getResult(0));
      FailureOr<Tensor> tensor = evaluate(op.getResult(0));
      if (failed(tensor))
        return signalPassFailure();
      if (type.getNumElements() > maxConstant && !llvm::all_equal(tensor->data))
        continue;
      ElementsAttr constant = getConstant(type, *tensor);
      if (!constant)
        continue;
      rewriter.setInsertionPoint(&op);
      rewriter.replaceOpWithNewOp<nn::ConstantOp>(&op, type, constant);
      ++folded;
    }
  }

  bool isReadByUnknown(Operation *op) {
    return llvm::any_of(op->getUsers(), [&](Operation *user) {
      return user->getNumResults() != 1 || !known.contains(user->getResult(0));
    });
  }

  /// Depend on constants alone.
  llvm::DenseSet<Value> known;
  /// What `makeTables` made of values.
  llvm::DenseMap<Value, Value> tables;
};

} // namespace
} // namespace vitrail::weights
