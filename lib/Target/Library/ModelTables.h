//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tables of a library: what it says of itself, and what its runtime does.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_MODELTABLES_H
#define VITRAIL_LIB_TARGET_LIBRARY_MODELTABLES_H

#include "ModelObject.h"
#include "TableBuilder.h"

namespace vitrail {

/// The address of the model's vitrail_model_info.
llvm::Constant *buildModelInfo(TableBuilder &builder,
                               const LibraryModel &model);

/// The address of the model's runtime::Program. `info` is that of
/// `buildModelInfo`, `weights` that of the weights, or null. `getKernel` gives
/// the address of a function by its name.
mlir::FailureOr<llvm::Constant *>
buildProgram(TableBuilder &builder, const LibraryModel &model,
             llvm::Constant *info, llvm::Constant *weights,
             llvm::function_ref<llvm::Constant *(llvm::StringRef)> getKernel);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_MODELTABLES_H
