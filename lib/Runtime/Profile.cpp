//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How long each step of an entry takes on the processor.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <time.h>

using namespace vitrail::runtime;

static double getSeconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/// The least time of several calls of `work`, after one that does not count;
/// the status of one that fails.
template <typename Work>
static vitrail_status timeBest(Work work, double &best) {
  constexpr int runs = 5;
  best = 0;
  for (int i = 0; i <= runs; ++i) {
    double begin = getSeconds();
    vitrail_status status = work();
    double seconds = getSeconds() - begin;
    if (status != VITRAIL_OK)
      return status;
    if (i == 1 || (i > 1 && seconds < best))
      best = seconds;
  }
  return VITRAIL_OK;
}

vitrail_step_time vitrail::runtime::describeStep(const Step &step,
                                                 void *const *arguments) {
  vitrail_step_time time = {step.name, 0, 0};
  for (int64_t i = 0; i < step.numBuffers; ++i)
    time.bytes += getSize(step.buffers[i],
                          *static_cast<halide_buffer_t *>(arguments[i + 1]));
  return time;
}

static vitrail_status profileOnProcessor(vitrail_context &context,
                                         int32_t entry, int64_t batch,
                                         const void *const *inputs,
                                         void *const *outputs,
                                         vitrail_profile &profile) {
  const Program &program = *context.program;
  const Entry &steps = context.variant->entries[entry];
  vitrail_status status = timeBest(
      [&] {
        return runEntry(program, &context, entry, batch, inputs, outputs,
                        VITRAIL_HOST_MEMORY);
      },
      profile.seconds);
  int64_t firstBuffer = 0;
  for (int64_t i = 0; i < steps.numSteps && status == VITRAIL_OK; ++i) {
    const Step &step = steps.steps[i];
    void **list = context.arguments[entry].get(i, firstBuffer);
    firstBuffer += step.numBuffers;
    vitrail_step_time time = describeStep(step, list);
    status =
        timeBest([&] { return runStep(context, step, list); }, time.seconds);
    if (i < profile.capacity)
      profile.steps[i] = time;
  }
  return status;
}

vitrail_status vitrail_runtime_profile(const Program *program,
                                       vitrail_context *context, int32_t entry,
                                       int64_t batch, const void *const *inputs,
                                       void *const *outputs,
                                       vitrail_profile *profile) {
  vitrail_status status = beginCall(*program, context);
  if (status == VITRAIL_OK)
    status = checkCall(*program, *context, entry, batch, inputs, outputs,
                       context->device.getMemory());
  if (status != VITRAIL_OK)
    return status;
  if (!profile || (profile->capacity > 0 && !profile->steps)) {
    context->message.report("profile has no room for what is found out");
    return VITRAIL_INVALID_ARGUMENT;
  }
  *profile = {profile->steps, profile->capacity};
  profile->num_steps =
      static_cast<int32_t>(context->variant->entries[entry].numSteps);
  if (context->device.isOpen())
    return context->device.profile(*context, entry, batch, inputs, outputs,
                                   *profile);
  return profileOnProcessor(*context, entry, batch, inputs, outputs, *profile);
}
