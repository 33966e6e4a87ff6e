//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an object depends on, as the name under which it is kept.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_HALIDE_CACHEKEY_H
#define VITRAIL_LIB_TARGET_HALIDE_CACHEKEY_H

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Support/TargetInfo.h"
#include "vitrail/Target/PTX/PTXAssembler.h"

namespace vitrail {

/// A hash of all that decides the bytes of a pipeline's object: the pipeline
/// and what its functions are called, the target, the builds of this compiler
/// and of Halide, the environment that Halide reads, and what makes machine
/// code of its PTX.
std::string getCacheKey(halide::PipelineOp pipeline, const TargetInfo &target,
                        const PTXAssembler *assembler);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_HALIDE_CACHEKEY_H
