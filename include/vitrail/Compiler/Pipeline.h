//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The passes of the compiler in their order.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_COMPILER_PIPELINE_H
#define VITRAIL_COMPILER_PIPELINE_H

#include "vitrail/Support/TargetInfo.h"

#include "mlir/Pass/PassManager.h"

namespace vitrail {

/// Adds the passes that turn the front-end's module into kernels: functions of
/// `nn` operations, one for each distinct computation, their weights packed for
/// `target`.
void addKernelPasses(mlir::OpPassManager &passes, const TargetInfo &target);

/// Adds the passes that turn kernels into scheduled pipelines for `target`.
void addHalidePasses(mlir::OpPassManager &passes, const TargetInfo &target);

/// Registers both as `vitrail-kernels` and `vitrail-to-halide`, with the option
/// `target`.
void registerPipelines();

} // namespace vitrail

#endif // VITRAIL_COMPILER_PIPELINE_H
