//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arguments of a context's kernels. All are laid out when the context is
// made; a run only fills in addresses, and extents when the batch is another
// than the time before.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_ARGUMENTS_H
#define VITRAIL_LIB_RUNTIME_ARGUMENTS_H

#include "Device.h"
#include "vitrail/Runtime/Program.h"

#include <HalideRuntime.h>

namespace vitrail::runtime {

/// Where a run finds its tensors.
struct Bindings {
  const void *const *inputs;
  void *const *outputs;
  char *arena;
  const char *weights;
  const char *expanded;
  char *states;
  int64_t maxBatch; ///< That the states have room for.
  int64_t batch;
  bool isOnDevice; ///< Whether these are addresses in a device's memory.
};

/// The address of `buffer` in a run.
char *getAddress(const Buffer &buffer, const Bindings &bindings);

/// An extent or stride of the table for this batch.
inline int64_t resolve(int64_t value, int64_t batch) {
  return value < 0 ? -value * batch : value;
}

/// The `halide_buffer_t`s of one entry's steps, and the lists of arguments that
/// kernels are called with.
class Arguments {
public:
  /// Lays out the arguments of `entry`; kernels get `userContext`, and numbers
  /// of 16 bits as `driver` has them, that of the device that runs them or
  /// null. Returns whether there was memory enough. Nothing here may move
  /// afterwards.
  bool create(const Entry &entry, void *userContext,
              const DeviceDriver *driver);
  void destroy();

  /// Prepares all steps for a run.
  void bind(const Entry &entry, const Bindings &bindings);

  /// The arguments of a step, the numbers of whose buffers start at
  /// `firstBuffer` within the entry.
  void **get(int64_t step, int64_t firstBuffer) {
    return arguments + step + firstBuffer;
  }

private:
  void setExtents(const Entry &entry, int64_t batch);

  void *memory = nullptr;
  halide_buffer_t *buffers = nullptr;
  void **arguments = nullptr;
  void *userContext = nullptr;
  int64_t lastBatch = 0;
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_ARGUMENTS_H
