//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The threads of one context. A model is a sequence of short parallel loops
// with little between them, so idle threads wait for the next loop awake for a
// moment before they sleep; and nobody waits for a thread that was slow to wake
// up: a loop is done by those who came. Each begins with a part of the tasks
// that is the same in all loops, and helps with the other parts when it is
// done.
//
// The caller can always do a loop alone. Hence a copy of a pool in a process
// made by fork(), where the threads do not exist, still works.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_THREADPOOL_H
#define VITRAIL_LIB_RUNTIME_THREADPOOL_H

#include <atomic>
#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

namespace vitrail::runtime {

/// Runs parallel loops on a fixed number of threads, the caller among them. One
/// thread at a time may be the caller; loops inside of loops run serially on
/// the thread that meets them.
class ThreadPool {
public:
  /// The body of a loop: non-zero stops the loop.
  using Task = int (*)(void *userContext, int index, uint8_t *closure);

  static constexpr int maxThreads = 1024;

  /// Processors that this process may run on, at least 1.
  static int getNumProcessors();

  /// Makes the pool `numThreads` wide (1 to `maxThreads`). Returns 0, or the
  /// system's error number when a thread could not be started; what was started
  /// then serves.
  int start(int numThreads);

  /// Ends the threads. No loop may be running.
  void stop();

  /// Runs `task` for each of `min` ... `min + size - 1`, in any order. Returns
  /// 0, or what the first task that failed returned; tasks not begun by then
  /// are left out.
  int run(Task task, void *userContext, int min, int size, uint8_t *closure);

  /// Threads that take part in a loop, the caller included.
  int getNumThreads() const { return numWorkers + 1; }

private:
  // `gate` is where a loop and its workers meet: whether one is open, how many
  // are inside, whether the caller sleeps until the last has left, and the
  // loop's number, so that no worker enters a loop twice.
  static constexpr uint32_t insideMask = (1u << 11) - 1;
  static constexpr uint32_t openBit = 1u << 11;
  static constexpr uint32_t callerSleepsBit = 1u << 12;
  static constexpr uint32_t stopBit = 1u << 13;
  static constexpr uint32_t numberUnit = 1u << 14;
  static uint32_t getNumber(uint32_t gate) { return gate / numberUnit; }

  /// The tasks of a loop are divided into so many parts at most: a thread that
  /// has done those of its own looks into all of them.
  static constexpr int maxParts = 8;

  struct Worker {
    ThreadPool *pool;
    int index; ///< the caller is 0
    pthread_t thread;
  };

  static void *workerMain(void *worker);
  uint32_t awaitLoop(uint32_t lastNumber);
  bool enter(uint32_t &seen);
  void leave();
  void divide(int size);
  void open(int size);
  void closeAndDrain();
  void work(int thread);
  int runSerially(Task task, void *userContext, int min, int size,
                  uint8_t *closure);

  // Written by the caller before a loop opens, read by those inside.
  struct alignas(64) {
    Task task;
    void *userContext;
    uint8_t *closure;
    int min;
    int numParts;
  } loop = {};

  /// Neighbouring tasks. A thread begins with the same part of every loop: what
  /// it stored in one loop is in its own caches when it reads it in the next.
  struct alignas(64) Part {
    std::atomic<int> next;
    int end;
  } parts[maxParts] = {};

  // Each on a cache line of its own: idle threads watch the gate while those at
  // work count tasks.
  alignas(64) std::atomic<uint32_t> gate = 0;
  alignas(64) std::atomic<int> failure = 0;
  alignas(64) std::atomic<uint32_t> sleepers = 0;
  alignas(64) std::atomic<uint32_t> drained = 0;

  alignas(64) std::atomic<bool> running = false;
  Worker *workers = nullptr;
  int numWorkers = 0;
  bool crowded = false; ///< More threads than processors.
  pid_t process = 0;
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_THREADPOOL_H
