//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a context has on its device: arena, states, and room for inputs and
// outputs that come from the host.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_DEVICECONTEXT_H
#define VITRAIL_LIB_RUNTIME_DEVICECONTEXT_H

#include "DeviceShare.h"

#include <HalideRuntime.h>

namespace vitrail::runtime {

class DeviceContext {
public:
  /// Opens a device of `driver`.
  vitrail_status open(const DeviceDriver &driver, const DeviceRequest &request,
                      Message &message);
  void close();
  bool isOpen() const { return device != nullptr; }

  /// Takes what `context` needs, whose weights are on the host.
  vitrail_status allocate(vitrail_context &context,
                          const vitrail_options &options);

  /// Runs an entry; the arguments were checked. `memory` is where inputs and
  /// outputs are.
  vitrail_status run(vitrail_context &context, int32_t entry, int64_t batch,
                     const void *const *inputs, void *const *outputs,
                     vitrail_memory memory);

  /// As vitrail_runtime_profile, on inputs and outputs where this context's
  /// are.
  vitrail_status profile(vitrail_context &context, int32_t entry, int64_t batch,
                         const void *const *inputs, void *const *outputs,
                         vitrail_profile &profile);

  vitrail_status resetStates(const vitrail_context &context);
  /// As vitrail_runtime_reorder, from sample `first` on.
  vitrail_status reorderStates(const vitrail_context &context, int64_t first,
                               int64_t count, const int64_t *parents);

  void describe(vitrail_device_info &info) const;
  vitrail_memory getMemory() const { return memory; }

  // What kernels need while they run.
  /// Memory for funcs between the loops of one kernel.
  char *takeBlock(uint64_t bytes);
  void returnBlock(char *address);
  /// Makes the kernels of `source` those that are launched.
  bool select(const char *source, size_t size);
  int getCapability() const { return device->getCapability(); }
  int countMultiprocessors() const { return device->countMultiprocessors(); }
  bool makeTensorMap(const TensorBoxes &boxes, TensorMap &map) {
    return device->makeTensorMap(boxes, map);
  }
  bool launch(const char *name, const Grid &grid,
              const KernelArgument *arguments, int count) {
    return device->launch(module, name, grid, arguments, count);
  }

private:
  struct Block;
  /// The last run of an entry, and its recording once it has come again.
  struct LastRun {
    int64_t batch;
    const void **pointers;
    bool isUnrecordable;
    Recording *recording;
  };

  uint64_t getStagingSize(const vitrail_context &context) const;
  bool allocateLastRuns(const vitrail_context &context);
  bool stage(vitrail_context &context, int32_t entry, int64_t batch,
             const void *const *inputs);
  bool collect(const vitrail_context &context, int32_t entry, int64_t batch,
               void *const *outputs);
  bool takeAddresses(vitrail_context &context, int32_t entry, int64_t batch,
                     const void *const *inputs, void *const *outputs,
                     vitrail_memory where);
  vitrail_status work(vitrail_context &context, int32_t entry, int64_t batch);
  template <typename Work> double timeOne(Work work);
  double timeStep(vitrail_context &context, const Step &step, void **list);
  double timeRun(vitrail_context &context, int32_t entry, int64_t batch);
  void measurePeaks(int32_t entry, vitrail_profile &profile);
  vitrail_status runStep(vitrail_context &context, const Step &step,
                         void **list);
  vitrail_status runSteps(vitrail_context &context, int32_t entry);
  vitrail_status finish(vitrail_status status);

  const DeviceDriver *driver = nullptr;
  Device *device = nullptr;
  int32_t index = 0;
  Message *message = nullptr;
  DeviceShare *share = nullptr;
  vitrail_memory memory = VITRAIL_HOST_MEMORY;
  bool isTimed = false;
  double seconds = 0;

  char *arena = nullptr, *states = nullptr, *reordered = nullptr;
  char *staging = nullptr;
  /// Addresses of the inputs, then of the outputs, of the run at hand.
  const void **addresses = nullptr;
  LastRun *lastRuns = nullptr; ///< One for each entry.
  int32_t numEntries = 0;
  Block *blocks = nullptr;
  void *module = nullptr; ///< The kernels that are launched.
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_DEVICECONTEXT_H
