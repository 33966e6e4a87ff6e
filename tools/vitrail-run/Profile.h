//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the time of a run goes, kernel by kernel.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_PROFILE_H
#define VITRAIL_RUN_PROFILE_H

#include "Execution.h"
#include "Options.h"

namespace vitrail::driver {

/// Prints a line for each kernel that `execution` runs: calls, time, rates, and
/// shares of what the device does at best.
void printProfile(Execution &execution, const Options &options);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_PROFILE_H
