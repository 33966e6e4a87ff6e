//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Launches: their clusters one after the other, in an order drawn at random, on
// two threads.
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

using namespace vitrail::emulator;

namespace {

/// A launch, of which some clusters may have begun.
class Execution {
public:
  explicit Execution(const Launch &launch)
      : launch(launch), started(launch.countClusters()), order(started.size()) {
    Random random(launch.seed + 1);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
  }

  /// Runs some clusters until they wait for the kernel before.
  void start() { run(order.size() - countEarly(), order.size(), Goal::Wait); }
  /// Runs to the end; the next starts while some clusters are held.
  void finish(Execution *next);

private:
  size_t countEarly() const {
    constexpr size_t most = 8;
    return std::min(most, order.size());
  }
  void run(size_t begin, size_t end, Goal goal);

  const Launch &launch;
  std::vector<std::unique_ptr<Cluster>> started;
  std::vector<unsigned> order;
};

} // namespace

/// Runs the clusters at these places of the order.
void Execution::run(size_t begin, size_t end, Goal goal) {
  std::atomic<size_t> place = begin;
  std::mutex mutex;
  std::exception_ptr failure;
  auto work = [&] {
    try {
      for (size_t i; (i = place++) < end;) {
        std::unique_ptr<Cluster> &cluster = started[order[i]];
        if (!cluster)
          cluster = std::make_unique<Cluster>(launch, order[i]);
        cluster->run(goal);
        if (goal == Goal::End)
          cluster.reset();
      }
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!failure)
        failure = std::current_exception();
      place = end;
    }
  };
  if (end - begin > 1) {
    std::thread other(work);
    work();
    other.join();
  } else {
    work();
  }
  if (failure)
    std::rethrow_exception(failure);
}

void Execution::finish(Execution *next) {
  size_t held = next ? order.size() - countEarly() : order.size();
  run(0, held, Goal::End);
  if (!next)
    return;
  run(held, order.size(), Goal::Trigger);
  next->start();
  run(held, order.size(), Goal::End);
}

void vitrail::emulator::execute(const std::vector<Launch> &launches) {
  std::unique_ptr<Execution> current;
  for (size_t i = 0; i < launches.size(); ++i) {
    if (!current)
      current = std::make_unique<Execution>(launches[i]);
    std::unique_ptr<Execution> next;
    if (i + 1 < launches.size() && launches[i + 1].isEarly)
      next = std::make_unique<Execution>(launches[i + 1]);
    current->finish(next.get());
    current = std::move(next);
  }
}
