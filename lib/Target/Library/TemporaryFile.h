//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Files that are gone when nobody needs them any more.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_TEMPORARYFILE_H
#define VITRAIL_LIB_TARGET_LIBRARY_TEMPORARYFILE_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace vitrail {

/// An empty file that is deleted with this object, unless it was renamed.
class TemporaryFile {
public:
  /// Makes a file in the system's folder for such.
  static mlir::FailureOr<TemporaryFile> create(llvm::StringRef prefix,
                                               llvm::StringRef suffix,
                                               mlir::Location location);

  /// Makes a file beside `path`, to be renamed to it.
  static mlir::FailureOr<TemporaryFile> createBeside(llvm::StringRef path,
                                                     mlir::Location location);

  TemporaryFile(TemporaryFile &&other) : path(std::move(other.path)) {
    other.path.clear();
  }
  TemporaryFile &operator=(TemporaryFile &&other) = delete;
  ~TemporaryFile();

  llvm::StringRef getPath() const { return path; }

  /// Replaces what is in the file by what `write` writes, and reports what the
  /// system has against it.
  mlir::LogicalResult
  fill(llvm::function_ref<mlir::LogicalResult(llvm::raw_pwrite_stream &)> write,
       mlir::Location location) const;

  /// Gives the file its final name, replacing what has it.
  mlir::LogicalResult renameTo(llvm::StringRef name, mlir::Location location);

private:
  explicit TemporaryFile(std::string path) : path(std::move(path)) {}

  std::string path;
};

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_TEMPORARYFILE_H
