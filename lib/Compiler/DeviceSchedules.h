//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is worth measuring of a kernel on a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_COMPILER_DEVICESCHEDULES_H
#define VITRAIL_LIB_COMPILER_DEVICESCHEDULES_H

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Support/TargetInfo.h"

#include "llvm/ADT/BitVector.h"

namespace vitrail {

/// Schedules of `kernel`, before layouts are chosen, for samples of `batch`: of
/// what it becomes for a GPU, the cost model's choice first. Arguments in
/// `constants` are known while compiling. Empty where nothing is to be chosen.
mlir::FailureOr<llvm::SmallVector<nn::ScheduleAttr>>
enumerateDeviceSchedules(mlir::func::FuncOp kernel,
                         const llvm::BitVector &constants,
                         const TargetInfo &target, int64_t batch);

} // namespace vitrail

#endif // VITRAIL_LIB_COMPILER_DEVICESCHEDULES_H
