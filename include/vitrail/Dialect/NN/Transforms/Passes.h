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

#ifndef VITRAIL_DIALECT_NN_TRANSFORMS_PASSES_H
#define VITRAIL_DIALECT_NN_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace vitrail::nn {

#define GEN_PASS_DECL
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

/// The precisions that `nn-narrow-products` and `nn-narrow-storage` know, "f32"
/// first.
llvm::ArrayRef<llvm::StringRef> getPrecisionNames();

} // namespace vitrail::nn

#endif // VITRAIL_DIALECT_NN_TRANSFORMS_PASSES_H
