//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Translations of whole models.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TOOLS_VITRAIL_TRANSLATE_LIBRARY_H
#define VITRAIL_TOOLS_VITRAIL_TRANSLATE_LIBRARY_H

#include "vitrail/Target/Halide/HalideTarget.h"

#include <functional>

namespace vitrail {

/// The target of the command line; an unknown one is reported at the module.
using TargetOption = std::function<mlir::FailureOr<TargetInfo>(mlir::ModuleOp)>;

/// Registers --model-to-library, --model-to-header, --model-to-memory-plan.
void registerLibraryTranslations(TargetOption getTarget);

} // namespace vitrail

#endif // VITRAIL_TOOLS_VITRAIL_TRANSLATE_LIBRARY_H
