//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names of devices.
//
//===----------------------------------------------------------------------===//

#include "Devices.h"

#include <algorithm>

using namespace vitrail::driver;

vitrail_options vitrail::driver::makeOptions(const Options &options,
                                             const std::string &device,
                                             int64_t maxBatch) {
  vitrail_options result = {};
  result.threads = options.threads;
  result.max_batch = maxBatch;
  result.device = device.c_str();
  result.timed = options.bench;
  if (!options.weightsFile.empty())
    result.weights_file = options.weightsFile.c_str();
  return result;
}

/// Appends all devices of the kind that `prefix` ends with a colon. A library
/// tells which there are by making contexts on them.
static void appendAll(const Model &model, const Options &options,
                      const std::string &prefix,
                      std::vector<std::string> &devices) {
  for (int index = 0;; ++index) {
    std::string device = prefix + std::to_string(index);
    try {
      Context context(model, makeOptions(options, device, /*maxBatch=*/1));
    } catch (const NoDevice &) {
      if (index == 0)
        throw;
      return;
    }
    devices.push_back(device);
  }
}

std::vector<std::string> vitrail::driver::listDevices(const Model &model,
                                                      const Options &options) {
  std::vector<std::string> devices;
  const std::string &list = options.device;
  for (size_t start = 0; start <= list.size();) {
    size_t end = std::min(list.find(',', start), list.size());
    std::string device = list.substr(start, end - start);
    if (device.empty() && !list.empty())
      failUsage("--device: a name is missing in '{}'", list);
    if (device == "cuda:all" || device == "opencl:all")
      appendAll(model, options, device.substr(0, device.find(':') + 1),
                devices);
    else
      devices.push_back(device);
    start = end + 1;
  }
  for (const std::string &device : devices)
    if (std::count(devices.begin(), devices.end(), device) > 1)
      failUsage("--device: '{}' is named twice", device);
  return devices;
}
