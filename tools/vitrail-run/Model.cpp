//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled model, loaded from its library.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <filesystem>
#include <fstream>

using namespace vitrail::driver;

std::optional<size_t>
vitrail::driver::getBatchDim(const vitrail_tensor_info &info) {
  const int64_t *end = info.shape + info.rank;
  const int64_t *dim =
      std::find_if(info.shape, end, [](int64_t extent) { return extent < 0; });
  if (dim == end)
    return std::nullopt;
  return static_cast<size_t>(dim - info.shape);
}

std::vector<int64_t> vitrail::driver::getShape(const vitrail_tensor_info &info,
                                               int64_t batch) {
  std::vector<int64_t> shape(info.shape, info.shape + info.rank);
  for (int64_t &extent : shape)
    if (extent < 0 && __builtin_mul_overflow(-extent, batch, &extent))
      fail("a batch of {} is too large for '{}', {}", batch, info.name,
           formatType(info));
  return shape;
}

std::string vitrail::driver::formatType(const vitrail_tensor_info &info) {
  std::vector<std::string> extents;
  for (int32_t dim = 0; dim < info.rank; ++dim) {
    int64_t extent = info.shape[dim];
    if (extent >= 0)
      extents.push_back(fmt::to_string(extent));
    else if (extent == -1)
      extents.push_back("batch");
    else
      extents.push_back(fmt::format("{} * batch", -extent));
  }
  return fmt::format("{}[{}]", getName(getElementType(info.type)),
                     fmt::join(extents, ", "));
}

/// Fails if the library at `path` is an ELF file without all of its segments:
/// the system maps those all the same, and ends a program that reads what is
/// missing.
static void checkWhole(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr header = {};
  if (!file.read(reinterpret_cast<char *>(&header), sizeof(header)) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return;
  uint64_t size = std::filesystem::file_size(path);
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment = {};
    bool isRead =
        bool(file.read(reinterpret_cast<char *>(&segment), sizeof(segment)));
    if (!isRead || segment.p_offset > size ||
        segment.p_filesz > size - segment.p_offset)
      fail("cannot load '{}': the file is cut off after {} bytes", path, size);
  }
}

void Model::Closer::operator()(void *library) const { dlclose(library); }

Model::Model(const std::string &path) {
  if (!std::filesystem::exists(path))
    fail("cannot load '{}': no such file", path);
  checkWhole(path);
  // Without a slash dlopen would search the system's folders.
  std::string location = path.find('/') == path.npos ? "./" + path : path;
  library.reset(dlopen(location.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library)
    fail("cannot load the library: {}", dlerror());
  api = static_cast<const vitrail_model_api *>(
      dlsym(library.get(), "vitrail_model"));
  if (!api || !api->info)
    fail("'{}' is not a compiled model: it lacks the symbol vitrail_model",
         path);
  // Nothing after this field may be read when it differs.
  if (info().abi != VITRAIL_ABI)
    fail("'{}' has version {} of the interface; this program knows version {}",
         path, info().abi, VITRAIL_ABI);
  if (!api->create || !api->run || !api->message || !api->destroy ||
      !api->device || !api->profile || info().num_entries < 1 ||
      info().max_batch < 1 || (info().num_states > 0 && !api->reset) ||
      (info().generate && !api->generate))
    fail("'{}' describes itself incompletely", path);
}

int32_t Model::findEntry(const std::string &name) const {
  std::vector<std::string> names;
  for (int32_t number = 0; number < info().num_entries; ++number)
    names.push_back(entry(number).name);
  if (name.empty())
    return 0;
  auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end())
    failUsage("the model has no entry '{}'; it has {}", name,
              fmt::join(names, ", "));
  return static_cast<int32_t>(it - names.begin());
}

static std::string describe(vitrail_status status) {
  switch (status) {
  case VITRAIL_OK:
    return "success";
  case VITRAIL_INVALID_ARGUMENT:
    return "invalid argument";
  case VITRAIL_OUT_OF_MEMORY:
    return "out of memory";
  case VITRAIL_UNSUPPORTED_CPU:
    return "unsupported processor";
  case VITRAIL_WEIGHTS_ERROR:
    return "weights error";
  case VITRAIL_KERNEL_ERROR:
    return "kernel error";
  case VITRAIL_THREAD_ERROR:
    return "thread error";
  case VITRAIL_NO_DEVICE:
    return "no device";
  case VITRAIL_DEVICE_ERROR:
    return "device error";
  }
  return fmt::format("status {}", static_cast<int>(status));
}

Context::Context(const Model &model, const vitrail_options &options)
    : api(model.functions()) {
  vitrail_status status = api.create(&context, &options);
  if (status == VITRAIL_OK) {
    // Why it is not a GPU.
    if (const char *note = api.message(context); note && *note)
      fmt::print(stderr, "vitrail-run: note: {}\n", note);
    return;
  }
  // The destructor does not run for an object that was never made.
  auto destroy = [this](vitrail_context *failed) {
    if (failed)
      api.destroy(failed);
  };
  std::unique_ptr<vitrail_context, decltype(destroy)> guard(context, destroy);
  failWith("create", status);
}

Context::~Context() { api.destroy(context); }

void Context::run(int32_t entry, int64_t batch, const void *const *inputs,
                  void *const *outputs) {
  vitrail_status status = api.run(context, entry, batch, inputs, outputs);
  if (status != VITRAIL_OK)
    failWith("run", status);
}

void Context::profile(int32_t entry, int64_t batch, const void *const *inputs,
                      void *const *outputs, vitrail_profile &profile) {
  vitrail_status status =
      api.profile(context, entry, batch, inputs, outputs, &profile);
  if (status != VITRAIL_OK)
    failWith("profile", status);
}

vitrail_device_info Context::device() const {
  vitrail_device_info info = {};
  api.device(context, &info);
  return info;
}

void Context::reset() {
  if (!api.reset)
    return;
  vitrail_status status = api.reset(context);
  if (status != VITRAIL_OK)
    failWith("reset", status);
}

void Context::generate(int64_t batch, const int32_t *source,
                       const vitrail_generate_options &options, int32_t *tokens,
                       int32_t *lengths) {
  vitrail_status status = api.generate(context, batch, source, &options, tokens,
                                       lengths, /*scores=*/nullptr);
  if (status != VITRAIL_OK)
    failWith("generate", status);
}

void Context::failWith(std::string_view call, vitrail_status status) {
  const char *message = api.message(context);
  std::string text =
      fmt::format("the model's {} failed: {} ({})", call,
                  message ? message : "no message", describe(status));
  if (status == VITRAIL_NO_DEVICE)
    throw NoDevice(text);
  throw Error(text);
}
