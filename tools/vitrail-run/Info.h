//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a model says about itself.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_INFO_H
#define VITRAIL_RUN_INFO_H

#include "vitrail/Runtime/vitrail.h"

namespace vitrail::driver {

/// Prints `info` to be read by people.
void printInfo(const vitrail_model_info &info);

/// Prints `info` as JSON. A dimension of k times the batch is the string
/// "batch" or "k * batch".
void printInfoAsJson(const vitrail_model_info &info);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_INFO_H
