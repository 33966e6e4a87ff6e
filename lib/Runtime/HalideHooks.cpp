//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels call while they run: parallel loops and memory. The user context
// is the context of the caller, so that nothing here is shared between
// contexts.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

static vitrail_context &getContext(void *userContext) {
  return *static_cast<vitrail_context *>(userContext);
}

int halide_do_par_for(void *userContext, halide_task_t task, int min, int size,
                      uint8_t *closure) {
  return getContext(userContext)
      .threads.run(task, userContext, min, size, closure);
}

void *halide_malloc(void *userContext, size_t size) {
  return getContext(userContext).blocks.allocate(size);
}

void halide_free(void *userContext, void *pointer) {
  getContext(userContext).blocks.release(pointer);
}
