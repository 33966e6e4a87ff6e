//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parallel loops under stress: each task once, parts of threads, failures,
// loops inside of loops, pools side by side, more threads than processors, and
// after fork().
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/ThreadPool.h"
#include "Check.h"

#include <atomic>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

using vitrail::runtime::ThreadPool;

namespace {
/// What the tasks of one loop work on.
struct Loop {
  ThreadPool *pool;
  int *counts;
  int failingTask = -1;
  std::atomic<int> total = 0;
};
} // namespace

static constexpr int maxTasks = 300;

/// Counts each task, in plain memory: a lost or doubled task, or a loop that
/// returns before its last task is done, is seen.
static int countTask(void *context, int index, uint8_t *) {
  auto &loop = *static_cast<Loop *>(context);
  ++loop.counts[index];
  // Some tasks take long enough for others to come, of many lengths.
  for (int pause = (index * 7) % 32; pause > 16; --pause)
    __builtin_ia32_pause();
  return 0;
}

static void runLoops(ThreadPool &pool, int numLoops) {
  int counts[maxTasks + 7];
  Loop loop{&pool, counts};
  for (int i = 0; i < numLoops; ++i) {
    int size = (i * 37) % maxTasks;
    int min = i % 7;
    memset(counts, 0, sizeof(counts));
    CHECK(pool.run(countTask, &loop, min, size, nullptr) == 0);
    for (int task = 0; task < maxTasks + 7; ++task)
      CHECK(counts[task] == (task >= min && task < min + size));
  }
}

static void testEachTaskOnce() {
  for (int threads = 1; threads <= 8; ++threads) {
    ThreadPool pool;
    CHECK(pool.start(threads) == 0);
    CHECK(pool.getNumThreads() == threads);
    runLoops(pool, 3000);
    pool.stop();
  }
  puts("each task once");
}

/// Workers are asleep when each of these loops begins.
static void testAfterSleep() {
  ThreadPool pool;
  CHECK(pool.start(4) == 0);
  for (int i = 0; i < 50; ++i) {
    usleep(1000);
    runLoops(pool, 3);
  }
  pool.stop();
  puts("after sleep");
}

/// Waits until two threads are inside of the loop.
static int meetTask(void *context, int, uint8_t *) {
  auto &loop = *static_cast<Loop *>(context);
  loop.total.fetch_add(1);
  while (loop.total.load() < 2)
    __builtin_ia32_pause();
  return 0;
}

/// Workers do take part, be they awake or asleep.
static void testWorkersCome() {
  ThreadPool pool;
  CHECK(pool.start(2) == 0);
  for (int i = 0; i < 200; ++i) {
    if (i % 10 == 0)
      usleep(1000);
    Loop loop{&pool, nullptr};
    CHECK(pool.run(meetTask, &loop, 0, 2, nullptr) == 0);
  }
  pool.stop();
  puts("workers come");
}

namespace {
/// Four tasks: two parts of two threads.
struct Parts {
  std::atomic<bool> areBegun[4] = {};
  pthread_t threads[4];

  void await(int task) {
    while (!areBegun[task].load())
      __builtin_ia32_pause();
  }
};
} // namespace

/// Task 0 leaves task 2 to the other thread, which leaves task 1 to this one.
static int beginPart(void *context, int index, uint8_t *) {
  auto &parts = *static_cast<Parts *>(context);
  parts.threads[index] = pthread_self();
  parts.areBegun[index].store(true);
  if (index == 0)
    parts.await(2);
  if (index == 2)
    parts.await(1);
  return 0;
}

/// Each thread begins with the same tasks of every loop.
static void testParts() {
  ThreadPool pool;
  CHECK(pool.start(2) == 0);
  for (int i = 0; i < 200; ++i) {
    Parts parts;
    CHECK(pool.run(beginPart, &parts, 0, 4, nullptr) == 0);
    CHECK(pthread_equal(parts.threads[0], pthread_self()));
    CHECK(pthread_equal(parts.threads[1], pthread_self()));
    CHECK(!pthread_equal(parts.threads[2], pthread_self()));
  }
  pool.stop();
  puts("parts");
}

static int failTask(void *context, int index, uint8_t *) {
  auto &loop = *static_cast<Loop *>(context);
  loop.total.fetch_add(1);
  return index == loop.failingTask ? 42 + index : 0;
}

static void testFailure() {
  ThreadPool pool;
  CHECK(pool.start(4) == 0);
  for (int i = 0; i < 2000; ++i) {
    Loop loop{&pool, nullptr, i % 100};
    CHECK(pool.run(failTask, &loop, 0, 100, nullptr) == 42 + i % 100);
    CHECK(loop.total.load() <= 100);
    // The pool is as good as before.
    Loop good{&pool, nullptr};
    CHECK(pool.run(failTask, &good, 0, 100, nullptr) == 0);
    CHECK(good.total.load() == 100);
  }
  // Nothing begins after a failure in the first task of a serial pool.
  ThreadPool serial;
  CHECK(serial.start(1) == 0);
  Loop loop{&serial, nullptr, 0};
  CHECK(serial.run(failTask, &loop, 0, 100, nullptr) == 42);
  CHECK(loop.total.load() == 1);
  serial.stop();
  pool.stop();
  puts("failure");
}

static int innerTask(void *context, int index, uint8_t *closure) {
  static_cast<Loop *>(context)->total.fetch_add(index);
  // Serial loops go in order on one thread.
  int *next = reinterpret_cast<int *>(closure);
  CHECK(*next == index);
  ++*next;
  return 0;
}

static int outerTask(void *context, int, uint8_t *) {
  auto &loop = *static_cast<Loop *>(context);
  int next = 0;
  return loop.pool->run(innerTask, context, 0, 10,
                        reinterpret_cast<uint8_t *>(&next));
}

static void testNested() {
  ThreadPool pool;
  CHECK(pool.start(4) == 0);
  for (int i = 0; i < 2000; ++i) {
    Loop loop{&pool, nullptr};
    CHECK(pool.run(outerTask, &loop, 0, 20, nullptr) == 0);
    CHECK(loop.total.load() == 20 * 45);
  }
  pool.stop();
  puts("nested");
}

static void *runOwnPool(void *) {
  ThreadPool pool;
  CHECK(pool.start(3) == 0);
  runLoops(pool, 2000);
  pool.stop();
  return nullptr;
}

static void testSideBySide() {
  pthread_t callers[4];
  for (pthread_t &caller : callers)
    CHECK(pthread_create(&caller, nullptr, runOwnPool, nullptr) == 0);
  for (pthread_t &caller : callers)
    CHECK(pthread_join(caller, nullptr) == 0);
  puts("side by side");
}

static void testManyThreads() {
  ThreadPool pool;
  CHECK(pool.start(64) == 0);
  runLoops(pool, 500);
  pool.stop();
  puts("many threads");
}

/// The threads are gone in the child; its copy of the pool still does its loops
/// and can be stopped.
static void testFork() {
  ThreadPool pool;
  CHECK(pool.start(4) == 0);
  runLoops(pool, 10);
  fflush(stdout);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(20);
    runLoops(pool, 100);
    pool.stop();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  runLoops(pool, 100);
  pool.stop();
  puts("fork");
}

int main() {
  testEachTaskOnce();
  testAfterSleep();
  testWorkersCome();
  testParts();
  testFailure();
  testNested();
  testSideBySide();
  testManyThreads();
  testFork();
}
