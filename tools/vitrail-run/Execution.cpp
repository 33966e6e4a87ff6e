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

#include <algorithm>
#include <chrono>

using namespace vitrail::driver;

/// All bits set: a NaN in every float type, and not the one that arithmetic
/// gives.
static constexpr std::byte poisonByte{0xFF};

vitrail_options vitrail::driver::makeOptions(const Options &options,
                                             int64_t maxBatch) {
  vitrail_options result = {};
  result.threads = options.threads;
  result.max_batch = maxBatch;
  result.device = options.device.c_str();
  result.timed = options.bench;
  if (!options.weightsFile.empty())
    result.weights_file = options.weightsFile.c_str();
  return result;
}

static std::vector<Array> makeOutputs(const vitrail_entry_info &info,
                                      int64_t batch) {
  std::vector<Array> outputs;
  for (int32_t i = 0; i < info.num_outputs; ++i)
    outputs.emplace_back(getElementType(info.outputs[i].type),
                         getShape(info.outputs[i], batch));
  return outputs;
}

/// A batch can be split only where the samples follow each other in memory.
static void checkCanSplit(const vitrail_tensor_info &info, int64_t batch,
                          int64_t chunk) {
  std::optional<size_t> batchDim = getBatchDim(info);
  if (chunk < batch && batchDim && *batchDim != 0)
    fail("a batch of {} exceeds the library's {} and cannot be split: '{}' is "
         "{}",
         batch, chunk, info.name, formatType(info));
}

Execution::Execution(const Model &model, int32_t entry, const Inputs &inputs,
                     const Options &options)
    : info(model.entry(entry)), entry(entry), inputs(inputs),
      chunk(std::min(inputs.batch, model.info().max_batch)),
      results(makeOutputs(info, inputs.batch)),
      context(model, makeOptions(options, chunk)) {
  for (int32_t i = 0; i < info.num_inputs; ++i)
    checkCanSplit(info.inputs[i], inputs.batch, chunk);
  for (int32_t i = 0; i < info.num_outputs; ++i)
    checkCanSplit(info.outputs[i], inputs.batch, chunk);
}

/// Where the values of sample `start` are.
static size_t getOffset(const vitrail_tensor_info &info, const Array &array,
                        int64_t start, int64_t batch) {
  if (!getBatchDim(info))
    return 0;
  return array.data.size() / static_cast<size_t>(batch) *
         static_cast<size_t>(start);
}

void Execution::runChunk(int64_t start, int64_t size) {
  std::vector<const void *> from;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    const Array &array = inputs.arrays[static_cast<size_t>(i)];
    from.push_back(array.data.data() +
                   getOffset(info.inputs[i], array, start, inputs.batch));
  }
  std::vector<void *> to;
  for (int32_t i = 0; i < info.num_outputs; ++i) {
    Array &array = results[static_cast<size_t>(i)];
    to.push_back(array.data.data() +
                 getOffset(info.outputs[i], array, start, inputs.batch));
  }
  context.run(entry, size, from.data(), to.data());
  secondsOnDevice += context.device().seconds;
}

double Execution::run() {
  poison();
  secondsOnDevice = 0;
  auto begin = std::chrono::steady_clock::now();
  for (int64_t start = 0; start < inputs.batch; start += chunk) {
    // Samples know nothing of those of another call.
    if (start > 0)
      context.reset();
    runChunk(start, std::min(chunk, inputs.batch - start));
  }
  auto end = std::chrono::steady_clock::now();
  checkWritten();
  return std::chrono::duration<double>(end - begin).count();
}

void Execution::poison() {
  for (Array &array : results)
    std::fill(array.data.begin(), array.data.end(), poisonByte);
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
