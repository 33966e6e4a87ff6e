//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is where in the arena of an entry, and when: for people to look at.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TARGET_LIBRARY_ARENAMAP_H
#define VITRAIL_TARGET_LIBRARY_ARENAMAP_H

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace vitrail {

/// Bytes of the arena, for one sample, that hold a tensor and, after it, what
/// is written over it.
struct ArenaTensor {
  int64_t offset, size;
  /// From which launch to which, by number. What is copied after the last
  /// launch is needed until the number of launches.
  int64_t first, last;
  /// The launches that write it.
  std::vector<int64_t> writers;
};

/// The arena of one entry while it runs.
struct ArenaMap {
  mlir::func::FuncOp entry;
  std::vector<halide::LaunchOp> launches;
  std::vector<ArenaTensor> tensors; ///< In the order in which they begin.
  int64_t size;                     ///< Of the arena, for one sample.
  int64_t lowerBound;               ///< What any plan needs.

  /// Bytes in use while a launch runs.
  int64_t countLive(int64_t launch) const;
};

/// The arenas of a lowered model (see LibraryTarget.h), one for each entry.
mlir::FailureOr<std::vector<ArenaMap>> mapArenas(mlir::ModuleOp module);

/// Draws time downward and addresses to the right.
void drawArena(const ArenaMap &map, llvm::raw_ostream &output);

} // namespace vitrail

#endif // VITRAIL_TARGET_LIBRARY_ARENAMAP_H
