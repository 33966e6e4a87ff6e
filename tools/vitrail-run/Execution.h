//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs an entry on inputs of any batch, in calls of at most the model's
// maximum, which several devices do side by side.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_EXECUTION_H
#define VITRAIL_RUN_EXECUTION_H

#include "Inputs.h"
#include "Model.h"
#include "Options.h"

namespace vitrail::driver {

/// An entry with its inputs, outputs and contexts, one for each device, to be
/// run any number of times. Refers to the model and the inputs, which must
/// outlive it.
class Execution {
public:
  Execution(const Model &model, int32_t entry, const Inputs &inputs,
            const Options &options);

  /// Runs all samples and returns the seconds that the model's calls took. An
  /// element that the model did not write is an Error.
  double run();

  /// The seconds that a device took for the last run, without copies of inputs
  /// and outputs, of several the slowest; 0 if the processor ran it, or without
  /// --bench.
  double deviceSeconds() const;

  /// What runs it: names of devices, or nothing.
  std::string deviceName() const;

  /// Times each step of a call on as many samples as there are, or as a call
  /// can have. Outputs are not valid afterwards.
  vitrail_profile profile(std::vector<vitrail_step_time> &steps);
  int64_t samplesPerCall() const { return chunk; }

  /// One array per output, valid after a run.
  const std::vector<Array> &outputs() const { return results; }

private:
  /// Neighbouring samples, and the context that runs them.
  struct Part {
    Part(const Model &model, const vitrail_options &options, int64_t start,
         int64_t end)
        : start(start), end(end), context(model, options) {}

    int64_t start, end;
    Context context;
    /// Outputs that do not depend on the batch, where no other context writes.
    std::vector<Array> shared;
    double secondsOnDevice = 0;
  };

  void divide(const Model &model, const Options &options);
  void poison();
  void checkWritten() const;
  void runPart(Part &part);
  /// The addresses of a call's inputs and outputs.
  struct Pointers {
    std::vector<const void *> inputs;
    std::vector<void *> outputs;
  };
  Pointers getPointers(Part &part, int64_t start);

  const vitrail_entry_info &info;
  int32_t entry;
  const Inputs &inputs;
  int64_t chunk = 0; ///< samples per call
  std::vector<Array> results;
  std::vector<std::unique_ptr<Part>> parts;
};

} // namespace vitrail::driver

#endif // VITRAIL_RUN_EXECUTION_H
