//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operators on values that are known while compiling; docs/language.md has
// their rules.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_ARITHMETIC_H
#define VITRAIL_LIB_FRONTEND_ARITHMETIC_H

#include "AST.h"
#include "Value.h"

namespace vitrail::frontend {

class Reporter;

/// Any binary operator but `and` and `or`, on values none of which is poison or
/// a tensor. Reports an error and returns poison where there is no result.
Value applyBinary(BinaryOperator op, const Value &lhs, const Value &rhs,
                  llvm::SMLoc loc, Reporter &reporter);

/// -x of a number or of a multiple of the batch.
Value negate(const Value &value, llvm::SMLoc loc, Reporter &reporter);

/// The greatest integer that is at most lhs / rhs; rhs is not 0, and the
/// quotient does not overflow.
int64_t floorDivide(int64_t lhs, int64_t rhs);

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_ARITHMETIC_H
