//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Contexts on a device that there is not: its memory is the host's, its kernels
// are here, and it counts what is asked of it. A step is what the compiler
// makes: it loads kernels and launches one by the hooks.
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/Device.h"
#include "Check.h"

#include <HalideRuntimeCuda.h>

#include <functional>
#include <utility>
#include <vector>

using namespace vitrail::runtime;

//===----------------------------------------------------------------------===//
// The device
//===----------------------------------------------------------------------===//

struct vitrail::runtime::Recording {
  std::vector<std::function<void()>> work;
};

static constexpr int width = 4, maxBatch = 3;

namespace {

/// What was asked for, and what is to fail.
struct {
  int opened, allocations, loads, launches, recordings, replays, closed;
  int early; ///< launches that may begin while the kernel before them runs
  vitrail_status openStatus;
  bool failsToAllocate, failsToMap, failsToLaunch, canRecord;
} fake;

class FakeDevice final : public Device {
public:
  vitrail_status open(const DeviceRequest &request, Message &given) override {
    message = &given;
    if (fake.openStatus != VITRAIL_OK)
      message->report("no device %d", request.index);
    else
      ++fake.opened;
    return fake.openStatus;
  }
  void close() override {
    ++fake.closed;
    delete this;
  }
  const char *getName() const override { return "Fake"; }
  int countMultiprocessors() const override { return 5; }
  const void *getIdentity() const override { return &fake; }

  void enter() override {
    CHECK(message && fake.openStatus == VITRAIL_OK);
    isEntered = true;
  }
  void leave() override { isEntered = false; }

  char *allocate(uint64_t bytes) override {
    CHECK(isEntered);
    if (fake.failsToAllocate)
      return nullptr;
    ++fake.allocations;
    void *memory = nullptr;
    return posix_memalign(&memory, 256, bytes) ? nullptr
                                               : static_cast<char *>(memory);
  }
  void release(char *address) override {
    CHECK(isEntered);
    fake.allocations -= address != nullptr;
    free(address);
  }
  bool copyIn(char *to, const void *from, uint64_t bytes) override {
    return memcpy(to, from, bytes);
  }
  bool copyOut(void *to, const char *from, uint64_t bytes) override {
    return memcpy(to, from, bytes);
  }
  const char *getPeakKernels() const override { return ""; }
  bool copy(char *to, const char *from, uint64_t bytes) override {
    return enqueue([=] { memcpy(to, from, bytes); });
  }
  bool clear(char *to, uint64_t bytes) override { return memset(to, 0, bytes); }
  bool synchronize() override { return true; }

  void *load(const char *source, size_t, bool) override {
    ++fake.loads;
    return const_cast<char *>(source);
  }
  void unload(void *) override { --fake.loads; }

  /// A map is the address of what it describes.
  bool makeTensorMap(const TensorBoxes &boxes, TensorMap &map) override {
    CHECK(boxes.rank == 2 && boxes.extents[0] == width && boxes.box[0] == 16);
    CHECK(boxes.elementBytes == sizeof(float));
    CHECK(boxes.extents[1] >= 1 && boxes.box[1] == 1);
    if (fake.failsToMap)
      message->report("the driver is too old");
    else
      memcpy(map.bytes, &boxes.address, sizeof(boxes.address));
    return !fake.failsToMap;
  }

  /// "add": the third argument is the sum of the others, which are vectors; the
  /// last describes the first.
  bool launch(void *module, const char *name, const Grid &grid,
              const KernelArgument *arguments, int count) override {
    CHECK_TEXT(static_cast<const char *>(module), "source");
    CHECK_TEXT(name, "add");
    CHECK(count == 5 && arguments[2].isAddress && !arguments[3].isAddress);
    CHECK(arguments[4].size == sizeof(TensorMap) && !arguments[4].isAddress);
    CHECK(memcmp(arguments[4].value, arguments[0].value, sizeof(void *)) == 0);
    CHECK(grid.threads[0] == 32 && grid.sharedBytes == 0);
    if (fake.failsToLaunch) {
      message->report("the device is on fire");
      return false;
    }
    ++fake.launches;
    fake.early += grid.canStartEarly;
    float *x[3];
    for (int i = 0; i < 3; ++i)
      memcpy(&x[i], arguments[i].value, sizeof(x[i]));
    int size;
    memcpy(&size, arguments[3].value, sizeof(size));
    return enqueue([=] {
      for (int i = 0; i < size; ++i)
        x[2][i] = x[0][i] + x[1][i % 4];
    });
  }

  bool mark(bool) override { return true; }
  double measure() override { return 0.25; }

  bool beginRecording() override {
    recording = fake.canRecord ? new Recording() : nullptr;
    return fake.canRecord;
  }
  Recording *endRecording() override {
    ++fake.recordings;
    return std::exchange(recording, nullptr);
  }
  bool replay(Recording *given) override {
    ++fake.replays;
    for (const auto &task : given->work)
      task();
    return true;
  }
  void forget(Recording *given) override {
    --fake.recordings;
    delete given;
  }

private:
  bool enqueue(std::function<void()> task) {
    if (recording)
      recording->work.push_back(std::move(task));
    else
      task();
    return true;
  }

  Message *message = nullptr;
  bool isEntered = false;
  Recording *recording = nullptr;
};

} // namespace

static DeviceShares shares;
static const DeviceDriver driver = {
    "cuda", 2, /*hasF16Bits=*/false, &shares,
    []() -> Device * { return new FakeDevice(); }};

//===----------------------------------------------------------------------===//
// The program: y = x + weights + weights; the state is what x was
//===----------------------------------------------------------------------===//

// What functions on memory call besides Halide's hooks.
extern "C" int vitrail_cuda_multiprocessors(void *context);
extern "C" int vitrail_cuda_tensor_map(void *context, void *map,
                                       const halide_buffer_t *buffer, int rank,
                                       const uint64_t *extents,
                                       const uint32_t *box);

extern "C" int vitrail_cuda_run_early(void *, void *, const char *, int, int,
                                      int, int, int, int, int, size_t *,
                                      void **, int8_t *);

/// Adds by way of a func of its own; the second kernel waits by itself for the
/// first.
static int addTwice(void **arguments) {
  void *context = *static_cast<void **>(arguments[0]);
  auto **buffers = reinterpret_cast<halide_buffer_t **>(arguments + 1);
  const halide_device_interface_t *interface = halide_cuda_device_interface();
  void *state = nullptr;
  halide_dimension_t dim = {0, buffers[0]->dim[1].extent * width, 1};
  halide_buffer_t between = {};
  between.type = {halide_type_float, 32, 1};
  between.dimensions = 1;
  between.dim = &dim;
  int code = halide_cuda_initialize_kernels(context, &state, "source", 7);
  for (int i = 0; i < 3 && code == 0; ++i)
    code = halide_copy_to_device(context, buffers[i], interface);
  if (code == 0)
    code = halide_device_malloc(context, &between, interface);
  CHECK(vitrail_cuda_multiprocessors(context) == 5);
  for (int step = 0; step < 2 && code == 0; ++step) {
    halide_buffer_t *from = step == 0 ? buffers[0] : &between;
    TensorMap map;
    uint64_t extents[] = {width, uint64_t(buffers[0]->dim[1].extent)};
    uint32_t box[] = {16, 1};
    code = vitrail_cuda_tensor_map(context, &map, from, 2, extents, box);
    if (code != 0)
      break;
    // No driver describes a tensor without elements.
    uint64_t none[] = {width, 0};
    CHECK(vitrail_cuda_tensor_map(context, &map, from, 2, none, box) == 0);
    void *values[] = {
        from,        buffers[1], step == 0 ? &between : buffers[2],
        &dim.extent, &map,       nullptr};
    size_t sizes[] = {8, 8, 8, 4, sizeof(map), 0};
    int8_t areBuffers[] = {1, 1, 1, 0, 0, 0};
    auto *run = step == 0 ? halide_cuda_run : vitrail_cuda_run_early;
    code = run(context, nullptr, "add", 1, 1, 1, 32, 1, 1, 0, sizes, values,
               areBuffers);
  }
  halide_device_free(context, &between);
  return code;
}

static const Dimension rows[] = {{width, 1}, {-1, width}},
                       flat[] = {{width, 1}};
static Buffer tensor(Place place, int32_t index) {
  return {place, index, 0, VITRAIL_F32, 2, rows};
}
static const Buffer addBuffers[] = {
    tensor(Place::Input, 0),
    {Place::Weights, 0, 0, VITRAIL_F32, 1, flat},
    tensor(Place::Output, 0)};
static const Buffer keepBuffers[] = {tensor(Place::Input, 0),
                                     tensor(Place::State, 0)};
static const Buffer recallBuffers[] = {tensor(Place::State, 0),
                                       tensor(Place::Output, 0)};
static const Step addSteps[] = {{addTwice, "add_twice", addBuffers, 3},
                                {nullptr, "copy", keepBuffers, 2}};
static const Step recallSteps[] = {{nullptr, "copy", recallBuffers, 2}};
static const Entry entries[] = {{addSteps, 2}, {recallSteps, 1}};

static const int64_t shape[] = {-1, width};
static const vitrail_tensor_info x = {"x", VITRAIL_F32, 2, shape, nullptr};
static const vitrail_tensor_info y = {"y", VITRAIL_F32, 2, shape, nullptr};
static const vitrail_entry_info entryInfos[] = {{"add", 1, 1, &x, &y},
                                                {"recall", 0, 1, nullptr, &y}};
static const float weights[width] = {1, 2, 3, 4};
static const vitrail_model_info info = {VITRAIL_ABI,
                                        "adder",
                                        "vitrail test",
                                        "cuda,none",
                                        maxBatch,
                                        sizeof(weights),
                                        64,
                                        nullptr,
                                        2,
                                        entryInfos,
                                        width * sizeof(float),
                                        1,
                                        &x};
static const State states[] = {{0, width * sizeof(float), 1}};
static const char *noFeatures[] = {nullptr};
static const Variant variants[] = {{"cuda", noFeatures, entries, &driver},
                                   {"none", noFeatures, entries, nullptr}};
/// Without the variant of the processor.
static const Program alone = {&info, variants, 1, weights, 0, states};
static const Program both = {&info, variants, 2, weights, 0, states};

//===----------------------------------------------------------------------===//
// The tests
//===----------------------------------------------------------------------===//

static vitrail_context *create(const Program &program,
                               const vitrail_options &options) {
  vitrail_context *context = nullptr;
  CHECK(vitrail_runtime_create(&program, &context, &options) == VITRAIL_OK);
  return context;
}

static void refuseCreate(const Program &program, const vitrail_options &options,
                         vitrail_status status, const char *message) {
  vitrail_context *context = nullptr;
  CHECK(vitrail_runtime_create(&program, &context, &options) == status);
  CHECK_TEXT(vitrail_runtime_message(context), message);
  vitrail_runtime_destroy(context);
}

/// Values that depend on the call, so that stale ones are seen.
static void run(vitrail_context *context, int64_t batch, float first) {
  alignas(16) float in[maxBatch * width], out[maxBatch * width] = {};
  for (int i = 0; i < maxBatch * width; ++i)
    in[i] = first + i;
  const void *inputs[] = {in};
  void *outputs[] = {out};
  CHECK(vitrail_runtime_run(&alone, context, 0, batch, inputs, outputs) ==
        VITRAIL_OK);
  for (int i = 0; i < maxBatch * width; ++i)
    CHECK(out[i] == (i < batch * width ? in[i] + 2 * weights[i % width] : 0));
}

static float recall(vitrail_context *context, int64_t sample) {
  float out[maxBatch * width] = {};
  void *outputs[] = {out};
  CHECK(vitrail_runtime_run(&alone, context, 1, maxBatch, nullptr, outputs) ==
        VITRAIL_OK);
  return out[sample * width];
}

/// The first run is as it is, the second is recorded, and then replayed.
static void testRuns() {
  fake = {};
  fake.canRecord = true;
  vitrail_context *context = create(alone, {.device = "cuda"});
  vitrail_device_info device;
  vitrail_runtime_device(context, &device);
  CHECK(device.type == 2 && device.index == 0 && device.seconds == 0);
  CHECK_TEXT(device.name, "Fake");
  run(context, 2, 10);
  CHECK(fake.launches == 2 && fake.early == 1 && fake.recordings == 0);
  run(context, 2, 20);
  CHECK(fake.launches == 4 && fake.recordings == 1 && fake.replays == 1);
  run(context, 2, 30);
  CHECK(fake.launches == 4 && fake.replays == 2);
  run(context, 3, 40);
  run(context, 1, 50);
  CHECK(fake.recordings == 0 && fake.loads == 1);

  // A second context has the weights and kernels of the first.
  int allocations = fake.allocations;
  vitrail_context *other = create(alone, {.device = "cuda:0"});
  run(other, 1, 60);
  CHECK(fake.allocations < 2 * allocations && fake.loads == 1);
  vitrail_runtime_destroy(context);
  run(other, 1, 70);
  vitrail_runtime_destroy(other);
  CHECK(fake.allocations == 0 && fake.loads == 0 && fake.recordings == 0);
  CHECK(fake.opened == 2 && fake.closed == 2);

  // What cannot be recorded is launched each time.
  fake = {};
  context = create(alone, {.device = "cuda", .timed = 1});
  for (float first : {1, 2, 3})
    run(context, 1, first);
  CHECK(fake.launches == 6 && fake.replays == 0);
  vitrail_runtime_device(context, &device);
  CHECK(device.seconds == 0.25);
  vitrail_runtime_destroy(context);
  puts("runs");
}

static void testStates() {
  fake = {};
  vitrail_context *context = create(alone, {});
  CHECK(recall(context, 2) == 0);
  run(context, 3, 5);
  CHECK(recall(context, 0) == 5 && recall(context, 2) == 13);
  const int64_t parents[] = {2, 0};
  CHECK(vitrail_runtime_reorder(&alone, context, 2, parents) == VITRAIL_OK);
  CHECK(recall(context, 0) == 13 && recall(context, 1) == 5);
  CHECK(recall(context, 2) == 13);
  CHECK(vitrail_runtime_reset(&alone, context) == VITRAIL_OK);
  CHECK(recall(context, 0) == 0);
  vitrail_runtime_destroy(context);
  puts("states");
}

/// Inputs and outputs in the device's memory, here that of anybody.
static void testDeviceMemory() {
  fake = {};
  fake.canRecord = true;
  vitrail_context *context =
      create(alone, {.device = "cuda", .memory = VITRAIL_DEVICE_MEMORY});
  for (float first : {1, 2, 3})
    run(context, 2, first);
  alignas(16) float data[2 * width];
  const void *inputs[] = {data + 1};
  void *outputs[] = {data};
  CHECK(vitrail_runtime_run(&alone, context, 0, 1, inputs, outputs) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK_TEXT(vitrail_runtime_message(context),
             "input 'x' is not aligned to 16 bytes");
  vitrail_runtime_destroy(context);
  refuseCreate(both,
               {.threads = 1, .device = "cpu", .memory = VITRAIL_DEVICE_MEMORY},
               VITRAIL_INVALID_ARGUMENT,
               "memory of a device needs a device, but the context runs on the "
               "processor");
  refuseCreate(both, {.device = "cuda", .memory = vitrail_memory(2)},
               VITRAIL_INVALID_ARGUMENT, "memory is 2, must be 0 or 1");
  puts("device memory");
}

static void testChoice() {
  fake = {};
  for (const char *name :
       {"gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "a:0"}) {
    char message[100];
    snprintf(message, sizeof(message),
             "device is '%s', must be auto, cpu, cuda:N or opencl:N", name);
    refuseCreate(both, {.device = name}, VITRAIL_INVALID_ARGUMENT, message);
  }
  refuseCreate(both, {.device = "opencl"}, VITRAIL_INVALID_ARGUMENT,
               "the library has no kernels for 'opencl'; its targets are "
               "cuda,none");
  refuseCreate(alone, {.device = "cpu"}, VITRAIL_INVALID_ARGUMENT,
               "the library has no kernels for the processor; its targets are "
               "cuda,none");
  refuseCreate(both, {.stream = &fake}, VITRAIL_INVALID_ARGUMENT,
               "a stream is of a device, but device is auto");

  vitrail_device_info device;
  vitrail_context *context = create(both, {});
  CHECK_TEXT(vitrail_runtime_message(context), "");
  vitrail_runtime_device(context, &device);
  CHECK(device.type == 2);
  vitrail_runtime_destroy(context);

  // Where there is none, the processor serves those who did not ask for it.
  fake.openStatus = VITRAIL_NO_DEVICE;
  context = create(both, {.threads = 1});
  CHECK_TEXT(vitrail_runtime_message(context),
             "runs on the processor: no device 0");
  vitrail_runtime_device(context, &device);
  CHECK(device.type == 1);
  vitrail_runtime_destroy(context);
  refuseCreate(both, {.device = "cuda:1"}, VITRAIL_NO_DEVICE, "no device 1");
  refuseCreate(alone, {}, VITRAIL_NO_DEVICE, "no device 0");
  puts("choice");
}

static void testFailures() {
  fake = {};
  fake.failsToAllocate = true;
  refuseCreate(alone, {.device = "cuda"}, VITRAIL_OUT_OF_MEMORY,
               "out of memory: weights on the device (16 bytes)");
  fake = {};
  fake.failsToLaunch = true;
  vitrail_context *context = create(alone, {.device = "cuda"});
  float data[width] = {};
  const void *inputs[] = {data};
  void *outputs[] = {data};
  CHECK(vitrail_runtime_run(&alone, context, 0, 1, inputs, outputs) ==
        VITRAIL_DEVICE_ERROR);
  CHECK_TEXT(vitrail_runtime_message(context),
             "kernel 'add_twice' failed: the device is on fire");
  fake.failsToLaunch = false;
  fake.failsToMap = true;
  CHECK(vitrail_runtime_run(&alone, context, 0, 1, inputs, outputs) ==
        VITRAIL_DEVICE_ERROR);
  CHECK_TEXT(vitrail_runtime_message(context),
             "kernel 'add_twice' failed: the driver is too old");
  fake.failsToMap = false;
  run(context, 1, 1);
  vitrail_runtime_destroy(context);
  CHECK(fake.allocations == 0 && fake.loads == 0);
  puts("failures");
}

int main() {
  testRuns();
  testStates();
  testDeviceMemory();
  testChoice();
  testFailures();
}
