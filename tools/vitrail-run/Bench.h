//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How long runs take.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_BENCH_H
#define VITRAIL_RUN_BENCH_H

#include "Execution.h"
#include "Options.h"

namespace vitrail::driver {

/// Runs `execution` again and again and prints the times. `firstRun` is the
/// time in seconds of the run that came before, on cold caches; `batch` its
/// number of samples.
void bench(Execution &execution, double firstRun, int64_t batch,
           const Options &options);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_BENCH_H
