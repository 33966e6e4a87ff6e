/*===- sampler.c - Where a thread spends its time -------------------------===*
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A shared library that notes, again and again, what instruction the thread
 * that started it is at. kernels.py makes times of kernels of that.
 *
 *===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static timer_t timer;
static uintptr_t *addresses;
static volatile size_t count;
static size_t capacity;

static void note(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  if (count >= capacity)
    return;
  const mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
  addresses[count++] = (uintptr_t)machine->gregs[REG_RIP];
#elif defined(__aarch64__)
  addresses[count++] = (uintptr_t)machine->pc;
#else
#error "where is the program counter?"
#endif
}

/* Notes up to `size` addresses in `array`, one every `nanoseconds` (under a
 * second) of real time. Not 0: the system gives no timer. */
int sampler_start(uintptr_t *array, size_t size, long nanoseconds) {
  addresses = array, capacity = size, count = 0;
  struct sigaction action = {.sa_sigaction = note,
                             .sa_flags = SA_SIGINFO | SA_RESTART};
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
                           .sigev_signo = SIGPROF};
  event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
  struct itimerspec every = {{0, nanoseconds}, {0, nanoseconds}};
  return sigaction(SIGPROF, &action, NULL) ||
         timer_create(CLOCK_MONOTONIC, &event, &timer) ||
         timer_settime(timer, 0, &every, NULL);
}

/* How many addresses there are. */
size_t sampler_stop(void) {
  timer_delete(timer);
  return count;
}
