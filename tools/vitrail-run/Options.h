//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The command line.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_OPTIONS_H
#define VITRAIL_RUN_OPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::driver {

struct Options {
  std::string library;
  std::string entry;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> references;
  std::string reference;
  double tolerance = 2e-6;
  int64_t batch = 0; ///< 0: what the inputs say
  int32_t threads = 0;
  std::string weightsFile;
  std::string device = "auto";
  int top = 0; ///< 0: not asked for
  std::string labels;
  bool bench = false;
  bool profile = false;
  std::string kernelReport; ///< of vitrailc --report; may be empty
  int warmup = 5;
  int repeats = 0; ///< 0: as many as fit into `seconds`
  double seconds = 2.0;
  std::vector<std::string> texts;
  int beams = 1;
  int maxLength = 0; ///< 0: the model's
  float lengthPenalty = 0;
  bool info = false;
  bool json = false;
};

/// Reads the command line; gives an exit status when there is nothing to run,
/// after printing help, the version or an error.
std::optional<int> parseOptions(int argc, char **argv, Options &options);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_OPTIONS_H
