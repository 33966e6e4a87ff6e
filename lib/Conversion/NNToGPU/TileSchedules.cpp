//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles of products as choices of `nn.schedule`.
//
//===----------------------------------------------------------------------===//

#include "ShortProduct.h"
#include "TensorProduct.h"
#include "vitrail/Conversion/NNToGPU/Schedules.h"

#include "llvm/ADT/SetVector.h"

namespace vitrail {

using namespace mlir;

static nn::ScheduleAttr getAttribute(MLIRContext *context,
                                     const BlockTile &tile) {
  return nn::ScheduleAttr::get(
      context, /*rows=*/std::nullopt, /*columns=*/std::nullopt,
      /*tasks=*/std::nullopt, /*grain=*/std::nullopt, /*norms=*/std::nullopt,
      /*queries=*/std::nullopt, /*lanes=*/std::nullopt, tile.rows, tile.columns,
      tile.depth, /*slices=*/std::nullopt, /*thread_rows=*/std::nullopt,
      /*thread_columns=*/std::nullopt);
}

static nn::ScheduleAttr getModelsChoice(MLIRContext *context) {
  return nn::ScheduleAttr::get(context, std::nullopt, std::nullopt,
                               std::nullopt, std::nullopt, std::nullopt,
                               std::nullopt, std::nullopt);
}

bool hasTile(nn::ScheduleAttr schedule, const BlockTile &tile) {
  return schedule && schedule == getAttribute(schedule.getContext(), tile);
}

std::optional<SmallVector<nn::ScheduleAttr>>
enumerateTensorSchedules(func::FuncOp kernel) {
  std::string reason;
  if (succeeded(matchShortProduct(kernel, reason)))
    return SmallVector<nn::ScheduleAttr>();
  FailureOr<TensorProduct> product = matchTensorProduct(kernel, reason);
  if (failed(product))
    return std::nullopt;
  MLIRContext *context = kernel.getContext();
  llvm::SmallSetVector<nn::ScheduleAttr, 16> schedules;
  schedules.insert(getModelsChoice(context));
  for (const BlockTile &tile : getBlockTiles(*product))
    schedules.insert(getAttribute(context, tile));
  for (const HopperTile &tile : getHopperTiles(*product))
    schedules.insert(getAttribute(context, tile));
  return schedules.takeVector();
}

LogicalResult checkTensorSchedule(func::FuncOp kernel) {
  auto schedule = kernel->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  if (!schedule)
    return success();
  auto schedules = enumerateTensorSchedules(kernel);
  if (!schedules || llvm::is_contained(*schedules, schedule))
    return success();
  auto error = kernel.emitOpError("cannot have its schedule: ");
  if (schedules->empty())
    return error << "nothing is to be chosen for it";
  return error << "tensor cores have no such tile";
}

} // namespace vitrail
