//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The cost model of batches; docs/schedules.md describes it.
//
//===----------------------------------------------------------------------===//

#include "Samples.h"

using namespace vitrail::runtime;

static int64_t divideCeil(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t vitrail::runtime::chooseSamples(const Traffic &traffic,
                                        int64_t cacheBytes, int64_t numThreads,
                                        int64_t batch) {
  if (!traffic.isPerSample || traffic.arenaBytes == 0)
    return batch;
  int64_t fitting = cacheBytes * numThreads / traffic.arenaBytes;
  if (fitting >= batch)
    return batch;
  int64_t parts = divideCeil(batch, fitting > 1 ? fitting : 1);
  // Bytes from beyond the caches, of the whole batch.
  int64_t inParts = traffic.weightBytes * parts;
  int64_t atOnce = traffic.weightBytes + traffic.activationBytes * batch;
  return inParts < atOnce ? divideCeil(batch, parts) : batch;
}
