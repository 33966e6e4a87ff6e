//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From `--input NAME=FILE` to arrays: each file is read on its own into samples
// of the input, the files of an input are joined, and the number of samples is
// agreed on between the inputs. Synthetic values come last, since they are made
// for the batch that the files ask for.
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "File.h"
#include "Model.h"
#include "Npy.h"
#include "Preprocess.h"
#include "Safetensors.h"

#include "vitrail/Support/Synthetic.h"

#include <fmt/ranges.h>

#include <algorithm>

using namespace vitrail::driver;

Assignment
vitrail::driver::parseAssignment(const std::string &text,
                                 std::span<const vitrail_tensor_info> infos,
                                 std::string_view kind) {
  std::vector<std::string> names;
  for (const vitrail_tensor_info &info : infos)
    names.push_back(info.name);
  size_t equals = text.find('=');
  if (equals == text.npos && infos.size() == 1)
    return {0, text};
  if (equals == text.npos)
    failUsage("'{}' lacks the name of an {} (NAME=FILE); the names are {}",
              text, kind, fmt::join(names, ", "));
  std::string name = text.substr(0, equals);
  auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end())
    failUsage("there is no {} '{}'; the names are {}", kind, name,
              fmt::join(names, ", "));
  return {static_cast<size_t>(it - names.begin()), text.substr(equals + 1)};
}

/// The key of "synthetic:KEY".
static std::optional<std::string> getSyntheticKey(const std::string &file) {
  constexpr std::string_view word = "synthetic";
  if (file == word)
    return "input";
  if (file.starts_with(word) && file[word.size()] == ':')
    return file.substr(word.size() + 1);
  return std::nullopt;
}

static Array makeSynthetic(const vitrail_tensor_info &info,
                           const std::string &key, int64_t batch) {
  ElementType type = getElementType(info.type);
  if (!isFloat(type))
    fail("input '{}' holds {} values; synthetic values are floats", info.name,
         getName(type));
  Array array(ElementType::F32, getShape(info, batch));
  vitrail::fillSynthetic(key, array.shape, array.elements<float>().data());
  return convert(std::move(array), type, info.name);
}

/// Joins arrays that differ in their leading extent at most.
static Array joinSamples(std::vector<Array> parts) {
  Array result = std::move(parts.front());
  for (size_t i = 1; i < parts.size(); ++i) {
    result.shape[0] += parts[i].shape[0];
    result.data.insert(result.data.end(), parts[i].data.begin(),
                       parts[i].data.end());
  }
  return result;
}

static Array preprocessAll(std::vector<Image> images,
                           const vitrail_tensor_info &info,
                           const std::string &file) {
  if (images.empty())
    fail("'{}' holds no images", file);
  std::vector<Array> samples;
  for (Image &image : images)
    samples.push_back(preprocess(std::move(image), info, file));
  return joinSamples(std::move(samples));
}

/// The values of `file` before they are fitted to the input's shape and type.
static Array readValues(const vitrail_tensor_info &info,
                        const std::string &file) {
  std::vector<std::byte> bytes = readFile(file);
  if (isPng(bytes) || isJpeg(bytes)) {
    if (!info.preprocess)
      fail("'{}' is an image, but the model says no preprocessing for input "
           "'{}'; give its values as .npy",
           file, info.name);
    std::vector<Image> images;
    images.push_back(isPng(bytes) ? decodePng(bytes, file)
                                  : decodeJpeg(bytes, file));
    return preprocessAll(std::move(images), info, file);
  }
  Array array;
  if (isNpy(bytes))
    array = decodeNpy(bytes, file);
  else if (file.ends_with(".safetensors"))
    array = decodeSafetensors(bytes, file, info.name);
  else
    fail("'{}' is neither a .npy, PNG, JPEG nor .safetensors file", file);
  if (info.preprocess && array.type == ElementType::U8)
    return preprocessAll(splitImages(array, file), info, file);
  return array;
}

/// Gives `array` the input's rank and returns its number of samples: 0 when
/// the input does not depend on the batch, none when the shapes do not agree.
static std::optional<int64_t> fitShape(Array &array,
                                       const vitrail_tensor_info &info) {
  std::optional<size_t> batchDim = getBatchDim(info);
  std::vector<int64_t> shape = array.shape;
  // One sample may come without the batch.
  if (batchDim == 0 && info.shape[0] == -1 &&
      static_cast<int32_t>(shape.size()) + 1 == info.rank)
    shape.insert(shape.begin(), 1);
  if (static_cast<int32_t>(shape.size()) != info.rank)
    return std::nullopt;

  int64_t samples = 0;
  if (batchDim) {
    int64_t extent = shape[*batchDim];
    int64_t perSample = -info.shape[*batchDim];
    if (extent < 1 || extent % perSample != 0)
      return std::nullopt;
    samples = extent / perSample;
  }
  if (getShape(info, samples) != shape)
    return std::nullopt;
  array.shape = shape;
  return samples;
}

namespace {

/// One input while the batch is not yet known.
struct PendingInput {
  std::vector<std::string> files;
  std::optional<std::string> syntheticKey;
  Array array;
  int64_t samples = 0; ///< 0: fits every batch
  std::vector<std::string> sampleNames;
};

} // namespace

static void readFiles(PendingInput &input, const vitrail_tensor_info &info) {
  std::optional<size_t> batchDim = getBatchDim(info);
  if (input.files.size() > 1 && batchDim != 0)
    failUsage("input '{}', {}, takes one file: its leading extent is not the "
              "batch",
              info.name, formatType(info));
  std::vector<Array> parts;
  for (const std::string &file : input.files) {
    Array values = readValues(info, file);
    std::optional<int64_t> samples = fitShape(values, info);
    if (!samples)
      fail("'{}' holds {}; input '{}' takes {}", file, formatType(values),
           info.name, formatType(info));
    parts.push_back(
        convert(std::move(values), getElementType(info.type), file));
    input.samples += *samples;
    for (int64_t i = 0; i < *samples; ++i)
      input.sampleNames.push_back(
          *samples == 1 ? file : fmt::format("{}[{}]", file, i));
  }
  input.array =
      parts.size() == 1 ? std::move(parts.front()) : joinSamples(parts);
}

static std::vector<PendingInput>
collectInputs(std::span<const vitrail_tensor_info> infos,
              std::span<const std::string> assignments) {
  std::vector<PendingInput> inputs(infos.size());
  for (const std::string &text : assignments) {
    Assignment assignment = parseAssignment(text, infos, "input");
    PendingInput &input = inputs[assignment.number];
    std::optional<std::string> key = getSyntheticKey(assignment.file);
    if (input.syntheticKey || (key && !input.files.empty()))
      failUsage("input '{}' is given twice", infos[assignment.number].name);
    if (key)
      input.syntheticKey = key;
    else
      input.files.push_back(assignment.file);
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].files.empty() && !inputs[i].syntheticKey)
      failUsage("input '{0}', {1}, is not given; use --input {0}=FILE or "
                "--input {0}=synthetic",
                infos[i].name, formatType(infos[i]));
  return inputs;
}

/// Repeats the only sample of `array`.
static void repeatSample(Array &array, size_t batchDim, int64_t batch) {
  std::vector<std::byte> sample = array.data;
  for (int64_t i = 1; i < batch; ++i)
    array.data.insert(array.data.end(), sample.begin(), sample.end());
  array.shape[batchDim] *= batch;
}

static void fitBatch(PendingInput &input, const vitrail_tensor_info &info,
                     int64_t batch, bool batchGiven) {
  if (input.samples == batch || input.samples == 0)
    return;
  std::optional<size_t> batchDim = getBatchDim(info);
  if (!batchGiven || input.samples != 1 || batchDim != 0)
    fail("input '{}' has {} samples where the batch is {}", info.name,
         input.samples, batch);
  repeatSample(input.array, *batchDim, batch);
  input.sampleNames.resize(static_cast<size_t>(batch),
                           input.sampleNames.front());
}

Inputs vitrail::driver::readInputs(const vitrail_entry_info &entry,
                                   std::span<const std::string> assignments,
                                   int64_t batch) {
  std::span infos(entry.inputs, static_cast<size_t>(entry.num_inputs));
  std::vector<PendingInput> pending = collectInputs(infos, assignments);
  Inputs result;
  result.batch = std::max<int64_t>(batch, 1);
  for (size_t i = 0; i < infos.size(); ++i) {
    if (pending[i].syntheticKey)
      continue;
    readFiles(pending[i], infos[i]);
    if (batch == 0)
      result.batch = std::max(result.batch, pending[i].samples);
  }
  for (size_t i = 0; i < infos.size(); ++i) {
    PendingInput &input = pending[i];
    if (input.syntheticKey)
      input.array = makeSynthetic(infos[i], *input.syntheticKey, result.batch);
    else
      fitBatch(input, infos[i], result.batch, batch != 0);
    if (result.sampleNames.empty())
      result.sampleNames = std::move(input.sampleNames);
    result.arrays.push_back(std::move(input.array));
  }
  for (auto i = static_cast<int64_t>(result.sampleNames.size());
       i < result.batch; ++i)
    result.sampleNames.push_back(fmt::format("sample {}", i));
  return result;
}
