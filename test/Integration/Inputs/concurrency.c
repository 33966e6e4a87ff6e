/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Callers with contexts of their own, of one to four threads, run at the same
 * time and get what one caller alone gets, to the last bit.
 *
 *===----------------------------------------------------------------------===*/
#include "vit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { callers = 4, rounds = 20, samples = 3 };

static float image[VIT_IMAGE_SIZE(samples)];
static float expected[VIT_LOGITS_SIZE(samples)];

/* Makes a context, runs it and compares; returns null if all was well. */
static void *call(void *threads) {
  vitrail_options options = {0};
  vitrail_context *context;
  const char *problem = NULL;
  int round;
  options.threads = *(const int *)threads;
  if (vit_create(&context, &options) != VITRAIL_OK)
    problem = "create";
  for (round = 0; round < rounds && !problem; ++round) {
    float logits[VIT_LOGITS_SIZE(samples)] = {0};
    if (vit_run(context, samples, image, logits) != VITRAIL_OK)
      problem = "run";
    else if (memcmp(logits, expected, sizeof(logits)) != 0)
      problem = "results differ";
  }
  vit_destroy(context);
  return (void *)problem;
}

int main(void) {
  pthread_t running[callers];
  int threads[callers];
  vitrail_context *context;
  size_t i;
  for (i = 0; i < VIT_IMAGE_SIZE(samples); ++i)
    image[i] = (float)(i * 37 % 256) / 128 - 1;
  if (vit_create(&context, NULL) != VITRAIL_OK ||
      vit_run(context, samples, image, expected) != VITRAIL_OK)
    return 1;
  vit_destroy(context);

  for (i = 0; i < callers; ++i) {
    threads[i] = (int)i + 1;
    if (pthread_create(&running[i], NULL, call, &threads[i]) != 0)
      return 1;
  }
  for (i = 0; i < callers; ++i) {
    void *problem;
    pthread_join(running[i], &problem);
    printf("%d threads: %s\n", threads[i],
           problem ? (const char *)problem : "equal");
  }
  return 0;
}
