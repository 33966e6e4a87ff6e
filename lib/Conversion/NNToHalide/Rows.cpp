//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels that work row by row are made of.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

#include <limits>

namespace vitrail {

using namespace mlir;

SmallVector<Dimension> nameDimensions(StringRef prefix, Value value) {
  SmallVector<Dimension> dims;
  for (auto [i, extent] : llvm::enumerate(shapeOf(value)))
    dims.push_back({(prefix + std::to_string(i)).str(), extent});
  return dims;
}

//===----------------------------------------------------------------------===//
// RowReduction
//===----------------------------------------------------------------------===//

Value RowReduction::identity(ExprBuilder &expr) const {
  return expr.number(
      kind == Kind::Sum ? 0 : -std::numeric_limits<float>::infinity());
}

Value RowReduction::combine(ExprBuilder &expr, Value lhs, Value rhs) const {
  return kind == Kind::Sum ? expr.add(lhs, rhs) : expr.max(lhs, rhs);
}

void RowReduction::define(KernelLowering &kernel, Element element) const {
  std::string lanesName = name + "_lanes";
  int64_t width = lanes(kernel);
  int64_t rest = extent % width;
  Names laneVars = {"l"};
  llvm::append_range(laneVars, rows);
  size_t pureCount = laneVars.size();
  auto start = [&](ExprBuilder &expr, ArrayRef<Value>) {
    return identity(expr);
  };
  halide::FuncOp laneFunc = kernel.defineFunc(lanesName, laneVars, start);

  Names otherVars = numberedNames(name + "_k", others.size());
  Names vectorVars = {name + "_x"};
  llvm::append_range(vectorVars, otherVars);
  SmallVector<int64_t> extents = {extent / width};
  llvm::append_range(extents, others);
  kernel.addUpdate(
      laneFunc, kernel.defineRDom(name + "_vectors", vectorVars, extents),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        ArrayRef<Value> pure = all.take_front(pureCount);
        Value x = expr.addIndex(expr.scaleIndex(all[pureCount], width), all[0]);
        return combine(
            expr, expr.call(lanesName, pure),
            element(expr, pure.drop_front(), x, all.drop_front(pureCount + 1)));
      });
  if (rest != 0) {
    halide::RDomOp domain;
    if (!others.empty())
      domain = kernel.defineRDom(name + "_rest", otherVars, others);
    kernel.addUpdate(
        laneFunc, domain, [&](ExprBuilder &expr, ArrayRef<Value> all) {
          ArrayRef<Value> pure = all.take_front(pureCount);
          Value x = expr.addIndex(all[0], expr.index(extent - width));
          Value value =
              element(expr, pure.drop_front(), x, all.drop_front(pureCount));
          Value isRest = expr.atLeast(all[0], width - rest);
          return combine(expr, expr.call(lanesName, pure),
                         expr.select(isRest, value, identity(expr)));
        });
  }

  halide::FuncOp total = kernel.defineFunc(name, rows, start);
  kernel.addUpdate(total,
                   kernel.defineRDom(name + "_all", {name + "_l"}, {width}),
                   [&](ExprBuilder &expr, ArrayRef<Value> all) {
                     Indices lane = {all.back()};
                     llvm::append_range(lane, all.drop_back());
                     return combine(expr, expr.call(name, all.drop_back()),
                                    expr.call(lanesName, lane));
                   });
}

void RowReduction::schedule(KernelLowering &kernel,
                            const RowPlace &place) const {
  if (kernel.machine().isGPU)
    return scheduleOnGPU(kernel, place);
  std::string lanesName = name + "_lanes";
  int64_t width = lanes(kernel);
  Stage laneStage = kernel.stage(lanesName);
  place.compute(laneStage);
  laneStage.boundExtent("l", width).vectorize("l");
  Names otherVars = numberedNames(name + "_k", others.size());
  Names order = {"l", name + "_x"};
  llvm::append_range(order, otherVars);
  kernel.stage(lanesName, 0).reorder(order).vectorize("l");
  if (extent % width != 0) {
    order.erase(order.begin() + 1);
    kernel.stage(lanesName, 1).reorder(order).vectorize("l");
  }

  Stage totalStage = kernel.stage(name);
  place.compute(totalStage);
  if (width > 1)
    kernel.stage(name, 0).atomic().vectorize(name + "_l");
}

//===----------------------------------------------------------------------===//
// Loops over rows
//===----------------------------------------------------------------------===//

RowPlace scheduleRows(KernelLowering &kernel, const Names &inner,
                      ArrayRef<Dimension> rows, int64_t rowSize,
                      StringRef func) {
  // Elements of a task: enough that handing it to a thread (some 100 ns) does
  // not show, few enough that tasks spread evenly.
  constexpr int64_t taskSize = 1 << 13;
  if (kernel.machine().isGPU)
    return scheduleRowsOnGPU(kernel, inner, rows, rowSize, func);
  Stage out = kernel.stage(func);
  Names order = inner, tasks;
  std::string loop;
  if (!rows.empty()) {
    const Dimension &last = rows.back();
    tasks.push_back(last.name);
    int64_t chunk =
        std::max<int64_t>(taskSize / std::max<int64_t>(rowSize, 1), 1);
    if (!ShapedType::isDynamic(last.extent) && last.extent > 1 && chunk > 1) {
      chunk = std::min(chunk, last.extent);
      out.split(last.name, "chunk", "row", chunk,
                exactTail(last.extent, chunk));
      tasks.back() = "chunk";
      order.push_back("row");
      loop = "row";
    }
    for (const Dimension &row : llvm::reverse(rows.drop_back()))
      tasks.push_back(row.name);
  }
  llvm::append_range(order, tasks);
  out.reorder(order);
  std::string task = out.parallel(tasks);
  return {loop.empty() ? task : loop, func.str()};
}

SmallVector<std::string> resultNames(KernelLowering &kernel, Value anchor,
                                     ArrayRef<Dimension> dims) {
  SmallVector<std::string> names;
  for (unsigned dim : mapResultDimensions(anchor, kernel.result()))
    names.push_back(dims[dim].name);
  return names;
}

Names namesInnermostFirst(ArrayRef<Dimension> dims) {
  Names names;
  for (const Dimension &dim : llvm::reverse(dims))
    names.push_back(dim.name);
  return names;
}

Names vectorizeRows(KernelLowering &kernel, const Dimension &dim,
                    StringRef func) {
  int64_t lanes = chooseLanes(dim.extent, kernel.machine());
  Stage stage = kernel.stage(func);
  stage.split(dim.name, "xo", "xl", lanes, exactTail(dim.extent, lanes));
  if (kernel.machine().isGPU) {
    stage.threads("xl");
    return {"xo", "xl"};
  }
  stage.vectorize("xl");
  return {"xl", "xo"};
}

} // namespace vitrail
