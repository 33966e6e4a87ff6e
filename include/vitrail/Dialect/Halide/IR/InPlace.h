//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which inputs of a pipeline its output may be written over.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_IR_INPLACE_H
#define VITRAIL_DIALECT_HALIDE_IR_INPLACE_H

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

namespace vitrail::halide {

/// Whether `output` may be written into the memory of `input`, another buffer
/// of its pipeline: both have one shape, and each element of the input is read
/// only where the output's element of the same place is computed, which happens
/// once. The pipeline must have been verified.
bool canBeOverwritten(InputOp input, OutputOp output);

} // namespace vitrail::halide

#endif // VITRAIL_DIALECT_HALIDE_IR_INPLACE_H
