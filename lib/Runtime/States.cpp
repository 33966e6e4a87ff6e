//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a context keeps between calls.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

using namespace vitrail::runtime;

int64_t vitrail::runtime::getLargestState(const Program &program) {
  int64_t largest = 0;
  for (int32_t i = 0; i < program.info->num_states; ++i) {
    const State &state = program.states[i];
    if (state.timesBatch && state.size > largest)
      largest = state.size;
  }
  return largest;
}

vitrail_status vitrail::runtime::allocateStates(vitrail_context &context) {
  const Program &program = *context.program;
  if (program.info->num_states == 0)
    return VITRAIL_OK;
  uint64_t size = 0, reorderedSize = 0;
  if (__builtin_mul_overflow(program.info->state_size,
                             uint64_t(context.maxBatch), &size))
    return outOfMemory(context, "states", size);
  // Pages that are zeros, and take no memory until something is written there:
  // entries without states never do.
  void *memory = mmap(nullptr, size ? size : 1, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return outOfMemory(context, "states", size);
  context.states = static_cast<char *>(memory);

  // No more than the states themselves.
  reorderedSize = getLargestState(program) * context.maxBatch;
  context.reordered =
      static_cast<char *>(malloc(reorderedSize ? reorderedSize : 1));
  if (!context.reordered)
    return outOfMemory(context, "states", reorderedSize);
  return VITRAIL_OK;
}

void vitrail::runtime::freeStates(vitrail_context &context) {
  uint64_t size = context.program->info->state_size * context.maxBatch;
  if (context.states)
    munmap(context.states, size ? size : 1);
  free(context.reordered);
}

vitrail_status vitrail_runtime_reset(const Program *program,
                                     vitrail_context *context) {
  vitrail_status status = beginCall(*program, context);
  if (status == VITRAIL_OK && context->device.isOpen())
    return context->device.resetStates(*context);
  if (status == VITRAIL_OK && context->states)
    memset(context->states, 0, program->info->state_size * context->maxBatch);
  return status;
}

static vitrail_status checkParents(vitrail_context &context, int64_t count,
                                   const int64_t *parents) {
  long long maxBatch = context.maxBatch;
  if (count < 1 || count > maxBatch) {
    context.message.report("count is %lld, must be 1 to %lld",
                           static_cast<long long>(count), maxBatch);
    return VITRAIL_INVALID_ARGUMENT;
  }
  if (!parents) {
    context.message.report("parents is null");
    return VITRAIL_INVALID_ARGUMENT;
  }
  for (int64_t i = 0; i < count; ++i)
    if (parents[i] < 0 || parents[i] >= maxBatch) {
      context.message.report("parent %lld is %lld, must be 0 to %lld",
                             static_cast<long long>(i),
                             static_cast<long long>(parents[i]), maxBatch - 1);
      return VITRAIL_INVALID_ARGUMENT;
    }
  return VITRAIL_OK;
}

vitrail_status vitrail_runtime_reorder(const Program *program,
                                       vitrail_context *context, int64_t count,
                                       const int64_t *parents) {
  vitrail_status status = beginCall(*program, context);
  if (status == VITRAIL_OK)
    status = checkParents(*context, count, parents);
  if (status != VITRAIL_OK)
    return status;
  // Samples at the beginning are often where they belong.
  int64_t first = 0;
  while (first < count && parents[first] == first)
    ++first;
  if (context->device.isOpen())
    return context->device.reorderStates(*context, first, count, parents);
  for (int32_t i = 0; i < program->info->num_states; ++i) {
    const State &state = program->states[i];
    if (!state.timesBatch)
      continue;
    char *samples = context->states + state.offset * context->maxBatch;
    for (int64_t sample = first; sample < count; ++sample)
      memcpy(context->reordered + sample * state.size,
             samples + parents[sample] * state.size, state.size);
    memcpy(samples + first * state.size,
           context->reordered + first * state.size,
           (count - first) * state.size);
  }
  return VITRAIL_OK;
}
