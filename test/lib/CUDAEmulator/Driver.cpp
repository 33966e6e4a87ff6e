//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver's interface, of which programs see what NVIDIA's has, too:
// devices, contexts, memory, streams, events and graphs. Kernels are in
// Launches.cpp.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <cstdio>
#include <cstdlib>

using namespace vitrail::emulator;

#define EXPORT extern "C" __attribute__((visibility("default")))

/// CUdeviceptr.
using DeviceAddress = unsigned long long;

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

static long readVariable(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? strtol(text, nullptr, 10) : otherwise;
}

Driver::Driver() {
  capability =
      static_cast<int>(readVariable("VITRAIL_EMULATOR_CAPABILITY", capability));
  numDevices =
      static_cast<int>(readVariable("VITRAIL_EMULATOR_DEVICES", numDevices));
  auto now = std::chrono::system_clock::now().time_since_epoch().count();
  firstSeed = readVariable("VITRAIL_EMULATOR_SEED", now % 1000000);
  seed = firstSeed * 1000003;
}

/// It is never destroyed: threads of the process may outlive it.
Driver &Driver::get() {
  static Driver *driver = new Driver();
  return *driver;
}

void Driver::report(const Fault &fault) const {
  fprintf(stderr, "PTX emulator: %s (VITRAIL_EMULATOR_SEED=%llu)\n",
          fault.what(), static_cast<unsigned long long>(firstSeed));
}

Stream *Driver::findStream(void *handle) {
  if (!handle)
    return &defaultStream;
  auto found = streams.find(static_cast<Stream *>(handle));
  return found == streams.end() ? nullptr : *found;
}

Stream *Driver::createStream() { return *streams.insert(new Stream()).first; }

bool Driver::destroyStream(Stream *stream) {
  if (!streams.erase(stream))
    return false;
  delete stream;
  return true;
}

Result Driver::finish(Stream &stream) {
  if (stream.isCapturing)
    return Result::CaptureUnsupported;
  emulator::finish(stream, memory, seed);
  return Result::Success;
}

void Driver::finishAll() {
  for (Stream *stream : streams)
    if (!stream->isCapturing)
      finish(*stream);
  finish(defaultStream);
}

const char *vitrail::emulator::describe(Result result) {
  switch (result) {
  case Result::Success:
    return "no error";
  case Result::InvalidValue:
    return "invalid argument";
  case Result::OutOfMemory:
    return "out of memory";
  case Result::NoDevice:
    return "no CUDA-capable device is detected";
  case Result::InvalidDevice:
    return "invalid device ordinal";
  case Result::NoBinaryForGPU:
    return "no kernel image is available for execution on the device";
  case Result::InvalidPTX:
    return "a PTX JIT compilation failed";
  case Result::InvalidHandle:
    return "invalid resource handle";
  case Result::NotFound:
    return "named symbol not found";
  case Result::IllegalAddress:
    return "an illegal memory access was encountered";
  case Result::MisalignedAddress:
    return "misaligned address";
  case Result::LaunchFailed:
    return "unspecified launch failure";
  case Result::CaptureUnsupported:
    return "operation not permitted when stream is capturing";
  }
  return "unknown error";
}

//===----------------------------------------------------------------------===//
// Devices and contexts
//===----------------------------------------------------------------------===//

static int getResult(Result result) { return static_cast<int>(result); }

EXPORT int cuInit(unsigned) {
  int capability = Driver::get().getCapability();
  return getResult(capability == 80 || capability == 90 ? Result::Success
                                                        : Result::NoDevice);
}

EXPORT int cuDriverGetVersion(int *version) {
  *version = 12080;
  return 0;
}

EXPORT int cuGetErrorString(int result, const char **text) {
  *text = describe(static_cast<Result>(result));
  return 0;
}

EXPORT int cuDeviceGetCount(int *count) {
  *count = Driver::get().countDevices();
  return 0;
}

EXPORT int cuDeviceGet(int *device, int index) {
  if (index < 0 || index >= Driver::get().countDevices())
    return getResult(Result::InvalidDevice);
  *device = index;
  return 0;
}

EXPORT int cuDeviceGetName(char *name, int length, int) {
  snprintf(name, length, "PTX emulator");
  return 0;
}

EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
  // Of an A100 and an H200.
  int capability = Driver::get().getCapability();
  constexpr int multiprocessors = 16, major = 75, minor = 76;
  if (attribute == multiprocessors)
    *value = capability == 80 ? 108 : 132;
  else if (attribute == major)
    *value = capability / 10;
  else if (attribute == minor)
    *value = capability % 10;
  else
    return getResult(Result::InvalidValue);
  return 0;
}

// A context is no more than the device's number.
EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = reinterpret_cast<void *>(static_cast<intptr_t>(device) + 1);
  return 0;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
EXPORT int cuCtxSetCurrent(void *) { return 0; }
EXPORT int cuCtxPushCurrent_v2(void *) { return 0; }

EXPORT int cuCtxPopCurrent_v2(void **context) {
  *context = nullptr;
  return 0;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

EXPORT int cuMemAlloc_v2(DeviceAddress *address, size_t bytes) {
  return Driver::get().call([&] {
    if (bytes == 0)
      return Result::InvalidValue;
    *address = Driver::get().getMemory().allocate(bytes);
    return *address ? Result::Success : Result::OutOfMemory;
  });
}

/// What still uses it is done first.
EXPORT int cuMemFree_v2(DeviceAddress address) {
  return Driver::get().call([&] {
    Driver::get().finishAll();
    bool isDone = Driver::get().getMemory().release(address);
    return isDone ? Result::Success : Result::InvalidValue;
  });
}

/// Adds what is done with some of the device's memory.
static int addAccess(void *handle, DeviceAddress address, size_t bytes,
                     std::function<void()> access) {
  Driver &driver = Driver::get();
  return driver.call([&] {
    Stream *stream = driver.findStream(handle);
    if (!stream)
      return Result::InvalidHandle;
    if (!driver.getMemory().contains(address, bytes))
      return Result::InvalidValue;
    driver.add(*stream, std::move(access));
    return Result::Success;
  });
}

static bool isCapturing(void *handle) {
  Stream *stream = Driver::get().findStream(handle);
  return stream && stream->isCapturing;
}

/// The host's memory may change at once, unless it is recorded that it is read.
EXPORT int cuMemcpyHtoDAsync_v2(DeviceAddress to, const void *from,
                                size_t bytes, void *stream) {
  auto *target = reinterpret_cast<void *>(to);
  if (isCapturing(stream))
    return addAccess(stream, to, bytes, [=] { memcpy(target, from, bytes); });
  auto *begin = static_cast<const uint8_t *>(from);
  std::vector<uint8_t> now(begin, begin + bytes);
  return addAccess(stream, to, bytes, [target, now = std::move(now)] {
    memcpy(target, now.data(), now.size());
  });
}

EXPORT int cuMemcpyDtoHAsync_v2(void *to, DeviceAddress from, size_t bytes,
                                void *stream) {
  auto *source = reinterpret_cast<const void *>(from);
  return addAccess(stream, from, bytes, [=] { memcpy(to, source, bytes); });
}

EXPORT int cuMemcpyDtoDAsync_v2(DeviceAddress to, DeviceAddress from,
                                size_t bytes, void *stream) {
  if (!Driver::get().getMemory().contains(from, bytes))
    return getResult(Result::InvalidValue);
  auto *target = reinterpret_cast<void *>(to);
  auto *source = reinterpret_cast<const void *>(from);
  return addAccess(stream, to, bytes, [=] { memmove(target, source, bytes); });
}

EXPORT int cuMemsetD8Async(DeviceAddress to, unsigned char value, size_t bytes,
                           void *stream) {
  auto *target = reinterpret_cast<void *>(to);
  return addAccess(stream, to, bytes, [=] { memset(target, value, bytes); });
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

EXPORT int cuStreamCreate(void **stream, unsigned) {
  return Driver::get().call([&] {
    *stream = Driver::get().createStream();
    return Result::Success;
  });
}

/// Calls what is done with a stream.
template <typename Work> static int callStream(void *handle, Work work) {
  return Driver::get().call([&] {
    Stream *stream = Driver::get().findStream(handle);
    return stream ? work(*stream) : Result::InvalidHandle;
  });
}

EXPORT int cuStreamDestroy_v2(void *handle) {
  return callStream(handle, [](Stream &stream) {
    Driver::get().finish(stream);
    bool isDone = Driver::get().destroyStream(&stream);
    return isDone ? Result::Success : Result::InvalidHandle;
  });
}

EXPORT int cuStreamSynchronize(void *handle) {
  return callStream(
      handle, [](Stream &stream) { return Driver::get().finish(stream); });
}

EXPORT int cuEventCreate(void **event, unsigned) {
  *event = new Event();
  return 0;
}

EXPORT int cuEventDestroy_v2(void *event) {
  return Driver::get().call([&] {
    Driver::get().finishAll();
    delete static_cast<Event *>(event);
    return Result::Success;
  });
}

EXPORT int cuEventRecord(void *handle, void *streamHandle) {
  return callStream(streamHandle, [&](Stream &stream) {
    auto *event = static_cast<Event *>(handle);
    Driver::get().add(stream, [event] {
      event->isRecorded = true;
      event->time = std::chrono::steady_clock::now();
    });
    return Result::Success;
  });
}

EXPORT int cuEventSynchronize(void *) {
  return Driver::get().call([] {
    Driver::get().finishAll();
    return Result::Success;
  });
}

EXPORT int cuEventElapsedTime(float *milliseconds, void *first, void *second) {
  auto *begin = static_cast<Event *>(first),
       *end = static_cast<Event *>(second);
  if (!begin->isRecorded || !end->isRecorded)
    return getResult(Result::InvalidHandle);
  *milliseconds =
      std::chrono::duration<float, std::milli>(end->time - begin->time).count();
  return 0;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

EXPORT int cuStreamBeginCapture_v2(void *handle, int) {
  return callStream(handle, [&](Stream &stream) {
    if (!handle || stream.isCapturing)
      return Result::CaptureUnsupported;
    Driver::get().finish(stream);
    stream.isCapturing = true;
    return Result::Success;
  });
}

EXPORT int cuStreamEndCapture(void *handle, void **graph) {
  return callStream(handle, [&](Stream &stream) {
    if (!stream.isCapturing)
      return Result::InvalidValue;
    stream.isCapturing = false;
    *graph = new Graph{std::move(stream.pending)};
    stream.pending.clear();
    return Result::Success;
  });
}

EXPORT int cuGraphInstantiateWithFlags(void **executable, void *graph,
                                       unsigned long long) {
  *executable = new Graph(*static_cast<Graph *>(graph));
  return 0;
}

EXPORT int cuGraphLaunch(void *executable, void *handle) {
  return callStream(handle, [&](Stream &stream) {
    for (const Operation &operation :
         static_cast<Graph *>(executable)->operations)
      Driver::get().add(stream, operation);
    return Result::Success;
  });
}

EXPORT int cuGraphDestroy(void *graph) {
  delete static_cast<Graph *>(graph);
  return 0;
}

EXPORT int cuGraphExecDestroy(void *executable) {
  delete static_cast<Graph *>(executable);
  return 0;
}
