//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How long the entries of a library take.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_COMPILER_MEASUREENTRIES_H
#define VITRAIL_LIB_COMPILER_MEASUREENTRIES_H

#include "vitrail/Compiler/Tune.h"

#include "llvm/Support/Error.h"

namespace vitrail {

/// How entries are measured.
struct MeasureOptions {
  int64_t batch = 1;
  int threads = 0;
  uint64_t seed = 0;
  unsigned rounds = 1;
  /// "cuda:0", whose time counts then, without copies; null: the processor.
  const char *device = nullptr;
  /// Numbers of those that are measured; they are compared with the first.
  std::vector<int32_t> entries;
};

/// What entries of the same inputs and output did.
struct Measurement {
  /// Seconds of a call.
  Rounds rounds;
  /// Of the output of each entry from that of the first, relative to its L2
  /// norm.
  std::vector<double> differences;
};

/// Loads a library in a process of its own, and runs its entries in turn on one
/// set of random inputs. Fails if it cannot be loaded, or an entry fails or
/// crashes.
llvm::Expected<Measurement> measureEntries(llvm::StringRef library,
                                           const MeasureOptions &options);

} // namespace vitrail

#endif // VITRAIL_LIB_COMPILER_MEASUREENTRIES_H
