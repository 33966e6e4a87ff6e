//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two halves of a pipeline's verifier.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_HALIDE_IR_VERIFYPIPELINE_H
#define VITRAIL_LIB_DIALECT_HALIDE_IR_VERIFYPIPELINE_H

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

namespace vitrail::halide {

/// Checks what a pipeline computes: names, calls, updates, the output.
llvm::LogicalResult verifyAlgorithm(PipelineOp pipeline);

/// Checks how it is computed, by carrying out the schedule on lists of loop
/// names. The algorithm must have been verified.
llvm::LogicalResult verifySchedule(PipelineOp pipeline);

} // namespace vitrail::halide

#endif // VITRAIL_LIB_DIALECT_HALIDE_IR_VERIFYPIPELINE_H
