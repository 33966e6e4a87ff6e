//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Steps of one name are one line. FLOPs are what vitrailc --report says of a
// kernel.
//
//===----------------------------------------------------------------------===//

#include "Profile.h"
#include "File.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

using namespace vitrail::driver;

namespace {

/// The steps that run one kernel.
struct Kernel {
  std::string name;
  int calls = 0;
  double seconds = 0, bytes = 0;
};

} // namespace

/// FLOPs of a call on one sample, by the kernel's name.
static std::map<std::string, double> readFlops(const std::string &path) {
  std::map<std::string, double> flops;
  if (path.empty())
    return flops;
  std::vector<std::byte> bytes = readFile(path);
  auto *text = reinterpret_cast<const char *>(bytes.data());
  try {
    auto report = nlohmann::json::parse(text, text + bytes.size());
    for (const auto &kernel : report.at("kernels"))
      flops[kernel.at("name").get<std::string>()] =
          kernel.at("flops").get<double>();
  } catch (const nlohmann::json::exception &) {
    fail("'{}' is no report of vitrailc --report FILE.json", path);
  }
  return flops;
}

static std::vector<Kernel> sumUp(const std::vector<vitrail_step_time> &steps) {
  std::vector<Kernel> kernels;
  for (const vitrail_step_time &step : steps) {
    auto isThis = [&](const Kernel &kernel) {
      return kernel.name == step.name;
    };
    auto it = std::find_if(kernels.begin(), kernels.end(), isThis);
    if (it == kernels.end())
      it = kernels.insert(it, {step.name});
    ++it->calls;
    it->seconds += step.seconds;
    it->bytes += step.bytes;
  }
  std::stable_sort(kernels.begin(), kernels.end(),
                   [](const Kernel &lhs, const Kernel &rhs) {
                     return lhs.seconds > rhs.seconds;
                   });
  return kernels;
}

/// A rate in 1e9 of a second, and its share of `peak`, if there is one.
static std::string formatRate(double amount, double seconds, double peak) {
  std::string text = fmt::format("{:9.1f}", amount / seconds * 1e-9);
  if (peak > 0)
    text += fmt::format(" {:6.1f} %", 100 * amount / seconds / peak);
  return text;
}

/// What a launch costs beside its kernel. A kernel's own time is less than what
/// it takes among others of its kind, by at most what an empty one takes.
static void printLaunches(const vitrail_profile &profile, double kernels) {
  double beyond = (profile.seconds - kernels) / profile.num_steps;
  fmt::print(
      "launches: at most {:.2f} us a kernel beyond the kernels, of which "
      "a kernel that does nothing takes {:.2f}\n",
      (beyond + profile.launch_seconds) * 1e6, profile.launch_seconds * 1e6);
}

void vitrail::driver::printProfile(Execution &execution,
                                   const Options &options) {
  std::map<std::string, double> flops = readFlops(options.kernelReport);
  std::vector<vitrail_step_time> steps;
  vitrail_profile profile = execution.profile(steps);
  auto batch = static_cast<double>(execution.samplesPerCall());
  double total = 0;
  for (const vitrail_step_time &step : steps)
    total += step.seconds;

  size_t width = 6;
  std::vector<Kernel> kernels = sumUp(steps);
  for (const Kernel &kernel : kernels)
    width = std::max(width, kernel.name.size());
  const char *share = profile.peak_bytes > 0 ? "  of peak" : "";
  fmt::print("{:<{}}  calls        us  of time      GB/s{}", "kernel", width,
             share);
  fmt::print("{}\n", flops.empty() ? "" : fmt::format("   GFLOP/s{}", share));
  for (const Kernel &kernel : kernels) {
    fmt::print("{:<{}} {:6} {:9.1f} {:6.1f} % {}", kernel.name, width,
               kernel.calls, kernel.seconds * 1e6, 100 * kernel.seconds / total,
               formatRate(kernel.bytes, kernel.seconds, profile.peak_bytes));
    if (auto it = flops.find(kernel.name); it != flops.end())
      fmt::print(" {}", formatRate(it->second * kernel.calls * batch,
                                   kernel.seconds, profile.peak_flops));
    fmt::print("\n");
  }
  fmt::print("all kernels {:.3f} ms, a run {:.3f} ms, batch {}\n", total * 1e3,
             profile.seconds * 1e3, execution.samplesPerCall());
  if (profile.peak_bytes > 0)
    fmt::print("peaks: {:.0f} GB/s, {:.0f} GFLOP/s, on {}\n",
               profile.peak_bytes * 1e-9, profile.peak_flops * 1e-9,
               execution.deviceName());
  if (profile.launch_seconds > 0)
    printLaunches(profile, total);
}
