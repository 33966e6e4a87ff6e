//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Softmax. Over the last dimension, a row is read into lanes, and its
// exponentials are kept; over another one, lanes are neighbouring columns.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

#include <limits>

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

/// Over the last dimension:
///
///   e(x, rows...)   = exp(input(x, rows...) - max(rows...))
///   out(x, rows...) = e(x, rows...) / sum(rows...)
class SoftmaxOfRows {
public:
  SoftmaxOfRows(KernelLowering &kernel, nn::SoftmaxOp softmax)
      : kernel(kernel), softmax(softmax),
        dims(nameDimensions("d", softmax.getResult())),
        rowVars(namesInnermostFirst(rows())), extent(dims.back().extent),
        max{"max", RowReduction::Kind::Max, rowVars, extent, {}},
        sum{"sum", RowReduction::Kind::Sum, rowVars, extent, {}} {}

  void define();
  void schedule();

private:
  ArrayRef<Dimension> rows() const { return ArrayRef(dims).drop_back(); }

  Value input(ExprBuilder &expr, ArrayRef<Value> rows, Value x) {
    Indices indices(llvm::reverse(rows));
    indices.push_back(x);
    return kernel.elements.get(expr, softmax.getInput(), indices);
  }

  static Value callE(ExprBuilder &expr, ArrayRef<Value> rows, Value x) {
    Indices indices = {x};
    llvm::append_range(indices, rows);
    return expr.call("e", indices);
  }

  KernelLowering &kernel;
  nn::SoftmaxOp softmax;
  SmallVector<Dimension> dims;
  Names rowVars;
  int64_t extent;
  RowReduction max, sum;
};

/// Over another axis; `rest` are the other dimensions. Exponentials are
/// computed twice, which costs less than to keep the columns of a vector.
class SoftmaxOfColumns {
public:
  SoftmaxOfColumns(KernelLowering &kernel, nn::SoftmaxOp softmax)
      : kernel(kernel), softmax(softmax), axis(softmax.getAxis()),
        dims(nameDimensions("d", softmax.getResult())), rest(dims) {
    rest.erase(rest.begin() + axis);
  }

  void define();
  void schedule();

private:
  void defineReduction(StringRef name, double start, halide::RDomOp domain,
                       RowReduction::Kind kind);

  Value element(ExprBuilder &expr, ArrayRef<Value> rest, Value x) {
    Indices indices(llvm::reverse(rest));
    indices.insert(indices.begin() + axis, x);
    return kernel.elements.get(expr, softmax.getInput(), indices);
  }

  Value exponential(ExprBuilder &expr, ArrayRef<Value> rest, Value x) {
    return expr.exp(expr.sub(element(expr, rest, x), expr.call("max", rest)));
  }

  KernelLowering &kernel;
  nn::SoftmaxOp softmax;
  size_t axis;
  SmallVector<Dimension> dims;
  SmallVector<Dimension> rest;
};

} // namespace

void SoftmaxOfRows::define() {
  max.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                         ArrayRef<Value>) { return input(expr, rows, x); });
  Names vars = {"x"};
  llvm::append_range(vars, rowVars);
  kernel.defineFunc("e", vars, [&](ExprBuilder &expr, ArrayRef<Value> vars) {
    Value x = input(expr, vars.drop_front(), vars.front());
    return expr.exp(expr.sub(x, expr.call("max", vars.drop_front())));
  });
  sum.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                         ArrayRef<Value>) { return callE(expr, rows, x); });
  kernel.defineFunc("scale", rowVars,
                    [&](ExprBuilder &expr, ArrayRef<Value> rows) {
                      return expr.div(expr.number(1), expr.call("sum", rows));
                    });
  kernel.elements.setComputed(
      softmax.getResult(), [](ExprBuilder &expr, ArrayRef<Value> indices) {
        Indices rows(llvm::reverse(indices.drop_back()));
        return expr.mul(callE(expr, rows, indices.back()),
                        expr.call("scale", rows));
      });
  kernel.defineOutput(resultNames(kernel, softmax.getResult(), dims));
}

void SoftmaxOfRows::schedule() {
  Names inner = vectorizeRows(kernel, dims.back());
  RowPlace place = scheduleRows(kernel, inner, rows(), extent);
  max.schedule(kernel, place);
  Stage e = kernel.stage("e");
  int64_t lanes = chooseLanes(extent, kernel.machine());
  if (kernel.machine().isGPU) {
    computeInBlock(e, place, extent * place.rows);
    e.split("x", "xo", "xl", lanes, TailStrategy::GuardWithIf).threads("xl");
    if (place.rows > 1)
      e.reorder({"xo", "xl", rowVars.front()}).threads(rowVars.front());
    sum.schedule(kernel, place);
    computeForRowsOnGPU(kernel, "scale", rowVars, place);
    return;
  }
  place.compute(e);
  e.split("x", "xo", "xl", lanes, TailStrategy::ShiftInwards).vectorize("xl");
  sum.schedule(kernel, place);
  Stage scale = kernel.stage("scale");
  place.compute(scale);
}

/// name(rest...) reduces the elements along the axis, or their exponentials if
/// it sums.
void SoftmaxOfColumns::defineReduction(StringRef name, double start,
                                       halide::RDomOp domain,
                                       RowReduction::Kind kind) {
  halide::FuncOp func = kernel.defineFunc(
      name, namesInnermostFirst(rest),
      [&](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(start); });
  kernel.addUpdate(func, domain, [&](ExprBuilder &expr, ArrayRef<Value> all) {
    ArrayRef<Value> rest = all.drop_back();
    Value x = all.back();
    Value value = expr.call(name, rest);
    return kind == RowReduction::Kind::Max
               ? expr.max(value, element(expr, rest, x))
               : expr.add(value, exponential(expr, rest, x));
  });
}

void SoftmaxOfColumns::define() {
  halide::RDomOp domain = kernel.defineRDom("axis", {"a"}, {dims[axis].extent});
  defineReduction("max", -std::numeric_limits<float>::infinity(), domain,
                  RowReduction::Kind::Max);
  defineReduction("sum", 0, domain, RowReduction::Kind::Sum);
  kernel.elements.setComputed(
      softmax.getResult(), [this](ExprBuilder &expr, ArrayRef<Value> indices) {
        Indices others(indices);
        others.erase(others.begin() + axis);
        Indices rest(llvm::reverse(others));
        return expr.div(exponential(expr, rest, indices[axis]),
                        expr.call("sum", rest));
      });
  kernel.defineOutput(resultNames(kernel, softmax.getResult(), dims));
}

void SoftmaxOfColumns::schedule() {
  if (kernel.machine().isGPU) {
    std::string thread = spreadOnGPU(kernel.outputStage(), {dims[axis].name},
                                     namesInnermostFirst(rest));
    for (StringRef name : {"max", "sum"})
      kernel.stage(name).computeAt(KernelLowering::outputName, thread);
    return;
  }
  const Dimension &last = dims.back();
  vectorizeRows(kernel, last);
  Names order = {"xl", dims[axis].name, "xo"};
  kernel.outputStage().reorder(order);
  // The extent of the batch is unknown.
  int64_t rowSize = dims[axis].extent * std::max<int64_t>(last.extent, 1);
  scheduleRows(kernel, order, ArrayRef(rest).drop_back(), rowSize);
  RowPlace place{"xo"};
  int64_t lanes = chooseLanes(last.extent, kernel.machine());
  for (StringRef name : {"max", "sum"}) {
    Stage initial = kernel.stage(name);
    place.compute(initial);
    initial.split(last.name, "xo", "xl", lanes, TailStrategy::GuardWithIf)
        .vectorize("xl");
    kernel.stage(name, 0)
        .split(last.name, "xo", "xl", lanes, TailStrategy::GuardWithIf)
        .reorder({"xl", "a", "xo"})
        .vectorize("xl");
  }
}

template <typename Lowering>
static void lower(KernelLowering &kernel, nn::SoftmaxOp softmax) {
  Lowering lowering(kernel, softmax);
  lowering.define();
  lowering.schedule();
}

void lowerSoftmax(KernelLowering &kernel, nn::SoftmaxOp softmax) {
  bool isLast = static_cast<int64_t>(softmax.getAxis()) + 1 ==
                softmax.getInput().getType().getRank();
  if (isLast)
    lower<SoftmaxOfRows>(kernel, softmax);
  else
    lower<SoftmaxOfColumns>(kernel, softmax);
}

} // namespace vitrail
