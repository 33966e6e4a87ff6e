//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Making, renaming and deleting temporary files.
//
//===----------------------------------------------------------------------===//

#include "TemporaryFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;
namespace fs = llvm::sys::fs;

FailureOr<TemporaryFile>
TemporaryFile::create(StringRef prefix, StringRef suffix, Location location) {
  SmallString<128> path;
  if (std::error_code error = fs::createTemporaryFile(prefix, suffix, path))
    return emitError(location)
           << "cannot make a temporary file: " << error.message();
  llvm::sys::RemoveFileOnSignal(path);
  return TemporaryFile(path.str().str());
}

FailureOr<TemporaryFile> TemporaryFile::createBeside(StringRef path,
                                                     Location location) {
  // To be renamed to a device would replace it.
  fs::file_status status;
  if (!fs::status(path, status) && fs::exists(status) &&
      !fs::is_regular_file(status))
    return emitError(location)
           << "cannot write '" << path << "': it is there and no regular file";
  SmallString<128> model(path), unique;
  model += ".tmp-%%%%%%%%";
  // As a linker or a compiler makes files: for the user to share or not.
  int file;
  std::error_code error =
      fs::createUniqueFile(model, file, unique, fs::OF_None, 0777);
  if (error)
    return emitError(location)
           << "cannot write '" << path << "': " << error.message();
  (void)llvm::sys::Process::SafelyCloseFileDescriptor(file);
  llvm::sys::RemoveFileOnSignal(unique);
  return TemporaryFile(unique.str().str());
}

LogicalResult TemporaryFile::fill(
    llvm::function_ref<LogicalResult(llvm::raw_pwrite_stream &)> write,
    Location location) const {
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  LogicalResult written = failure();
  if (!error) {
    written = write(file);
    file.close();
    error = file.error();
    // Unless it is cleared, the stream's end is the process's.
    file.clear_error();
  }
  if (error)
    return emitError(location)
           << "cannot write '" << path << "': " << error.message();
  return written;
}

LogicalResult TemporaryFile::renameTo(StringRef name, Location location) {
  if (std::error_code error = fs::rename(path, name))
    return emitError(location)
           << "cannot write '" << name << "': " << error.message();
  llvm::sys::DontRemoveFileOnSignal(path);
  path.clear();
  return success();
}

TemporaryFile::~TemporaryFile() {
  if (path.empty())
    return;
  fs::remove(path);
  llvm::sys::DontRemoveFileOnSignal(path);
}
