//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How long runs take. The first run, which faults in weights and arena, and the
// warm-up are kept out of the statistics.
//
//===----------------------------------------------------------------------===//

#include "Bench.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

using namespace vitrail::driver;

/// Fewer runs have no 95th percentile to speak of.
static constexpr size_t minRuns = 5;

namespace {
/// Of each run, in seconds: by the clock, and on a device without copies.
struct Times {
  std::vector<double> all, onDevice;
};
} // namespace

static Times measure(Execution &execution, const Options &options) {
  for (int i = 0; i < options.warmup; ++i)
    execution.run();
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin = Clock::now();
  auto isDone = [&](size_t runs) {
    if (options.repeats > 0)
      return runs >= static_cast<size_t>(options.repeats);
    std::chrono::duration<double> elapsed = Clock::now() - begin;
    return runs >= minRuns && elapsed.count() >= options.seconds;
  };
  Times times;
  while (!isDone(times.all.size())) {
    times.all.push_back(execution.run());
    times.onDevice.push_back(execution.deviceSeconds());
  }
  std::sort(times.all.begin(), times.all.end());
  std::sort(times.onDevice.begin(), times.onDevice.end());
  return times;
}

/// The smallest time that at least `fraction` of the sorted times do not
/// exceed.
static double getPercentile(const std::vector<double> &sorted,
                            double fraction) {
  double rank = std::ceil(fraction * static_cast<double>(sorted.size()));
  return sorted[static_cast<size_t>(rank) - 1];
}

static double getMedian(const std::vector<double> &sorted) {
  size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle]
                           : (sorted[middle - 1] + sorted[middle]) / 2;
}

void vitrail::driver::bench(Execution &execution, double firstRun,
                            int64_t batch, const Options &options) {
  const auto [times, onDevice] = measure(execution, options);
  std::string device = execution.deviceName();
  constexpr double perSecond = 1e3; // seconds to milliseconds
  double median = getMedian(times);
  double samplesPerSecond = static_cast<double>(batch) / median;
  if (options.json) {
    nlohmann::ordered_json result;
    result["batch"] = batch;
    result["threads"] = options.threads > 0
                            ? nlohmann::ordered_json(options.threads)
                            : nlohmann::ordered_json();
    result["runs"] = times.size();
    result["warmup"] = options.warmup;
    result["first_ms"] = firstRun * perSecond;
    result["median_ms"] = median * perSecond;
    result["min_ms"] = times.front() * perSecond;
    result["p95_ms"] = getPercentile(times, 0.95) * perSecond;
    result["samples_per_second"] = samplesPerSecond;
    if (!device.empty()) {
      result["device"] = device;
      result["device_median_ms"] = getMedian(onDevice) * perSecond;
      result["device_min_ms"] = onDevice.front() * perSecond;
    }
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("median {:.3f} ms  min {:.3f} ms  p95 {:.3f} ms  first {:.3f} ms  "
             "{:.1f} samples/s\n",
             median * perSecond, times.front() * perSecond,
             getPercentile(times, 0.95) * perSecond, firstRun * perSecond,
             samplesPerSecond);
  if (!device.empty())
    fmt::print("without copies: median {:.3f} ms  min {:.3f} ms, on {}\n",
               getMedian(onDevice) * perSecond, onDevice.front() * perSecond,
               device);
  fmt::print("{} runs after {} to warm up, batch {}, {} threads\n",
             times.size(), options.warmup, batch,
             options.threads > 0 ? fmt::to_string(options.threads) : "all");
}
