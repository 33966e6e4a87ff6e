//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a checkpoint must hold, as text.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_LISTPARAMETERS_H
#define VITRAIL_WEIGHTS_LISTPARAMETERS_H

#include "mlir/IR/BuiltinOps.h"

namespace vitrail::weights {

/// Prints a line for each parameter that the functions of `module` need, in the
/// order of their first use: its key, its shape, and the file and line where
/// that use is. The last line says how many parameters and values there are.
void listParameters(mlir::ModuleOp module, llvm::raw_ostream &output);

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_LISTPARAMETERS_H
