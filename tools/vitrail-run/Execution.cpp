//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs an entry on inputs of any batch. The outputs are poisoned before every
// run, so that an element that a kernel leaves out cannot pass for the value
// that an earlier run left there.
//
//===----------------------------------------------------------------------===//

#include "Execution.h"
#include "Devices.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>

using namespace vitrail::driver;

/// All bits set: a NaN in every float type, and not the one that arithmetic
/// gives.
static constexpr std::byte poisonByte{0xFF};

static std::vector<Array> makeOutputs(const vitrail_entry_info &info,
                                      int64_t batch) {
  std::vector<Array> outputs;
  for (int32_t i = 0; i < info.num_outputs; ++i)
    outputs.emplace_back(getElementType(info.outputs[i].type),
                         getShape(info.outputs[i], batch));
  return outputs;
}

/// A batch can be split only where the samples follow each other in memory;
/// `why` it would have to be.
static void checkCanSplit(const vitrail_tensor_info &info,
                          const std::string &why) {
  std::optional<size_t> batchDim = getBatchDim(info);
  if (batchDim && *batchDim != 0)
    fail("{} and cannot be split: '{}' is {}", why, info.name,
         formatType(info));
}

/// Gives each device its part of the batch, as long as there are samples.
void Execution::divide(const Model &model, const Options &options) {
  std::vector<std::string> devices = listDevices(model, options);
  auto count = static_cast<int64_t>(devices.size());
  int64_t share = (inputs.batch + count - 1) / count;
  chunk = std::min(share, model.info().max_batch);
  if (chunk < inputs.batch) {
    std::string why =
        share < inputs.batch
            ? fmt::format("a batch of {} is for {} devices", inputs.batch,
                          count)
            : fmt::format("a batch of {} exceeds the library's {}",
                          inputs.batch, chunk);
    for (int32_t i = 0; i < info.num_inputs; ++i)
      checkCanSplit(info.inputs[i], why);
    for (int32_t i = 0; i < info.num_outputs; ++i)
      checkCanSplit(info.outputs[i], why);
  }
  for (int64_t start = 0; start < inputs.batch; start += share) {
    const std::string &device = devices[parts.size()];
    parts.push_back(
        std::make_unique<Part>(model, makeOptions(options, device, chunk),
                               start, std::min(start + share, inputs.batch)));
    for (int32_t i = 0; i < info.num_outputs; ++i)
      parts.back()->shared.push_back(getBatchDim(info.outputs[i])
                                         ? Array()
                                         : results[static_cast<size_t>(i)]);
  }
}

Execution::Execution(const Model &model, int32_t entry, const Inputs &inputs,
                     const Options &options)
    : info(model.entry(entry)), entry(entry), inputs(inputs),
      results(makeOutputs(info, inputs.batch)) {
  divide(model, options);
}

double Execution::deviceSeconds() const {
  double seconds = 0;
  for (const auto &part : parts)
    seconds = std::max(seconds, part->secondsOnDevice);
  return seconds;
}

std::string Execution::deviceName() const {
  std::string names;
  for (const auto &part : parts)
    names +=
        (names.empty() ? "" : ", ") + std::string(part->context.device().name);
  return names;
}

/// Where the values of sample `start` are.
static size_t getOffset(const vitrail_tensor_info &info, const Array &array,
                        int64_t start, int64_t batch) {
  if (!getBatchDim(info))
    return 0;
  return array.data.size() / static_cast<size_t>(batch) *
         static_cast<size_t>(start);
}

Execution::Pointers Execution::getPointers(Part &part, int64_t start) {
  Pointers pointers;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    const Array &array = inputs.arrays[static_cast<size_t>(i)];
    pointers.inputs.push_back(array.data.data() + getOffset(info.inputs[i],
                                                            array, start,
                                                            inputs.batch));
  }
  for (int32_t i = 0; i < info.num_outputs; ++i) {
    bool isShared = !getBatchDim(info.outputs[i]);
    Array &array = (isShared ? part.shared : results)[static_cast<size_t>(i)];
    pointers.outputs.push_back(array.data.data() + getOffset(info.outputs[i],
                                                             array, start,
                                                             inputs.batch));
  }
  return pointers;
}

void Execution::runPart(Part &part) {
  part.secondsOnDevice = 0;
  for (int64_t start = part.start; start < part.end; start += chunk) {
    // Samples know nothing of those of another call.
    if (start > part.start)
      part.context.reset();
    Pointers pointers = getPointers(part, start);
    part.context.run(entry, std::min(chunk, part.end - start),
                     pointers.inputs.data(), pointers.outputs.data());
    part.secondsOnDevice += part.context.device().seconds;
  }
}

double Execution::run() {
  poison();
  auto begin = std::chrono::steady_clock::now();
  std::vector<std::exception_ptr> errors(parts.size());
  auto runSafely = [&](size_t i) {
    try {
      runPart(*parts[i]);
    } catch (...) {
      errors[i] = std::current_exception();
    }
  };
  std::vector<std::jthread> threads;
  for (size_t i = 1; i < parts.size(); ++i)
    threads.emplace_back(runSafely, i);
  runSafely(0);
  threads.clear(); // waits for them
  for (size_t i = 0; i < results.size(); ++i)
    if (!getBatchDim(info.outputs[i]))
      results[i].data = parts.front()->shared[i].data;
  auto end = std::chrono::steady_clock::now();
  for (const std::exception_ptr &error : errors)
    if (error)
      std::rethrow_exception(error);
  checkWritten();
  return std::chrono::duration<double>(end - begin).count();
}

vitrail_profile Execution::profile(std::vector<vitrail_step_time> &steps) {
  if (parts.size() > 1)
    failUsage("--profile is of one device, not of {}", parts.size());
  Part &part = *parts.front();
  Pointers pointers = getPointers(part, 0);
  vitrail_profile profile = {};
  // Again only of models that have more steps than this.
  profile.num_steps = 1024;
  do {
    steps.resize(static_cast<size_t>(profile.num_steps));
    profile.steps = steps.data();
    profile.capacity = profile.num_steps;
    part.context.profile(entry, chunk, pointers.inputs.data(),
                         pointers.outputs.data(), profile);
  } while (profile.num_steps > profile.capacity);
  steps.resize(static_cast<size_t>(profile.num_steps));
  return profile;
}

void Execution::poison() {
  auto poison = [](std::vector<Array> &arrays) {
    for (Array &array : arrays)
      std::fill(array.data.begin(), array.data.end(), poisonByte);
  };
  poison(results);
  for (const auto &part : parts)
    poison(part->shared);
}

void Execution::checkWritten() const {
  for (size_t i = 0; i < results.size(); ++i) {
    const Array &array = results[i];
    // All bits set is an ordinary integer.
    if (!isFloat(array.type))
      continue;
    size_t elementSize = getElementSize(array.type);
    std::vector<std::byte> unwritten(elementSize, poisonByte);
    for (size_t at = 0; at < array.data.size(); at += elementSize)
      if (std::memcmp(array.data.data() + at, unwritten.data(), elementSize) ==
          0)
        fail("the model did not write output '{}' at {}", info.outputs[i].name,
             formatPosition(array.shape,
                            static_cast<int64_t>(at / elementSize)));
  }
}
