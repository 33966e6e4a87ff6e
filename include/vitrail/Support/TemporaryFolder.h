//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A folder for intermediate files that is gone when its owner is, also where a
// signal ends the program: Ctrl-C leaves nothing behind.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_TEMPORARYFOLDER_H
#define VITRAIL_SUPPORT_TEMPORARYFOLDER_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"

#include <system_error>

namespace vitrail {

/// A folder of files, not of folders, that is removed with this object. At most
/// one exists at a time. Signals that interrupt the program, and a closed pipe,
/// remove it too and then end the program.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder();

  /// Makes the folder where the system keeps what is temporary. Its name begins
  /// with `prefix`.
  std::error_code create(llvm::StringRef prefix);

  llvm::StringRef str() const { return path; }

private:
  llvm::SmallString<128> path;
  bool catchesClosedPipe = false;
};

} // namespace vitrail

#endif // VITRAIL_SUPPORT_TEMPORARYFOLDER_H
