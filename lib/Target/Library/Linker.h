//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calling the linker.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_LINKER_H
#define VITRAIL_LIB_TARGET_LIBRARY_LINKER_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"
#include "vitrail/Support/TargetInfo.h"

#include <string>

namespace vitrail {

/// What becomes a shared library.
struct LinkJob {
  llvm::SmallVector<std::string> objects; ///< And archives, in order.
  llvm::ArrayRef<std::string> exports;    ///< All other symbols become local.
  /// A section that is to be a segment by itself though objects have variables;
  /// empty: there is none.
  std::string ownSegment;
  std::string soname;
  std::string output;
  Architecture architecture = Architecture::X86_64;
  std::string sysroot; ///< As in LibraryOptions.
};

/// Links against libc and libm alone, and leaves out what nothing refers to. A
/// failure is reported at `location` with what the linker said.
mlir::LogicalResult link(const LinkJob &job, mlir::Location location);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_LINKER_H
