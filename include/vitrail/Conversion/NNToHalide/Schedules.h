//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is to be chosen of a kernel's schedule, and what the cost model chooses.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOHALIDE_SCHEDULES_H
#define VITRAIL_CONVERSION_NNTOHALIDE_SCHEDULES_H

#include "vitrail/Conversion/NNToHalide/Tiling.h"
#include "vitrail/Dialect/NN/IR/NN.h"

namespace vitrail {

/// Reports an `nn.schedule` that `kernel` cannot have on this machine.
mlir::LogicalResult checkSchedule(mlir::func::FuncOp kernel,
                                  const Machine &machine);

/// All choices of the kernel's schedule: those of its `nn.schedule`, if it has
/// that, and the cost model's. Null where nothing is to be chosen.
nn::ScheduleAttr chooseSchedule(mlir::func::FuncOp kernel,
                                const Machine &machine);

/// The cycles that the cost model expects of the kernel's product for one
/// sample, on one core; nothing where it is none.
std::optional<double> estimateCycles(mlir::func::FuncOp kernel,
                                     const Machine &machine);

/// What is worth measuring beside the kernel's own schedule, which comes first:
/// schedules that the cost model holds to be nearly as fast, and those that
/// differ in one choice that it makes by rule; on GPUs, where what is fast
/// depends on the number of samples, for `batch`. Empty where nothing is to be
/// chosen.
llvm::SmallVector<nn::ScheduleAttr>
enumerateSchedules(mlir::func::FuncOp kernel, const Machine &machine,
                   int64_t batch);

} // namespace vitrail

#endif // VITRAIL_CONVERSION_NNTOHALIDE_SCHEDULES_H
