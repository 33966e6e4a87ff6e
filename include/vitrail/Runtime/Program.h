//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the compiler hands to the runtime: the steps of a compiled model as
// constant tables, and the functions that carry them out. lib/Target/Library
// writes the tables into each library field by field in the order given here;
// lib/Runtime reads them. Both sides are of one version, because both are
// linked into the same library.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUNTIME_PROGRAM_H
#define VITRAIL_RUNTIME_PROGRAM_H

#include "vitrail/Runtime/vitrail.h"

namespace vitrail::runtime {

/// The drivers by the symbols that tables refer to; each is linked only into
/// libraries that do.
inline constexpr char cudaDriverSymbol[] = "vitrail_cuda_driver";
inline constexpr char openclDriverSymbol[] = "vitrail_opencl_driver";

/// The same for what contexts share of expanded constants.
inline constexpr char expandedWeightsSymbol[] = "vitrail_expanded_weights";

/// Where the elements of a buffer are.
enum class Place : int32_t {
  Input,    ///< In the caller's input `index`.
  Output,   ///< In the caller's output `index`.
  Arena,    ///< In the context's arena, at `offset` times the batch.
  Weights,  ///< In the weights, at `offset`.
  State,    ///< In the context's states, at `offset` times its largest batch.
  Expanded, ///< In the expanded constants, at `offset`.
};

/// One dimension: extent and stride are in elements, k >= 0, or -k for k times
/// the batch.
struct Dimension {
  int64_t extent;
  int64_t stride;
};

/// A tensor as an argument of a step; the innermost dimension comes first.
struct Buffer {
  Place place;
  int32_t index;
  int64_t offset; ///< In bytes.
  vitrail_type type;
  int32_t rank;
  const Dimension *dimensions;
};

/// A kernel as the compiler wraps it: the address of the user context's
/// address, then a `halide_buffer_t *` for each input, then one for each
/// output.
using Kernel = int (*)(void **arguments);

/// Runs `kernel` on its inputs, then its outputs; without a kernel, copies the
/// first buffer to the second.
struct Step {
  Kernel kernel;
  const char *name;
  const Buffer *buffers;
  int64_t numBuffers;
};

/// The steps of one entry, in order.
struct Entry {
  const Step *steps;
  int64_t numSteps;
};

/// What is kept between calls, at `offset` times the context's largest batch.
struct State {
  int64_t offset;     ///< In bytes.
  int64_t size;       ///< In bytes, of one sample.
  int64_t timesBatch; ///< Whether each sample has its own; else there is one.
};

/// A constant that is made of the weights when the first context is:
///
///   result[o, i, c] = source[o * outerStride + indices[i] + c * innerStride]
///
/// where indices are i32 and strides in elements.
struct Expansion {
  int64_t offset;          ///< In bytes, among the expanded constants.
  int64_t source, indices; ///< In bytes, in the weights.
  int64_t elementSize;     ///< In bytes.
  int64_t outer, numIndices, inner;
  int64_t outerStride, innerStride;
};

class ExpandedWeights;
struct DeviceDriver;

/// What a model does on one kind of processor, or of device.
struct Variant {
  const char *target;
  const char *const *cpuFeatures; ///< Null-terminated; of CpuFeatures.def.
  const Entry *entries;           ///< As many as the info's.
  const DeviceDriver *driver;     ///< Null where the processor runs kernels.
};

/// A compiled model.
struct Program {
  const vitrail_model_info *info;
  const Variant *variants; ///< Those that need the most come first, those of
                           ///< devices last.
  int64_t numVariants;     ///< At least 1.
  const void *weights;     ///< Null where they are in a file.
  uint64_t weightsHash;
  const State *states; ///< As many as the info's.
  const Expansion *expansions;
  int64_t numExpansions;
  uint64_t expandedSize;     ///< Bytes of all expanded constants.
  ExpandedWeights *expanded; ///< Null where there are none.
};

/// What a file of weights begins with, in little-endian byte order. The weights
/// follow; the header's size keeps them aligned to 64 bytes.
struct WeightsHeader {
  char magic[8]; ///< `weightsMagic`
  uint32_t version;
  uint32_t headerSize;
  uint64_t size; ///< Bytes after the header.
  uint64_t hash; ///< Of those bytes, as the compiler computes it.
  uint8_t reserved[32];
};
static_assert(sizeof(WeightsHeader) == 64);

/// The first bytes of every file of weights.
inline constexpr char weightsMagic[8] = {'V', 'I', 'T', 'R',
                                         'A', 'I', 'L', 'W'};

/// Of the format; a reader takes its own alone.
inline constexpr uint32_t weightsVersion = 1;

} // namespace vitrail::runtime

extern "C" {

/// The functions behind a library's entry points; see vitrail.h.
vitrail_status vitrail_runtime_create(const vitrail::runtime::Program *program,
                                      vitrail_context **context,
                                      const vitrail_options *options);
vitrail_status vitrail_runtime_run(const vitrail::runtime::Program *program,
                                   vitrail_context *context, int32_t entry,
                                   int64_t batch, const void *const *inputs,
                                   void *const *outputs);
vitrail_status vitrail_runtime_reset(const vitrail::runtime::Program *program,
                                     vitrail_context *context);
vitrail_status vitrail_runtime_reorder(const vitrail::runtime::Program *program,
                                       vitrail_context *context, int64_t count,
                                       const int64_t *parents);
vitrail_status
vitrail_runtime_generate(const vitrail::runtime::Program *program,
                         vitrail_context *context, int64_t batch,
                         const int32_t *source,
                         const vitrail_generate_options *options,
                         int32_t *tokens, int32_t *lengths, float *scores);
vitrail_status vitrail_runtime_profile(const vitrail::runtime::Program *program,
                                       vitrail_context *context, int32_t entry,
                                       int64_t batch, const void *const *inputs,
                                       void *const *outputs,
                                       vitrail_profile *profile);
void vitrail_runtime_device(const vitrail_context *context,
                            vitrail_device_info *info);
const char *vitrail_runtime_message(const vitrail_context *context);
void vitrail_runtime_destroy(vitrail_context *context);

} // extern "C"

#endif // VITRAIL_RUNTIME_PROGRAM_H
