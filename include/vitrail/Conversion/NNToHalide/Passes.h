//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From kernels of `nn` operations to Halide pipelines; Passes.td describes
// them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOHALIDE_PASSES_H
#define VITRAIL_CONVERSION_NNTOHALIDE_PASSES_H

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace vitrail {

#define GEN_PASS_DECL
#include "vitrail/Conversion/NNToHalide/Passes.h.inc"

class TuningTable;

/// nn-apply-tuning with a table that is there, and outlives the pass.
std::unique_ptr<mlir::Pass> createApplyTuning(const ApplyTuningOptions &options,
                                              const TuningTable &table);

#define GEN_PASS_REGISTRATION
#include "vitrail/Conversion/NNToHalide/Passes.h.inc"

} // namespace vitrail

#endif // VITRAIL_CONVERSION_NNTOHALIDE_PASSES_H
