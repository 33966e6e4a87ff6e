//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From `--input NAME=FILE` to the arrays that an entry is run on.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_INPUTS_H
#define VITRAIL_RUN_INPUTS_H

#include "Array.h"

namespace vitrail::driver {

/// What `--option NAME=FILE` names: the number of the input or output, and the
/// file. NAME may be missing where there is only one.
struct Assignment {
  size_t number = 0;
  std::string file;
};

/// Reads `text`, the value of the option for one of `infos`; `kind` is "input"
/// or "output".
Assignment parseAssignment(const std::string &text,
                           std::span<const vitrail_tensor_info> infos,
                           std::string_view kind);

struct Inputs {
  /// One array per input, in the input's type, for `batch` samples.
  std::vector<Array> arrays;
  int64_t batch = 1;
  /// A name per sample, from the files of the first input with a batch.
  std::vector<std::string> sampleNames;
};

/// Reads the inputs of `entry` as `assignments` say, for `batch` samples, or as
/// many as the files hold when it is 0.
Inputs readInputs(const vitrail_entry_info &entry,
                  std::span<const std::string> assignments, int64_t batch);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_INPUTS_H
