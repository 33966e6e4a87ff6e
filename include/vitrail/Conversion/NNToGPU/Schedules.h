//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is to be chosen of a product on tensor cores.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOGPU_SCHEDULES_H
#define VITRAIL_CONVERSION_NNTOGPU_SCHEDULES_H

#include "vitrail/Dialect/NN/IR/NN.h"

namespace vitrail {

/// The tiles that there are for the product of `kernel`, which the passes
/// before convert-nn-to-gpu have seen, and before them the schedule that leaves
/// the choice to the cost model. Empty where nothing is to be chosen; nothing
/// where tensor cores have no part in the kernel.
std::optional<llvm::SmallVector<nn::ScheduleAttr>>
enumerateTensorSchedules(mlir::func::FuncOp kernel);

} // namespace vitrail

#endif // VITRAIL_CONVERSION_NNTOGPU_SCHEDULES_H
