//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything that textual IR may name.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_COMPILER_REGISTER_H
#define VITRAIL_COMPILER_REGISTER_H

#include "mlir/IR/DialectRegistry.h"

namespace vitrail {

/// The dialects of every stage.
void registerDialects(mlir::DialectRegistry &registry);

/// The passes of the compiler, its pipelines, and MLIR's general ones.
void registerPasses();

} // namespace vitrail

#endif // VITRAIL_COMPILER_REGISTER_H
