//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs in turn, so that whatever else the machine does concerns all entries
// alike. The process hands back what it found as JSON.
//
//===----------------------------------------------------------------------===//

#include "MeasureEntries.h"

#include "vitrail/Runtime/vitrail.h"
#include "vitrail/Support/Isolation.h"
#include "vitrail/Weights/BFloat16.h"
#include "vitrail/Weights/Float16.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <ctime>
#include <dlfcn.h>
#include <random>

namespace vitrail {

namespace {

/// A tensor, aligned as allocators of others align.
struct Buffer {
  vitrail_type type;
  size_t count = 1;
  std::vector<std::byte> bytes;

  Buffer(const vitrail_tensor_info &info, int64_t batch) : type(info.type) {
    for (int32_t dim = 0; dim < info.rank; ++dim)
      count *= info.shape[dim] < 0 ? -info.shape[dim] * batch : info.shape[dim];
    bytes.resize(count * getElementSize());
  }

  size_t getElementSize() const {
    switch (type) {
    case VITRAIL_F32:
    case VITRAIL_I32:
      return 4;
    case VITRAIL_I64:
      return 8;
    case VITRAIL_F16:
    case VITRAIL_BF16:
      return 2;
    default:
      return 1;
    }
  }
  template <typename T> T *get() { return reinterpret_cast<T *>(bytes.data()); }
  double getNumber(size_t index) {
    if (type == VITRAIL_F32)
      return get<float>()[index];
    if (type == VITRAIL_I32)
      return get<int32_t>()[index];
    if (type == VITRAIL_BF16)
      return llvm::bit_cast<float>(uint32_t(get<uint16_t>()[index]) << 16);
    if (type == VITRAIL_F16)
      return weights::getFloat16(get<uint16_t>()[index]);
    return 0;
  }
};

/// The library in the process that measures.
class Runner {
public:
  Runner(const vitrail_model_api &api, const MeasureOptions &options)
      : api(api), options(options) {}

  std::string run();

private:
  void makeBuffers();
  bool call(int32_t entry) {
    return api.run(context, entry, options.batch, inputPointers.data(),
                   outputPointers.data()) == VITRAIL_OK;
  }
  double now() const;
  double time(int32_t entry, int64_t calls);
  int64_t countCalls();
  llvm::json::Array compareOutputs();

  const vitrail_model_api &api;
  const MeasureOptions &options;
  vitrail_context *context = nullptr;
  std::vector<Buffer> inputs, outputs;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
};

} // namespace

static std::string fail(const llvm::Twine &message) {
  return llvm::formatv(
      "{0}", llvm::json::Value(llvm::json::Object{{"error", message.str()}}));
}

void Runner::makeBuffers() {
  const vitrail_entry_info &entry = api.info->entries[0];
  std::mt19937_64 generator(options.seed);
  std::normal_distribution<float> normal;
  for (int32_t i = 0; i < entry.num_inputs; ++i) {
    Buffer &buffer = inputs.emplace_back(entry.inputs[i], options.batch);
    // Numbers of other types are indices, of which those outside are clamped.
    for (size_t k = 0; k < buffer.count; ++k) {
      if (buffer.type == VITRAIL_F32)
        buffer.get<float>()[k] = normal(generator);
      else if (buffer.type == VITRAIL_BF16)
        buffer.get<uint16_t>()[k] = weights::getBitsOfBFloat16(
            weights::roundToBFloat16(normal(generator)));
      else if (buffer.type == VITRAIL_F16)
        buffer.get<uint16_t>()[k] =
            weights::getBitsOfFloat16(normal(generator));
      else if (buffer.type == VITRAIL_I32)
        buffer.get<int32_t>()[k] = generator() % 1024;
    }
  }
  for (int32_t i = 0; i < entry.num_outputs; ++i)
    outputs.emplace_back(entry.outputs[i], options.batch);
  for (Buffer &buffer : inputs)
    inputPointers.push_back(buffer.bytes.data());
  for (Buffer &buffer : outputs)
    outputPointers.push_back(buffer.bytes.data());
}

/// On one thread the time that this thread had: what others take does not
/// count.
double Runner::now() const {
  timespec time;
  clock_gettime(
      options.threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// A device measures each call itself.
double Runner::time(int32_t entry, int64_t calls) {
  double start = now(), onDevice = 0;
  for (int64_t i = 0; i < calls; ++i) {
    call(entry);
    if (options.device) {
      vitrail_device_info info;
      api.device(context, &info);
      onDevice += info.seconds;
    }
  }
  return (options.device ? onDevice : now() - start) / double(calls);
}

/// So many that they take long enough for the clock. The second call of an
/// entry on a device records it.
int64_t Runner::countCalls() {
  constexpr double shortest = 5e-4;
  for (int32_t entry : options.entries)
    if (options.device)
      call(entry);
  double start = now();
  call(options.entries.front());
  return std::max<int64_t>(int64_t(shortest / std::max(now() - start, 1e-7)),
                           1);
}

/// Runs each entry once, and compares its output with that of the first.
llvm::json::Array Runner::compareOutputs() {
  llvm::json::Array differences;
  std::vector<double> expected;
  double norm = 0;
  for (int32_t entry : options.entries) {
    llvm::fill(outputs.front().bytes, std::byte{0xFF});
    if (!call(entry))
      return {};
    double difference = 0;
    for (size_t i = 0; i < outputs.front().count; ++i) {
      double value = outputs.front().getNumber(i);
      if (entry == options.entries.front()) {
        expected.push_back(value);
        if (std::isfinite(value))
          norm += value * value;
      }
      // Whatever is no number is so in all, or they differ.
      if (std::isfinite(value) || std::isfinite(expected[i]))
        difference += (value - expected[i]) * (value - expected[i]);
    }
    double relative = std::sqrt(difference / std::max(norm, 1e-30));
    // JSON has no NaN.
    differences.push_back(std::isfinite(relative) ? relative : 1e30);
  }
  return differences;
}

std::string Runner::run() {
  vitrail_options settings = {};
  settings.threads = options.threads;
  settings.max_batch = options.batch;
  settings.device = options.device ? options.device : "cpu";
  settings.timed = options.device != nullptr;
  if (api.create(&context, &settings) != VITRAIL_OK)
    return fail(api.message(context));
  makeBuffers();
  llvm::json::Array differences = compareOutputs();
  if (differences.empty())
    return fail(api.message(context));

  int64_t calls = countCalls();
  llvm::json::Array rounds;
  for (unsigned round = 0; round < options.rounds; ++round) {
    llvm::json::Array times;
    for (int32_t entry : options.entries)
      times.push_back(time(entry, calls));
    rounds.push_back(std::move(times));
  }
  llvm::json::Object result{{"rounds", std::move(rounds)},
                            {"differences", std::move(differences)}};
  return llvm::formatv("{0}", llvm::json::Value(std::move(result)));
}

/// In the process of its own.
static std::string runLibrary(llvm::StringRef path,
                              const MeasureOptions &options) {
  void *library = dlopen(path.str().c_str(), RTLD_NOW | RTLD_LOCAL);
  auto *api = library ? static_cast<const vitrail_model_api *>(
                            dlsym(library, "vitrail_model"))
                      : nullptr;
  if (!api)
    return fail(dlerror());
  return Runner(*api, options).run();
}

static std::vector<double> toVector(const llvm::json::Array &array) {
  std::vector<double> numbers;
  for (const llvm::json::Value &value : array)
    numbers.push_back(*value.getAsNumber());
  return numbers;
}

llvm::Expected<Measurement> measureEntries(llvm::StringRef library,
                                           const MeasureOptions &options) {
  IsolatedOutcome result;
  runIsolated(
      /*count=*/1, /*processes=*/1,
      [&](unsigned) { return runLibrary(library, options); },
      [&](unsigned, IsolatedOutcome outcome) { result = std::move(outcome); });
  if (!result.failure.empty())
    return llvm::createStringError(result.failure);
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(result.report);
  if (!value)
    return value.takeError();
  llvm::json::Object &report = *value->getAsObject();
  if (auto error = report.getString("error"))
    return llvm::createStringError(*error);
  Measurement measurement;
  measurement.differences = toVector(*report.getArray("differences"));
  for (const llvm::json::Value &round : *report.getArray("rounds"))
    measurement.rounds.push_back(toVector(*round.getAsArray()));
  return measurement;
}

} // namespace vitrail
