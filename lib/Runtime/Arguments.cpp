//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Building and binding kernel arguments.
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

#include <stdlib.h>

using namespace vitrail::runtime;

/// `driver`: of the device that runs the kernels, null for the processor.
static halide_type_t getHalideType(vitrail_type type,
                                   const DeviceDriver *driver) {
  switch (type) {
  case VITRAIL_F32:
    return {halide_type_float, 32, 1};
  case VITRAIL_F16:
    return {driver && driver->hasF16Bits ? halide_type_uint : halide_type_float,
            16, 1};
  case VITRAIL_BF16:
    return {driver ? halide_type_uint : halide_type_bfloat, 16, 1};
  case VITRAIL_I8:
    return {halide_type_int, 8, 1};
  case VITRAIL_U8:
    return {halide_type_uint, 8, 1};
  case VITRAIL_I32:
    return {halide_type_int, 32, 1};
  case VITRAIL_I64:
    return {halide_type_int, 64, 1};
  case VITRAIL_BOOL:
    return {halide_type_uint, 1, 1};
  }
  __builtin_unreachable();
}

/// Calls `function` for each buffer of the entry with its number.
template <typename Function>
static void forEachBuffer(const Entry &entry, Function function) {
  int64_t number = 0;
  for (int64_t step = 0; step < entry.numSteps; ++step)
    for (int64_t i = 0; i < entry.steps[step].numBuffers; ++i)
      function(entry.steps[step].buffers[i], number++);
}

char *vitrail::runtime::getAddress(const Buffer &buffer,
                                   const Bindings &bindings) {
  switch (buffer.place) {
  case Place::Input:
    // Kernels only read their inputs.
    return static_cast<char *>(
        const_cast<void *>(bindings.inputs[buffer.index]));
  case Place::Output:
    return static_cast<char *>(bindings.outputs[buffer.index]);
  case Place::Arena:
    return bindings.arena + buffer.offset * bindings.batch;
  case Place::Weights:
    return const_cast<char *>(bindings.weights) + buffer.offset;
  case Place::Expanded:
    return const_cast<char *>(bindings.expanded) + buffer.offset;
  case Place::State:
    return bindings.states + buffer.offset * bindings.maxBatch;
  }
  __builtin_unreachable();
}

bool Arguments::create(const Entry &entry, void *context,
                       const DeviceDriver *driver) {
  userContext = context;
  int64_t numBuffers = 0, numDimensions = 0;
  forEachBuffer(entry, [&](const Buffer &buffer, int64_t) {
    ++numBuffers;
    numDimensions += buffer.rank;
  });

  size_t bufferBytes = numBuffers * sizeof(halide_buffer_t);
  size_t argumentBytes = (numBuffers + entry.numSteps) * sizeof(void *);
  size_t dimensionBytes = numDimensions * sizeof(halide_dimension_t);
  memory = calloc(1, bufferBytes + argumentBytes + dimensionBytes + 1);
  if (!memory)
    return false;
  buffers = static_cast<halide_buffer_t *>(memory);
  arguments = reinterpret_cast<void **>(buffers + numBuffers);
  auto *dimensions = reinterpret_cast<halide_dimension_t *>(
      arguments + numBuffers + entry.numSteps);

  forEachBuffer(entry, [&](const Buffer &buffer, int64_t number) {
    buffers[number].type = getHalideType(buffer.type, driver);
    buffers[number].dimensions = buffer.rank;
    buffers[number].dim = dimensions;
    dimensions += buffer.rank;
  });
  int64_t number = 0;
  for (int64_t step = 0; step < entry.numSteps; ++step) {
    void **list = get(step, number);
    *list++ = &userContext;
    for (int64_t i = 0; i < entry.steps[step].numBuffers; ++i)
      *list++ = &buffers[number++];
  }
  return true;
}

void Arguments::destroy() { free(memory); }

void Arguments::setExtents(const Entry &entry, int64_t batch) {
  forEachBuffer(entry, [&](const Buffer &buffer, int64_t number) {
    for (int32_t dim = 0; dim < buffer.rank; ++dim) {
      halide_dimension_t &dimension = buffers[number].dim[dim];
      const Dimension &described = buffer.dimensions[dim];
      dimension.extent = static_cast<int32_t>(resolve(described.extent, batch));
      dimension.stride = static_cast<int32_t>(resolve(described.stride, batch));
    }
  });
}

void Arguments::bind(const Entry &entry, const Bindings &bindings) {
  if (bindings.batch != lastBatch)
    setExtents(entry, bindings.batch);
  lastBatch = bindings.batch;
  forEachBuffer(entry, [&](const Buffer &buffer, int64_t number) {
    char *address = getAddress(buffer, bindings);
    if (bindings.isOnDevice)
      buffers[number].device = reinterpret_cast<uint64_t>(address);
    else
      buffers[number].host = reinterpret_cast<uint8_t *>(address);
  });
}
