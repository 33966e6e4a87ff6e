//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Contexts on a program written by hand: y = x + w by a kernel with a parallel
// loop, and a copy; every refusal that vitrail.h promises; hooks of kernels.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "vitrail/Runtime/Program.h"

#include <HalideRuntime.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

using namespace vitrail::runtime;

static constexpr int64_t maxBatch = 4, width = 3;

//===----------------------------------------------------------------------===//
// The kernels
//===----------------------------------------------------------------------===//

namespace {
struct AddClosure {
  const halide_buffer_t *input, *weights, *output;
};
} // namespace

/// One row of the sum.
static int addRow(void *, int row, uint8_t *closure) {
  auto [input, weights, output] = *reinterpret_cast<AddClosure *>(closure);
  auto *x = reinterpret_cast<float *>(input->host);
  auto *w = reinterpret_cast<float *>(weights->host);
  auto *y = reinterpret_cast<float *>(output->host);
  for (int i = 0; i < width; ++i)
    y[row * width + i] = x[row * width + i] + w[i];
  return 0;
}

/// What the next call of `addKernel` does instead, where not 0.
static int nextResult = 0;

static int addKernel(void **arguments) {
  void *context = *static_cast<void **>(arguments[0]);
  AddClosure closure = {static_cast<halide_buffer_t *>(arguments[1]),
                        static_cast<halide_buffer_t *>(arguments[2]),
                        static_cast<halide_buffer_t *>(arguments[3])};
  const halide_buffer_t &output = *closure.output;
  CHECK(output.type.code == halide_type_float && output.type.bits == 32);
  CHECK(output.dimensions == 2);
  CHECK(output.dim[0].extent == width && output.dim[0].stride == 1);
  CHECK(output.dim[1].stride == width);
  CHECK(closure.input->dim[1].extent == output.dim[1].extent);
  CHECK(closure.weights->dimensions == 1);
  if (nextResult == halide_error_code_out_of_memory)
    return halide_error_out_of_memory(context);
  if (nextResult == halide_error_code_bad_dimensions)
    return halide_error_bad_dimensions(context, "input 'x'", 3, 2);
  if (nextResult != 0)
    return nextResult;
  return halide_do_par_for(context, addRow, 0, output.dim[1].extent,
                           reinterpret_cast<uint8_t *>(&closure));
}

/// Memory from the context: aligned, apart, and the same block again.
static int memoryKernel(void **arguments) {
  void *context = *static_cast<void **>(arguments[0]);
  void *blocks[40];
  for (size_t i = 0; i < 40; ++i) {
    size_t size = (size_t(1) << i / 2) + i % 2 * 5;
    blocks[i] = halide_malloc(context, size);
    CHECK(blocks[i] && reinterpret_cast<uintptr_t>(blocks[i]) % 128 == 0);
    memset(blocks[i], static_cast<int>(i), size);
  }
  for (size_t i = 0; i < 40; ++i) {
    size_t size = (size_t(1) << i / 2) + i % 2 * 5;
    auto *bytes = static_cast<unsigned char *>(blocks[i]);
    CHECK(bytes[0] == i && bytes[size - 1] == i);
    halide_free(context, blocks[i]);
  }
  halide_free(context, nullptr);
  void *again = halide_malloc(context, 1000);
  halide_free(context, again);
  CHECK(halide_malloc(context, 1001) == again);
  halide_free(context, again);
  CHECK(halide_malloc(context, SIZE_MAX) == nullptr);
  return 0;
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

static const float weightValues[width] = {10, 20, 30};
static const Dimension batched[] = {{width, 1}, {-1, width}};
static const Dimension single[] = {{width, 1}};
static const Buffer addBuffers[] = {
    {Place::Input, 0, 0, VITRAIL_F32, 2, batched},
    {Place::Weights, 0, 0, VITRAIL_F32, 1, single},
    {Place::Arena, 0, 64, VITRAIL_F32, 2, batched}};
static const Buffer addAgainBuffers[] = {
    {Place::Arena, 0, 64, VITRAIL_F32, 2, batched},
    {Place::Weights, 0, 0, VITRAIL_F32, 1, single},
    {Place::Output, 0, 0, VITRAIL_F32, 2, batched}};
static const Buffer copyBuffers[] = {
    {Place::Input, 0, 0, VITRAIL_F32, 2, batched},
    {Place::Output, 1, 0, VITRAIL_F32, 2, batched}};
static const Step addSteps[] = {{addKernel, "add", addBuffers, 3},
                                {nullptr, "copy", copyBuffers, 2},
                                {addKernel, "add_again", addAgainBuffers, 3}};
static const Buffer memoryBuffers[] = {
    {Place::Output, 0, 0, VITRAIL_F32, 1, single}};
static const Step memorySteps[] = {{memoryKernel, "memory", memoryBuffers, 1}};
static const Entry entries[] = {{addSteps, 3}, {memorySteps, 1}};

static const int64_t shape[] = {-1, width}, flatShape[] = {width};
static const vitrail_tensor_info input = {"x", VITRAIL_F32, 2, shape, nullptr};
static const vitrail_tensor_info outputs[] = {
    {"y", VITRAIL_F32, 2, shape, nullptr},
    {"same", VITRAIL_F32, 2, shape, nullptr}};
static const vitrail_tensor_info flat = {"z", VITRAIL_F32, 1, flatShape,
                                         nullptr};
static const vitrail_entry_info entryInfos[] = {
    {"forward", 1, 2, &input, outputs}, {"memory", 0, 1, nullptr, &flat}};
static vitrail_model_info info = {
    VITRAIL_ABI,          "adder", "vitrail test", "test", maxBatch,
    sizeof(weightValues), 128,     nullptr,        2,      entryInfos};
static const char *noFeatures[] = {nullptr};

/// For testVariants: fails, so that one sees that it was chosen.
static int failAsBest(void **) { return 7; }
static const Step bestSteps[] = {
    {failAsBest, "best", addSteps[0].buffers, addSteps[0].numBuffers}};
static const Entry bestEntries[] = {{bestSteps, 1}, {memorySteps, 1}};
static Variant variants[] = {{"best", noFeatures, bestEntries},
                             {"test", noFeatures, entries}};
static Program program = {&info, &variants[1], 1, weightValues, 0x1234};

//===----------------------------------------------------------------------===//
// The tests
//===----------------------------------------------------------------------===//

static vitrail_context *create(vitrail_options options) {
  vitrail_context *context = nullptr;
  CHECK(vitrail_runtime_create(&program, &context, &options) == VITRAIL_OK);
  CHECK_TEXT(vitrail_runtime_message(context), "");
  return context;
}

static void checkRun(vitrail_context *context, int64_t batch) {
  float x[maxBatch * width], y[maxBatch * width], same[maxBatch * width];
  for (int i = 0; i < maxBatch * width; ++i) {
    x[i] = static_cast<float>(i);
    y[i] = same[i] = -1;
  }
  const void *in[] = {x};
  void *out[] = {y, same};
  CHECK(vitrail_runtime_run(&program, context, 0, batch, in, out) ==
        VITRAIL_OK);
  for (int64_t i = 0; i < maxBatch * width; ++i) {
    bool inside = i < batch * width;
    CHECK(y[i] == (inside ? x[i] + 2 * weightValues[i % width] : -1));
    CHECK(same[i] == (inside ? x[i] : -1));
  }
}

static void testRun() {
  vitrail_context *context = create({});
  for (int64_t batch : {1, 4, 2, 3, 1})
    checkRun(context, batch);
  void *out[] = {nullptr};
  float z[width];
  out[0] = z;
  for (int i = 0; i < 2; ++i)
    CHECK(vitrail_runtime_run(&program, context, 1, 1, nullptr, out) ==
          VITRAIL_OK);
  vitrail_runtime_destroy(context);
  // Without options, too.
  CHECK(vitrail_runtime_create(&program, &context, nullptr) == VITRAIL_OK);
  checkRun(context, 4);
  vitrail_runtime_destroy(context);
  vitrail_runtime_destroy(nullptr);
  puts("run");
}

/// Runs with one input and output and expects a refusal.
static void refuse(vitrail_context *context, int32_t entry, int64_t batch,
                   const void *in, void *out, const char *message) {
  const void *ins[] = {in};
  void *outs[] = {out, out};
  CHECK(vitrail_runtime_run(&program, context, entry, batch, ins, outs) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK_TEXT(vitrail_runtime_message(context), message);
}

static void testArguments() {
  float data[maxBatch * width] = {};
  vitrail_context *context = create({.threads = 1, .max_batch = 2});
  refuse(context, 0, 0, data, data, "batch is 0, must be 1 to 2");
  refuse(context, 0, 3, data, data, "batch is 3, must be 1 to 2");
  refuse(context, 0, -1, data, data, "batch is -1, must be 1 to 2");
  refuse(context, 2, 1, data, data, "entry is 2, must be 0 to 1");
  refuse(context, -1, 1, data, data, "entry is -1, must be 0 to 1");
  refuse(context, 0, 1, nullptr, data, "input 'x' is a null pointer");
  refuse(context, 0, 1, data, nullptr, "output 'y' is a null pointer");
  CHECK(vitrail_runtime_run(&program, context, 0, 1, nullptr, nullptr) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK_TEXT(vitrail_runtime_message(context), "input 'x' is a null pointer");
  // A refused call leaves the context good.
  checkRun(context, 2);
  CHECK_TEXT(vitrail_runtime_message(context), "");

  vitrail_model_info otherInfo = info;
  otherInfo.name = "other";
  Program other = program;
  other.info = &otherInfo;
  const void *in[] = {data};
  void *out[] = {data, data};
  CHECK(vitrail_runtime_run(&other, context, 0, 1, in, out) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK_TEXT(vitrail_runtime_message(context),
             "the context belongs to model 'adder', not to 'other'");
  vitrail_runtime_destroy(context);

  CHECK(vitrail_runtime_run(&program, nullptr, 0, 1, in, out) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK(vitrail_runtime_create(&program, nullptr, nullptr) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK_TEXT(vitrail_runtime_message(nullptr),
             "no context: out of memory, or it was never made");
  puts("arguments");
}

/// Expects `create` to fail, and the context to be good for its message.
static void refuseCreate(vitrail_options options, vitrail_status status,
                         const char *message) {
  vitrail_context *context = nullptr;
  CHECK(vitrail_runtime_create(&program, &context, &options) == status);
  CHECK(context);
  CHECK_TEXT(vitrail_runtime_message(context), message);
  CHECK(vitrail_runtime_run(&program, context, 0, 1, nullptr, nullptr) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK_TEXT(vitrail_runtime_message(context), message);
  vitrail_runtime_destroy(context);
}

static void testOptions() {
  refuseCreate({.max_batch = 5}, VITRAIL_INVALID_ARGUMENT,
               "max_batch is 5, must be 1 to 4, or 0 for 4");
  refuseCreate({.max_batch = -1}, VITRAIL_INVALID_ARGUMENT,
               "max_batch is -1, must be 1 to 4, or 0 for 4");
  refuseCreate({.threads = -1}, VITRAIL_INVALID_ARGUMENT,
               "threads is -1, must be 1 to 1024, or 0 for all");
  refuseCreate({.threads = 1025}, VITRAIL_INVALID_ARGUMENT,
               "threads is 1025, must be 1 to 1024, or 0 for all");

  const char *features[] = {"sse2", "warp-drive", nullptr};
  variants[1].cpuFeatures = features;
  refuseCreate({}, VITRAIL_UNSUPPORTED_CPU,
               "this processor lacks 'warp-drive', which the library's target "
               "'test' needs");
  features[1] = nullptr;
  vitrail_runtime_destroy(create({}));
  variants[1].cpuFeatures = noFeatures;

  info.arena_size = UINT64_MAX / 8;
  refuseCreate({}, VITRAIL_OUT_OF_MEMORY,
               "out of memory: activations (9223372036854775804 bytes)");
  info.arena_size = 128;
  puts("options");
}

/// The first variant that the processor runs is taken, or the one that the
/// environment names.
static void testVariants() {
  const char *features[] = {"sse2", "warp-drive", nullptr};
  const char *others[] = {"time-travel", nullptr};
  program.variants = variants;
  program.numVariants = 2;

  auto expectVariant = [](const Variant *expected) {
    float data[width] = {}, doubled[width], moved[width];
    const void *in[] = {data};
    void *out[] = {doubled, moved};
    vitrail_context *context = create({.threads = 1});
    bool isBest = vitrail_runtime_run(&program, context, 0, 1, in, out) ==
                  VITRAIL_KERNEL_ERROR;
    CHECK_TEXT(vitrail_runtime_message(context),
               isBest ? "kernel 'best' failed: code 7" : "");
    CHECK(isBest == (expected == &variants[0]));
    vitrail_runtime_destroy(context);
  };
  expectVariant(&variants[0]);
  variants[0].cpuFeatures = features;
  expectVariant(&variants[1]);
  variants[1].cpuFeatures = others;
  refuseCreate({}, VITRAIL_UNSUPPORTED_CPU,
               "this processor lacks 'time-travel', which the library's target "
               "'test' needs");

  setenv("VITRAIL_TARGET", "best", 1);
  refuseCreate({}, VITRAIL_UNSUPPORTED_CPU,
               "this processor lacks 'warp-drive', which the library's target "
               "'best' needs");
  variants[0].cpuFeatures = variants[1].cpuFeatures = noFeatures;
  expectVariant(&variants[0]);
  setenv("VITRAIL_TARGET", "test", 1);
  expectVariant(&variants[1]);
  setenv("VITRAIL_TARGET", "worst", 1);
  refuseCreate({}, VITRAIL_INVALID_ARGUMENT,
               "VITRAIL_TARGET is 'worst', which is none of the library's "
               "targets test");

  // Without a choice nobody is asked.
  program.variants = &variants[1];
  program.numVariants = 1;
  expectVariant(&variants[1]);
  unsetenv("VITRAIL_TARGET");
  puts("variants");
}

static void testKernelErrors() {
  float data[width] = {};
  const void *in[] = {data};
  void *out[] = {data, data};
  vitrail_context *context = create({});
  auto run = [&](int result) {
    nextResult = result;
    vitrail_status status =
        vitrail_runtime_run(&program, context, 0, 1, in, out);
    nextResult = 0;
    return status;
  };
  CHECK(run(halide_error_code_bad_dimensions) == VITRAIL_KERNEL_ERROR);
  CHECK_TEXT(vitrail_runtime_message(context),
             "kernel 'add' failed: input 'x' has 3 dimensions, expected 2");
  CHECK(run(halide_error_code_out_of_memory) == VITRAIL_OUT_OF_MEMORY);
  CHECK_TEXT(vitrail_runtime_message(context),
             "kernel 'add' failed: out of memory");
  CHECK(run(7) == VITRAIL_KERNEL_ERROR);
  CHECK_TEXT(vitrail_runtime_message(context), "kernel 'add' failed: code 7");
  checkRun(context, 3);
  vitrail_runtime_destroy(context);
  puts("kernel errors");
}

static void *runContext(void *) {
  vitrail_context *context = create({.threads = 3});
  for (int i = 0; i < 500; ++i)
    checkRun(context, i % maxBatch + 1);
  vitrail_runtime_destroy(context);
  return nullptr;
}

static void testConcurrentContexts() {
  pthread_t callers[4];
  for (pthread_t &caller : callers)
    CHECK(pthread_create(&caller, nullptr, runContext, nullptr) == 0);
  for (pthread_t &caller : callers)
    CHECK(pthread_join(caller, nullptr) == 0);
  puts("concurrent contexts");
}

/// Writes a weights file of `header`, the weights, and `more` bytes (cut off
/// where negative).
static void writeWeights(const char *path, WeightsHeader header, int more) {
  char bytes[sizeof(header) + sizeof(weightValues) + 8] = {};
  memcpy(bytes, &header, sizeof(header));
  memcpy(bytes + sizeof(header), weightValues, sizeof(weightValues));
  FILE *file = fopen(path, "wb");
  size_t size = sizeof(header) + sizeof(weightValues) + more;
  CHECK(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/// In the working directory.
static void testWeightsFile() {
  const char *path = "weights-test.vw";
  info.weights_file = "not-there.vw";
  program.weights = nullptr;
  WeightsHeader good = {
      {}, weightsVersion, sizeof(WeightsHeader), sizeof(weightValues), 0x1234,
      {}};
  memcpy(good.magic, weightsMagic, sizeof(weightsMagic));

  writeWeights(path, good, 0);
  vitrail_context *context = create({.weights_file = path});
  checkRun(context, 4);
  vitrail_runtime_destroy(context);

  auto refuseFile = [&](WeightsHeader header, int more, const char *message) {
    writeWeights(path, header, more);
    refuseCreate({.weights_file = path}, VITRAIL_WEIGHTS_ERROR, message);
  };
  WeightsHeader bad = good;
  bad.magic[0] = 'X';
  refuseFile(bad, 0, "'weights-test.vw' is not a file of vitrail weights");
  refuseFile(good, -13, "'weights-test.vw' is not a file of vitrail weights");
  refuseFile(good, -1,
             "weights file 'weights-test.vw' has 75 bytes, expected 76");
  refuseFile(good, 1,
             "weights file 'weights-test.vw' has 77 bytes, expected 76");
  bad = good;
  bad.version = 2;
  refuseFile(bad, 0,
             "weights file 'weights-test.vw' has format version 2, expected 1");
  bad = good;
  bad.hash = 0x4321;
  refuseFile(bad, 0,
             "weights file 'weights-test.vw' belongs to another library: it "
             "holds 12 bytes with hash 0000000000004321, expected 12 bytes "
             "with hash 0000000000001234");
  bad = good;
  bad.size = 8;
  refuseFile(bad, 0,
             "weights file 'weights-test.vw' belongs to another library: it "
             "holds 8 bytes with hash 0000000000001234, expected 12 bytes "
             "with hash 0000000000001234");
  refuseCreate({.weights_file = "/no/such/file"}, VITRAIL_WEIGHTS_ERROR,
               "cannot open weights file '/no/such/file': No such file or "
               "directory");
  refuseCreate({.weights_file = "."}, VITRAIL_WEIGHTS_ERROR,
               "'.' is not a file of vitrail weights");

  // Beside the library, here this program, under the library's name for it.
  vitrail_options none = {};
  CHECK(vitrail_runtime_create(&program, &context, &none) ==
        VITRAIL_WEIGHTS_ERROR);
  CHECK(strstr(vitrail_runtime_message(context),
               "not-there.vw': No such file or directory"));
  vitrail_runtime_destroy(context);

  info.weights_file = nullptr;
  program.weights = weightValues;
  puts("weights file");
}

int main() {
  testRun();
  testArguments();
  testOptions();
  testVariants();
  testKernelErrors();
  testConcurrentContexts();
  testWeightsFile();
}
