//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counting bytes.
//
//===----------------------------------------------------------------------===//

#include "Traffic.h"

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace vitrail;
using runtime::Place;

/// Whether an input or output has its samples one after the other, if it has
/// any.
static bool liesBySample(const InterfaceTensor &tensor) {
  SmallVector<nn::Extent> extents = nn::getExtents(tensor.type);
  return extents.empty() ||
         llvm::none_of(ArrayRef(extents).drop_front(), nn::dependsOnBatch);
}

/// Adds a tensor that a step reads or writes.
static void addTensor(runtime::Traffic &traffic, Value value, Place place) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t bytes =
      nn::getElementsPerSample(type) * getElementSize(type.getElementType());
  switch (place) {
  case Place::Weights:
  case Place::Expanded:
    traffic.weightBytes += bytes;
    return;
  case Place::State:
    traffic.isPerSample = false;
    return;
  case Place::Input:
  case Place::Output:
  case Place::Arena:
    traffic.activationBytes += bytes;
    return;
  }
}

runtime::Traffic vitrail::countTraffic(const Interface &interface,
                                       const MemoryPlan &plan) {
  runtime::Traffic traffic = {};
  traffic.isPerSample = llvm::all_of(interface.inputs, liesBySample) &&
                        llvm::all_of(interface.outputs, liesBySample);
  traffic.arenaBytes = plan.getArenaSize();
  for (const MemoryPlan::Step &step : plan.getSteps()) {
    if (halide::LaunchOp launch = step.launch) {
      for (ValueRange values :
           {ValueRange(launch.getInputs()), ValueRange(launch.getResults())})
        for (Value value : values)
          addTensor(traffic, value, plan.getPlacement(value).place);
      continue;
    }
    addTensor(traffic, step.source, step.from.place);
    addTensor(traffic, step.source, step.to.place);
  }
  return traffic;
}
