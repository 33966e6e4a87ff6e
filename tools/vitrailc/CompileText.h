//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One compilation, as people see it.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_VITRAILC_COMPILETEXT_H
#define VITRAIL_VITRAILC_COMPILETEXT_H

#include "vitrail/Compiler/Compiler.h"

#include "llvm/Support/MemoryBuffer.h"

namespace vitrail {

/// Compiles the text of a model file, and says on standard error what goes on
/// and what is wrong; returns the program's status.
int compileText(const llvm::MemoryBuffer &text, CompilerOptions options);

} // namespace vitrail

#endif // VITRAIL_VITRAILC_COMPILETEXT_H
