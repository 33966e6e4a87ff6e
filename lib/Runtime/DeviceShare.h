//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the contexts of a library have in common on one device: the weights, and
// the kernels that were loaded. They and the drivers' are the only variables of
// a library outside of its contexts.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_DEVICESHARE_H
#define VITRAIL_LIB_RUNTIME_DEVICESHARE_H

#include "Device.h"

namespace vitrail::runtime {

/// The weights in the host's memory, and the constants that are made of them.
struct HostWeights {
  const void *weights;
  uint64_t size; ///< A multiple of 64.
  const void *expanded;
  uint64_t expandedSize;
};

class DeviceShare {
public:
  /// The share of the device, made with its first user; the weights are
  /// uploaded then. Null, and reported to the device's message, if that fails.
  static DeviceShare *acquire(DeviceShares &shares, Device &device,
                              const HostWeights &host);
  /// Ends a use; the last one gives back what is on the device.
  static void release(DeviceShares &shares, DeviceShare *share, Device &device);

  const char *getWeights() const { return weights; }
  /// The constants that are made of them lie behind them.
  const char *getExpandedWeights() const { return weights + weightsSize; }

  /// The kernels of a source, loaded at its first use; null if that fails.
  void *getModule(DeviceShares &shares, Device &device, const char *source,
                  size_t size);

private:
  struct Module;

  DeviceShare *next = nullptr;
  const void *identity = nullptr;
  int64_t users = 0;
  char *weights = nullptr;
  uint64_t weightsSize = 0;
  Module *modules = nullptr;
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_DEVICESHARE_H
