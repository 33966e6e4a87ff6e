//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel alone is lowered as far as it takes to see who computes it.
//
//===----------------------------------------------------------------------===//

#include "DeviceSchedules.h"
#include "CandidateModel.h"

#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Conversion/NNToGPU/Schedules.h"
#include "vitrail/Conversion/NNToHalide/Schedules.h"

#include "mlir/Pass/PassManager.h"

namespace vitrail {

using namespace mlir;

FailureOr<SmallVector<nn::ScheduleAttr>>
enumerateDeviceSchedules(func::FuncOp kernel, const llvm::BitVector &constants,
                         const TargetInfo &target, int64_t batch) {
  OwningOpRef<ModuleOp> model = buildCandidates(kernel, constants, {nullptr});
  PassManager passes(kernel.getContext());
  PassList list(passes);
  addLayoutPasses(list, target);
  addDevicePasses(list, target);
  if (failed(passes.run(*model)))
    return failure();
  Machine machine;
  machine.isGPU = true;
  for (auto part : model->getOps<func::FuncOp>()) {
    if (!part->hasAttr("nn.kernel"))
      continue;
    std::optional<SmallVector<nn::ScheduleAttr>> schedules;
    if (target.accelerator == Accelerator::CUDA)
      schedules = enumerateTensorSchedules(part);
    if (!schedules)
      schedules = enumerateSchedules(part, machine, batch);
    if (!schedules->empty())
      return *schedules;
  }
  return SmallVector<nn::ScheduleAttr>();
}

} // namespace vitrail
