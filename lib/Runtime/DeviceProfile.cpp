//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How long each step takes on a device, and what the device could do at best.
// What is timed is repeated, in a recording where there are any, so that the
// host is not what it waits for.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <string.h>

using namespace vitrail;
using namespace vitrail::runtime;

namespace {
/// The least time of what is timed: that of many steps.
constexpr double leastSeconds = 1e-3;
constexpr int mostRepeats = 256;
} // namespace

/// The seconds between marks around `work`; 0 if something fails.
static double timeOnce(Device &device, bool (*work)(void *), void *data) {
  if (!device.mark(/*isEnd=*/false) || !work(data) ||
      !device.mark(/*isEnd=*/true))
    return 0;
  return device.measure();
}

/// The seconds of one of many calls of `work`, which returns whether it could.
template <typename Work> double DeviceContext::timeOne(Work work) {
  struct Repeated {
    Work &work;
    Device &device;
    int count;
    Recording *recording;
  } repeated = {work, *device, 1, nullptr};
  auto run = [](void *data) {
    auto &repeated = *static_cast<Repeated *>(data);
    if (repeated.recording)
      return repeated.device.replay(repeated.recording);
    bool isDone = true;
    for (int i = 0; i < repeated.count && isDone; ++i)
      isDone = repeated.work();
    return isDone;
  };
  // The first loads the kernel.
  if (!run(&repeated))
    return 0;
  double once = timeOnce(*device, run, &repeated);
  double wanted = once > 0 ? leastSeconds / once : mostRepeats;
  repeated.count = wanted < 4             ? 4
                   : wanted > mostRepeats ? mostRepeats
                                          : static_cast<int>(wanted);
  if (device->beginRecording()) {
    bool isDone = run(&repeated);
    repeated.recording = device->endRecording();
    if (!isDone)
      return 0;
  }
  double best = 0;
  for (int i = 0; i < 3; ++i) {
    double seconds = timeOnce(*device, run, &repeated) / repeated.count;
    best = best > 0 && best < seconds ? best : seconds;
  }
  if (repeated.recording) {
    device->synchronize();
    device->forget(repeated.recording);
  }
  return best;
}

double DeviceContext::timeStep(vitrail_context &context, const Step &step,
                               void **list) {
  return timeOne([&] { return runStep(context, step, list) == VITRAIL_OK; });
}

/// As calls do it: from the second on with a recording.
double DeviceContext::timeRun(vitrail_context &context, int32_t entry,
                              int64_t batch) {
  struct Run {
    DeviceContext &device;
    vitrail_context &context;
    int32_t entry;
    int64_t batch;
  } data = {*this, context, entry, batch};
  auto run = [](void *data) {
    auto &run = *static_cast<Run *>(data);
    return run.device.work(run.context, run.entry, run.batch) == VITRAIL_OK;
  };
  double best = 0;
  for (int i = 0; i < 10; ++i) {
    double seconds = timeOnce(*device, run, &data);
    if (seconds == 0)
      return 0;
    // The first two load and record.
    if (i == 2 || (i > 2 && seconds < best))
      best = seconds;
  }
  return best;
}

/// Peaks that cannot be measured stay 0.
void DeviceContext::measurePeaks(int32_t entry, vitrail_profile &profile) {
  // Larger than caches.
  constexpr uint64_t bytes = 128 << 20;
  char *from = takeBlock(bytes), *to = takeBlock(bytes);
  if (from && to && device->clear(from, bytes)) {
    double seconds = timeOne([&] { return device->copy(to, from, bytes); });
    profile.peak_bytes = seconds > 0 ? 2 * bytes / seconds : 0;
  }
  const char *source = device->getPeakKernels();
  void *kernels = device->load(source, strlen(source) + 1, /*hasImages=*/false);
  if (kernels && to) {
    if (lastRuns[entry].recording)
      profile.launch_seconds = timeOne([&] {
        return device->launch(kernels, "vitrail_nothing",
                              {{1, 1, 1}, {1, 1, 1}, 0}, nullptr, 0);
      });
    // Enough blocks for any device, passes until it takes a while.
    constexpr int blocks = 2048, threads = 128;
    double seconds = 0;
    int32_t passes = 16;
    for (; passes < (1 << 16) && seconds < leastSeconds; passes *= 4) {
      KernelArgument arguments[] = {{&to, sizeof(to), true},
                                    {&passes, sizeof(passes), false}};
      seconds = timeOne([&] {
        return device->launch(kernels, "vitrail_multiply_add",
                              {{blocks, 1, 1}, {threads, 1, 1}, 0}, arguments,
                              2);
      });
      if (seconds > 0)
        profile.peak_flops =
            2.0 * Device::multiplyAdds * passes * blocks * threads / seconds;
    }
  }
  if (kernels) {
    device->synchronize();
    device->unload(kernels);
  }
  for (char *block : {from, to})
    if (block)
      returnBlock(block);
}

vitrail_status DeviceContext::profile(vitrail_context &context, int32_t entry,
                                      int64_t batch, const void *const *inputs,
                                      void *const *outputs,
                                      vitrail_profile &profile) {
  Entered entered(*device);
  if (!takeAddresses(context, entry, batch, inputs, outputs, memory))
    return VITRAIL_DEVICE_ERROR;
  profile.seconds = timeRun(context, entry, batch);
  if (profile.seconds == 0)
    return finish(VITRAIL_DEVICE_ERROR);
  const Entry &steps = context.variant->entries[entry];
  int64_t firstBuffer = 0;
  for (int64_t i = 0; i < steps.numSteps; ++i) {
    const Step &step = steps.steps[i];
    void **list = context.arguments[entry].get(i, firstBuffer);
    firstBuffer += step.numBuffers;
    vitrail_step_time time = describeStep(step, list);
    time.seconds = timeStep(context, step, list);
    if (time.seconds == 0)
      return finish(VITRAIL_DEVICE_ERROR);
    if (i < profile.capacity)
      profile.steps[i] = time;
  }
  measurePeaks(entry, profile);
  return finish(VITRAIL_OK);
}
