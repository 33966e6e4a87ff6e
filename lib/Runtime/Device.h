//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A GPU, or another device with memory of its own, as the runtime sees it: its
// memory, one stream of work in order, and kernels by name. One file for each
// driver implements it; drivers are loaded when a context asks for them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_DEVICE_H
#define VITRAIL_LIB_RUNTIME_DEVICE_H

#include "Message.h"
#include "vitrail/Runtime/Program.h"

#include <pthread.h>
#include <stddef.h>

namespace vitrail::runtime {

/// What a context asks of a driver.
struct DeviceRequest {
  int32_t index;  ///< From 0.
  bool isAnyKind; ///< Whether devices other than GPUs count.
  void *stream;   ///< The caller's; null: one is made.
};

/// Blocks, threads of a block, and shared memory of a launch.
struct Grid {
  int blocks[3];
  int threads[3];
  int sharedBytes;
  /// Whether the kernel waits by itself for the one before it, so that it may
  /// begin while that runs.
  bool canStartEarly;

  int64_t countBlocks() const {
    return int64_t(blocks[0]) * blocks[1] * blocks[2];
  }
};

/// An argument of a kernel: an address in the device's memory, or a value.
struct KernelArgument {
  const void *value; ///< Of the address or the value.
  size_t size;
  bool isAddress;
};

/// A tensor of elements of one, two or four bytes, in row-major order, and the
/// boxes of it that a kernel copies; what of a box is beyond the tensor is
/// zeros.
/// Dimensions: innermost first.
struct TensorBoxes {
  static constexpr int mostDimensions = 5;
  const void *address; ///< In the device's memory.
  int elementBytes;
  int rank;
  uint64_t extents[mostDimensions];
  uint32_t box[mostDimensions]; ///< Rows of 32, 64 or 128 bytes, swizzled.
};

/// What a kernel takes to copy boxes, as CUDA's driver makes it.
struct alignas(64) TensorMap {
  char bytes[128];
};

/// Work that was recorded, to be done again.
struct Recording;

/// One stream of one device. What fails is reported to the message, and false
/// or null. All calls come from one thread at a time; calls of different
/// objects may come from several.
class Device {
public:
  /// Makes the device ready; `close` is needed either way.
  virtual vitrail_status open(const DeviceRequest &request,
                              Message &message) = 0;
  /// Gives everything back, this object as well.
  virtual void close() = 0;

  virtual const char *getName() const = 0;
  /// CUDA's compute capability: ten times the major number plus the minor; 0
  /// where there is none.
  virtual int getCapability() const { return 0; }
  /// Of a GPU of CUDA; 0 elsewhere.
  virtual int countMultiprocessors() const { return 0; }
  /// The same for all objects of one physical device.
  virtual const void *getIdentity() const = 0;

  /// Surround everything else, on the calling thread.
  virtual void enter() {}
  virtual void leave() {}

  /// Memory, aligned to 256 bytes.
  virtual char *allocate(uint64_t bytes) = 0;
  virtual void release(char *address) = 0;

  // In the stream, in order.
  virtual bool copyIn(char *to, const void *from, uint64_t bytes) = 0;
  virtual bool copyOut(void *to, const char *from, uint64_t bytes) = 0;
  virtual bool copy(char *to, const char *from, uint64_t bytes) = 0;
  virtual bool clear(char *to, uint64_t bytes) = 0;
  virtual bool synchronize() = 0;

  /// Loads kernels from a kernel object's `source`, for all objects of this
  /// device; `unload` ends that. `hasImages`: CUDA's may be followed by some
  /// (KernelImages.h).
  virtual void *load(const char *source, size_t size, bool hasImages) = 0;
  virtual void unload(void *module) = 0;
  virtual bool launch(void *module, const char *name, const Grid &grid,
                      const KernelArgument *arguments, int count) = 0;

  /// Makes an argument of launches. Of CUDA alone.
  virtual bool makeTensorMap(const TensorBoxes &, TensorMap &) { return false; }

  /// The source of two kernels, as `load` takes it: "vitrail_nothing", and
  /// "vitrail_multiply_add", each of whose threads does `multiplyAdds` in each
  /// of the passes that its second argument counts, and writes a number to
  /// where its first points.
  virtual const char *getPeakKernels() const = 0;
  static constexpr int multiplyAdds = 32;

  /// Marks the beginning or the end of what `measure` gives in seconds.
  virtual bool mark(bool isEnd) = 0;
  virtual double measure() = 0;

  /// Records the work from here to the next call, instead of doing it; where
  /// that is not possible, false, and nothing is reported.
  virtual bool beginRecording() { return false; }
  virtual Recording *endRecording() { return nullptr; }
  virtual bool replay(Recording *) { return false; }
  virtual void forget(Recording *) {}
};

/// The device is the calling thread's while this lives.
struct Entered {
  explicit Entered(Device &device) : device(device) { device.enter(); }
  ~Entered() { device.leave(); }
  Device &device;
};

class DeviceShare;

/// What contexts share of a driver's devices (DeviceShare.h). With the driver,
/// so that libraries without one have no variables.
struct DeviceShares {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  DeviceShare *first = nullptr;
};

struct DeviceDriver {
  const char *name; ///< As in the options: "cuda".
  int32_t type;     ///< DLPack's.
  /// Whether its kernels take f16 as its bits, integers; all take bf16 so.
  bool hasF16Bits;
  DeviceShares *shares;
  /// A device that is not open; null if memory is exhausted.
  Device *(*create)();
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_DEVICE_H
