//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names in diagnostics of the `halide` dialect, and which names Halide accepts.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_HALIDE_IR_NAMES_H
#define VITRAIL_LIB_DIALECT_HALIDE_IR_NAMES_H

#include "mlir/IR/Operation.h"

namespace vitrail::halide {

/// Checks that `name` is a letter followed by letters, digits and underscores.
/// Halide builds names from names with `.` and `$`, and reads a leading
/// underscore as an implicit variable. `what` says what is named.
llvm::LogicalResult verifyName(mlir::Operation *op, llvm::StringRef what,
                               llvm::StringRef name);

/// Checks each name as verifyName() does, and that none occurs twice.
llvm::LogicalResult verifyNames(mlir::Operation *op, llvm::StringRef what,
                                llvm::ArrayRef<llvm::StringRef> names);

/// "; did you mean 'mi'?" if a name is near `name`, else nothing.
std::string suggestName(llvm::StringRef name,
                        llvm::ArrayRef<llvm::StringRef> names);

/// "'ni', 'mi', 'mo'", or "none".
std::string listNames(llvm::ArrayRef<llvm::StringRef> names);

} // namespace vitrail::halide

#endif // VITRAIL_LIB_DIALECT_HALIDE_IR_NAMES_H
