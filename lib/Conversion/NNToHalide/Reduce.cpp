//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums, means and maxima over some dimensions. Where the last dimension
// remains, lanes are neighbours along it and each reduces its own elements;
// where it is reduced, lanes are neighbours within a row.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

#include <limits>

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

class ReduceLowering {
public:
  ReduceLowering(KernelLowering &kernel, nn::ReduceOp reduce)
      : kernel(kernel), reduce(reduce),
        isReduced(shapeOf(reduce.getInput()).size(), false) {
    for (int64_t axis : reduce.getAxes())
      isReduced[axis] = true;
    for (auto [dim, extent] : llvm::enumerate(shapeOf(reduce.getInput())))
      if (!isReduced[dim])
        kept.push_back({"d" + std::to_string(dim), extent});
  }

  void run() {
    if (!isReduced.empty() && isReduced.back())
      reduceRows();
    else
      reduceColumns();
  }

private:
  void reduceRows();
  void reduceColumns();
  void unrollOnGPU(const Names &axes, ArrayRef<int64_t> extents);
  void defineResult();

  RowReduction::Kind kind() const {
    bool isSum = reduce.getKind() == nn::ReduceKind::Sum ||
                 reduce.getKind() == nn::ReduceKind::Mean;
    return isSum ? RowReduction::Kind::Sum : RowReduction::Kind::Max;
  }

  Names keptVariables() const {
    Names names;
    for (const Dimension &dim : llvm::reverse(kept))
      names.push_back(dim.name);
    return names;
  }

  /// The input's element: `keptIndices` innermost first, `reduced` in the order
  /// of the reduced dimensions.
  Value element(ExprBuilder &expr, ArrayRef<Value> keptIndices,
                ArrayRef<Value> reduced) const {
    Indices indices;
    for (bool isReducedDim : isReduced) {
      ArrayRef<Value> &from = isReducedDim ? reduced : keptIndices;
      indices.push_back(isReducedDim ? from.front() : from.back());
      from = isReducedDim ? from.drop_front() : from.drop_back();
    }
    Value value = kernel.elements.get(expr, reduce.getInput(), indices);
    bool isMagnitude = reduce.getKind() == nn::ReduceKind::MaxAbs;
    return isMagnitude ? expr.abs(value) : value;
  }

  KernelLowering &kernel;
  mutable nn::ReduceOp reduce; // a handle: its accessors are not const
  SmallVector<bool> isReduced;
  SmallVector<Dimension> kept;
};

} // namespace

/// The kernel's result from the func "total"; names every dimension of it.
void ReduceLowering::defineResult() {
  ArrayRef<int64_t> input = shapeOf(reduce.getInput());
  kernel.elements.setComputed(
      reduce.getResult(), [&](ExprBuilder &expr, ArrayRef<Value> indices) {
        Indices rows;
        for (size_t dim = 0, next = 0; dim < input.size(); ++dim) {
          bool isPresent = !isReduced[dim] || reduce.getKeepDims();
          if (!isReduced[dim])
            rows.push_back(indices[next]);
          next += isPresent;
        }
        Value total = expr.call("total", Indices(llvm::reverse(rows)));
        if (reduce.getKind() != nn::ReduceKind::Mean)
          return total;
        double count = 1;
        for (int64_t axis : reduce.getAxes())
          count *= input[axis];
        return expr.mul(total, expr.number(1 / count));
      });

  SmallVector<std::string> names;
  for (size_t dim = 0; dim < input.size(); ++dim)
    if (!isReduced[dim] || reduce.getKeepDims())
      names.push_back("d" + std::to_string(dim));
  SmallVector<std::string> resultNames;
  for (unsigned dim : mapResultDimensions(reduce.getResult(), kernel.result()))
    resultNames.push_back(names[dim]);
  kernel.defineOutput(resultNames);
}

void ReduceLowering::reduceRows() {
  ArrayRef<int64_t> input = shapeOf(reduce.getInput());
  RowReduction total{"total", kind(), keptVariables(), input.back(), {}};
  int64_t size = input.back();
  for (int64_t axis : reduce.getAxes().drop_back()) {
    total.others.push_back(input[axis]);
    size *= input[axis];
  }
  total.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                           ArrayRef<Value> others) {
    Indices reduced(others);
    reduced.push_back(x);
    return element(expr, rows, reduced);
  });
  defineResult();
  total.schedule(kernel, scheduleRows(kernel, {}, kept, size));
}

/// The innermost loops of a thread, so that what they load is on its way
/// together.
void ReduceLowering::unrollOnGPU(const Names &axes, ArrayRef<int64_t> extents) {
  constexpr int64_t most = 64;
  int64_t count = 1;
  for (auto [axis, extent] : llvm::zip_equal(axes, extents)) {
    count *= extent;
    if (count > most)
      return;
    kernel.stage("total", 0).unroll(axis);
  }
}

void ReduceLowering::reduceColumns() {
  ArrayRef<int64_t> input = shapeOf(reduce.getInput());
  bool isMax = kind() == RowReduction::Kind::Max;
  Names vars = keptVariables();
  halide::FuncOp total =
      kernel.defineFunc("total", vars, [&](ExprBuilder &expr, ArrayRef<Value>) {
        return expr.number(isMax ? -std::numeric_limits<float>::infinity() : 0);
      });
  SmallVector<int64_t> extents;
  for (int64_t axis : reduce.getAxes())
    extents.push_back(input[axis]);
  Names axes = numberedNames("a", extents.size());
  kernel.addUpdate(total, kernel.defineRDom("axes", axes, extents),
                   [&](ExprBuilder &expr, ArrayRef<Value> all) {
                     ArrayRef<Value> pure = all.take_front(vars.size());
                     Value sum = expr.call("total", pure);
                     Value next =
                         element(expr, pure, all.drop_front(vars.size()));
                     return isMax ? expr.max(sum, next) : expr.add(sum, next);
                   });
  defineResult();
  if (kernel.machine().isGPU) {
    std::string thread = spreadOnGPU(kernel.outputStage(), {}, keptVariables());
    kernel.stage("total").computeAt(KernelLowering::outputName, thread);
    unrollOnGPU(axes, extents);
    return;
  }

  const Dimension &last = kept.back();
  int64_t lanes = chooseLanes(last.extent, kernel.machine());
  kernel.outputStage()
      .split(last.name, "xo", "xl", lanes, exactTail(last.extent, lanes))
      .vectorize("xl");
  scheduleRows(kernel, {"xl", "xo"}, ArrayRef(kept).drop_back(), last.extent);
  Stage initial = kernel.stage("total");
  initial.computeAt(KernelLowering::outputName, "xo")
      .split(last.name, "xo", "xl", lanes, TailStrategy::GuardWithIf)
      .vectorize("xl");
  Names order = {"xl"};
  llvm::append_range(order, llvm::reverse(axes));
  order.push_back("xo");
  kernel.stage("total", 0)
      .split(last.name, "xo", "xl", lanes, TailStrategy::GuardWithIf)
      .reorder(order)
      .vectorize("xl");
}

void lowerReduce(KernelLowering &kernel, nn::ReduceOp reduce) {
  ReduceLowering(kernel, reduce).run();
}

} // namespace vitrail
