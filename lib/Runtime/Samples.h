//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How many samples of a batch a processor computes at a time. One kernel after
// the other runs over all of these: with many, what one writes has left the
// cache when the next reads it; with few, weights are read more often.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_SAMPLES_H
#define VITRAIL_LIB_RUNTIME_SAMPLES_H

#include "vitrail/Runtime/Program.h"

namespace vitrail::runtime {

/// The samples of a batch that are computed at a time, on so many threads: all
/// or, if that lets fewer bytes come from afar, equal parts whose activations
/// the threads' caches hold.
int64_t chooseSamples(const Traffic &traffic, int64_t cacheBytes,
                      int64_t numThreads, int64_t batch);

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_SAMPLES_H
