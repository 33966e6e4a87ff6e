//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The constants that a library does not hold but makes of others. All contexts
// of a library share them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_EXPANDEDWEIGHTS_H
#define VITRAIL_LIB_RUNTIME_EXPANDEDWEIGHTS_H

#include "ThreadPool.h"
#include "vitrail/Runtime/Program.h"

#include <pthread.h>

namespace vitrail::runtime {

class ExpandedWeights {
public:
  /// The constants of `program`, made of `weights` by `threads` for the first
  /// who asks; null if there is no memory for them.
  const char *acquire(const Program &program, const char *weights,
                      ThreadPool &threads);
  /// Ends a use; the last one gives the memory back.
  void release(const Program &program);

private:
  char *expand(const Program &program, const char *weights,
               ThreadPool &threads);

  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  char *memory = nullptr;
  int64_t users = 0;
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_EXPANDEDWEIGHTS_H
