//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A list of devices in use.
//
//===----------------------------------------------------------------------===//

#include "DeviceShare.h"

#include <new>
#include <stdlib.h>

using namespace vitrail::runtime;

struct DeviceShare::Module {
  Module *next;
  const char *source;
  void *loaded;
};

namespace {
struct Lock {
  explicit Lock(DeviceShares &shares) : shares(shares) {
    pthread_mutex_lock(&shares.mutex);
  }
  ~Lock() { pthread_mutex_unlock(&shares.mutex); }
  DeviceShares &shares;
};
} // namespace

DeviceShare *DeviceShare::acquire(DeviceShares &shares, Device &device,
                                  const HostWeights &host) {
  Lock lock(shares);
  for (DeviceShare *share = shares.first; share; share = share->next)
    if (share->identity == device.getIdentity()) {
      ++share->users;
      return share;
    }
  void *memory = malloc(sizeof(DeviceShare));
  if (!memory)
    return nullptr;
  auto *share = new (memory) DeviceShare();
  share->identity = device.getIdentity();
  share->users = 1;
  uint64_t size = host.size + host.expandedSize;
  share->weights = device.allocate(size ? size : 1);
  share->weightsSize = host.size;
  auto upload = [&](uint64_t offset, const void *from, uint64_t bytes) {
    return bytes == 0 || device.copyIn(share->weights + offset, from, bytes);
  };
  bool isUploaded = share->weights && upload(0, host.weights, host.size) &&
                    upload(host.size, host.expanded, host.expandedSize) &&
                    device.synchronize();
  if (!isUploaded) {
    device.release(share->weights);
    free(share);
    return nullptr;
  }
  share->next = shares.first;
  shares.first = share;
  return share;
}

void DeviceShare::release(DeviceShares &shares, DeviceShare *share,
                          Device &device) {
  Lock lock(shares);
  if (--share->users != 0)
    return;
  while (Module *module = share->modules) {
    share->modules = module->next;
    device.unload(module->loaded);
    free(module);
  }
  device.release(share->weights);
  DeviceShare **place = &shares.first;
  while (*place != share)
    place = &(*place)->next;
  *place = share->next;
  free(share);
}

void *DeviceShare::getModule(DeviceShares &shares, Device &device,
                             const char *source, size_t size) {
  Lock lock(shares);
  for (Module *module = modules; module; module = module->next)
    if (module->source == source)
      return module->loaded;
  auto *module = static_cast<Module *>(malloc(sizeof(Module)));
  void *loaded =
      module ? device.load(source, size, /*hasImages=*/true) : nullptr;
  if (!loaded) {
    free(module);
    return nullptr;
  }
  *module = {modules, source, loaded};
  modules = module;
  return loaded;
}
