//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parallel loops by an atomic counter, and waiting by spinning, then by futex.
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"
#include "Relax.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

using namespace vitrail::runtime;

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

/// How long a thread that waits stays awake. The gaps between the loops of a
/// model are some 10 us; waking a thread costs 20 to 50.
static constexpr int64_t spinNanoseconds = 100'000;

static int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1'000'000'000) + time.tv_nsec;
}

/// Polls `done` for a while; returns whether it came true. With more threads
/// than processors it yields in between, lest they wait for each other's time
/// slices. Otherwise yielding would give the processor to whatever else runs on
/// the machine, for much longer than a loop takes.
template <typename Predicate>
static bool spinUntil(bool yields, Predicate done) {
  int64_t start = now();
  do {
    for (int poll = 0; poll < 64; ++poll) {
      if (done())
        return true;
      relax();
    }
    if (yields)
      sched_yield();
  } while (now() - start < spinNanoseconds);
  return done();
}

/// Sleeps unless `word` has changed from `expected`; may return at any time.
static void sleepWhile(std::atomic<uint32_t> &word, uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

static void wake(std::atomic<uint32_t> &word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

//===----------------------------------------------------------------------===//
// The workers
//===----------------------------------------------------------------------===//

/// Returns the gate once it has an open loop other than `lastNumber`, or says
/// stop.
uint32_t ThreadPool::awaitLoop(uint32_t lastNumber) {
  uint32_t seen;
  auto isNew = [&] {
    seen = gate.load(std::memory_order_acquire);
    return (seen & stopBit) ||
           ((seen & openBit) && getNumber(seen) != lastNumber);
  };
  while (!spinUntil(crowded, isNew)) {
    // The caller opens the gate and then looks for sleepers; here it is the
    // other way round, so one of the two notices.
    sleepers.fetch_add(1);
    if (!isNew())
      sleepWhile(gate, seen);
    sleepers.fetch_sub(1);
  }
  return seen;
}

/// Enters the loop seen at the gate, unless it has closed since.
bool ThreadPool::enter(uint32_t &seen) {
  uint32_t number = getNumber(seen);
  while ((seen & openBit) && getNumber(seen) == number)
    if (gate.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire))
      return true;
  return false;
}

void ThreadPool::leave() {
  uint32_t before = gate.fetch_sub(1, std::memory_order_acq_rel);
  if ((before & insideMask) == 1 && (before & callerSleepsBit)) {
    drained.fetch_add(1);
    wake(drained, 1);
  }
}

/// Takes tasks until none is left.
void ThreadPool::work(int thread) {
  int own = thread * loop.numParts / getNumThreads();
  for (int i = 0; i < loop.numParts; ++i) {
    Part &part = parts[(own + i) % loop.numParts];
    // Looking first leaves the line of a part that is done to all threads.
    while (part.next.load(std::memory_order_relaxed) < part.end) {
      int task = part.next.fetch_add(1, std::memory_order_relaxed);
      if (task >= part.end)
        break;
      if (failure.load(std::memory_order_relaxed) != 0)
        return;
      int result = loop.task(loop.userContext, loop.min + task, loop.closure);
      int none = 0;
      if (result != 0)
        failure.compare_exchange_strong(none, result,
                                        std::memory_order_relaxed);
    }
  }
}

void *ThreadPool::workerMain(void *argument) {
  auto &worker = *static_cast<Worker *>(argument);
  ThreadPool &pool = *worker.pool;
  uint32_t lastNumber = 0;
  while (true) {
    uint32_t seen = pool.awaitLoop(lastNumber);
    if (seen & stopBit)
      return nullptr;
    lastNumber = getNumber(seen);
    if (!pool.enter(seen))
      continue;
    pool.work(worker.index);
    pool.leave();
  }
}

//===----------------------------------------------------------------------===//
// The caller
//===----------------------------------------------------------------------===//

/// Into parts of neighbouring tasks.
void ThreadPool::divide(int size) {
  int numParts = getNumThreads() < maxParts ? getNumThreads() : maxParts;
  if (numParts > size)
    numParts = size;
  for (int64_t part = 0; part < numParts; ++part) {
    parts[part].next.store(static_cast<int>(part * size / numParts),
                           std::memory_order_relaxed);
    parts[part].end = static_cast<int>((part + 1) * size / numParts);
  }
  loop.numParts = numParts;
}

/// Lets the workers in, and wakes as many of the sleeping as can be of use.
void ThreadPool::open(int size) {
  uint32_t number = getNumber(gate.load(std::memory_order_relaxed)) + 1;
  // 0 is the number that no loop has; see workerMain.
  if (number * numberUnit == 0)
    number = 1;
  gate.store(number * numberUnit | openBit);
  if (sleepers.load() != 0)
    wake(gate, size - 1);
}

/// Lets nobody in any more and returns when the last has left.
void ThreadPool::closeAndDrain() {
  uint32_t state = gate.fetch_and(~openBit, std::memory_order_acq_rel);
  auto isEmpty = [&] {
    return (gate.load(std::memory_order_acquire) & insideMask) == 0;
  };
  if ((state & insideMask) == 0 || spinUntil(crowded, isEmpty))
    return;
  while (true) {
    uint32_t before = drained.load();
    if ((gate.fetch_or(callerSleepsBit, std::memory_order_acq_rel) &
         insideMask) == 0)
      return;
    sleepWhile(drained, before);
  }
}

int ThreadPool::runSerially(Task task, void *userContext, int min, int size,
                            uint8_t *closure) {
  for (int index = 0; index < size; ++index)
    if (int result = task(userContext, min + index, closure))
      return result;
  return 0;
}

int ThreadPool::run(Task task, void *userContext, int min, int size,
                    uint8_t *closure) {
  // A loop met while another runs is inside of it.
  if (numWorkers == 0 || size <= 1 || running.load(std::memory_order_relaxed))
    return runSerially(task, userContext, min, size, closure);

  running.store(true, std::memory_order_relaxed);
  loop = {task, userContext, closure, min, /*numParts=*/0};
  divide(size);
  failure.store(0, std::memory_order_relaxed);
  open(size);
  work(/*thread=*/0);
  closeAndDrain();
  running.store(false, std::memory_order_relaxed);
  return failure.load(std::memory_order_relaxed);
}

int ThreadPool::getNumProcessors() {
  // Sized for more processors than Linux supports.
  cpu_set_t sets[16];
  CPU_ZERO_S(sizeof(sets), sets);
  if (sched_getaffinity(0, sizeof(sets), sets) != 0)
    return 1;
  return CPU_COUNT_S(sizeof(sets), sets);
}

int ThreadPool::start(int numThreads) {
  crowded = numThreads > getNumProcessors();
  process = getpid();
  if (numThreads == 1)
    return 0;
  workers = static_cast<Worker *>(calloc(numThreads - 1, sizeof(Worker)));
  if (!workers)
    return ENOMEM;

  // The threads belong to the library: signals are for the program's own.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = 0;
  for (; numWorkers < numThreads - 1; ++numWorkers) {
    Worker &worker = workers[numWorkers];
    worker = {this, numWorkers + 1, {}};
    error = pthread_create(&worker.thread, nullptr, workerMain, &worker);
    if (error != 0)
      break;
    pthread_setname_np(worker.thread, "vitrail");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

void ThreadPool::stop() {
  // After fork() the threads are the parent's.
  if (process == getpid()) {
    gate.fetch_or(stopBit);
    wake(gate, INT_MAX);
    for (int worker = 0; worker < numWorkers; ++worker)
      pthread_join(workers[worker].thread, nullptr);
  }
  free(workers);
  workers = nullptr;
  numWorkers = 0;
}
