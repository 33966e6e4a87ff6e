//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver's interface for modules and launches.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "TensorMap.h"

#include <cstdio>

using namespace vitrail::emulator;

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

/// CUlaunchAttribute and CUlaunchConfig, as cuda.h has them.
struct LaunchAttribute {
  int id;
  char padding[4];
  union {
    int number;
    unsigned shape[3];
    char bytes[64];
  };
};

struct LaunchConfig {
  unsigned blocks[3], threads[3];
  unsigned sharedBytes;
  void *stream;
  LaunchAttribute *attributes;
  unsigned numAttributes;
};

} // namespace

/// What a kernel may have of shared memory, if it asks for more than by
/// default.
static unsigned getMostSharedBytes() {
  constexpr unsigned onA100 = 163 << 10, onH200 = 227 << 10;
  return Driver::get().getCapability() == 80 ? onA100 : onH200;
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// Writes a message to where an option says, or to the error output.
static void writeLog(const std::string &message, unsigned numOptions,
                     const int *options, void **values) {
  constexpr int logOption = 5, sizeOption = 6;
  char *log = nullptr;
  size_t size = 0;
  for (unsigned i = 0; i < numOptions; ++i)
    if (options[i] == logOption)
      log = static_cast<char *>(values[i]);
    else if (options[i] == sizeOption)
      size = reinterpret_cast<uintptr_t>(values[i]);
  if (log && size)
    snprintf(log, size, "PTX emulator: %s\n", message.c_str());
  else
    fprintf(stderr, "PTX emulator: %s\n", message.c_str());
}

EXPORT int cuModuleLoadDataEx(void **module, const void *image,
                              unsigned numOptions, int *options,
                              void **values) {
  Driver &driver = Driver::get();
  return driver.call([&] {
    auto *text = static_cast<const char *>(image);
    // Machine code, or a container of it.
    if (memcmp(text, "\177ELF", 4) == 0 ||
        memcmp(text, "\120\355U\272", 4) == 0)
      return Result::NoBinaryForGPU;
    try {
      auto loaded = std::make_unique<LoadedModule>();
      loaded->module =
          loadModule(text, driver.getCapability(), driver.getMemory());
      *module = loaded.release();
      return Result::Success;
    } catch (const ProgramError &error) {
      writeLog(error.what(), numOptions, options, values);
      return Result::InvalidPTX;
    }
  });
}

EXPORT int cuModuleUnload(void *handle) {
  Driver &driver = Driver::get();
  return driver.call([&] {
    driver.finishAll();
    auto *loaded = static_cast<LoadedModule *>(handle);
    for (uint64_t address : loaded->module->allocations)
      driver.getMemory().release(address);
    delete loaded;
    return Result::Success;
  });
}

EXPORT int cuModuleGetFunction(void **function, void *handle,
                               const char *name) {
  return Driver::get().call([&] {
    auto *loaded = static_cast<LoadedModule *>(handle);
    auto kernel = loaded->module->kernels.find(name);
    if (kernel == loaded->module->kernels.end())
      return Result::NotFound;
    constexpr unsigned byDefault = 48 << 10;
    *function = &loaded->functions
                     .try_emplace(name, Function{&kernel->second, byDefault})
                     .first->second;
    return Result::Success;
  });
}

EXPORT int cuFuncSetAttribute(void *handle, int attribute, int value) {
  constexpr int dynamicSharedBytes = 8;
  auto *function = static_cast<Function *>(handle);
  if (attribute != dynamicSharedBytes || value < 0 ||
      value + function->kernel->sharedBytes > getMostSharedBytes())
    return static_cast<int>(Result::InvalidValue);
  function->mostSharedBytes = value + function->kernel->sharedBytes;
  return 0;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// Whether a device would accept it.
static bool isValid(const Launch &launch, const Function &function) {
  const LaunchShape &shape = launch.shape;
  const Kernel &kernel = *launch.kernel;
  constexpr unsigned mostThreads = 1024, mostBlocks = 65535;
  constexpr unsigned mostClusterBlocks = 8;
  if (shape.countThreads() == 0 || shape.countThreads() > mostThreads ||
      shape.countBlocks() == 0 || shape.blocks[1] > mostBlocks ||
      shape.blocks[2] > mostBlocks || shape.threads[2] > 64 ||
      shape.sharedBytes + kernel.sharedBytes > function.mostSharedBytes ||
      launch.countClusterBlocks() > mostClusterBlocks)
    return false;
  for (int dim = 0; dim < 3; ++dim) {
    bool isRequired = kernel.requiredThreads[0] == 0 ||
                      kernel.requiredThreads[dim] == shape.threads[dim];
    bool isDivided = shape.blocks[dim] % launch.clusterShape[dim] == 0;
    if (!isRequired || !isDivided)
      return false;
  }
  unsigned most =
      kernel.mostThreads[0] * kernel.mostThreads[1] * kernel.mostThreads[2];
  return most == 0 || shape.countThreads() <= most;
}

static Result readAttributes(const LaunchConfig &config, Launch &launch) {
  constexpr int clusterAttribute = 4, earlyAttribute = 6;
  for (unsigned i = 0; i < config.numAttributes; ++i) {
    const LaunchAttribute &attribute = config.attributes[i];
    if (attribute.id == earlyAttribute)
      launch.isEarly = attribute.number != 0;
    else if (attribute.id == clusterAttribute)
      std::copy_n(attribute.shape, 3, launch.clusterShape);
    else
      return Result::InvalidValue;
  }
  for (unsigned size : launch.clusterShape)
    if (size == 0)
      return Result::InvalidValue;
  return Result::Success;
}

EXPORT int cuLaunchKernelEx(const LaunchConfig *config, void *handle,
                            void **values, void **) {
  Driver &driver = Driver::get();
  return driver.call([&] {
    Stream *stream = driver.findStream(config->stream);
    if (!stream)
      return Result::InvalidHandle;
    auto *function = static_cast<Function *>(handle);
    Launch launch = {};
    launch.kernel = function->kernel;
    for (int dim = 0; dim < 3; ++dim) {
      launch.shape.blocks[dim] = config->blocks[dim];
      launch.shape.threads[dim] = config->threads[dim];
      launch.clusterShape[dim] = std::max(function->kernel->cluster[dim], 1u);
    }
    launch.shape.sharedBytes = config->sharedBytes;
    Result result = readAttributes(*config, launch);
    if (result != Result::Success || !isValid(launch, *function))
      return Result::InvalidValue;
    launch.parameters.resize(function->kernel->parameterBytes);
    size_t i = 0;
    for (const Parameter &parameter : function->kernel->parameters)
      memcpy(&launch.parameters[parameter.offset], values[i++],
             parameter.bytes);
    driver.add(*stream, std::move(launch));
    return Result::Success;
  });
}

EXPORT int cuLaunchKernel(void *function, unsigned blocksX, unsigned blocksY,
                          unsigned blocksZ, unsigned threadsX,
                          unsigned threadsY, unsigned threadsZ,
                          unsigned sharedBytes, void *stream, void **values,
                          void **extra) {
  LaunchConfig config = {{blocksX, blocksY, blocksZ},
                         {threadsX, threadsY, threadsZ},
                         sharedBytes,
                         stream,
                         nullptr,
                         0};
  return cuLaunchKernelEx(&config, function, values, extra);
}

EXPORT int cuTensorMapEncodeTiled(void *map, int type, unsigned rank,
                                  unsigned long long address,
                                  const uint64_t *extents,
                                  const uint64_t *strides, const uint32_t *box,
                                  const uint32_t *steps, int interleave,
                                  int swizzle, int promotion, int fill) {
  return static_cast<int>(encodeTensorMap(map, type, rank, address, extents,
                                          strides, box, steps, interleave,
                                          swizzle, promotion, fill));
}
