//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs code that may crash. Each task runs in a child process, made by fork, so
// that it sees everything that the caller has built, and hands back a string.
// Unlike a signal handler, this survives an exhausted stack and a damaged heap,
// leaves no lock held, and makes tasks independent of each other: what one does
// to global variables, the next does not see.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_ISOLATION_H
#define VITRAIL_SUPPORT_ISOLATION_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>

namespace vitrail {

/// What came of an isolated task.
struct IsolatedOutcome {
  /// What the task returned, if it did.
  std::string report;

  /// What the task wrote to the standard output and error streams.
  std::string printed;

  /// Empty if the task returned; otherwise why it did not, such as
  /// "segmentation fault".
  std::string failure;
};

/// Runs the tasks 0 to `count` - 1, up to `processes` (at least one) at a time,
/// and calls `done` on this thread for each that has ended, in the order of
/// their ends. Threads of the caller do not exist in a task, so a task must not
/// wait for one, nor take a lock that one may hold.
void runIsolated(
    unsigned count, unsigned processes,
    llvm::function_ref<std::string(unsigned index)> task,
    llvm::function_ref<void(unsigned index, IsolatedOutcome outcome)> done);

} // namespace vitrail

#endif // VITRAIL_SUPPORT_ISOLATION_H
