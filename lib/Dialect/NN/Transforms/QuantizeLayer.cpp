//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of y = sum x * w + b with |x| <= r in a row and |w| <= s for a feature:
//
//   x ~ X * r / 127, w ~ W * s / 127, y ~ (sum X * W) * r * (s / 127^2) + b
//
// where X and W are integers. s / 127^2 is computed while compiling, and so is
// r times that if one r is known for all rows.
//
//===----------------------------------------------------------------------===//

#include "QuantizeLayer.h"

#include "llvm/ADT/Sequence.h"

namespace vitrail::nn {

using namespace mlir;

namespace {

/// The largest integer that a range becomes.
constexpr double largest = 127;

/// A weight, or the rows of an input, as integers.
struct Quantized {
  Value integers;
  Value range; ///< contracted dimensions are 1
};

/// One layer on its way.
class LayerQuantization {
public:
  LayerQuantization(LinearOp linear, RewriterBase &rewriter)
      : linear(linear), rewriter(rewriter), loc(linear.getLoc()) {}

  /// Leaves the weight as integers. What they are multiplied with at last is
  /// the range of each feature times `factor`.
  void quantizeWeight(double factor);
  /// In the range of each row.
  void quantizeInput();
  /// In a range that is the same for all rows; the weight is quantized already.
  void quantizeInput(Value range);
  /// Replaces the layer; all of the new one is in the layer's fusion, or in one
  /// of its own.
  void replace();

private:
  Quantized quantize(Value value);
  Value reshape(Value value, ArrayRef<Extent> extents) {
    return ReshapeOp::create(
        rewriter, loc, getTensorType(extents, rewriter.getF32Type()), value);
  }

  LinearOp linear;
  RewriterBase &rewriter;
  Location loc;
  Value weight, scale;              ///< integers [n, k...], and [n]
  Value input;                      ///< integers, or null if it stays f32
  Value inputRange;                 ///< of each row; null if there is none
  SmallVector<Operation *> members; ///< what is computed when the model runs
};

} // namespace

/// In ranges of what the layer sums over.
Quantized LayerQuantization::quantize(Value value) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  int64_t contracted = linear.getWeight().getType().getRank() - 1;
  auto axes = llvm::to_vector(llvm::seq(rank - contracted, rank));
  Quantized result;
  result.range = ReduceOp::create(rewriter, loc, value, ReduceKind::MaxAbs,
                                  axes, /*keep_dims=*/true);
  result.integers = QuantizeOp::create(rewriter, loc, value, result.range);
  return result;
}

void LayerQuantization::quantizeWeight(double factor) {
  rewriter.setInsertionPointAfterValue(linear.getWeight());
  Quantized quantized = quantize(linear.getWeight());
  weight = quantized.integers;
  int64_t features = linear.getWeight().getType().getDimSize(0);
  auto type = RankedTensorType::get({}, rewriter.getF32Type());
  Value constant = ConstantOp::create(
      rewriter, loc, DenseElementsAttr::get(type, static_cast<float>(factor)));
  scale = MulOp::create(rewriter, loc,
                        reshape(quantized.range, Extent{features, false}),
                        constant);
}

void LayerQuantization::quantizeInput() {
  rewriter.setInsertionPoint(linear);
  Quantized quantized = quantize(linear.getInput());
  input = quantized.integers;
  inputRange = quantized.range;
  members = {inputRange.getDefiningOp(), input.getDefiningOp()};
}

void LayerQuantization::quantizeInput(Value range) {
  rewriter.setInsertionPointAfterValue(scale);
  scale = MulOp::create(rewriter, loc, scale, range);
  rewriter.setInsertionPoint(linear);
  input = QuantizeOp::create(rewriter, loc, linear.getInput(), range);
  members = {input.getDefiningOp()};
}

void LayerQuantization::replace() {
  rewriter.setInsertionPoint(linear);
  auto add = [this](Value value) {
    members.push_back(value.getDefiningOp());
    return value;
  };
  Value result = add(LinearOp::create(rewriter, loc,
                                      input ? input : linear.getInput(), weight,
                                      /*bias=*/nullptr));
  auto type = cast<RankedTensorType>(linear.getType());
  if (input)
    result = add(CastOp::create(rewriter, loc, type, result));
  if (inputRange) {
    SmallVector<Extent> rows = getExtents(type);
    rows.back() = {1, false};
    if (getExtents(cast<RankedTensorType>(inputRange.getType())) != rows)
      inputRange = add(reshape(inputRange, rows));
    result = add(MulOp::create(rewriter, loc, result, inputRange));
  }
  result = add(MulOp::create(rewriter, loc, result, scale));
  if (Value bias = linear.getBias())
    result = add(AddOp::create(rewriter, loc, result, bias));
  bool isFused = isa<FusionOp>(linear->getParentOp());
  rewriter.replaceOp(linear, result);
  if (!isFused)
    fuse(rewriter, members);
}

void quantizeLayer(LinearOp linear, Value range, RewriterBase &rewriter) {
  LayerQuantization layer(linear, rewriter);
  layer.quantizeWeight(1 / (largest * largest));
  if (range)
    layer.quantizeInput(range);
  else
    layer.quantizeInput();
  layer.replace();
}

void quantizeWeight(LinearOp linear, RewriterBase &rewriter) {
  LayerQuantization layer(linear, rewriter);
  layer.quantizeWeight(1 / largest);
  layer.replace();
}

} // namespace vitrail::nn
