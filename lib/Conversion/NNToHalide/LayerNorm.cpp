//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layer norm, by itself and as part of other kernels.
//
//===----------------------------------------------------------------------===//

#include "LayerNorm.h"
#include "GPU.h"

namespace vitrail {

using namespace mlir;

NormalizedRows::NormalizedRows(KernelLowering &kernel, nn::LayerNormOp norm,
                               StringRef prefix)
    : kernel(kernel), norm(norm), dims(nameDimensions("d", norm.getResult())),
      rowVars(namesInnermostFirst(rows())), extent(dims.back().extent),
      mean((prefix + "mean").str()), scale((prefix + "scale").str()),
      sum{(prefix + "sum").str(), RowReduction::Kind::Sum, rowVars, extent, {}},
      squares{(prefix + "squares").str(),
              RowReduction::Kind::Sum,
              rowVars,
              extent,
              {}} {}

Value NormalizedRows::input(ExprBuilder &expr, ArrayRef<Value> rows, Value x) {
  Indices indices(llvm::reverse(rows));
  indices.push_back(x);
  return kernel.elements.get(expr, norm.getInput(), indices);
}

Value NormalizedRows::centered(ExprBuilder &expr, ArrayRef<Value> rows,
                               Value x) {
  return expr.sub(input(expr, rows, x), expr.call(mean, rows));
}

void NormalizedRows::defineMean() {
  sum.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                         ArrayRef<Value>) { return input(expr, rows, x); });
  kernel.defineFunc(
      mean, rowVars, [&](ExprBuilder &expr, ArrayRef<Value> rows) {
        return expr.mul(expr.call(sum.name, rows), expr.number(1.0 / extent));
      });
}

void NormalizedRows::defineScale() {
  squares.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                             ArrayRef<Value>) {
    Value difference = centered(expr, rows, x);
    return expr.mul(difference, difference);
  });
  kernel.defineFunc(
      scale, rowVars, [&](ExprBuilder &expr, ArrayRef<Value> rows) {
        Value variance =
            expr.mul(expr.call(squares.name, rows), expr.number(1.0 / extent));
        double epsilon = norm.getEpsilon().convertToDouble();
        return expr.div(expr.number(1),
                        expr.sqrt(expr.add(variance, expr.number(epsilon))));
      });
}

void NormalizedRows::define() {
  defineMean();
  defineScale();
  kernel.elements.setComputed(
      norm.getResult(), [this](ExprBuilder &expr, ArrayRef<Value> indices) {
        Indices rows(llvm::reverse(indices.drop_back()));
        Value x = indices.back();
        Value value = expr.mul(centered(expr, rows, x), expr.call(scale, rows));
        if (Value gain = norm.getScale())
          value = expr.mul(value, kernel.elements.get(expr, gain, {x}));
        if (Value bias = norm.getBias())
          value = expr.add(value, kernel.elements.get(expr, bias, {x}));
        return value;
      });
}

void NormalizedRows::schedule(const RowPlace &place) const {
  sum.schedule(kernel, place);
  squares.schedule(kernel, place);
  for (StringRef name : {mean, scale}) {
    if (kernel.machine().isGPU) {
      computeForRowsOnGPU(kernel, name, rowVars, place);
      continue;
    }
    Stage stage = kernel.stage(name);
    place.compute(stage);
  }
}

void lowerLayerNorm(KernelLowering &kernel, nn::LayerNormOp norm) {
  NormalizedRows normalized(kernel, norm);
  normalized.define();
  ArrayRef<Dimension> dims = normalized.dimensions();
  kernel.defineOutput(resultNames(kernel, norm.getResult(), dims));
  Names inner = vectorizeRows(kernel, dims.back());
  normalized.schedule(
      scheduleRows(kernel, inner, normalized.rows(), dims.back().extent));
}

} // namespace vitrail
