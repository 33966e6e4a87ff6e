//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// OpenCL, by the loader libOpenCL.so.1. Memory is shared virtual memory, so
// that a tensor's place is an address, as it is on other devices; every
// version 2.0 has it, and most of version 3.0.
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include <dlfcn.h>
#include <new>
#include <stdlib.h>
#include <string.h>
#include <time.h>

using namespace vitrail::runtime;

namespace {

// As in Khronos' cl.h: results are 0 for success, handles pointers to opaque
// structures.
using Handle = void *;
using Bits = uint64_t;

/// The functions that are needed: each of these lines is the name here, the
/// name there, the result, and the arguments.
#define FUNCTIONS(F)                                                           \
  F(getPlatforms, "clGetPlatformIDs", int, (unsigned, Handle *, unsigned *))   \
  F(getDevices, "clGetDeviceIDs", int,                                         \
    (Handle, Bits, unsigned, Handle *, unsigned *))                            \
  F(getDeviceInfo, "clGetDeviceInfo", int,                                     \
    (Handle, unsigned, size_t, void *, size_t *))                              \
  F(createContext, "clCreateContext", Handle,                                  \
    (const intptr_t *, unsigned, const Handle *, void *, void *, int *))       \
  F(releaseContext, "clReleaseContext", int, (Handle))                         \
  F(retainContext, "clRetainContext", int, (Handle))                           \
  F(createQueue, "clCreateCommandQueueWithProperties", Handle,                 \
    (Handle, Handle, const Bits *, int *))                                     \
  F(retainQueue, "clRetainCommandQueue", int, (Handle))                        \
  F(releaseQueue, "clReleaseCommandQueue", int, (Handle))                      \
  F(getQueueInfo, "clGetCommandQueueInfo", int,                                \
    (Handle, unsigned, size_t, void *, size_t *))                              \
  F(finish, "clFinish", int, (Handle))                                         \
  F(allocateMemory, "clSVMAlloc", void *, (Handle, Bits, size_t, unsigned))    \
  F(freeMemory, "clSVMFree", void, (Handle, void *))                           \
  F(copyMemory, "clEnqueueSVMMemcpy", int,                                     \
    (Handle, unsigned, void *, const void *, size_t, unsigned, const Handle *, \
     Handle *))                                                                \
  F(fillMemory, "clEnqueueSVMMemFill", int,                                    \
    (Handle, void *, const void *, size_t, size_t, unsigned, const Handle *,   \
     Handle *))                                                                \
  F(createProgram, "clCreateProgramWithSource", Handle,                        \
    (Handle, unsigned, const char **, const size_t *, int *))                  \
  F(buildProgram, "clBuildProgram", int,                                       \
    (Handle, unsigned, const Handle *, const char *, void *, void *))          \
  F(getBuildInfo, "clGetProgramBuildInfo", int,                                \
    (Handle, Handle, unsigned, size_t, void *, size_t *))                      \
  F(releaseProgram, "clReleaseProgram", int, (Handle))                         \
  F(createKernel, "clCreateKernel", Handle, (Handle, const char *, int *))     \
  F(releaseKernel, "clReleaseKernel", int, (Handle))                           \
  F(setArgument, "clSetKernelArg", int,                                        \
    (Handle, unsigned, size_t, const void *))                                  \
  F(setAddress, "clSetKernelArgSVMPointer", int,                               \
    (Handle, unsigned, const void *))                                          \
  F(launchKernel, "clEnqueueNDRangeKernel", int,                               \
    (Handle, Handle, unsigned, const size_t *, const size_t *, const size_t *, \
     unsigned, const Handle *, Handle *))

struct Functions {
#define DECLARE(name, symbol, result, arguments) result(*name) arguments;
  FUNCTIONS(DECLARE)
#undef DECLARE
};

// Of the interface's numbers.
constexpr Bits deviceTypeGPU = 1 << 2, deviceTypeAll = 0xFFFFFFFF;
constexpr unsigned deviceName = 0x102B, deviceSVMCapabilities = 0x1053;
constexpr unsigned queueContext = 0x1090, programBuildLog = 0x1183;
constexpr Bits coarseGrainBuffers = 1;

/// What the objects of one device share: memory belongs to a context.
struct SharedContext {
  SharedContext *next;
  Handle device, context;
  int64_t users;
};

class OpenCLDevice final : public Device {
public:
  vitrail_status open(const DeviceRequest &request, Message &message) override;
  void close() override;
  const char *getName() const override { return name; }
  const void *getIdentity() const override { return context; }

  char *allocate(uint64_t bytes) override {
    constexpr unsigned alignment = 128; // all that there must be
    void *memory =
        cl.allocateMemory(context, /*read and write*/ 1, bytes, alignment);
    if (!memory)
      message->report("clSVMAlloc gave nothing for %llu bytes",
                      static_cast<unsigned long long>(bytes));
    return static_cast<char *>(memory);
  }
  void release(char *address) override {
    if (address)
      cl.freeMemory(context, address);
  }
  bool copyIn(char *to, const void *from, uint64_t bytes) override {
    return move(to, from, bytes);
  }
  bool copyOut(void *to, const char *from, uint64_t bytes) override {
    return move(to, from, bytes);
  }
  bool copy(char *to, const char *from, uint64_t bytes) override {
    return move(to, from, bytes);
  }
  bool clear(char *to, uint64_t bytes) override {
    const char zero = 0;
    return check(cl.fillMemory(queue, to, &zero, 1, bytes, 0, nullptr, nullptr),
                 "clEnqueueSVMMemFill");
  }
  bool synchronize() override { return check(cl.finish(queue), "clFinish"); }

  void *load(const char *source, size_t size, bool hasImages) override;
  void unload(void *module) override { cl.releaseProgram(module); }
  bool launch(void *module, const char *name, const Grid &grid,
              const KernelArgument *arguments, int count) override;

  const char *getPeakKernels() const override;
  bool mark(bool isEnd) override;
  double measure() override { return times[1] - times[0]; }

private:
  /// A kernel has the arguments of its next launch: each object has its own.
  struct Kernel {
    Kernel *next;
    const void *module;
    const char *name;
    Handle kernel;
  };

  bool loadLibrary();
  bool findDevice(int32_t index, bool isAnyKind);
  bool openContext();
  bool openQueue(Handle given);
  Handle getKernel(void *module, const char *name);
  bool move(void *to, const void *from, uint64_t bytes) {
    return check(cl.copyMemory(queue, 0, to, from, bytes, 0, nullptr, nullptr),
                 "clEnqueueSVMMemcpy");
  }
  bool check(int result, const char *what) {
    if (result != 0)
      message->report("%s failed: %d", what, result);
    return result == 0;
  }

  Functions cl = {};
  Message *message = nullptr;
  Handle device = nullptr, context = nullptr, queue = nullptr;
  Kernel *kernels = nullptr;
  double times[2] = {};
  char name[128] = "";
};

} // namespace

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static SharedContext *contexts = nullptr;

//===----------------------------------------------------------------------===//
// Life
//===----------------------------------------------------------------------===//

bool OpenCLDevice::loadLibrary() {
  void *library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    message->report("no OpenCL: %s", dlerror());
    return false;
  }
#define LOAD(name, symbol, result, arguments)                                  \
  cl.name = reinterpret_cast<result(*) arguments>(dlsym(library, symbol));     \
  if (!cl.name) {                                                              \
    message->report("OpenCL is too old: it lacks %s", symbol);                 \
    return false;                                                              \
  }
  FUNCTIONS(LOAD)
#undef LOAD
  return true;
}

/// Counts devices through all platforms.
bool OpenCLDevice::findDevice(int32_t index, bool isAnyKind) {
  constexpr unsigned most = 16;
  Handle platforms[most], devices[most];
  unsigned numPlatforms = 0;
  // No platform is an error of its own to some loaders.
  if (cl.getPlatforms(most, platforms, &numPlatforms) != 0)
    numPlatforms = 0;
  int32_t first = 0;
  for (unsigned i = 0; i < numPlatforms && i < most && !device; ++i) {
    unsigned count = 0;
    Bits type = isAnyKind ? deviceTypeAll : deviceTypeGPU;
    if (cl.getDevices(platforms[i], type, most, devices, &count) != 0)
      continue;
    count = count < most ? count : most;
    if (index - first < int32_t(count))
      device = devices[index - first];
    first += int32_t(count);
  }
  if (!device) {
    message->report("there is no %s opencl:%d; there are %d",
                    isAnyKind ? "device" : "GPU", index, first);
    return false;
  }
  cl.getDeviceInfo(device, deviceName, sizeof(name), name, nullptr);
  name[sizeof(name) - 1] = '\0';
  Bits capabilities = 0;
  if (cl.getDeviceInfo(device, deviceSVMCapabilities, sizeof(capabilities),
                       &capabilities, nullptr) == 0 &&
      capabilities & coarseGrainBuffers)
    return true;
  message->report("device opencl:%d, %s, has no shared virtual memory", index,
                  name);
  return false;
}

/// The context of all objects of this device.
bool OpenCLDevice::openContext() {
  for (SharedContext *shared = contexts; shared; shared = shared->next)
    if (shared->device == device) {
      ++shared->users;
      context = shared->context;
      return true;
    }
  auto *shared = static_cast<SharedContext *>(malloc(sizeof(SharedContext)));
  int result = 0;
  if (shared)
    context = cl.createContext(nullptr, 1, &device, nullptr, nullptr, &result);
  if (!context) {
    message->report("clCreateContext failed: %d", result);
    free(shared);
    return false;
  }
  *shared = {contexts, device, context, 1};
  contexts = shared;
  return true;
}

/// A caller's queue brings its context along.
bool OpenCLDevice::openQueue(Handle given) {
  int result = 0;
  if (!given) {
    queue = cl.createQueue(context, device, nullptr, &result);
    return queue || check(result, "clCreateCommandQueueWithProperties");
  }
  Handle itsContext = nullptr;
  if (!check(cl.getQueueInfo(given, queueContext, sizeof(itsContext),
                             &itsContext, nullptr),
             "clGetCommandQueueInfo"))
    return false;
  SharedContext *shared = contexts;
  while (shared->context != context)
    shared = shared->next;
  if (itsContext != context) {
    if (shared->users != 1) {
      message->report("the queue's context is not that of the library's other "
                      "contexts");
      return false;
    }
    cl.retainContext(itsContext);
    cl.releaseContext(context);
    context = shared->context = itsContext;
  }
  cl.retainQueue(given);
  queue = given;
  return true;
}

vitrail_status OpenCLDevice::open(const DeviceRequest &request,
                                  Message &messages) {
  message = &messages;
  if (!loadLibrary() || !findDevice(request.index, request.isAnyKind))
    return VITRAIL_NO_DEVICE;
  pthread_mutex_lock(&mutex);
  bool isDone = openContext() && openQueue(request.stream);
  pthread_mutex_unlock(&mutex);
  return isDone ? VITRAIL_OK : VITRAIL_DEVICE_ERROR;
}

void OpenCLDevice::close() {
  while (Kernel *kernel = kernels) {
    kernels = kernel->next;
    cl.releaseKernel(kernel->kernel);
    free(kernel);
  }
  if (queue)
    cl.releaseQueue(queue);
  pthread_mutex_lock(&mutex);
  for (SharedContext **place = &contexts; context && *place;
       place = &(*place)->next) {
    SharedContext *shared = *place;
    if (shared->context != context || --shared->users != 0)
      continue;
    *place = shared->next;
    cl.releaseContext(context);
    free(shared);
    break;
  }
  pthread_mutex_unlock(&mutex);
  free(this);
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

void *OpenCLDevice::load(const char *source, size_t size, bool) {
  // The size counts the zero at the end.
  size = strnlen(source, size);
  int result = 0;
  Handle program = cl.createProgram(context, 1, &source, &size, &result);
  if (!program) {
    check(result, "clCreateProgramWithSource");
    return nullptr;
  }
  result = cl.buildProgram(program, 1, &device, "", nullptr, nullptr);
  if (result == 0)
    return program;
  char log[512] = "";
  cl.getBuildInfo(program, device, programBuildLog, sizeof(log) - 1, log,
                  nullptr);
  message->report("clBuildProgram failed: %d: %s", result, log);
  cl.releaseProgram(program);
  return nullptr;
}

Handle OpenCLDevice::getKernel(void *module, const char *kernelName) {
  for (Kernel *kernel = kernels; kernel; kernel = kernel->next)
    if (kernel->module == module && kernel->name == kernelName)
      return kernel->kernel;
  auto *made = static_cast<Kernel *>(malloc(sizeof(Kernel)));
  int result = 0;
  Handle kernel = made ? cl.createKernel(module, kernelName, &result) : nullptr;
  if (!kernel) {
    message->report("clCreateKernel failed: %d", result);
    free(made);
    return nullptr;
  }
  *made = {kernels, module, kernelName, kernel};
  kernels = made;
  return kernel;
}

bool OpenCLDevice::launch(void *module, const char *kernelName,
                          const Grid &grid, const KernelArgument *arguments,
                          int count) {
  Handle kernel = getKernel(module, kernelName);
  if (!kernel)
    return false;
  for (int i = 0; i < count; ++i) {
    const KernelArgument &argument = arguments[i];
    int result =
        argument.isAddress
            ? cl.setAddress(kernel, i,
                            *static_cast<void *const *>(argument.value))
            : cl.setArgument(kernel, i, argument.size, argument.value);
    if (!check(result, "clSetKernelArg"))
      return false;
  }
  // The last argument is shared memory; some implementations refuse none.
  size_t shared = grid.sharedBytes > 0 ? grid.sharedBytes : 1;
  if (!check(cl.setArgument(kernel, count, shared, nullptr), "clSetKernelArg"))
    return false;
  size_t global[3], local[3];
  for (int dim = 0; dim < 3; ++dim) {
    local[dim] = grid.threads[dim];
    global[dim] = local[dim] * grid.blocks[dim];
  }
  return check(cl.launchKernel(queue, kernel, 3, nullptr, global, local, 0,
                               nullptr, nullptr),
               "clEnqueueNDRangeKernel");
}

/// Sums are vectors, for devices that have them. The last argument is the
/// shared memory that each launch gives.
const char *OpenCLDevice::getPeakKernels() const {
  return "__kernel void vitrail_nothing(__local char *shared) {}\n"
         "__kernel void vitrail_multiply_add(__global float *result, int "
         "passes,\n"
         "                                   __local char *shared) {\n"
         "  float8 x = get_local_id(0);\n"
         "  float8 a = x, b = x, c = x, d = x;\n"
         "  for (int i = 0; i < passes; ++i) {\n"
         "    a = fma(a, x, x); b = fma(b, x, x);\n"
         "    c = fma(c, x, x); d = fma(d, x, x);\n"
         "  }\n"
         "  a += b + c + d;\n"
         "  result[0] = a.s0 + a.s1 + a.s2 + a.s3 + a.s4 + a.s5 + a.s6 + "
         "a.s7;\n"
         "}\n";
}

/// By the host's clock, when all that is in the queue is done.
bool OpenCLDevice::mark(bool isEnd) {
  if (!synchronize())
    return false;
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  times[isEnd] = time.tv_sec + time.tv_nsec * 1e-9;
  return true;
}

static Device *createOpenCLDevice() {
  void *memory = malloc(sizeof(OpenCLDevice));
  return memory ? new (memory) OpenCLDevice() : nullptr;
}

static DeviceShares shares;

extern "C" const DeviceDriver vitrail_opencl_driver = {
    "opencl", /*kDLOpenCL*/ 4, /*hasF16Bits=*/true, &shares,
    createOpenCLDevice};
