//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expanding constants, and counting who uses them.
//
//===----------------------------------------------------------------------===//

#include "ExpandedWeights.h"

#include <sys/mman.h>

using namespace vitrail::runtime;

namespace {
/// What tasks need, one for each constant.
struct Job {
  const Program &program;
  const char *weights;
  char *memory;
};
} // namespace

/// The only variable of a library for processors that is not a context's;
/// linked into those that have such constants.
extern "C" ExpandedWeights vitrail_expanded_weights;
ExpandedWeights vitrail_expanded_weights;

template <typename T>
static void expand(const Expansion &expansion, const Job &job) {
  auto *result = reinterpret_cast<T *>(job.memory + expansion.offset);
  const auto *source =
      reinterpret_cast<const T *>(job.weights + expansion.source);
  const auto *indices =
      reinterpret_cast<const int32_t *>(job.weights + expansion.indices);
  for (int64_t o = 0; o < expansion.outer; ++o) {
    const T *outer = source + o * expansion.outerStride;
    for (int64_t i = 0; i < expansion.numIndices; ++i) {
      const T *inner = outer + indices[i];
      for (int64_t c = 0; c < expansion.inner; ++c)
        *result++ = inner[c * expansion.innerStride];
    }
  }
}

/// Makes a constant; a task of a pool.
static int expandOne(void *context, int number, uint8_t *) {
  const auto &job = *static_cast<const Job *>(context);
  const Expansion &expansion = job.program.expansions[number];
  switch (expansion.elementSize) {
  case 1:
    expand<uint8_t>(expansion, job);
    break;
  case 2:
    expand<uint16_t>(expansion, job);
    break;
  case 4:
    expand<uint32_t>(expansion, job);
    break;
  default:
    expand<uint64_t>(expansion, job);
  }
  return 0;
}

char *ExpandedWeights::expand(const Program &program, const char *weights,
                              ThreadPool &threads) {
  void *pages = mmap(nullptr, program.expandedSize, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return nullptr;
  Job job = {program, weights, static_cast<char *>(pages)};
  threads.run(expandOne, &job, 0, static_cast<int>(program.numExpansions),
              nullptr);
  mprotect(pages, program.expandedSize, PROT_READ);
  return job.memory;
}

const char *ExpandedWeights::acquire(const Program &program,
                                     const char *weights, ThreadPool &threads) {
  pthread_mutex_lock(&mutex);
  if (users == 0)
    memory = expand(program, weights, threads);
  if (memory)
    ++users;
  const char *result = memory;
  pthread_mutex_unlock(&mutex);
  return result;
}

void ExpandedWeights::release(const Program &program) {
  pthread_mutex_lock(&mutex);
  if (--users == 0) {
    munmap(memory, program.expandedSize);
    memory = nullptr;
  }
  pthread_mutex_unlock(&mutex);
}
