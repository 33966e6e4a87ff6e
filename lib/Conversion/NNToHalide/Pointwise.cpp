//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels without a product or reduction: each element of the result by itself,
// in vectors along the last dimension.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

namespace vitrail {

using namespace mlir;

void lowerPointwise(KernelLowering &kernel) {
  SmallVector<Dimension> dims = nameDimensions("d", kernel.result());
  SmallVector<std::string> names;
  for (const Dimension &dim : dims)
    names.push_back(dim.name);
  kernel.defineOutput(names);
  if (kernel.machine().isGPU) {
    spreadOnGPU(kernel.outputStage(), {}, namesInnermostFirst(dims));
    return;
  }
  if (dims.empty())
    return;

  const Dimension &last = dims.back();
  if (ShapedType::isDynamic(last.extent)) {
    scheduleRows(kernel, {}, dims, /*rowSize=*/1);
    return;
  }
  int64_t lanes = chooseLanes(last.extent, kernel.machine());
  kernel.outputStage()
      .split(last.name, "xo", "xl", lanes, exactTail(last.extent, lanes))
      .vectorize("xl");
  scheduleRows(kernel, {"xl", "xo"}, ArrayRef(dims).drop_back(), last.extent);
}

} // namespace vitrail
