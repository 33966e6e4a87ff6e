//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes from kernels of `nn` operations to MLIR's gpu dialects.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOGPU_PASSES_H
#define VITRAIL_CONVERSION_NNTOGPU_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace vitrail {

#define GEN_PASS_DECL
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

} // namespace vitrail

#endif // VITRAIL_CONVERSION_NNTOGPU_PASSES_H
