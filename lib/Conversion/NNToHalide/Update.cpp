//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Updates: the output begins undefined and one position of it is stored, so
// that the kernel touches nothing else. An update is a kernel of its own, or a
// further output of the kernel that computes what it stores.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

namespace vitrail {

using namespace mlir;

/// out(..., i, ...) = value(..., 0, ...) where i is the index.
static void define(KernelLowering &kernel, nn::UpdateOp update, StringRef func,
                   ArrayRef<Dimension> dims) {
  int64_t axis = update.getAxis();
  Type type = update.getType().getElementType();
  auto undefined = [&](PipelineExprBuilder &expr, ArrayRef<Value>) {
    return expr.undefined(type);
  };
  halide::FuncOp out =
      kernel.defineFunc(func, namesInnermostFirst(dims), undefined, type);
  kernel.addStore(
      out, nullptr, [&](PipelineExprBuilder &expr, ArrayRef<Value> variables) {
        Indices indices(llvm::reverse(variables));
        indices[axis] = expr.index(0);
        Value value = kernel.elements.get(expr, update.getValue(), indices);
        Value index = kernel.elements.get(expr, update.getIndex(), {});
        indices[axis] = expr.toIndex(index, dims[axis].extent - 1);
        expr.yield(value, llvm::to_vector(llvm::reverse(indices)));
      });
  kernel.declareOutput(func, update.getResult());
}

/// Vectors along the last dimension, if that is not the axis. A position is
/// small; only a large one is worth waking threads for.
static void schedule(KernelLowering &kernel, StringRef func,
                     SmallVector<Dimension> dims, int64_t axis) {
  // As in `scheduleRows`.
  constexpr int64_t taskSize = 1 << 13;
  bool hasRows = axis + 1 < static_cast<int64_t>(dims.size());
  // The definition has no loops, but would be of the processor.
  if (kernel.machine().isGPU)
    spreadOnGPU(kernel.stage(func), {}, namesInnermostFirst(dims));
  dims.erase(dims.begin() + axis);
  Stage store = kernel.stage(func, /*update=*/0);
  if (kernel.machine().isGPU) {
    spreadOnGPU(store, {}, namesInnermostFirst(dims));
    return;
  }
  if (dims.empty())
    return;
  Names order;
  int64_t last = dims.back().extent;
  int64_t elements = 1;
  if (hasRows && !ShapedType::isDynamic(last)) {
    int64_t lanes = chooseLanes(last, kernel.machine());
    store
        .split(dims.back().name, "xo", "xl", lanes,
               halide::TailStrategy::GuardWithIf)
        .vectorize("xl");
    order = {"xl", "xo"};
    dims.pop_back();
    elements = last;
  }
  for (const Dimension &dim : llvm::reverse(dims)) {
    order.push_back(dim.name);
    if (&dim != &dims.front() && !ShapedType::isDynamic(dim.extent))
      elements *= dim.extent;
  }
  store.reorder(order);
  if (!dims.empty() && elements >= taskSize)
    store.parallel({dims.front().name});
}

void lowerUpdate(KernelLowering &kernel, nn::UpdateOp update, StringRef func) {
  SmallVector<Dimension> dims = nameDimensions("d", update.getResult());
  define(kernel, update, func, dims);
  schedule(kernel, func, dims, update.getAxis());
}

} // namespace vitrail
