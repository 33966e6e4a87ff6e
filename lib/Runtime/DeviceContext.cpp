//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs on devices: inputs go in, steps are launched or replayed, outputs come
// back.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <stdlib.h>
#include <string.h>

using namespace vitrail;
using namespace vitrail::runtime;

namespace {
/// Tensors in staging lie at multiples of this.
constexpr uint64_t alignment = 256;
} // namespace

static uint64_t alignUp(uint64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

static uint64_t getElementSize(vitrail_type type) {
  switch (type) {
  case VITRAIL_F32:
  case VITRAIL_I32:
    return 4;
  case VITRAIL_F16:
  case VITRAIL_BF16:
    return 2;
  case VITRAIL_I8:
  case VITRAIL_U8:
  case VITRAIL_BOOL:
    return 1;
  case VITRAIL_I64:
    return 8;
  }
  __builtin_unreachable();
}

static uint64_t getSize(const vitrail_tensor_info &info, int64_t batch) {
  uint64_t size = getElementSize(info.type);
  for (int32_t dim = 0; dim < info.rank; ++dim)
    size *= resolve(info.shape[dim], batch);
  return size;
}

/// Bytes of an entry's inputs and outputs in staging.
static uint64_t getStagingSize(const vitrail_entry_info &entry, int64_t batch) {
  uint64_t size = 0;
  for (int32_t i = 0; i < entry.num_inputs; ++i)
    size += alignUp(getSize(entry.inputs[i], batch));
  for (int32_t i = 0; i < entry.num_outputs; ++i)
    size += alignUp(getSize(entry.outputs[i], batch));
  return size;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

struct DeviceContext::Block {
  Block *next;
  char *address;
  uint64_t size;
  bool isTaken;
};

/// Work is in order, so that a block that was returned is free for what comes
/// next. Recordings know addresses: blocks stay until the context goes.
char *DeviceContext::takeBlock(uint64_t bytes) {
  Block *best = nullptr;
  for (Block *block = blocks; block; block = block->next)
    if (!block->isTaken && block->size >= bytes &&
        (!best || block->size < best->size))
      best = block;
  if (!best) {
    best = static_cast<Block *>(malloc(sizeof(Block)));
    char *address = best ? device->allocate(bytes) : nullptr;
    if (!address) {
      free(best);
      return nullptr;
    }
    *best = {blocks, address, bytes, false};
    blocks = best;
  }
  best->isTaken = true;
  return best->address;
}

void DeviceContext::returnBlock(char *address) {
  for (Block *block = blocks; block; block = block->next)
    if (block->address == address)
      block->isTaken = false;
}

bool DeviceContext::select(const char *source, size_t size) {
  module = share->getModule(*driver->shares, *device, source, size);
  return module != nullptr;
}

//===----------------------------------------------------------------------===//
// Life
//===----------------------------------------------------------------------===//

vitrail_status DeviceContext::open(const DeviceDriver &wanted,
                                   const DeviceRequest &request,
                                   Message &messages) {
  driver = &wanted;
  index = request.index;
  message = &messages;
  device = driver->create();
  if (!device) {
    messages.report("out of memory: a device");
    return VITRAIL_OUT_OF_MEMORY;
  }
  vitrail_status status = device->open(request, messages);
  if (status != VITRAIL_OK)
    close();
  return status;
}

void DeviceContext::close() {
  if (!device)
    return;
  // Without a share nothing is on the device, which may never have been opened.
  if (share) {
    Entered entered(*device);
    device->synchronize();
    for (int32_t entry = 0; lastRuns && entry < numEntries; ++entry) {
      if (lastRuns[entry].recording)
        device->forget(lastRuns[entry].recording);
      free(lastRuns[entry].pointers);
    }
    while (Block *block = blocks) {
      blocks = block->next;
      device->release(block->address);
      free(block);
    }
    for (char *address : {arena, states, reordered, staging})
      device->release(address);
    DeviceShare::release(*driver->shares, share, *device);
  }
  free(lastRuns);
  free(addresses);
  device->close();
  *this = DeviceContext();
}

/// Makes room for what is remembered of the last runs, and for addresses.
bool DeviceContext::allocateLastRuns(const vitrail_context &context) {
  const vitrail_model_info &info = *context.program->info;
  numEntries = info.num_entries;
  lastRuns = static_cast<LastRun *>(calloc(numEntries, sizeof(LastRun)));
  if (!lastRuns)
    return false;
  int32_t most = 1;
  for (int32_t entry = 0; entry < numEntries; ++entry) {
    int32_t count =
        info.entries[entry].num_inputs + info.entries[entry].num_outputs;
    most = count > most ? count : most;
    lastRuns[entry].pointers =
        static_cast<const void **>(calloc(count + 1, sizeof(void *)));
    if (!lastRuns[entry].pointers)
      return false;
  }
  addresses = static_cast<const void **>(calloc(most, sizeof(void *)));
  return addresses;
}

uint64_t DeviceContext::getStagingSize(const vitrail_context &context) const {
  const vitrail_model_info &info = *context.program->info;
  uint64_t most = 0;
  for (int32_t entry = 0; entry < info.num_entries; ++entry) {
    uint64_t size = ::getStagingSize(info.entries[entry], context.maxBatch);
    most = size > most ? size : most;
  }
  return most;
}

vitrail_status DeviceContext::allocate(vitrail_context &context,
                                       const vitrail_options &options) {
  const Program &program = *context.program;
  const vitrail_model_info &info = *program.info;
  memory = options.memory;
  isTimed = options.timed != 0;
  Entered entered(*device);
  share = DeviceShare::acquire(*driver->shares, *device,
                               {context.weights, info.weights_size,
                                context.expanded, program.expandedSize});
  if (!share)
    return outOfMemory(context, "weights on the device", info.weights_size);
  uint64_t stateSize = info.state_size * context.maxBatch;
  uint64_t reorderedSize =
      info.num_states ? getLargestState(program) * context.maxBatch : 0;
  struct {
    char *&address;
    const char *what;
    uint64_t size;
  } parts[] = {
      {arena, "activations on the device", info.arena_size * context.maxBatch},
      {states, "states on the device", stateSize},
      {reordered, "states on the device", reorderedSize},
      // A generating model's calls come from the host.
      {staging, "inputs and outputs on the device",
       memory == VITRAIL_HOST_MEMORY || info.generate ? getStagingSize(context)
                                                      : 0},
  };
  for (auto &part : parts) {
    if (part.size == 0)
      continue;
    part.address = device->allocate(part.size);
    if (!part.address)
      return outOfMemory(context, part.what, part.size);
  }
  if (!allocateLastRuns(context))
    return outOfMemory(context, "kernel arguments", 0);
  return resetStates(context);
}

void DeviceContext::describe(vitrail_device_info &info) const {
  info = {driver->type, index, device->getName(), seconds};
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

vitrail_status DeviceContext::finish(vitrail_status status) {
  bool isDone = device->synchronize();
  return status == VITRAIL_OK && !isDone ? VITRAIL_DEVICE_ERROR : status;
}

vitrail_status DeviceContext::resetStates(const vitrail_context &context) {
  if (!states)
    return VITRAIL_OK;
  Entered entered(*device);
  uint64_t size = context.program->info->state_size * context.maxBatch;
  return finish(device->clear(states, size) ? VITRAIL_OK
                                            : VITRAIL_DEVICE_ERROR);
}

vitrail_status DeviceContext::reorderStates(const vitrail_context &context,
                                            int64_t first, int64_t count,
                                            const int64_t *parents) {
  Entered entered(*device);
  const Program &program = *context.program;
  bool isRight = true;
  for (int32_t i = 0; i < program.info->num_states; ++i) {
    const State &state = program.states[i];
    if (!state.timesBatch || first == count)
      continue;
    char *samples = states + state.offset * context.maxBatch;
    for (int64_t sample = first; sample < count; ++sample)
      isRight &=
          device->copy(reordered + sample * state.size,
                       samples + parents[sample] * state.size, state.size);
    isRight &= device->copy(samples + first * state.size,
                            reordered + first * state.size,
                            (count - first) * state.size);
  }
  return isRight ? VITRAIL_OK : VITRAIL_DEVICE_ERROR;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// Gives inputs and outputs their addresses in staging, and copies inputs
/// there.
bool DeviceContext::stage(vitrail_context &context, int32_t entry,
                          int64_t batch, const void *const *inputs) {
  const vitrail_entry_info &info = context.program->info->entries[entry];
  char *next = staging;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    uint64_t size = getSize(info.inputs[i], batch);
    if (!device->copyIn(next, inputs[i], size))
      return false;
    addresses[i] = next;
    next += alignUp(size);
  }
  for (int32_t i = 0; i < info.num_outputs; ++i) {
    addresses[info.num_inputs + i] = next;
    next += alignUp(getSize(info.outputs[i], batch));
  }
  return true;
}

bool DeviceContext::collect(const vitrail_context &context, int32_t entry,
                            int64_t batch, void *const *outputs) {
  const vitrail_entry_info &info = context.program->info->entries[entry];
  for (int32_t i = 0; i < info.num_outputs; ++i)
    if (!device->copyOut(
            outputs[i],
            static_cast<const char *>(addresses[info.num_inputs + i]),
            getSize(info.outputs[i], batch)))
      return false;
  return true;
}

vitrail_status DeviceContext::runStep(vitrail_context &context,
                                      const Step &step, void **list) {
  if (step.kernel) {
    vitrail_status status = launchKernel(context, step, list);
    return status == VITRAIL_KERNEL_ERROR ? VITRAIL_DEVICE_ERROR : status;
  }
  const auto &from = *static_cast<const halide_buffer_t *>(list[1]);
  const auto &to = *static_cast<const halide_buffer_t *>(list[2]);
  bool isDone = device->copy(reinterpret_cast<char *>(to.device),
                             reinterpret_cast<const char *>(from.device),
                             runtime::getSize(step.buffers[0], from));
  return isDone ? VITRAIL_OK : VITRAIL_DEVICE_ERROR;
}

vitrail_status DeviceContext::runSteps(vitrail_context &context,
                                       int32_t entry) {
  const Entry &steps = context.variant->entries[entry];
  int64_t firstBuffer = 0;
  for (int64_t i = 0; i < steps.numSteps; ++i) {
    const Step &step = steps.steps[i];
    void **list = context.arguments[entry].get(i, firstBuffer);
    firstBuffer += step.numBuffers;
    vitrail_status status = runStep(context, step, list);
    if (status != VITRAIL_OK)
      return status;
  }
  return VITRAIL_OK;
}

/// Runs the steps: the first time of a batch and addresses as they are, which
/// loads kernels and takes memory; the second time into a recording; then the
/// recording.
vitrail_status DeviceContext::work(vitrail_context &context, int32_t entry,
                                   int64_t batch) {
  const vitrail_entry_info &info = context.program->info->entries[entry];
  LastRun &last = lastRuns[entry];
  size_t pointerBytes =
      (info.num_inputs + info.num_outputs) * sizeof(const void *);
  bool isSame = last.batch == batch &&
                memcmp(last.pointers, addresses, pointerBytes) == 0;
  if (isSame && last.recording)
    return device->replay(last.recording) ? VITRAIL_OK : VITRAIL_DEVICE_ERROR;
  if (last.recording)
    device->forget(last.recording);
  last.recording = nullptr;
  last.batch = batch;
  memcpy(last.pointers, addresses, pointerBytes);
  context.arguments[entry].bind(
      context.variant->entries[entry],
      {addresses, const_cast<void *const *>(addresses + info.num_inputs), arena,
       share->getWeights(), share->getExpandedWeights(), states,
       context.maxBatch, batch,
       /*isOnDevice=*/true});
  if (!isSame || last.isUnrecordable || !device->beginRecording())
    return runSteps(context, entry);

  vitrail_status status = runSteps(context, entry);
  last.recording = device->endRecording();
  if (status != VITRAIL_OK)
    return status;
  if (last.recording)
    return device->replay(last.recording) ? VITRAIL_OK : VITRAIL_DEVICE_ERROR;
  last.isUnrecordable = true;
  return runSteps(context, entry);
}

/// Finds the places of inputs and outputs, and copies inputs of the host's.
bool DeviceContext::takeAddresses(vitrail_context &context, int32_t entry,
                                  int64_t batch, const void *const *inputs,
                                  void *const *outputs, vitrail_memory where) {
  if (where == VITRAIL_HOST_MEMORY)
    return stage(context, entry, batch, inputs);
  const vitrail_entry_info &info = context.program->info->entries[entry];
  for (int32_t i = 0; i < info.num_inputs; ++i)
    addresses[i] = inputs[i];
  for (int32_t i = 0; i < info.num_outputs; ++i)
    addresses[info.num_inputs + i] = outputs[i];
  return true;
}

vitrail_status DeviceContext::run(vitrail_context &context, int32_t entry,
                                  int64_t batch, const void *const *inputs,
                                  void *const *outputs, vitrail_memory where) {
  Entered entered(*device);
  bool isOnHost = where == VITRAIL_HOST_MEMORY;
  if (!takeAddresses(context, entry, batch, inputs, outputs, where))
    return VITRAIL_DEVICE_ERROR;
  if (isTimed && !device->mark(/*isEnd=*/false))
    return VITRAIL_DEVICE_ERROR;
  vitrail_status status = work(context, entry, batch);
  if (status != VITRAIL_OK)
    lastRuns[entry].batch = 0;
  if (isTimed && status == VITRAIL_OK && !device->mark(/*isEnd=*/true))
    status = VITRAIL_DEVICE_ERROR;
  if (isOnHost) {
    if (status == VITRAIL_OK && !collect(context, entry, batch, outputs))
      status = VITRAIL_DEVICE_ERROR;
    status = finish(status);
  }
  if (isTimed && status == VITRAIL_OK)
    seconds = device->measure();
  return status;
}

/// What a virtual function without a body would be; none is called.
extern "C" void __cxa_pure_virtual() { __builtin_trap(); }
