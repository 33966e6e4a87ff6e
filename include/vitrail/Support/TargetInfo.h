//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The processors that models are compiled for. Schedules read the shape of the
// vector unit here, the Halide target its features, and the library what it
// must find in a processor before it runs a kernel on it.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_TARGETINFO_H
#define VITRAIL_SUPPORT_TARGETINFO_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace vitrail {

/// One processor level, on Linux.
struct TargetInfo {
  /// The name that `parseTarget` knows; "native" is resolved to the level that
  /// it stands for.
  std::string name;

  /// Halide's name of architecture, system and instruction sets, without the
  /// features that concern the form of the object ("x86-64-linux-avx-avx2").
  std::string halideTarget;

  /// The f32 lanes of the widest vector.
  int vectorLanes = 0;

  /// The number of vector registers of that width.
  int vectorRegisters = 0;

  /// The size of a core's second-level cache.
  int64_t l2Bytes = 0;

  /// What a processor must have to run code for this target, in the names of
  /// `__builtin_cpu_supports`, which are LLVM's too.
  std::vector<std::string> cpuFeatures;
};

/// Returns the names that `parseTarget` accepts, "native" first, then from the
/// least to the most capable.
llvm::SmallVector<llvm::StringRef> getTargetNames();

/// Returns the target called `name`. "native" is the most capable target that
/// this machine runs. An unknown name, and a machine that runs none of the
/// targets, are errors; the message lists the names.
llvm::Expected<TargetInfo> parseTarget(llvm::StringRef name);

} // namespace vitrail

#endif // VITRAIL_SUPPORT_TARGETINFO_H
