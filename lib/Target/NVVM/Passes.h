//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes on the way to PTX that MLIR does not have.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_NVVM_PASSES_H
#define VITRAIL_LIB_TARGET_NVVM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace vitrail {

/// Lowers `nvgpu.mma.sync` of bf16, of which MLIR's own conversion lowers that
/// of other types alone.
std::unique_ptr<mlir::Pass> createLowerBF16Products();

/// Lowers operations for which there are instructions, where MLIR's own
/// conversion calls a library of NVIDIA's instead.
std::unique_ptr<mlir::Pass> createLowerDeviceMath();

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_NVVM_PASSES_H
