//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Putting weights into a linked library. The linker only reserves addresses for
// them, as for variables that start as zeros; afterwards the weights are
// appended to the file, and the segment of those addresses is made to show
// them, read-only. So they are written once, from a stream, and never go
// through the linker, which would hold them twice.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_WEIGHTSSEGMENT_H
#define VITRAIL_LIB_TARGET_LIBRARY_WEIGHTSSEGMENT_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace vitrail {

/// Fills the section `section` of the library `path` with the `size` bytes that
/// `write` writes. The section must have a segment of its own, of that size and
/// without contents.
mlir::LogicalResult
fillWeights(llvm::StringRef path, llvm::StringRef section, uint64_t size,
            llvm::function_ref<mlir::LogicalResult(llvm::raw_ostream &)> write,
            mlir::Location location);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_WEIGHTSSEGMENT_H
