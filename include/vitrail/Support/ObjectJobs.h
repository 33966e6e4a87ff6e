//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Object files, each made in a process of its own and kept in a cache.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_OBJECTJOBS_H
#define VITRAIL_SUPPORT_OBJECTJOBS_H

#include "vitrail/Support/DiskCache.h"
#include "vitrail/Support/Isolation.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/LogicalResult.h"

#include <functional>

namespace vitrail {

class PTXAssembler;

/// How far the objects of a module are.
struct ObjectProgress {
  unsigned done = 0;   ///< Those that are there.
  unsigned total = 0;  ///< All of them.
  unsigned cached = 0; ///< Those that the cache had.
};

/// How the objects of a module are made.
struct ObjectOptions {
  /// Where they go.
  std::string directory;

  /// How many are compiled at a time.
  unsigned processes = 1;

  /// Where they are kept for other compilations; null: nowhere.
  const DiskCache *cache = nullptr;

  /// What makes machine code of PTX; null: nothing, so that the driver does.
  const PTXAssembler *assembler = nullptr;

  /// Called on this thread when those in the cache are there, then after each
  /// other.
  llvm::function_ref<void(const ObjectProgress &)> progress = nullptr;
};

/// How one file is made.
struct ObjectJob {
  /// Replaced only on success.
  std::string path;

  /// Two jobs with one key make the same file. Asked for if there is a cache.
  std::function<std::string()> getKey;

  /// Makes the file at a path that is given, in a process of its own. Returns
  /// what there is to say about it, nothing if all is well.
  std::function<std::string(const std::string &path)> make;

  /// Says what came of it; failure if there is no file.
  std::function<llvm::LogicalResult(const IsolatedOutcome &)> report;

  /// Says that the file cannot be written.
  std::function<void(const std::string &message)> reportUnwritable;
};

/// Runs `jobs`, in their order as far as one can tell by what they say; a job
/// that fails does not keep the others from being run. What the cache has is
/// not made again. Objects about which there was anything to say do not go
/// there, so that it is said each time; `cacheError` is why others cannot go
/// there.
llvm::LogicalResult runObjectJobs(llvm::ArrayRef<ObjectJob> jobs,
                                  const ObjectOptions &options,
                                  std::error_code &cacheError);

/// A key of these parts.
std::string hashKey(llvm::ArrayRef<llvm::StringRef> parts);

} // namespace vitrail

#endif // VITRAIL_SUPPORT_OBJECTJOBS_H
