//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layer norm:
//
//   mean(rows...)   = sum of the row / extent
//   scale(rows...)  = 1 / sqrt(sum of (input - mean)^2 / extent + epsilon)
//   out(x, rows...) = (input - mean) * scale * gain(x) + bias(x)
//
// Two passes over the row, as in the definition: the one-pass formula loses the
// digits of a small variance around a large mean.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

namespace vitrail {

using namespace mlir;

namespace {

class LayerNormLowering {
public:
  LayerNormLowering(KernelLowering &kernel, nn::LayerNormOp norm)
      : kernel(kernel), norm(norm), dims(nameDimensions("d", norm.getResult())),
        rowVars(namesInnermostFirst(rows())), extent(dims.back().extent),
        sum{"sum", RowReduction::Kind::Sum, rowVars, extent, {}},
        squares{"squares", RowReduction::Kind::Sum, rowVars, extent, {}} {}

  void defineMean();
  void defineScale();
  void defineResult();
  void schedule();

private:
  ArrayRef<Dimension> rows() const { return ArrayRef(dims).drop_back(); }

  Value input(ExprBuilder &expr, ArrayRef<Value> rows, Value x) {
    Indices indices(llvm::reverse(rows));
    indices.push_back(x);
    return kernel.elements.get(expr, norm.getInput(), indices);
  }

  Value centered(ExprBuilder &expr, ArrayRef<Value> rows, Value x) {
    return expr.sub(input(expr, rows, x), expr.call("mean", rows));
  }

  KernelLowering &kernel;
  nn::LayerNormOp norm;
  SmallVector<Dimension> dims;
  Names rowVars;
  int64_t extent;
  RowReduction sum, squares;
};

} // namespace

void LayerNormLowering::defineMean() {
  sum.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                         ArrayRef<Value>) { return input(expr, rows, x); });
  kernel.defineFunc(
      "mean", rowVars, [&](ExprBuilder &expr, ArrayRef<Value> rows) {
        return expr.mul(expr.call("sum", rows), expr.number(1.0 / extent));
      });
}

void LayerNormLowering::defineScale() {
  squares.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                             ArrayRef<Value>) {
    Value difference = centered(expr, rows, x);
    return expr.mul(difference, difference);
  });
  kernel.defineFunc(
      "scale", rowVars, [&](ExprBuilder &expr, ArrayRef<Value> rows) {
        Value variance =
            expr.mul(expr.call("squares", rows), expr.number(1.0 / extent));
        double epsilon = norm.getEpsilon().convertToDouble();
        return expr.div(expr.number(1),
                        expr.sqrt(expr.add(variance, expr.number(epsilon))));
      });
}

void LayerNormLowering::defineResult() {
  kernel.elements.setComputed(
      norm.getResult(), [this](ExprBuilder &expr, ArrayRef<Value> indices) {
        Indices rows(llvm::reverse(indices.drop_back()));
        Value x = indices.back();
        Value value =
            expr.mul(centered(expr, rows, x), expr.call("scale", rows));
        if (Value gain = norm.getScale())
          value = expr.mul(value, kernel.elements.get(expr, gain, {x}));
        if (Value bias = norm.getBias())
          value = expr.add(value, kernel.elements.get(expr, bias, {x}));
        return value;
      });
  kernel.defineOutput(resultNames(kernel, norm.getResult(), dims));
}

void LayerNormLowering::schedule() {
  Names inner = vectorizeOutput(kernel, dims.back());
  RowPlace place = scheduleRows(kernel, inner, rows(), extent);
  sum.schedule(kernel, place);
  squares.schedule(kernel, place);
  for (StringRef name : {"mean", "scale"}) {
    Stage stage = kernel.stage(name);
    place.compute(stage);
  }
}

void lowerLayerNorm(KernelLowering &kernel, nn::LayerNormOp norm) {
  LayerNormLowering lowering(kernel, norm);
  lowering.defineMean();
  lowering.defineScale();
  lowering.defineResult();
  lowering.schedule();
}

} // namespace vitrail
