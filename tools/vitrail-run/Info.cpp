//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a model says about itself, for people and for programs.
//
//===----------------------------------------------------------------------===//

#include "Info.h"
#include "Model.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <span>

using namespace vitrail::driver;
using nlohmann::ordered_json;

static std::string_view getName(vitrail_filter filter) {
  switch (filter) {
  case VITRAIL_NEAREST:
    return "nearest";
  case VITRAIL_BILINEAR:
    return "bilinear";
  case VITRAIL_BICUBIC:
    return "bicubic";
  }
  return "unknown";
}

/// A number of bytes in the unit that makes it readable.
static std::string formatBytes(uint64_t bytes) {
  static constexpr const char *units[] = {"KiB", "MiB", "GiB"};
  if (bytes < 1024)
    return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit)
    value /= 1024;
  return fmt::format("{:.1f} {} ({} bytes)", value, units[unit], bytes);
}

/// The description's per-channel numbers; none when the model has none.
static std::span<const float> getChannels(const vitrail_preprocess &steps,
                                          const float *values) {
  return {values, values ? static_cast<size_t>(steps.channels) : 0};
}

/// "1/255" where that is what was meant.
static std::string formatScale(float scale) {
  double divisor = std::round(1.0 / scale);
  if (divisor > 1 && static_cast<float>(1.0 / divisor) == scale)
    return fmt::format("1/{}", divisor);
  return fmt::to_string(scale);
}

static std::string describe(const vitrail_preprocess &steps) {
  std::vector<std::string> parts;
  if (steps.resize > 0)
    parts.push_back(fmt::format("shorter side resized to {} ({})", steps.resize,
                                getName(steps.filter)));
  if (steps.crop_height > 0 && steps.crop_width > 0)
    parts.push_back(fmt::format("middle {}x{} cropped", steps.crop_width,
                                steps.crop_height));
  parts.push_back(fmt::format("times {}", formatScale(steps.scale)));
  if (auto mean = getChannels(steps, steps.mean); !mean.empty())
    parts.push_back(fmt::format("minus [{}]", fmt::join(mean, ", ")));
  if (auto std = getChannels(steps, steps.std); !std.empty())
    parts.push_back(fmt::format("over [{}]", fmt::join(std, ", ")));
  return fmt::format("{}", fmt::join(parts, ", "));
}

static void printTensors(std::string_view kind,
                         std::span<const vitrail_tensor_info> tensors) {
  size_t width = 0;
  for (const vitrail_tensor_info &tensor : tensors)
    width = std::max(width, std::string_view(tensor.name).size());
  for (const vitrail_tensor_info &tensor : tensors) {
    fmt::print("  {:<8}{:<{}}  {}\n", kind, tensor.name, width,
               formatType(tensor));
    if (tensor.preprocess)
      fmt::print("          from images: {}\n", describe(*tensor.preprocess));
  }
}

static void printGenerate(const vitrail_model_info &info) {
  const vitrail_generate_info &generate = *info.generate;
  fmt::print("{:<12}by {} and {}: from {} to at most {} of {} tokens{}\n",
             "generates", info.entries[generate.encode].name,
             info.entries[generate.step].name, generate.source_length,
             generate.max_length, generate.vocabulary_size,
             generate.vocabulary ? ", from text to text" : "");
}

void vitrail::driver::printInfo(const vitrail_model_info &info) {
  fmt::print("{:<12}{}\n", "model", info.name);
  fmt::print("{:<12}{}\n", "compiler", info.compiler);
  fmt::print("{:<12}{}\n", "target", info.target);
  fmt::print("{:<12}{}\n", "max batch", info.max_batch);
  fmt::print("{:<12}{}, {}\n", "weights", formatBytes(info.weights_size),
             info.weights_file ? fmt::format("in {}", info.weights_file)
                               : "in the library");
  fmt::print("{:<12}{} per sample\n", "arena", formatBytes(info.arena_size));
  if (info.num_states > 0)
    fmt::print("{:<12}{} per sample\n", "states", formatBytes(info.state_size));
  if (info.generate)
    printGenerate(info);
  for (int32_t i = 0; i < info.num_entries; ++i) {
    const vitrail_entry_info &entry = info.entries[i];
    fmt::print("\nentry {}\n", entry.name);
    printTensors("input", {entry.inputs, size_t(entry.num_inputs)});
    printTensors("output", {entry.outputs, size_t(entry.num_outputs)});
  }
  if (info.num_states > 0)
    fmt::print("\nkept between calls\n");
  printTensors("state", {info.states, size_t(info.num_states)});
}

static ordered_json toJson(const vitrail_preprocess &steps) {
  ordered_json result;
  if (steps.resize > 0) {
    result["resize"] = steps.resize;
    result["filter"] = getName(steps.filter);
  }
  if (steps.crop_height > 0 && steps.crop_width > 0)
    result["crop"] = {steps.crop_height, steps.crop_width};
  result["scale"] = steps.scale;
  if (auto mean = getChannels(steps, steps.mean); !mean.empty())
    result["mean"] = mean;
  if (auto std = getChannels(steps, steps.std); !std.empty())
    result["std"] = std;
  return result;
}

static ordered_json toJson(std::span<const vitrail_tensor_info> tensors) {
  ordered_json result = ordered_json::array();
  for (const vitrail_tensor_info &tensor : tensors) {
    ordered_json item;
    item["name"] = tensor.name;
    item["type"] = getName(getElementType(tensor.type));
    item["shape"] = ordered_json::array();
    for (int32_t dim = 0; dim < tensor.rank; ++dim) {
      int64_t extent = tensor.shape[dim];
      if (extent >= 0)
        item["shape"].push_back(extent);
      else if (extent == -1)
        item["shape"].push_back("batch");
      else
        item["shape"].push_back(fmt::format("{} * batch", -extent));
    }
    if (tensor.preprocess)
      item["preprocess"] = toJson(*tensor.preprocess);
    result.push_back(std::move(item));
  }
  return result;
}

/// How the model generates.
static ordered_json toJson(const vitrail_model_info &info) {
  const vitrail_generate_info &generate = *info.generate;
  ordered_json result = {{"encode", info.entries[generate.encode].name},
                         {"step", info.entries[generate.step].name},
                         {"start", generate.start},
                         {"end", generate.end},
                         {"pad", generate.pad},
                         {"max_length", generate.max_length},
                         {"source_length", generate.source_length},
                         {"vocabulary_size", generate.vocabulary_size}};
  result["vocabulary"] = ordered_json();
  for (int64_t i = 0; generate.vocabulary && i < generate.vocabulary_size; ++i)
    result["vocabulary"].push_back(generate.vocabulary[i]);
  return result;
}

void vitrail::driver::printInfoAsJson(const vitrail_model_info &info) {
  ordered_json result;
  result["abi"] = info.abi;
  result["name"] = info.name;
  result["compiler"] = info.compiler;
  result["target"] = info.target;
  result["max_batch"] = info.max_batch;
  result["weights_size"] = info.weights_size;
  result["weights_file"] =
      info.weights_file ? ordered_json(info.weights_file) : ordered_json();
  result["arena_size"] = info.arena_size;
  result["entries"] = ordered_json::array();
  for (int32_t i = 0; i < info.num_entries; ++i) {
    const vitrail_entry_info &entry = info.entries[i];
    result["entries"].push_back(
        {{"name", entry.name},
         {"inputs", toJson(std::span(entry.inputs, size_t(entry.num_inputs)))},
         {"outputs",
          toJson(std::span(entry.outputs, size_t(entry.num_outputs)))}});
  }
  result["state_size"] = info.state_size;
  result["states"] = toJson(std::span(info.states, size_t(info.num_states)));
  result["generate"] = info.generate ? toJson(info) : ordered_json();
  fmt::print("{}\n", result.dump(2));
}
