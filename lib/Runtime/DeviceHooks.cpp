//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels of devices call: memory between the loops of one kernel, and
// launches. The user context is the context of the caller; its device knows the
// rest, so that the variable that a kernel's object has for its module is not
// used.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <HalideRuntimeCuda.h>
#include <HalideRuntimeOpenCL.h>

using namespace vitrail::runtime;

static vitrail_context &getContext(void *userContext) {
  return *static_cast<vitrail_context *>(userContext);
}

/// The result of a hook: a code that makes the kernel return.
static int getCode(bool isDone) {
  return isDone ? halide_error_code_success
                : halide_error_code_device_run_failed;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Tensors are where the tables say: nothing is copied behind the runtime's
/// back.
int halide_copy_to_device(void *userContext, halide_buffer_t *buffer,
                          const halide_device_interface_t *) {
  if (buffer->device)
    return halide_error_code_success;
  getContext(userContext).message.report("a tensor is not on the device");
  return halide_error_code_copy_to_device_failed;
}

int halide_device_malloc(void *userContext, halide_buffer_t *buffer,
                         const halide_device_interface_t *) {
  if (buffer->device)
    return halide_error_code_success;
  uint64_t size = buffer->type.bytes();
  for (int dim = 0; dim < buffer->dimensions; ++dim)
    size *= buffer->dim[dim].extent;
  char *block = getContext(userContext).device.takeBlock(size ? size : 1);
  buffer->device = reinterpret_cast<uint64_t>(block);
  return block ? halide_error_code_success : halide_error_code_out_of_memory;
}

int halide_device_free(void *userContext, halide_buffer_t *buffer) {
  if (buffer->device)
    getContext(userContext)
        .device.returnBlock(reinterpret_cast<char *>(buffer->device));
  buffer->device = 0;
  return halide_error_code_success;
}

/// Halide's header does not declare it.
extern "C" void halide_device_free_as_destructor(void *userContext,
                                                 void *buffer) {
  halide_device_free(userContext, static_cast<halide_buffer_t *>(buffer));
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// Launches a kernel whose arguments end with one of size 0.
static int run(void *userContext, const char *name, const Grid &grid,
               const size_t *sizes, void *const *values,
               const int8_t *areBuffers) {
  // Inputs, outputs and funcs of a kernel, and their extents.
  constexpr int most = 256;
  KernelArgument arguments[most];
  int count = 0;
  vitrail_context &context = getContext(userContext);
  for (; sizes[count] != 0; ++count) {
    if (count == most) {
      context.message.report("'%s' has more than %d arguments", name, most);
      return halide_error_code_device_run_failed;
    }
    bool isBuffer = areBuffers[count];
    const void *value = values[count];
    if (isBuffer)
      value = &static_cast<const halide_buffer_t *>(value)->device;
    arguments[count] = {value, sizes[count], isBuffer};
  }
  // A batch may leave nothing to do.
  for (int dim = 0; dim < 3; ++dim)
    if (grid.blocks[dim] == 0 || grid.threads[dim] == 0)
      return halide_error_code_success;
  return getCode(context.device.launch(name, grid, arguments, count));
}

static int select(void *userContext, const char *source, int size) {
  return getCode(getContext(userContext).device.select(source, size));
}

/// Kernels hand this on and look at nothing in it.
static const halide_device_interface_t deviceInterface = {};

#define DEFINE_HOOKS(api)                                                      \
  const halide_device_interface_t *halide_##api##_device_interface() {         \
    return &deviceInterface;                                                   \
  }                                                                            \
  int halide_##api##_initialize_kernels(void *userContext, void **,            \
                                        const char *source, int size) {        \
    return select(userContext, source, size);                                  \
  }                                                                            \
  void halide_##api##_finalize_kernels(void *, void *) {}                      \
  int halide_##api##_run(                                                      \
      void *userContext, void *, const char *name, int blocksX, int blocksY,   \
      int blocksZ, int threadsX, int threadsY, int threadsZ, int sharedBytes,  \
      size_t sizes[], void *values[], int8_t areBuffers[]) {                   \
    Grid grid = {{blocksX, blocksY, blocksZ},                                  \
                 {threadsX, threadsY, threadsZ},                               \
                 sharedBytes,                                                  \
                 /*canStartEarly=*/false};                                     \
    return run(userContext, name, grid, sizes, values, areBuffers);            \
  }

/// As halide_cuda_run, for functions on memory whose kernels wait by themselves
/// for the one before them.
extern "C" int vitrail_cuda_run_early(void *userContext, void *,
                                      const char *name, int blocksX,
                                      int blocksY, int blocksZ, int threadsX,
                                      int threadsY, int threadsZ,
                                      int sharedBytes, size_t sizes[],
                                      void *values[], int8_t areBuffers[]) {
  Grid grid = {{blocksX, blocksY, blocksZ},
               {threadsX, threadsY, threadsZ},
               sharedBytes,
               /*canStartEarly=*/true};
  return run(userContext, name, grid, sizes, values, areBuffers);
}

/// For functions on memory, which choose between kernels by it.
extern "C" int vitrail_cuda_capability(void *userContext) {
  return getContext(userContext).device.getCapability();
}

/// For functions on memory, which give each a share of all work.
extern "C" int vitrail_cuda_multiprocessors(void *userContext) {
  return getContext(userContext).device.countMultiprocessors();
}

/// Makes `map` for launches: extents and box, innermost first.
extern "C" int vitrail_cuda_tensor_map(void *userContext, void *map,
                                       const halide_buffer_t *buffer, int rank,
                                       const uint64_t *extents,
                                       const uint32_t *box) {
  TensorBoxes boxes = {reinterpret_cast<const void *>(buffer->device),
                       buffer->type.bytes(),
                       rank,
                       {},
                       {}};
  for (int dim = 0; dim < rank; ++dim) {
    // A batch may leave nothing to do: nothing will be launched.
    if (extents[dim] == 0)
      return halide_error_code_success;
    boxes.extents[dim] = extents[dim];
    boxes.box[dim] = box[dim];
  }
  return getCode(
      getContext(userContext)
          .device.makeTensorMap(boxes, *static_cast<TensorMap *>(map)));
}

DEFINE_HOOKS(cuda)
DEFINE_HOOKS(opencl)
