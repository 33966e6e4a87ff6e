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
#include "GPUContraction.h"
#include "ProductSchedule.h"

#include "llvm/ADT/SetVector.h"

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

/// What a weight that is not packed yet will be.
static Product describeProduct(Operation *op, const Machine &machine) {
  Product product = describeProduct(op);
  if (isa<nn::LinearOp>(op))
    product.group = chooseGroup(getElementTypeOrSelf(product.lhs), machine);
  return product;
}

static bool isForBlocks(nn::ScheduleAttr schedule) {
  return schedule.getBlockRows() || schedule.getBlockColumns() ||
         schedule.getDepth() || schedule.getSlices() ||
         schedule.getThreadRows() || schedule.getThreadColumns();
}

LogicalResult checkSchedule(func::FuncOp kernel, const Machine &machine) {
  auto schedule = kernel->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  if (!schedule)
    return success();
  std::string misfit = "nothing is to be chosen for it";
  Operation *op = findScheduled(kernel);
  auto attention = dyn_cast_if_present<nn::AttentionOp>(op);
  if (machine.isGPU) {
    if (op && !attention)
      misfit = findMisfit(describeBlockProduct(describeProduct(op)), schedule);
  } else if (isForBlocks(schedule)) {
    misfit = "only GPUs have blocks";
  } else if (attention && !AttentionShape(attention).multipliesTiles(machine)) {
    misfit = findMisfit(AttentionShape(attention), machine, schedule);
  } else if (op && !attention) {
    misfit = findMisfit(describeProduct(op), machine, schedule);
  }
  if (misfit.empty())
    return success();
  return kernel.emitOpError("cannot have its schedule: ") << misfit;
}

/// Of a product's block on a GPU; null for anything else.
static nn::ScheduleAttr chooseBlock(Operation *op, nn::ScheduleAttr given) {
  if (!op || isa<nn::AttentionOp>(op))
    return nullptr;
  BlockProduct product = describeBlockProduct(describeProduct(op));
  return getAttribute(op->getContext(), chooseBlockTile(product, given));
}

nn::ScheduleAttr chooseSchedule(func::FuncOp kernel, const Machine &machine) {
  auto given = kernel->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  Operation *op = findScheduled(kernel);
  if (machine.isGPU)
    return chooseBlock(op, given);
  if (auto attention = dyn_cast_if_present<nn::AttentionOp>(op)) {
    AttentionShape shape(attention);
    if (!shape.hasQueryLanes() || shape.multipliesTiles(machine))
      return nullptr;
    return getAttribute(kernel.getContext(),
                        chooseQueryTile(shape, machine, given));
  }
  if (!op)
    return nullptr;
  Product product = describeProduct(op, machine);
  return getAttribute(product, chooseSchedule(product, machine, given));
}

std::optional<double> estimateCycles(func::FuncOp kernel,
                                     const Machine &machine) {
  Operation *op = findScheduled(kernel);
  if (!op || isa<nn::AttentionOp>(op) || machine.isGPU)
    return std::nullopt;
  Product product = describeProduct(op, machine);
  auto given = kernel->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  RegisterTile tile = chooseSchedule(product, machine, given).tile;
  double cycles = estimateCycles(product.shape(), tile, machine);
  for (int64_t extent : product.outer)
    if (!ShapedType::isDynamic(extent))
      cycles *= double(extent);
  return cycles;
}

SmallVector<nn::ScheduleAttr>
enumerateSchedules(func::FuncOp kernel, const Machine &machine, int64_t batch) {
  nn::ScheduleAttr own = chooseSchedule(kernel, machine);
  if (!own)
    return {};
  Operation *op = findScheduled(kernel);
  auto attention = dyn_cast<nn::AttentionOp>(op);
  if (!attention && !machine.isGPU)
    return enumerateSchedules(describeProduct(op, machine), machine, own);
  constexpr size_t tilesTried = 8;
  llvm::SmallSetVector<nn::ScheduleAttr, 16> schedules;
  schedules.insert(own);
  if (machine.isGPU) {
    auto tiles =
        rankBlockTiles(describeBlockProduct(describeProduct(op)), batch);
    for (const GPUTile &tile : ArrayRef(tiles).take_front(tilesTried))
      schedules.insert(getAttribute(kernel.getContext(), tile));
    return schedules.takeVector();
  }
  auto tiles = enumerateQueryTiles(AttentionShape(attention), machine);
  for (QueryTile tile : ArrayRef(tiles).take_front(tilesTried))
    schedules.insert(getAttribute(kernel.getContext(), tile));
  return schedules.takeVector();
}

} // namespace vitrail
