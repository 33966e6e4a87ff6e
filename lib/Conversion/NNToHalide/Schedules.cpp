//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The choices of a kernel's schedule, whatever its family.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/NNToHalide/Schedules.h"
#include "Attention.h"
#include "ProductSchedule.h"

namespace vitrail {

using namespace mlir;

/// The product or attention of a kernel, or null; all others have one schedule.
static Operation *findScheduled(func::FuncOp kernel) {
  for (Operation &op : kernel.front())
    if (isa<nn::LinearOp, nn::PackedLinearOp, nn::MatmulOp, nn::AttentionOp>(
            op))
      return &op;
  return nullptr;
}

LogicalResult checkSchedule(func::FuncOp kernel, const Machine &machine) {
  auto schedule = kernel->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  if (!schedule)
    return success();
  std::string misfit = "nothing is to be chosen for it";
  Operation *op = findScheduled(kernel);
  if (auto attention = dyn_cast_if_present<nn::AttentionOp>(op))
    misfit = findMisfit(AttentionShape(attention), machine, schedule);
  else if (op)
    misfit = findMisfit(describeProduct(op), machine, schedule);
  if (misfit.empty())
    return success();
  return kernel.emitOpError("cannot have its schedule: ") << misfit;
}

nn::ScheduleAttr chooseSchedule(func::FuncOp kernel, const Machine &machine) {
  auto given = kernel->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  Operation *op = findScheduled(kernel);
  if (auto attention = dyn_cast_if_present<nn::AttentionOp>(op)) {
    AttentionShape shape(attention);
    if (!shape.hasQueryLanes())
      return nullptr;
    return getAttribute(kernel.getContext(),
                        chooseQueryTile(shape, machine, given));
  }
  if (!op)
    return nullptr;
  Product product = describeProduct(op);
  return getAttribute(product, chooseSchedule(product, machine, given));
}

} // namespace vitrail
