//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Stream.h.
//
//===----------------------------------------------------------------------===//

#include "Stream.h"

using namespace vitrail::emulator;

void vitrail::emulator::finish(Stream &stream, const Memory &memory,
                               uint64_t &seed) {
  std::vector<Operation> operations = std::move(stream.pending);
  stream.pending.clear();
  // Launches that follow one another may overlap.
  std::vector<Launch> launches;
  auto launchAll = [&] {
    execute(launches);
    launches.clear();
  };
  for (Operation &operation : operations) {
    if (auto *launch = std::get_if<Launch>(&operation)) {
      if (!launch->isEarly)
        launchAll();
      launch->allocations = memory.getTable();
      launch->seed = seed++;
      launches.push_back(std::move(*launch));
      continue;
    }
    launchAll();
    std::get<std::function<void()>>(operation)();
  }
  launchAll();
}
