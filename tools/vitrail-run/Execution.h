//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs an entry on inputs of any batch, in calls of at most the model's
// maximum.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_EXECUTION_H
#define VITRAIL_RUN_EXECUTION_H

#include "Inputs.h"
#include "Model.h"
#include "Options.h"

namespace vitrail::driver {

/// What a context for calls of `maxBatch` samples is made with. Refers to the
/// options.
vitrail_options makeOptions(const Options &options, int64_t maxBatch);

/// An entry with its inputs, outputs and context, to be run any number of
/// times. Refers to the model and the inputs, which must outlive it.
class Execution {
public:
  Execution(const Model &model, int32_t entry, const Inputs &inputs,
            const Options &options);

  /// Runs all samples and returns the seconds that the model's calls took. An
  /// element that the model did not write is an Error.
  double run();

  /// The seconds that a device took for the last run, without copies of inputs
  /// and outputs; 0 if the processor ran it, or without --bench.
  double deviceSeconds() const { return secondsOnDevice; }

  /// What runs it: a device's name, or nothing.
  std::string deviceName() const { return context.device().name; }

  /// One array per output, valid after a run.
  const std::vector<Array> &outputs() const { return results; }

private:
  void poison();
  void checkWritten() const;
  void runChunk(int64_t start, int64_t size);

  const vitrail_entry_info &info;
  int32_t entry;
  const Inputs &inputs;
  int64_t chunk; ///< samples per call
  std::vector<Array> results;
  Context context;
  double secondsOnDevice = 0;
};

} // namespace vitrail::driver

#endif // VITRAIL_RUN_EXECUTION_H
