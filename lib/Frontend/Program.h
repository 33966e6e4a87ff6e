//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model file together with the files that it imports.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_PROGRAM_H
#define VITRAIL_LIB_FRONTEND_PROGRAM_H

#include "AST.h"

namespace vitrail::frontend {

class Reporter;

/// Parses the main buffer of the reporter's sources and what it imports, and
/// checks that names are declared once. The blocks of imported files join those
/// of the result. Nothing after errors.
std::optional<File> loadProgram(Reporter &reporter);

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_PROGRAM_H
