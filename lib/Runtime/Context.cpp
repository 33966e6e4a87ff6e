//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Contexts: made, run and destroyed.
//
//===----------------------------------------------------------------------===//

#include "Context.h"
#include "ExpandedWeights.h"

#include <new>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

using namespace vitrail::runtime;

/// Of the smallest kind on the processors that there are targets for.
static constexpr uint64_t pageSize = 4096;

/// What a thread maps of the weights at a time: enough that the call does not
/// matter, little enough for many threads.
static constexpr uint64_t weightsPart = 4 << 20;

//===----------------------------------------------------------------------===//
// create
//===----------------------------------------------------------------------===//

/// As many threads as the process may run on.
static int getDefaultThreads() {
  int processors = ThreadPool::getNumProcessors();
  return processors < ThreadPool::maxThreads ? processors
                                             : ThreadPool::maxThreads;
}

static vitrail_status checkOptions(vitrail_context &context,
                                   const vitrail_options &options) {
  int64_t largest = context.program->info->max_batch;
  if (options.max_batch < 0 || options.max_batch > largest) {
    context.message.report(
        "max_batch is %lld, must be 1 to %lld, or 0 for %lld",
        static_cast<long long>(options.max_batch),
        static_cast<long long>(largest), static_cast<long long>(largest));
    return VITRAIL_INVALID_ARGUMENT;
  }
  if (options.threads < 0 || options.threads > ThreadPool::maxThreads) {
    context.message.report("threads is %d, must be 1 to %d, or 0 for all",
                           options.threads, ThreadPool::maxThreads);
    return VITRAIL_INVALID_ARGUMENT;
  }
  context.maxBatch = options.max_batch ? options.max_batch : largest;
  return VITRAIL_OK;
}

/// What only a device can do.
static vitrail_status checkDeviceOptions(vitrail_context &context,
                                         const vitrail_options &options) {
  if (options.memory != VITRAIL_HOST_MEMORY &&
      options.memory != VITRAIL_DEVICE_MEMORY) {
    context.message.report("memory is %d, must be 0 or 1",
                           static_cast<int>(options.memory));
    return VITRAIL_INVALID_ARGUMENT;
  }
  if (context.device.isOpen() || options.memory == VITRAIL_HOST_MEMORY)
    return VITRAIL_OK;
  context.message.report("memory of a device needs a device, but the context "
                         "runs on the processor");
  return VITRAIL_INVALID_ARGUMENT;
}

static vitrail_status openWeights(vitrail_context &context, const char *path) {
  const Program &program = *context.program;
  context.weights = static_cast<const char *>(program.weights);
  if (!program.info->weights_file)
    return VITRAIL_OK;
  vitrail_status status =
      context.weightsFile.open(program, path, context.message);
  context.weights = static_cast<const char *>(context.weightsFile.getData());
  return status;
}

vitrail_status vitrail::runtime::outOfMemory(vitrail_context &context,
                                             const char *what, uint64_t bytes) {
  context.message.report("out of memory: %s (%llu bytes)", what,
                         static_cast<unsigned long long>(bytes));
  return VITRAIL_OUT_OF_MEMORY;
}

static vitrail_status allocateArena(vitrail_context &context) {
  const vitrail_model_info &info = *context.program->info;
  // Vectors are at most 64 bytes; pages keep the arena's start off other data.
  constexpr size_t alignment = 4096;
  uint64_t arenaSize = 0;
  void *arena = nullptr;
  if (__builtin_mul_overflow(info.arena_size, uint64_t(context.maxBatch),
                             &arenaSize) ||
      posix_memalign(&arena, alignment, arenaSize ? arenaSize : 1) != 0)
    return outOfMemory(context, "activations", arenaSize);
  context.arena = static_cast<char *>(arena);
  return VITRAIL_OK;
}

static vitrail_status allocateArguments(vitrail_context &context) {
  const vitrail_model_info &info = *context.program->info;
  size_t bytes = info.num_entries * sizeof(Arguments);
  auto *arguments = static_cast<Arguments *>(malloc(bytes));
  if (!arguments)
    return outOfMemory(context, "kernel arguments", bytes);
  for (int32_t entry = 0; entry < info.num_entries; ++entry)
    new (&arguments[entry]) Arguments();
  context.arguments = arguments;
  for (int32_t entry = 0; entry < info.num_entries; ++entry)
    if (!arguments[entry].create(context.variant->entries[entry], &context,
                                 context.variant->driver))
      return outOfMemory(context, "kernel arguments", bytes);
  return VITRAIL_OK;
}

static vitrail_status startThreads(vitrail_context &context, int32_t threads) {
  int wanted = threads ? threads : getDefaultThreads();
  int error = context.threads.start(wanted);
  if (error == 0)
    return VITRAIL_OK;
  char buffer[128];
  context.message.report("started %d of %d threads: %s",
                         context.threads.getNumThreads(), wanted,
                         strerror_r(error, buffer, sizeof(buffer)));
  return VITRAIL_THREAD_ERROR;
}

/// Maps a part of the weights; a task of the pool.
static int mapWeights(void *userContext, int part, uint8_t *) {
  const auto &context = *static_cast<vitrail_context *>(userContext);
  uint64_t begin = part * weightsPart,
           size = context.program->info->weights_size;
  uint64_t bytes = size - begin < weightsPart ? size - begin : weightsPart;
  const char *first = context.weights + begin;
  uint64_t beforeFirst = reinterpret_cast<uintptr_t>(first) % pageSize;
  // Older systems cannot; pages are then mapped when they are first read.
  madvise(const_cast<char *>(first) - beforeFirst, bytes + beforeFirst,
          MADV_POPULATE_READ);
  return 0;
}

/// Maps the weights that files hold. One call for many pages takes much less
/// than a fault for every few of them, which the first run would have.
static void mapWeights(vitrail_context &context) {
  uint64_t size = context.program->info->weights_size;
  int parts = static_cast<int>((size + weightsPart - 1) / weightsPart);
  context.threads.run(mapWeights, &context, 0, parts, nullptr);
}

static vitrail_status expandWeights(vitrail_context &context) {
  const Program &program = *context.program;
  if (!program.expanded)
    return VITRAIL_OK;
  context.expanded =
      program.expanded->acquire(program, context.weights, context.threads);
  return context.expanded
             ? VITRAIL_OK
             : outOfMemory(context, "constants", program.expandedSize);
}

static vitrail_status allocateOnProcessor(vitrail_context &context,
                                          const vitrail_options &options) {
  vitrail_status status = allocateArena(context);
  if (status == VITRAIL_OK)
    status = allocateStates(context);
  if (status == VITRAIL_OK)
    status = startThreads(context, options.threads);
  if (status == VITRAIL_OK)
    mapWeights(context);
  return status;
}

/// What runs need on a device, or on the processor.
static vitrail_status allocate(vitrail_context &context,
                               const vitrail_options &options) {
  bool isOnDevice = context.device.isOpen();
  vitrail_status status = allocateArguments(context);
  if (status == VITRAIL_OK && !isOnDevice)
    status = allocateOnProcessor(context, options);
  if (status == VITRAIL_OK)
    status = expandWeights(context);
  if (status == VITRAIL_OK && isOnDevice)
    status = context.device.allocate(context, options);
  return status;
}

vitrail_status vitrail_runtime_create(const Program *program,
                                      vitrail_context **result,
                                      const vitrail_options *given) {
  if (!result)
    return VITRAIL_INVALID_ARGUMENT;
  void *memory = nullptr;
  *result = nullptr;
  if (posix_memalign(&memory, alignof(vitrail_context),
                     sizeof(vitrail_context)) != 0)
    return VITRAIL_OUT_OF_MEMORY;
  auto *context = new (memory) vitrail_context();
  context->program = program;
  *result = context;

  vitrail_options options = given ? *given : vitrail_options{};
  vitrail_status status = checkOptions(*context, options);
  if (status == VITRAIL_OK)
    status = chooseVariant(*context, options);
  if (status == VITRAIL_OK)
    status = checkDeviceOptions(*context, options);
  if (status == VITRAIL_OK)
    status = openWeights(*context, options.weights_file);
  if (status == VITRAIL_OK)
    status = allocate(*context, options);
  context->usable = status == VITRAIL_OK;
  return status;
}

void vitrail_runtime_destroy(vitrail_context *context) {
  if (!context)
    return;
  context->threads.stop();
  context->device.close();
  context->blocks.clear();
  if (context->expanded)
    context->program->expanded->release(*context->program);
  if (context->arguments)
    for (int32_t i = 0; i < context->program->info->num_entries; ++i)
      context->arguments[i].destroy();
  free(context->arguments);
  free(context->arena);
  freeStates(*context);
  context->weightsFile.close();
  context->~vitrail_context();
  free(context);
}

void vitrail_runtime_device(const vitrail_context *context,
                            vitrail_device_info *info) {
  constexpr int32_t cpu = 1;
  *info = {cpu, 0, "", 0};
  if (context && context->device.isOpen())
    context->device.describe(*info);
}

const char *vitrail_runtime_message(const vitrail_context *context) {
  return context ? context->message.getText()
                 : "no context: out of memory, or it was never made";
}

//===----------------------------------------------------------------------===//
// run
//===----------------------------------------------------------------------===//

vitrail_status vitrail::runtime::beginCall(const Program &program,
                                           vitrail_context *context) {
  // What a failed `create` had to say stands.
  if (!context || !context->usable)
    return VITRAIL_INVALID_ARGUMENT;
  context->message.clear();
  if (context->program == &program)
    return VITRAIL_OK;
  context->message.report("the context belongs to model '%s', not to '%s'",
                          context->program->info->name, program.info->name);
  return VITRAIL_INVALID_ARGUMENT;
}

/// Reports the first of the entry's tensors that has no address, or none that a
/// device's kernels can load vectors from.
static bool checkPointers(vitrail_context &context, const char *kind,
                          const vitrail_tensor_info *tensors, int32_t count,
                          const void *const *addresses, vitrail_memory memory) {
  constexpr uintptr_t alignment = 16;
  for (int32_t i = 0; i < count; ++i) {
    if (!addresses || !addresses[i])
      context.message.report("%s '%s' is a null pointer", kind,
                             tensors[i].name);
    else if (memory == VITRAIL_DEVICE_MEMORY &&
             reinterpret_cast<uintptr_t>(addresses[i]) % alignment != 0)
      context.message.report("%s '%s' is not aligned to %d bytes", kind,
                             tensors[i].name, static_cast<int>(alignment));
    else
      continue;
    return false;
  }
  return true;
}

vitrail_status vitrail::runtime::checkCall(const Program &program,
                                           vitrail_context &context,
                                           int32_t entry, int64_t batch,
                                           const void *const *inputs,
                                           void *const *outputs,
                                           vitrail_memory memory) {
  if (entry < 0 || entry >= program.info->num_entries) {
    context.message.report("entry is %d, must be 0 to %d", entry,
                           program.info->num_entries - 1);
    return VITRAIL_INVALID_ARGUMENT;
  }
  if (batch < 1 || batch > context.maxBatch) {
    context.message.report("batch is %lld, must be 1 to %lld",
                           static_cast<long long>(batch),
                           static_cast<long long>(context.maxBatch));
    return VITRAIL_INVALID_ARGUMENT;
  }
  const vitrail_entry_info &info = program.info->entries[entry];
  if (!checkPointers(context, "input", info.inputs, info.num_inputs, inputs,
                     memory) ||
      !checkPointers(context, "output", info.outputs, info.num_outputs, outputs,
                     memory))
    return VITRAIL_INVALID_ARGUMENT;
  return VITRAIL_OK;
}

uint64_t vitrail::runtime::getSize(const Buffer &buffer,
                                   const halide_buffer_t &bound) {
  uint64_t size = bound.type.bytes();
  for (int32_t dim = 0; dim < buffer.rank; ++dim)
    size *= bound.dim[dim].extent;
  return size;
}

static void copy(const Step &step, void *const *arguments) {
  const auto &from = *static_cast<const halide_buffer_t *>(arguments[1]);
  const auto &to = *static_cast<const halide_buffer_t *>(arguments[2]);
  memcpy(to.host, from.host, getSize(step.buffers[0], from));
}

vitrail_status vitrail::runtime::launchKernel(vitrail_context &context,
                                              const Step &step,
                                              void **arguments) {
  int result = step.kernel(arguments);
  if (result == 0)
    return VITRAIL_OK;
  context.message.report("code %d", result);
  context.message.prepend("kernel '%s' failed: ", step.name);
  return result == halide_error_code_out_of_memory ? VITRAIL_OUT_OF_MEMORY
                                                   : VITRAIL_KERNEL_ERROR;
}

vitrail_status vitrail::runtime::runStep(vitrail_context &context,
                                         const Step &step, void **arguments) {
  if (step.kernel)
    return launchKernel(context, step, arguments);
  copy(step, arguments);
  return VITRAIL_OK;
}

vitrail_status vitrail::runtime::runEntry(const Program &program,
                                          vitrail_context *context,
                                          int32_t entry, int64_t batch,
                                          const void *const *inputs,
                                          void *const *outputs,
                                          vitrail_memory memory) {
  vitrail_status status = beginCall(program, context);
  if (status == VITRAIL_OK)
    status =
        checkCall(program, *context, entry, batch, inputs, outputs, memory);
  if (status != VITRAIL_OK)
    return status;
  if (context->device.isOpen())
    return context->device.run(*context, entry, batch, inputs, outputs, memory);

  const Entry &steps = context->variant->entries[entry];
  Arguments &arguments = context->arguments[entry];
  arguments.bind(steps,
                 {inputs, outputs, context->arena, context->weights,
                  context->expanded, context->states, context->maxBatch, batch,
                  /*isOnDevice=*/false});
  int64_t firstBuffer = 0;
  for (int64_t i = 0; i < steps.numSteps && status == VITRAIL_OK; ++i) {
    const Step &step = steps.steps[i];
    void **list = arguments.get(i, firstBuffer);
    firstBuffer += step.numBuffers;
    status = runStep(*context, step, list);
  }
  return status;
}

vitrail_status vitrail_runtime_run(const Program *program,
                                   vitrail_context *context, int32_t entry,
                                   int64_t batch, const void *const *inputs,
                                   void *const *outputs) {
  vitrail_memory memory =
      context ? context->device.getMemory() : VITRAIL_HOST_MEMORY;
  return runEntry(*program, context, entry, batch, inputs, outputs, memory);
}
