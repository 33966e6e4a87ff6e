/*===- peak.c - How many multiply-adds the processor can do ---------------===*
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * `peak THREADS SECONDS` prints the float32 operations per second, in 1e9, of
 * THREADS threads that do nothing but fused multiply-adds in registers; a
 * multiply-add is two operations.
 *
 *===----------------------------------------------------------------------===*/

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
enum { lanes = 16 };
#elif defined(__AVX__)
enum { lanes = 8 };
#else
enum { lanes = 4 };
#endif

typedef float vector __attribute__((vector_size(lanes * sizeof(float))));

/* Two multiply-adds a cycle of four or five cycles each keep ten accumulators
 * busy; twelve and two operands fit the sixteen registers of AVX2. */
enum { accumulators = 12, rounds = 100000 };

static atomic_int running = 1;
static pthread_barrier_t start;

struct worker {
  pthread_t thread;
  double multiply_adds;
  float result; /* so that the work has to be done */
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void multiply_add(vector *sums) {
  vector a = sums[0] + 1e-3f, b = sums[1] - 1e-3f;
  vector s[accumulators];
  for (int i = 0; i < accumulators; ++i)
    s[i] = sums[i];
  for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < accumulators; ++i)
      s[i] = a * s[i] + b;
    /* The compiler must not find out what the loop comes to. */
    __asm__ volatile("" : "+r"(round));
  }
  for (int i = 0; i < accumulators; ++i)
    sums[i] = s[i];
}

static void *work(void *argument) {
  struct worker *worker = argument;
  vector sums[accumulators] = {{0.25f}};
  pthread_barrier_wait(&start);
  while (atomic_load(&running)) {
    multiply_add(sums);
    worker->multiply_adds += (double)rounds * accumulators * lanes;
  }
  for (int i = 0; i < accumulators; ++i)
    worker->result += sums[i][0];
  return NULL;
}

int main(int argc, char **argv) {
  int threads = argc == 3 ? atoi(argv[1]) : 0;
  double seconds = argc == 3 ? atof(argv[2]) : 0;
  struct worker *workers = calloc(threads > 0 ? threads : 1, sizeof *workers);
  if (threads < 1 || seconds <= 0 || !workers) {
    fprintf(stderr, "usage: peak THREADS SECONDS\n");
    return 2;
  }
  pthread_barrier_init(&start, NULL, threads + 1);
  for (int i = 0; i < threads; ++i)
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
      return 1;
  pthread_barrier_wait(&start);
  double begin = now();
  struct timespec pause = {(time_t)seconds,
                           (long)(1e9 * (seconds - (double)(time_t)seconds))};
  nanosleep(&pause, NULL);
  atomic_store(&running, 0);
  double sum = 0;
  for (int i = 0; i < threads; ++i) {
    pthread_join(workers[i].thread, NULL);
    sum += workers[i].multiply_adds;
  }
  printf("%.2f\n", 2e-9 * sum / (now() - begin));
  return 0;
}
