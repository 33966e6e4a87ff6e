//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds samples, runs a library on them as the driver does, and keeps the
// largest of each range.
//
//===----------------------------------------------------------------------===//

#include "Calibrate.h"

#include "../vitrail-run/Execution.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace vitrail;

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

/// The samples in `folder`, in the order of their names.
static std::vector<std::string> listSamples(llvm::StringRef folder) {
  static constexpr llvm::StringLiteral extensions[] = {".npy", ".png", ".jpg",
                                                       ".jpeg"};
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; it != end && !error;
       it.increment(error))
    if (llvm::is_contained(extensions, path::extension(it->path()).lower()))
      files.push_back(it->path());
  if (error)
    driver::fail("cannot read the folder '{}': {}", folder.str(),
                 error.message());
  llvm::sort(files);
  return files;
}

/// The files that say what input they are of.
static std::vector<std::string> findNamed(llvm::StringRef folder,
                                          llvm::StringRef input) {
  llvm::SmallString<128> name(folder);
  path::append(name, input);
  if (fs::is_directory(name))
    return listSamples(name);
  name += ".npy";
  if (fs::exists(name))
    return {name.str().str()};
  return {};
}

static llvm::ArrayRef<vitrail_tensor_info>
getInputs(const vitrail_entry_info &entry) {
  return {entry.inputs, static_cast<size_t>(entry.num_inputs)};
}

/// "NAME=FILE" for each file of each input; nothing if an input has none.
static std::vector<std::string> assignFiles(const vitrail_entry_info &entry,
                                            const std::string &folder,
                                            bool areNamed) {
  std::vector<std::string> assignments;
  for (const vitrail_tensor_info &input : getInputs(entry)) {
    std::vector<std::string> files;
    if (areNamed)
      files = findNamed(folder, input.name);
    else if (entry.num_inputs == 1)
      files = listSamples(folder);
    if (files.empty())
      return {};
    for (const std::string &file : files)
      assignments.push_back(std::string(input.name) + "=" + file);
  }
  return assignments;
}

/// The outputs of ranges are called "NUMBER LAYER", those of models by one
/// word.
static void recordOutput(const vitrail_tensor_info &info,
                         const driver::Array &array, LayerRanges &ranges) {
  llvm::StringRef layer = llvm::StringRef(info.name).split(' ').second;
  if (layer.empty())
    return;
  double &range = ranges[layer.str()];
  for (double value : driver::toDoubles(array)) {
    if (!std::isfinite(value))
      driver::fail("on the samples, the layer of '{}' reads what is no number",
                   layer.str());
    range = std::max(range, value);
  }
}

static LayerRanges measure(const std::string &library,
                           const std::string &folder) {
  driver::Model model(library);
  llvm::ArrayRef<vitrail_entry_info> entries(
      model.info().entries, static_cast<size_t>(model.info().num_entries));
  bool areNamed = llvm::any_of(entries, [&](const vitrail_entry_info &entry) {
    return llvm::any_of(getInputs(entry),
                        [&](const vitrail_tensor_info &input) {
                          return !findNamed(folder, input.name).empty();
                        });
  });
  LayerRanges ranges;
  for (auto [number, entry] : llvm::enumerate(entries)) {
    std::vector<std::string> assignments = assignFiles(entry, folder, areNamed);
    if (assignments.empty())
      continue;
    driver::Inputs inputs = driver::readInputs(entry, assignments, 0);
    driver::Execution execution(model, static_cast<int32_t>(number), inputs,
                                driver::Options());
    execution.run();
    for (auto [i, array] : llvm::enumerate(execution.outputs()))
      recordOutput(entry.outputs[i], array, ranges);
  }
  if (!ranges.empty())
    return ranges;
  std::vector<std::string> names;
  for (const vitrail_entry_info &entry : entries)
    for (const vitrail_tensor_info &input : getInputs(entry))
      names.push_back(std::string(input.name) + ".npy");
  driver::fail("'{}' has no samples of all inputs of an entry: files .npy, "
               ".png or .jpg of its only one, or {} or folders of these names",
               folder, llvm::join(names, ", "));
}

llvm::Expected<LayerRanges> vitrail::measureRanges(const std::string &library,
                                                   const std::string &folder) {
  try {
    return measure(library, folder);
  } catch (const driver::Error &error) {
    return llvm::createStringError(error.what());
  }
}

llvm::Error vitrail::writeRanges(const std::string &path,
                                 const LayerRanges &ranges) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error, fs::OF_Text);
  if (!error) {
    os << "# The largest magnitude of what a linear layer reads, and the "
          "parameters in its\n# weight.\n";
    for (const auto &[layer, range] : ranges)
      os << llvm::format("%.9g ", range) << layer << "\n";
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return llvm::createStringError("cannot write '" + path +
                                   "': " + error.message());
  return llvm::Error::success();
}
