//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fold-scale: the scale of attention's scores becomes part of the query's
// weight. First all scales of the module are found, then those are folded that
// leave each weight in one form.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/ConstantNumbering.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/PatternMatch.h"

#include <tuple>

namespace vitrail::nn {
#define GEN_PASS_DEF_FOLDSCALE
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// The features [first, first + count) of a linear layer's result.
struct Features {
  LinearOp linear;
  int64_t first = 0;
  int64_t count = 0;

  explicit operator bool() const { return static_cast<bool>(linear); }
};

int64_t countFeatures(LinearOp linear) {
  return linear.getWeight().getType().getDimSize(0);
}

/// Whether `slice` takes neighbouring features, and all there is of them.
bool takesFeatures(SliceOp slice) {
  ArrayRef<int64_t> input = slice.getInput().getType().getShape();
  return input.drop_back() == slice.getSizes().drop_back() &&
         slice.getStrides().back() == 1;
}

/// The features that `slice` takes of `linear`, if no other reader of the layer
/// takes one of them.
Features getOwnFeatures(SliceOp slice, LinearOp linear) {
  auto overlaps = [&](Operation *user) {
    auto other = dyn_cast<SliceOp>(user);
    if (other == slice)
      return false;
    if (!other || !takesFeatures(other))
      return true;
    int64_t first = slice.getOffsets().back();
    int64_t otherFirst = other.getOffsets().back();
    return first < otherFirst + other.getSizes().back() &&
           otherFirst < first + slice.getSizes().back();
  };
  if (!takesFeatures(slice) || llvm::any_of(linear->getUsers(), overlaps))
    return {};
  return {linear, slice.getOffsets().back(), slice.getSizes().back()};
}

/// The features of a layer that `value` is linear in and that nothing but
/// `value` depends on; none if there are no such, and then `reason` says why.
Features findFeatures(Value value, StringRef &reason) {
  Operation *op = value.getDefiningOp();
  if (auto linear = dyn_cast_or_null<LinearOp>(op)) {
    if (value.hasOneUse())
      return {linear, 0, countFeatures(linear)};
    reason = "what is scaled is read elsewhere, too";
    return {};
  }
  if (!value.hasOneUse()) {
    reason = "what is scaled is read elsewhere, too";
    return {};
  }
  if (auto product = dyn_cast_or_null<MatmulOp>(op)) {
    Features features = findFeatures(product.getLhs(), reason);
    return features ? features : findFeatures(product.getRhs(), reason);
  }
  if (auto slice = dyn_cast_or_null<SliceOp>(op)) {
    auto linear = slice.getInput().getDefiningOp<LinearOp>();
    if (linear && !linear.getResult().hasOneUse()) {
      reason = "what is scaled is read elsewhere, too";
      return getOwnFeatures(slice, linear);
    }
  }
  if (isa_and_nonnull<ReshapeOp, TransposeOp, SliceOp>(op))
    return findFeatures(op->getOperand(0), reason);
  reason = "what is scaled is no product with a linear layer";
  return {};
}

/// A multiplication or division of all elements by one constant.
struct Scale {
  Operation *op = nullptr;
  Value scaled;
  TypedAttr factor;
  Features features;
};

/// Reads `op` as a scale; null if it is none.
Scale matchScale(Operation *op) {
  if (!isa<MulOp, DivOp>(op))
    return {};
  auto match = [&](Value scaled, Value factor) -> Scale {
    auto constant = factor.getDefiningOp<ConstantOp>();
    auto elements = constant
                        ? dyn_cast<DenseFPElementsAttr>(constant.getValue())
                        : DenseFPElementsAttr();
    if (!elements || !elements.isSplat() ||
        scaled.getType() != op->getResult(0).getType())
      return {};
    auto scalar = RankedTensorType::get({}, elements.getElementType());
    return {op, scaled, elements.resizeSplat(scalar), {}};
  };
  Scale scale = match(op->getOperand(0), op->getOperand(1));
  if (!scale.op && isa<MulOp>(op))
    scale = match(op->getOperand(1), op->getOperand(0));
  return scale;
}

struct FoldScale : impl::FoldScaleBase<FoldScale> {
  void runOnOperation() override {
    PassRemarks remarks(*this, &getContext());
    IRRewriter rewriter(&getContext(), &remarks);
    for (const Scale &scale : findScales(remarks)) {
      remarks.passed(scale.op, "folded into the weight of a linear layer");
      fold(scale, rewriter);
      ++folded;
    }
  }

  /// The scales that can be folded.
  SmallVector<Scale> findScales(PassRemarks &remarks) {
    SmallVector<Scale> scales;
    getOperation().walk([&](Operation *op) {
      Scale scale = matchScale(op);
      if (scale.op && succeeded(findFeaturesOf(scale, remarks)))
        scales.push_back(scale);
    });
    return keepWeightsSingle(std::move(scales), remarks);
  }

  static LogicalResult findFeaturesOf(Scale &scale, PassRemarks &remarks) {
    if (isConstantExpression(scale.scaled))
      return failure(); // Is computed while compiling as it is.
    StringRef reason;
    scale.features = findFeatures(scale.scaled, reason);
    if (!scale.features)
      return remarks.missed(scale.op, reason);
    LinearOp linear = scale.features.linear;
    if (!isConstantExpression(linear.getWeight()))
      return remarks.missed(scale.op,
                            "the weight is not known while compiling");
    if (linear.getBias() && !isConstantExpression(linear.getBias()))
      return remarks.missed(scale.op, "the bias is not known while compiling");
    return success();
  }

  /// Those of `scales` that all layers with the weight need.
  SmallVector<Scale> keepWeightsSingle(SmallVector<Scale> scales,
                                       PassRemarks &remarks) {
    ConstantNumbering numbering;
    std::map<unsigned, unsigned> layers;
    getOperation().walk([&](LinearOp linear) {
      if (auto number = numbering.getNumber(linear.getWeight()))
        ++layers[*number];
    });
    auto getKey = [&](const Scale &scale) {
      const Features &features = scale.features;
      return std::tuple(*numbering.getNumber(features.linear->getOperand(1)),
                        features.first, features.count,
                        scale.factor.getAsOpaquePointer(),
                        isa<DivOp>(scale.op));
    };
    std::map<decltype(getKey(scales.front())), unsigned> equalScales;
    for (const Scale &scale : scales)
      ++equalScales[getKey(scale)];
    llvm::erase_if(scales, [&](const Scale &scale) {
      auto key = getKey(scale);
      if (equalScales[key] == layers[std::get<0>(key)])
        return false;
      (void)remarks.missed(scale.op,
                           "another layer has the weight without this scale");
      return true;
    });
    return scales;
  }

  static void fold(const Scale &scale, RewriterBase &rewriter) {
    LinearOp linear = scale.features.linear;
    rewriter.setInsertionPoint(linear);
    Value weight = scaleFeatures(scale, linear.getWeight(), rewriter);
    Value bias = linear.getBias();
    if (bias)
      bias = scaleFeatures(scale, bias, rewriter);
    rewriter.modifyOpInPlace(linear, [&] {
      linear.getWeightMutable().assign(weight);
      if (bias)
        linear.getBiasMutable().assign(bias);
    });
    rewriter.replaceOp(scale.op, scale.scaled);
  }

  /// A weight or a bias with the scale at its features.
  static Value scaleFeatures(const Scale &scale, Value tensor,
                             RewriterBase &rewriter) {
    Location loc = scale.op->getLoc();
    auto type = cast<RankedTensorType>(tensor.getType());
    auto take = [&](int64_t first, int64_t end) -> Value {
      SmallVector<int64_t> offsets(type.getRank(), 0);
      SmallVector<int64_t> strides(type.getRank(), 1);
      SmallVector<int64_t> sizes(type.getShape());
      offsets[0] = first;
      sizes[0] = end - first;
      return rewriter.createOrFold<SliceOp>(loc, tensor, offsets, sizes,
                                            strides);
    };
    int64_t first = scale.features.first;
    int64_t end = first + scale.features.count;
    Value factor =
        ConstantOp::create(rewriter, loc, cast<ElementsAttr>(scale.factor));
    Value part = take(first, end);
    part = isa<DivOp>(scale.op)
               ? DivOp::create(rewriter, loc, part, factor).getResult()
               : MulOp::create(rewriter, loc, part, factor).getResult();
    SmallVector<Value> parts;
    if (first > 0)
      parts.push_back(take(0, first));
    parts.push_back(part);
    if (end < type.getDimSize(0))
      parts.push_back(take(end, type.getDimSize(0)));
    return rewriter.createOrFold<ConcatOp>(loc, parts, /*axis=*/0);
  }
};

} // namespace
} // namespace vitrail::nn
