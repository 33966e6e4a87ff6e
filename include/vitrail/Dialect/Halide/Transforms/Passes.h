//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes from `halide` to `halide`; Passes.td describes them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_TRANSFORMS_PASSES_H
#define VITRAIL_DIALECT_HALIDE_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace vitrail::halide {

#define GEN_PASS_DECL
#include "vitrail/Dialect/Halide/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "vitrail/Dialect/Halide/Transforms/Passes.h.inc"

} // namespace vitrail::halide

#endif // VITRAIL_DIALECT_HALIDE_TRANSFORMS_PASSES_H
