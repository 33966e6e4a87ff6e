//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes from `nn` to `nn`; Passes.td describes them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_PASSES_H
#define VITRAIL_WEIGHTS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace vitrail::weights {

#define GEN_PASS_DECL
#include "vitrail/Weights/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "vitrail/Weights/Passes.h.inc"

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_PASSES_H
