//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Batches that are computed in parts: when, and that each part finds its
// samples in inputs and outputs. The program is y = x * s, where s is the same
// for all samples, by way of the arena.
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/Samples.h"
#include "Check.h"

#include <HalideRuntime.h>

using namespace vitrail::runtime;

static void testChoice() {
  constexpr int64_t kib = 1024;
  // 100 KiB of activations for a sample, which are written and read ten times.
  Traffic traffic = {1, 200 * kib, 1000 * kib, 100 * kib};
  CHECK(chooseSamples(traffic, 250 * kib, 1, 2) == 2);
  CHECK(chooseSamples(traffic, 250 * kib, 1, 3) == 2);
  CHECK(chooseSamples(traffic, 250 * kib, 1, 5) == 2);
  CHECK(chooseSamples(traffic, 250 * kib, 1, 8) == 2);
  CHECK(chooseSamples(traffic, 310 * kib, 1, 8) == 3);
  // Each thread has a cache.
  CHECK(chooseSamples(traffic, 250 * kib, 2, 8) == 4);
  CHECK(chooseSamples(traffic, 250 * kib, 4, 8) == 8);
  // One sample is the least.
  CHECK(chooseSamples(traffic, 10 * kib, 1, 8) == 1);
  // Weights that are read for each part cost more than they save.
  traffic.weightBytes = 2666 * kib;
  CHECK(chooseSamples(traffic, 250 * kib, 1, 8) == 2);
  traffic.weightBytes = 2667 * kib;
  CHECK(chooseSamples(traffic, 250 * kib, 1, 8) == 8);
  // What is kept between calls has places for whole batches.
  traffic = {0, 0, 1000 * kib, 100 * kib};
  CHECK(chooseSamples(traffic, 10 * kib, 1, 8) == 8);
  traffic = {1, 0, 1000 * kib, 0};
  CHECK(chooseSamples(traffic, 10 * kib, 1, 8) == 8);
  puts("choice");
}

static constexpr int64_t maxBatch = 7, width = 3;
static int numCalls = 0;
static int64_t samplesOfCalls[2 * maxBatch];

static int scaleKernel(void **arguments) {
  auto *x = static_cast<halide_buffer_t *>(arguments[1]);
  auto *s = static_cast<halide_buffer_t *>(arguments[2]);
  auto *y = static_cast<halide_buffer_t *>(arguments[3]);
  samplesOfCalls[numCalls++] = y->dim[1].extent;
  for (int64_t i = 0; i < width * y->dim[1].extent; ++i)
    reinterpret_cast<float *>(y->host)[i] =
        reinterpret_cast<float *>(x->host)[i] *
        reinterpret_cast<float *>(s->host)[i % width];
  return 0;
}

static const Dimension batched[] = {{width, 1}, {-1, width}};
static const Dimension single[] = {{width, 1}};
static const Buffer firstBuffers[] = {
    {Place::Input, 0, 0, VITRAIL_F32, 2, batched},
    {Place::Input, 1, 0, VITRAIL_F32, 1, single},
    {Place::Arena, 0, 0, VITRAIL_F32, 2, batched}};
static const Buffer secondBuffers[] = {
    {Place::Arena, 0, 0, VITRAIL_F32, 2, batched},
    {Place::Input, 1, 0, VITRAIL_F32, 1, single},
    {Place::Output, 0, 0, VITRAIL_F32, 2, batched}};
static const Step steps[] = {{scaleKernel, "first", firstBuffers, 3},
                             {scaleKernel, "second", secondBuffers, 3}};
static const Entry entry = {steps, 2, {1, 0, 96, 64}};

static const int64_t shape[] = {-1, width}, singleShape[] = {width};
static const vitrail_tensor_info inputs[] = {
    {"x", VITRAIL_F32, 2, shape, nullptr},
    {"s", VITRAIL_F32, 1, singleShape, nullptr}};
static const vitrail_tensor_info output = {"y", VITRAIL_F32, 2, shape, nullptr};
static const vitrail_entry_info entryInfo = {"run", 2, 1, inputs, &output};
static const vitrail_model_info info = {
    VITRAIL_ABI, "scaler", "vitrail test", "test", maxBatch,
    0,           64,       nullptr,        1,      &entryInfo};
static const char *noFeatures[] = {nullptr};

/// Runs a batch on one thread, whose cache holds so many samples, and compares
/// the numbers of samples that kernels were called for.
static void checkRun(int64_t batch, int64_t cached,
                     std::initializer_list<int64_t> parts) {
  Variant variant = {"test", noFeatures, &entry, nullptr, cached * 64};
  Program program = {&info, &variant, 1};
  vitrail_context *context = nullptr;
  vitrail_options options = {.threads = 1};
  CHECK(vitrail_runtime_create(&program, &context, &options) == VITRAIL_OK);
  float x[maxBatch * width], y[maxBatch * width];
  const float s[width] = {2, 3, 5};
  for (int i = 0; i < maxBatch * width; ++i) {
    x[i] = static_cast<float>(i + 1);
    y[i] = -1;
  }
  const void *in[] = {x, s};
  void *out[] = {y};
  numCalls = 0;
  CHECK(vitrail_runtime_run(&program, context, 0, batch, in, out) ==
        VITRAIL_OK);
  for (int64_t i = 0; i < maxBatch * width; ++i)
    CHECK(y[i] ==
          (i < batch * width ? x[i] * s[i % width] * s[i % width] : -1));
  CHECK(numCalls == int(2 * parts.size()));
  int call = 0;
  for (int64_t samples : parts)
    for (int step = 0; step < 2; ++step)
      CHECK(samplesOfCalls[call++] == samples);
  vitrail_runtime_destroy(context);
}

int main() {
  testChoice();
  checkRun(7, 7, {7});
  checkRun(7, 3, {3, 3, 1});
  checkRun(5, 4, {3, 2});
  checkRun(4, 0, {1, 1, 1, 1});
  checkRun(1, 0, {1});
  puts("parts");
}
