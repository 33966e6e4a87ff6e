//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constants that are made of others: elements of every size, contexts that
// share them in several threads, and reading them in a run.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "vitrail/Runtime/Program.h"

#include <pthread.h>
#include <stddef.h>

using namespace vitrail::runtime;

extern "C" ExpandedWeights vitrail_expanded_weights;

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

/// Sources of elements of each size, and indices.
static const struct alignas(64) {
  uint8_t bytes[64];
  uint16_t shorts[32];
  uint32_t words[16];
  uint64_t longs[8];
  int32_t indices[4];
} weights = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
             {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111},
             {200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211},
             {300, 301, 302, 303, 304, 305, 306, 307},
             {1, 0, 3, 3}};

#define OFFSET(field) offsetof(decltype(weights), field)
/// [2, 4, 3], [1, 4, 2], [5, 4, 1], where all of a kind are equal, and
/// [2, 4, 2], the last dimension backwards.
static const Expansion expansions[] = {
    {0, OFFSET(bytes), OFFSET(indices), 1, 2, 4, 3, 4, 2},
    {64, OFFSET(shorts), OFFSET(indices), 2, 1, 4, 2, 0, 4},
    {128, OFFSET(words), OFFSET(indices), 4, 5, 4, 1, 0, 1},
    {256, OFFSET(longs) + 8, OFFSET(indices), 8, 2, 4, 2, 3, -1}};

static constexpr int64_t numConstants = 4;
static const int64_t counts[numConstants] = {24, 8, 20, 16};
static const Dimension dimensions[numConstants] = {
    {24, 1}, {8, 1}, {20, 1}, {16, 1}};
static constexpr vitrail_type types[numConstants] = {VITRAIL_U8, VITRAIL_F16,
                                                     VITRAIL_I32, VITRAIL_I64};
static const Buffer buffers[numConstants][2] = {
    {{Place::Expanded, 0, 0, types[0], 1, &dimensions[0]},
     {Place::Output, 0, 0, types[0], 1, &dimensions[0]}},
    {{Place::Expanded, 0, 64, types[1], 1, &dimensions[1]},
     {Place::Output, 1, 0, types[1], 1, &dimensions[1]}},
    {{Place::Expanded, 0, 128, types[2], 1, &dimensions[2]},
     {Place::Output, 2, 0, types[2], 1, &dimensions[2]}},
    {{Place::Expanded, 0, 256, types[3], 1, &dimensions[3]},
     {Place::Output, 3, 0, types[3], 1, &dimensions[3]}}};
static const Step steps[numConstants] = {{nullptr, "copy", buffers[0], 2},
                                         {nullptr, "copy", buffers[1], 2},
                                         {nullptr, "copy", buffers[2], 2},
                                         {nullptr, "copy", buffers[3], 2}};
static const Entry entry = {steps, numConstants};
static const vitrail_tensor_info outputs[numConstants] = {
    {"bytes", types[0], 1, &counts[0], nullptr},
    {"shorts", types[1], 1, &counts[1], nullptr},
    {"words", types[2], 1, &counts[2], nullptr},
    {"longs", types[3], 1, &counts[3], nullptr}};
static const vitrail_entry_info entryInfo = {"run", 0, numConstants, nullptr,
                                             outputs};
static const vitrail_model_info info = {
    VITRAIL_ABI,     "expander", "vitrail test", "test", 1,
    sizeof(weights), 64,         nullptr,        1,      &entryInfo};
static const char *noFeatures[] = {nullptr};
static const Variant variant = {"test", noFeatures, &entry};
static const Program program = {
    &info,   &variant,   1, &weights,  0,
    nullptr, expansions, 4, 256 + 128, &vitrail_expanded_weights};

//===----------------------------------------------------------------------===//
// The tests
//===----------------------------------------------------------------------===//

static vitrail_context *create(int32_t threads) {
  vitrail_context *context = nullptr;
  vitrail_options options = {.threads = threads};
  CHECK(vitrail_runtime_create(&program, &context, &options) == VITRAIL_OK);
  return context;
}

/// Whether `result` is what `expansion` says.
template <typename T>
static void checkElements(const Expansion &expansion, const char *result) {
  const auto *source = reinterpret_cast<const T *>(
      reinterpret_cast<const char *>(&weights) + expansion.source);
  for (int64_t o = 0; o < expansion.outer; ++o)
    for (int64_t i = 0; i < expansion.numIndices; ++i)
      for (int64_t c = 0; c < expansion.inner; ++c) {
        T element;
        memcpy(&element, result, sizeof(T));
        result += sizeof(T);
        CHECK(element == source[o * expansion.outerStride + weights.indices[i] +
                                c * expansion.innerStride]);
      }
}

static void checkRun(vitrail_context *context) {
  char results[numConstants][128];
  void *out[] = {results[0], results[1], results[2], results[3]};
  CHECK(vitrail_runtime_run(&program, context, 0, 1, nullptr, out) ==
        VITRAIL_OK);
  checkElements<uint8_t>(expansions[0], results[0]);
  checkElements<uint16_t>(expansions[1], results[1]);
  checkElements<uint32_t>(expansions[2], results[2]);
  checkElements<uint64_t>(expansions[3], results[3]);
}

static void *runContext(void *) {
  for (int i = 0; i < 200; ++i) {
    vitrail_context *context = create(1 + i % 2);
    checkRun(context);
    vitrail_runtime_destroy(context);
  }
  return nullptr;
}

/// Of constants that are larger than any address.
static void testOutOfMemory() {
  Program huge = program;
  huge.expandedSize = uint64_t(1) << 62;
  vitrail_context *context = nullptr;
  CHECK(vitrail_runtime_create(&huge, &context, nullptr) ==
        VITRAIL_OUT_OF_MEMORY);
  CHECK_TEXT(vitrail_runtime_message(context),
             "out of memory: constants (4611686018427387904 bytes)");
  vitrail_runtime_destroy(context);
  puts("out of memory");
}

int main() {
  vitrail_context *first = create(2), *second = create(1);
  checkRun(first);
  vitrail_runtime_destroy(first);
  checkRun(second);
  vitrail_runtime_destroy(second);
  puts("shared");

  pthread_t callers[3];
  for (pthread_t &caller : callers)
    CHECK(pthread_create(&caller, nullptr, runContext, nullptr) == 0);
  for (pthread_t &caller : callers)
    CHECK(pthread_join(caller, nullptr) == 0);
  puts("concurrent");
  testOutOfMemory();
}
