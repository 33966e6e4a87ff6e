//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The machine that the compiler runs on, where what it makes is to run, too.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_HOSTMACHINE_H
#define VITRAIL_SUPPORT_HOSTMACHINE_H

#include "vitrail/Support/TargetInfo.h"

namespace vitrail {

/// Fails, and says what the processor lacks, if code for `target` does not run
/// here.
llvm::Error checkRunsHere(const TargetInfo &target);

/// The processor's name for people: "AMD EPYC 9654 96-Core Processor".
std::string getMachineName();

} // namespace vitrail

#endif // VITRAIL_SUPPORT_HOSTMACHINE_H
