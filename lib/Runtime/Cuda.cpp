//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NVIDIA's driver, by its own interface: libcuda.so.1, which comes with it. The
// kernels are machine code for the GPU at hand, if the library has such, else
// PTX, which the driver compiles when they are loaded.
//
//===----------------------------------------------------------------------===//

#include "Device.h"
#include "vitrail/Runtime/KernelImages.h"

#include <dlfcn.h>
#include <new>
#include <stdlib.h>
#include <string.h>

using namespace vitrail::runtime;

namespace {

// As in NVIDIA's cuda.h: results are 0 for success, handles pointers to opaque
// structures, except devices, which are numbers.
using Handle = void *;
using Address = unsigned long long;

/// CUlaunchAttribute, of a value that is a number.
struct LaunchAttribute {
  int id;
  char padding[4];
  union {
    int number;
    char bytes[64];
  };
};

/// CUlaunchConfig.
struct LaunchConfig {
  unsigned blocks[3], threads[3];
  unsigned sharedBytes;
  Handle stream;
  LaunchAttribute *attributes;
  unsigned numAttributes;
};

/// The functions of the driver that are needed, by their versions: each of
/// these lines is the name here, the name there, and the arguments.
#define FUNCTIONS(F)                                                           \
  F(init, "cuInit", (unsigned))                                                \
  F(getErrorString, "cuGetErrorString", (int, const char **))                  \
  F(getDeviceCount, "cuDeviceGetCount", (int *))                               \
  F(getDevice, "cuDeviceGet", (int *, int))                                    \
  F(getDeviceName, "cuDeviceGetName", (char *, int, int))                      \
  F(getAttribute, "cuDeviceGetAttribute", (int *, int, int))                   \
  F(retainContext, "cuDevicePrimaryCtxRetain", (Handle *, int))                \
  F(releaseContext, "cuDevicePrimaryCtxRelease_v2", (int))                     \
  F(pushContext, "cuCtxPushCurrent_v2", (Handle))                              \
  F(popContext, "cuCtxPopCurrent_v2", (Handle *))                              \
  F(createStream, "cuStreamCreate", (Handle *, unsigned))                      \
  F(destroyStream, "cuStreamDestroy_v2", (Handle))                             \
  F(synchronizeStream, "cuStreamSynchronize", (Handle))                        \
  F(allocateMemory, "cuMemAlloc_v2", (Address *, size_t))                      \
  F(freeMemory, "cuMemFree_v2", (Address))                                     \
  F(copyToDevice, "cuMemcpyHtoDAsync_v2",                                      \
    (Address, const void *, size_t, Handle))                                   \
  F(copyToHost, "cuMemcpyDtoHAsync_v2", (void *, Address, size_t, Handle))     \
  F(copyOnDevice, "cuMemcpyDtoDAsync_v2", (Address, Address, size_t, Handle))  \
  F(fillBytes, "cuMemsetD8Async", (Address, unsigned char, size_t, Handle))    \
  F(loadModule, "cuModuleLoadDataEx",                                          \
    (Handle *, const void *, unsigned, int *, void **))                        \
  F(unloadModule, "cuModuleUnload", (Handle))                                  \
  F(getFunction, "cuModuleGetFunction", (Handle *, Handle, const char *))      \
  F(setFunctionAttribute, "cuFuncSetAttribute", (Handle, int, int))            \
  F(launchKernel, "cuLaunchKernel",                                            \
    (Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,       \
     unsigned, Handle, void **, void **))                                      \
  F(createEvent, "cuEventCreate", (Handle *, unsigned))                        \
  F(destroyEvent, "cuEventDestroy_v2", (Handle))                               \
  F(recordEvent, "cuEventRecord", (Handle, Handle))                            \
  F(synchronizeEvent, "cuEventSynchronize", (Handle))                          \
  F(getElapsedTime, "cuEventElapsedTime", (float *, Handle, Handle))           \
  F(beginCapture, "cuStreamBeginCapture_v2", (Handle, int))                    \
  F(endCapture, "cuStreamEndCapture", (Handle, Handle *))                      \
  F(instantiateGraph, "cuGraphInstantiateWithFlags",                           \
    (Handle *, Handle, unsigned long long))                                    \
  F(launchGraph, "cuGraphLaunch", (Handle, Handle))                            \
  F(destroyGraph, "cuGraphDestroy", (Handle))                                  \
  F(destroyGraphExec, "cuGraphExecDestroy", (Handle))

/// cuTensorMapEncodeTiled, which drivers have since CUDA 12: needed only where
/// kernels take tensor maps.
using EncodeTensorMap = int (*)(void *map, int type, unsigned rank,
                                Address address, const uint64_t *extents,
                                const uint64_t *strides, const uint32_t *box,
                                const uint32_t *steps, int interleave,
                                int swizzle, int promotion, int fill);

struct Functions {
#define DECLARE(name, symbol, arguments) int(*name) arguments;
  FUNCTIONS(DECLARE)
#undef DECLARE
  /// Null where kernels do not overlap.
  int (*launchKernelEx)(const LaunchConfig *, Handle, void **, void **);
};

class CudaDevice final : public Device {
public:
  vitrail_status open(const DeviceRequest &request, Message &message) override;
  void close() override;
  const char *getName() const override { return name; }
  int getCapability() const override { return capability; }
  int countMultiprocessors() const override { return multiprocessors; }
  const void *getIdentity() const override { return context; }
  void enter() override {
    cuda.pushContext(context);
    isAfterKernel = false;
  }
  void leave() override {
    Handle popped;
    cuda.popContext(&popped);
  }

  char *allocate(uint64_t bytes) override {
    Address address = 0;
    bool isDone = check(cuda.allocateMemory(&address, bytes), "cuMemAlloc");
    return isDone ? reinterpret_cast<char *>(address) : nullptr;
  }
  void release(char *address) override {
    if (address)
      cuda.freeMemory(toAddress(address));
  }
  bool copyIn(char *to, const void *from, uint64_t bytes) override {
    isAfterKernel = false;
    return check(cuda.copyToDevice(toAddress(to), from, bytes, stream),
                 "cuMemcpyHtoDAsync");
  }
  bool copyOut(void *to, const char *from, uint64_t bytes) override {
    isAfterKernel = false;
    return check(cuda.copyToHost(to, toAddress(from), bytes, stream),
                 "cuMemcpyDtoHAsync");
  }
  bool copy(char *to, const char *from, uint64_t bytes) override {
    isAfterKernel = false;
    return check(
        cuda.copyOnDevice(toAddress(to), toAddress(from), bytes, stream),
        "cuMemcpyDtoDAsync");
  }
  bool clear(char *to, uint64_t bytes) override {
    isAfterKernel = false;
    return check(cuda.fillBytes(toAddress(to), 0, bytes, stream),
                 "cuMemsetD8Async");
  }
  bool synchronize() override {
    return check(cuda.synchronizeStream(stream), "cuStreamSynchronize");
  }

  void *load(const char *source, size_t size, bool hasImages) override;
  void unload(void *module) override { cuda.unloadModule(module); }
  bool launch(void *module, const char *name, const Grid &grid,
              const KernelArgument *arguments, int count) override;

  bool makeTensorMap(const TensorBoxes &boxes, TensorMap &map) override;

  const char *getPeakKernels() const override;
  bool mark(bool isEnd) override;
  double measure() override;

  bool beginRecording() override;
  Recording *endRecording() override;
  bool replay(Recording *recording) override {
    isAfterKernel = false;
    return check(cuda.launchGraph(recording, stream), "cuGraphLaunch");
  }
  void forget(Recording *recording) override {
    cuda.destroyGraphExec(recording);
  }

private:
  bool loadDriver();
  void loadOverlappingLaunches(void *library);
  bool findDevice(int32_t index);
  bool check(int result, const char *what);
  int launchEarly(Handle function, const Grid &grid, void **values);
  static Address toAddress(const char *address) {
    return reinterpret_cast<Address>(address);
  }

  Functions cuda = {};
  EncodeTensorMap encodeTensorMap = nullptr;
  Message *message = nullptr;
  int device = 0, capability = 0, multiprocessors = 0;
  Handle context = nullptr, stream = nullptr;
  bool ownsStream = false;
  /// Whether the last work in the stream is known to be a kernel of this
  /// library: what came before `enter` is not.
  bool isAfterKernel = false;
  Handle events[2] = {};
  char name[128] = "";
};

} // namespace

bool CudaDevice::check(int result, const char *what) {
  if (result == 0)
    return true;
  const char *text = nullptr;
  if (cuda.getErrorString(result, &text) != 0 || !text)
    text = "unknown error";
  message->report("%s: %s (%d)", what, text, result);
  return false;
}

//===----------------------------------------------------------------------===//
// Life
//===----------------------------------------------------------------------===//

/// The driver stays loaded: it does not bear to be unloaded.
bool CudaDevice::loadDriver() {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    message->report("no CUDA driver: %s", dlerror());
    return false;
  }
#define LOAD(name, symbol, arguments)                                          \
  cuda.name = reinterpret_cast<int(*) arguments>(dlsym(library, symbol));      \
  if (!cuda.name) {                                                            \
    message->report("the CUDA driver is too old: it lacks %s", symbol);        \
    return false;                                                              \
  }
  FUNCTIONS(LOAD)
#undef LOAD
  encodeTensorMap = reinterpret_cast<EncodeTensorMap>(
      dlsym(library, "cuTensorMapEncodeTiled"));
  if (!check(cuda.init(0), "cuInit"))
    return false;
  loadOverlappingLaunches(library);
  return true;
}

/// Older drivers do not record them.
void CudaDevice::loadOverlappingLaunches(void *library) {
  constexpr int leastVersion = 12030;
  auto getVersion =
      reinterpret_cast<int (*)(int *)>(dlsym(library, "cuDriverGetVersion"));
  int version = 0;
  const char *wanted = getenv("VITRAIL_OVERLAP");
  if ((wanted && strcmp(wanted, "0") == 0) || !getVersion ||
      getVersion(&version) != 0 || version < leastVersion)
    return;
  cuda.launchKernelEx = reinterpret_cast<decltype(cuda.launchKernelEx)>(
      dlsym(library, "cuLaunchKernelEx"));
}

bool CudaDevice::findDevice(int32_t index) {
  int count = 0;
  if (!check(cuda.getDeviceCount(&count), "cuDeviceGetCount"))
    return false;
  if (index >= count) {
    message->report("there is no device cuda:%d; there are %d", index, count);
    return false;
  }
  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR, and
  // CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT.
  constexpr int majorAttribute = 75, minorAttribute = 76, countAttribute = 16;
  constexpr int leastMajor = 8;
  int major = 0, minor = 0;
  if (!check(cuda.getDevice(&device, index), "cuDeviceGet") ||
      !check(cuda.getDeviceName(name, sizeof(name), device),
             "cuDeviceGetName") ||
      !check(cuda.getAttribute(&major, majorAttribute, device),
             "cuDeviceGetAttribute") ||
      !check(cuda.getAttribute(&minor, minorAttribute, device),
             "cuDeviceGetAttribute") ||
      !check(cuda.getAttribute(&multiprocessors, countAttribute, device),
             "cuDeviceGetAttribute"))
    return false;
  capability = 10 * major + minor;
  if (major >= leastMajor)
    return true;
  message->report("device cuda:%d, %s, has compute capability %d.%d; at least "
                  "%d.0 is needed",
                  index, name, major, minor, leastMajor);
  return false;
}

vitrail_status CudaDevice::open(const DeviceRequest &request,
                                Message &messages) {
  message = &messages;
  if (!loadDriver() || !findDevice(request.index))
    return VITRAIL_NO_DEVICE;
  if (!check(cuda.retainContext(&context, device), "cuDevicePrimaryCtxRetain"))
    return VITRAIL_DEVICE_ERROR;
  enter();
  stream = request.stream;
  ownsStream = !stream;
  constexpr unsigned nonBlocking = 1;
  bool isDone = true;
  if (ownsStream)
    isDone = check(cuda.createStream(&stream, nonBlocking), "cuStreamCreate");
  for (Handle &event : events)
    isDone = isDone && check(cuda.createEvent(&event, 0), "cuEventCreate");
  leave();
  return isDone ? VITRAIL_OK : VITRAIL_DEVICE_ERROR;
}

void CudaDevice::close() {
  if (context) {
    enter();
    for (Handle event : events)
      if (event)
        cuda.destroyEvent(event);
    if (ownsStream && stream)
      cuda.destroyStream(stream);
    leave();
    cuda.releaseContext(device);
  }
  free(this);
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

void *CudaDevice::load(const char *source, size_t, bool hasImages) {
  Handle module = nullptr;
  // A driver that is older than the image may still compile the text.
  if (const KernelImage *image =
          hasImages ? findKernelImage(source, capability) : nullptr)
    if (cuda.loadModule(&module, image + 1, 0, nullptr, nullptr) == 0)
      return module;
  // CU_JIT_ERROR_LOG_BUFFER, its size, and CU_JIT_MAX_REGISTERS: a
  // multiprocessor has 65536, and schedules have up to 384 threads in a block.
  char log[512] = "";
  int options[] = {5, 6, 0};
  constexpr uintptr_t mostRegisters = 168;
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log)),
                    reinterpret_cast<void *>(mostRegisters)};
  // The text ends with a zero. Kernels that state their threads leave it to the
  // driver how many registers these can have.
  bool hasThreads = strstr(source, ".reqntid") != nullptr;
  int result =
      cuda.loadModule(&module, source, hasThreads ? 2 : 3, options, values);
  if (!check(result, "cuModuleLoadDataEx")) {
    message->prepend("%.*s", static_cast<int>(sizeof(log)), log);
    return nullptr;
  }
  return module;
}

/// Launches a kernel that waits by itself for the one before it, which may
/// still run.
int CudaDevice::launchEarly(Handle function, const Grid &grid, void **values) {
  LaunchAttribute attribute = {};
  // CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION.
  attribute.id = 6;
  attribute.number = 1;
  LaunchConfig config = {};
  for (int dim = 0; dim < 3; ++dim) {
    config.blocks[dim] = grid.blocks[dim];
    config.threads[dim] = grid.threads[dim];
  }
  config.sharedBytes = grid.sharedBytes;
  config.stream = stream;
  config.attributes = &attribute;
  config.numAttributes = 1;
  return cuda.launchKernelEx(&config, function, values, nullptr);
}

/// What the first kernel of a run has waited for, all have: it waits for
/// whatever is in the stream, others for the kernel before them alone.
bool CudaDevice::launch(void *module, const char *kernel, const Grid &grid,
                        const KernelArgument *arguments, int count) {
  Handle function = nullptr;
  if (!check(cuda.getFunction(&function, module, kernel),
             "cuModuleGetFunction"))
    return false;
  // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, if that and what the
  // kernel has besides may be more than the 48 KiB that any kernel can have.
  constexpr int sharedAttribute = 8, sharedByDefault = 47 << 10;
  if (grid.sharedBytes > sharedByDefault &&
      !check(cuda.setFunctionAttribute(function, sharedAttribute,
                                       grid.sharedBytes),
             "cuFuncSetAttribute"))
    return false;
  constexpr int most = 256;
  void *values[most];
  for (int i = 0; i < count && i < most; ++i)
    values[i] = const_cast<void *>(arguments[i].value);
  // More blocks would be in the way of the kernel before them.
  bool isEarly = grid.canStartEarly && cuda.launchKernelEx && isAfterKernel &&
                 grid.countBlocks() < multiprocessors;
  isAfterKernel = true;
  if (isEarly)
    return check(launchEarly(function, grid, values), "cuLaunchKernelEx");
  return check(cuda.launchKernel(function, grid.blocks[0], grid.blocks[1],
                                 grid.blocks[2], grid.threads[0],
                                 grid.threads[1], grid.threads[2],
                                 grid.sharedBytes, stream, values, nullptr),
               "cuLaunchKernel");
}

bool CudaDevice::makeTensorMap(const TensorBoxes &boxes, TensorMap &map) {
  if (!encodeTensorMap) {
    message->report("the CUDA driver is too old: it lacks %s",
                    "cuTensorMapEncodeTiled");
    return false;
  }
  constexpr int most = TensorBoxes::mostDimensions;
  // In bytes, of all dimensions but the innermost.
  uint64_t strides[most], bytes = boxes.elementBytes;
  uint32_t steps[most];
  for (int dim = 0; dim < boxes.rank; ++dim) {
    bytes *= boxes.extents[dim];
    strides[dim] = bytes;
    steps[dim] = 1;
  }
  // CU_TENSOR_MAP_DATA_TYPE_UINT8 to _UINT32, _INTERLEAVE_NONE, _SWIZZLE_32B to
  // _128B, _L2_PROMOTION_L2_256B, and _FLOAT_OOB_FILL_NONE, which is zeros.
  constexpr int interleave = 0, promotion = 3, fill = 0;
  int type = boxes.elementBytes / 2;
  int rowBytes = boxes.elementBytes * static_cast<int>(boxes.box[0]);
  int swizzle = rowBytes == 32 ? 1 : rowBytes == 64 ? 2 : 3;
  return check(encodeTensorMap(&map, type, boxes.rank,
                               reinterpret_cast<Address>(boxes.address),
                               boxes.extents, strides, boxes.box, steps,
                               interleave, swizzle, promotion, fill),
               "cuTensorMapEncodeTiled");
}

/// Eight sums, so that none waits for itself.
const char *CudaDevice::getPeakKernels() const {
#define ADD(sum) "fma.rn.f32 " sum ", " sum ", %x, %x;\n"
#define ADD_EIGHT                                                              \
  ADD("%s0")                                                                   \
  ADD("%s1") ADD("%s2") ADD("%s3") ADD("%s4") ADD("%s5") ADD("%s6") ADD("%s7")
#define JOIN(sum) "add.f32 %x, %x, " sum ";\n"
  return ".version 7.0\n.target sm_80\n.address_size 64\n"
         ".visible .entry vitrail_nothing() { ret; }\n"
         ".visible .entry vitrail_multiply_add(\n"
         "    .param .u64 result, .param .u32 passes) {\n"
         ".reg .f32 %x, %s<8>;\n.reg .b32 %n, %t;\n.reg .b64 %a;\n"
         ".reg .pred %p;\n"
         "ld.param.u64 %a, [result];\nld.param.u32 %n, [passes];\n"
         "mov.u32 %t, %tid.x;\ncvt.rn.f32.u32 %x, %t;\n"
         "mov.f32 %s0, %x;\nmov.f32 %s1, %x;\nmov.f32 %s2, %x;\n"
         "mov.f32 %s3, %x;\nmov.f32 %s4, %x;\nmov.f32 %s5, %x;\n"
         "mov.f32 %s6, %x;\nmov.f32 %s7, %x;\n"
         "again:\n" ADD_EIGHT ADD_EIGHT ADD_EIGHT ADD_EIGHT
         "sub.u32 %n, %n, 1;\nsetp.ne.u32 %p, %n, 0;\n@%p bra again;\n" JOIN(
             "%s0") JOIN("%s1") JOIN("%s2") JOIN("%s3") JOIN("%s4") JOIN("%s5")
             JOIN("%s6") JOIN("%s7") "st.global.f32 [%a], %x;\nret;\n}\n";
#undef JOIN
#undef ADD_EIGHT
#undef ADD
}

bool CudaDevice::mark(bool isEnd) {
  isAfterKernel = false;
  return check(cuda.recordEvent(events[isEnd], stream), "cuEventRecord");
}

double CudaDevice::measure() {
  float milliseconds = 0;
  bool isDone = check(cuda.synchronizeEvent(events[1]), "cuEventSynchronize") &&
                check(cuda.getElapsedTime(&milliseconds, events[0], events[1]),
                      "cuEventElapsedTime");
  return isDone ? milliseconds * 1e-3 : 0;
}

/// The stream that all threads share cannot be captured.
bool CudaDevice::beginRecording() {
  constexpr int threadLocal = 1;
  isAfterKernel = false;
  return cuda.beginCapture(stream, threadLocal) == 0;
}

Recording *CudaDevice::endRecording() {
  Handle graph = nullptr, executable = nullptr;
  isAfterKernel = false;
  if (cuda.endCapture(stream, &graph) != 0 || !graph)
    return nullptr;
  int result = cuda.instantiateGraph(&executable, graph, 0);
  cuda.destroyGraph(graph);
  return result == 0 ? static_cast<Recording *>(executable) : nullptr;
}

static Device *createCudaDevice() {
  void *memory = malloc(sizeof(CudaDevice));
  return memory ? new (memory) CudaDevice() : nullptr;
}

static DeviceShares shares;

extern "C" const DeviceDriver vitrail_cuda_driver = {
    "cuda", /*kDLCUDA*/ 2, /*hasF16Bits=*/false, &shares, createCudaDevice};
