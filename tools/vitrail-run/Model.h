//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled model, loaded from its library: what it says about itself and the
// contexts that run it. Every status but VITRAIL_OK becomes an Error.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_MODEL_H
#define VITRAIL_RUN_MODEL_H

#include "Array.h"

#include <memory>
#include <optional>

namespace vitrail::driver {

/// The dimension of `info` whose extent depends on the batch.
std::optional<size_t> getBatchDim(const vitrail_tensor_info &info);

/// The extents of `info` for a batch of `batch`.
std::vector<int64_t> getShape(const vitrail_tensor_info &info, int64_t batch);

/// "f32[batch, 3, 224, 224]".
std::string formatType(const vitrail_tensor_info &info);

class Model {
public:
  /// Loads the library `path`, which runs its initialisers.
  explicit Model(const std::string &path);

  const vitrail_model_info &info() const { return *api->info; }
  const vitrail_model_api &functions() const { return *api; }

  /// The number of the entry called `name`; the first if that is empty.
  int32_t findEntry(const std::string &name) const;

  const vitrail_entry_info &entry(int32_t number) const {
    return info().entries[number];
  }

private:
  struct Closer {
    void operator()(void *library) const;
  };

  std::unique_ptr<void, Closer> library;
  const vitrail_model_api *api = nullptr;
};

/// One caller's state in a model, which must outlive it.
class Context {
public:
  Context(const Model &model, const vitrail_options &options);
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  /// Runs an entry on at most `max_batch` samples.
  void run(int32_t entry, int64_t batch, const void *const *inputs,
           void *const *outputs);

  /// What runs the kernels.
  vitrail_device_info device() const;

  /// Times the steps of an entry; arguments as those of `run`.
  void profile(int32_t entry, int64_t batch, const void *const *inputs,
               void *const *outputs, vitrail_profile &profile);

  /// Makes all states zeros.
  void reset();

  /// Generates from `batch` sources; see vitrail_model_api.
  void generate(int64_t batch, const int32_t *source,
                const vitrail_generate_options &options, int32_t *tokens,
                int32_t *lengths);

private:
  [[noreturn]] void failWith(std::string_view call, vitrail_status status);

  const vitrail_model_api &api;
  vitrail_context *context = nullptr;
};

} // namespace vitrail::driver

#endif // VITRAIL_RUN_MODEL_H
