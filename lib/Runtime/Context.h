//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The private state of one caller.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_CONTEXT_H
#define VITRAIL_LIB_RUNTIME_CONTEXT_H

#include "Arguments.h"
#include "BlockCache.h"
#include "DeviceContext.h"
#include "Message.h"
#include "ThreadPool.h"
#include "WeightsFile.h"
#include "vitrail/Runtime/Program.h"

/// What vitrail.h promises of a context; also the user context of kernels, by
/// which Halide's hooks find everything.
struct vitrail_context {
  const vitrail::runtime::Program *program = nullptr;

  /// That of the program's for this processor, or for the device.
  const vitrail::runtime::Variant *variant = nullptr;

  /// Whether `create` succeeded.
  bool usable = false;

  int64_t maxBatch = 0;
  const char *weights = nullptr;
  const char *expanded = nullptr; ///< Constants that are made of them.
  char *arena = nullptr;

  /// What calls leave to each other, and room for one state while samples
  /// change places.
  char *states = nullptr;
  char *reordered = nullptr;

  /// One for each entry of the program.
  vitrail::runtime::Arguments *arguments = nullptr;

  vitrail::runtime::Message message;
  vitrail::runtime::WeightsFile weightsFile;
  vitrail::runtime::BlockCache blocks;
  vitrail::runtime::ThreadPool threads;

  /// Runs the kernels if it is open; then arena, states and threads are not
  /// needed.
  vitrail::runtime::DeviceContext device;
};

namespace vitrail::runtime {

/// Checks that a call may use `context`, and clears its message.
vitrail_status beginCall(const Program &program, vitrail_context *context);

/// Chooses the variant that the options, the environment and the machine leave,
/// and opens its device if it is for one.
vitrail_status chooseVariant(vitrail_context &context,
                             const vitrail_options &options);

/// As vitrail_runtime_run, for inputs and outputs in `memory`.
vitrail_status runEntry(const Program &program, vitrail_context *context,
                        int32_t entry, int64_t batch, const void *const *inputs,
                        void *const *outputs, vitrail_memory memory);

/// Checks what `run` and `profile` are called with, besides the context.
vitrail_status checkCall(const Program &program, vitrail_context &context,
                         int32_t entry, int64_t batch,
                         const void *const *inputs, void *const *outputs,
                         vitrail_memory memory);

/// Bytes of the dense tensor `buffer`, whose extents are those of `bound`.
uint64_t getSize(const Buffer &buffer, const halide_buffer_t &bound);

/// Runs a step on the processor.
vitrail_status runStep(vitrail_context &context, const Step &step,
                       void **arguments);

/// Calls the kernel of a step.
vitrail_status launchKernel(vitrail_context &context, const Step &step,
                            void **arguments);

/// Makes room for the program's states: zeros.
vitrail_status allocateStates(vitrail_context &context);
void freeStates(vitrail_context &context);

/// Bytes for one sample of the largest state that changes places.
int64_t getLargestState(const Program &program);

/// What is known of a step before it is timed; `arguments` are bound.
vitrail_step_time describeStep(const Step &step, void *const *arguments);

/// Reports that there is no room for `what`.
vitrail_status outOfMemory(vitrail_context &context, const char *what,
                           uint64_t bytes);

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_CONTEXT_H
