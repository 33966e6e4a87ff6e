//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Streams, what is done in them, and what records it. Nothing is done before
// somebody waits for it, so that who does not finds nothing.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_STREAM_H
#define VITRAIL_TEST_CUDAEMULATOR_STREAM_H

#include "Machine.h"

#include <chrono>
#include <functional>
#include <variant>

namespace vitrail::emulator {

/// A launch, or what the host does: copies, fills and records events.
using Operation = std::variant<Launch, std::function<void()>>;

struct Stream {
  std::vector<Operation> pending;
  bool isCapturing = false;
};

struct Graph {
  std::vector<Operation> operations;
};

struct Event {
  bool isRecorded = false;
  std::chrono::steady_clock::time_point time;
};

/// A kernel of a module as it is handed out.
struct Function {
  const Kernel *kernel;
  unsigned mostSharedBytes;
};

/// Does all that is pending. The seed is that of the next launch. Throws Fault.
void finish(Stream &stream, const Memory &memory, uint64_t &seed);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_STREAM_H
