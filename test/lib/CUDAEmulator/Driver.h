//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The state of the driver, and what its functions have in common.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_DRIVER_H
#define VITRAIL_TEST_CUDAEMULATOR_DRIVER_H

#include "Stream.h"

#include <set>

namespace vitrail::emulator {

/// A module that was loaded, with the functions that were asked for.
struct LoadedModule {
  std::unique_ptr<Module> module;
  std::map<std::string, Function> functions;
};

class Driver {
public:
  /// The one of this process; reads the environment when it is first called.
  static Driver &get();

  /// Calls what does the work of a function, one call at a time; turns what it
  /// throws into a result. Once a kernel has failed, all calls do.
  template <typename Work> int call(Work work) {
    std::lock_guard lock(mutex);
    if (failure != Result::Success)
      return static_cast<int>(failure);
    try {
      return static_cast<int>(work());
    } catch (const Fault &fault) {
      report(fault);
      failure = fault.result;
      return static_cast<int>(failure);
    }
  }

  int getCapability() const { return capability; }
  int countDevices() const { return numDevices; }
  Memory &getMemory() { return memory; }
  /// The one that a handle means, where null is the default one.
  Stream *findStream(void *handle);
  Stream *createStream();
  bool destroyStream(Stream *stream);
  /// Adds an operation to a stream, or to what it records.
  void add(Stream &stream, Operation operation) {
    stream.pending.push_back(std::move(operation));
  }
  Result finish(Stream &stream);
  void finishAll();

private:
  Driver();
  void report(const Fault &fault) const;

  std::recursive_mutex mutex;
  Memory memory;
  Stream defaultStream;
  std::set<Stream *> streams;
  Result failure = Result::Success;
  int capability = 90, numDevices = 1;
  /// What orders were drawn from first, and the next one.
  uint64_t firstSeed, seed;
};

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_DRIVER_H
