//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a compiled model: loads its library, reads inputs, runs an entry through
// the C interface and reports. It knows nothing of how models are compiled.
//
//===----------------------------------------------------------------------===//

#include "Bench.h"
#include "Execution.h"
#include "Info.h"
#include "Inputs.h"
#include "Model.h"
#include "Npy.h"
#include "Options.h"
#include "Profile.h"
#include "Report.h"
#include "Text.h"

#include <cstdio>
#include <exception>
#include <new>

using namespace vitrail::driver;

namespace {

/// The files that outputs are stored in or compared with, names resolved.
struct OutputRequests {
  std::vector<Assignment> stored;
  std::vector<Assignment> compared;
};

} // namespace

static OutputRequests
parseRequests(std::span<const vitrail_tensor_info> outputs,
              const Options &options) {
  OutputRequests requests;
  for (const std::string &text : options.outputs)
    requests.stored.push_back(parseAssignment(text, outputs, "output"));
  for (const std::string &text : options.references)
    requests.compared.push_back(parseAssignment(text, outputs, "output"));
  return requests;
}

/// Stores, prints and compares; false when a comparison failed.
static bool report(const vitrail_entry_info &entry,
                   const std::vector<Array> &outputs, const Inputs &inputs,
                   const OutputRequests &requests, const Options &options) {
  for (const Assignment &request : requests.stored)
    writeNpy(request.file, outputs[request.number]);
  if (options.top > 0) {
    std::vector<std::string> labels;
    if (!options.labels.empty())
      labels = readLabels(options.labels);
    printTop(outputs.at(0), options.top, labels, inputs.sampleNames);
  }
  bool passed = true;
  for (const Assignment &request : requests.compared)
    passed &= compare(entry.outputs[request.number].name,
                      outputs[request.number], request.file, options.tolerance);
  if (!options.reference.empty()) {
    std::vector<std::string> names;
    for (int32_t i = 0; i < entry.num_outputs; ++i)
      names.emplace_back(entry.outputs[i].name);
    passed &= compareAll(names, outputs, options.reference, options.tolerance);
  }
  bool hasAction = !options.reference.empty() || options.top > 0 ||
                   options.bench || options.profile ||
                   !requests.stored.empty() || !requests.compared.empty();
  for (size_t i = 0; i < outputs.size() && !hasAction; ++i)
    printSummary(entry.outputs[i].name, outputs[i]);
  return passed;
}

static bool run(const Options &options) {
  Model model(options.library);
  if (options.info) {
    options.json ? printInfoAsJson(model.info()) : printInfo(model.info());
    return true;
  }
  if (!options.texts.empty()) {
    generateTexts(model, options);
    return true;
  }
  int32_t number = model.findEntry(options.entry);
  const vitrail_entry_info &entry = model.entry(number);
  OutputRequests requests = parseRequests(
      {entry.outputs, static_cast<size_t>(entry.num_outputs)}, options);
  Inputs inputs = readInputs(entry, options.inputs, options.batch);
  Execution execution(model, number, inputs, options);
  double firstRun = execution.run();
  bool passed = report(entry, execution.outputs(), inputs, requests, options);
  if (options.bench)
    bench(execution, firstRun, inputs.batch, options);
  if (options.profile)
    printProfile(execution, options);
  return passed;
}

int main(int argc, char **argv) {
  try {
    Options options;
    if (std::optional<int> status = parseOptions(argc, argv, options))
      return *status;
    bool passed = run(options);
    if (std::fflush(stdout) != 0)
      fail("cannot write the report");
    return passed ? 0 : 1;
  } catch (const UsageError &error) {
    fmt::print(stderr, "vitrail-run: error: {}\n", error.what());
    return 2;
  } catch (const std::bad_alloc &) {
    fmt::print(stderr, "vitrail-run: error: out of memory\n");
  } catch (const std::exception &error) {
    fmt::print(stderr, "vitrail-run: error: {}\n", error.what());
  }
  return 1;
}
