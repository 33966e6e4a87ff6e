//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the steps of an entry read and write, by which the runtime decides how
// many samples of a batch it computes at a time.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_TRAFFIC_H
#define VITRAIL_LIB_TARGET_LIBRARY_TRAFFIC_H

#include "Interface.h"
#include "MemoryPlan.h"

namespace vitrail {

/// Counts what the steps of `plan`, that of `interface`, read and write.
runtime::Traffic countTraffic(const Interface &interface,
                              const MemoryPlan &plan);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_TRAFFIC_H
