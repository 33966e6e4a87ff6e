/* Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Runs two libraries of one model in turn, each in a context of its own. */

#include "first.h"
#include "second.h"

#include <stdio.h>
#include <string.h>

static float image[FIRST_IMAGE_SIZE(1)];

int main(void) {
  float of_first[FIRST_LOGITS_SIZE(1)], of_second[SECOND_LOGITS_SIZE(1)];
  float again[FIRST_LOGITS_SIZE(1)];
  vitrail_context *first, *second;
  if (first_create(&first, NULL) || second_create(&second, NULL))
    return 1;
  for (size_t i = 0; i < FIRST_IMAGE_SIZE(1); ++i)
    image[i] = (float)(i % 7) - 3;
  printf("first: %d\n", (int)first_run(first, 1, image, of_first));
  printf("second: %d\n", (int)second_run(second, 1, image, of_second));
  printf("different: %d\n", memcmp(of_first, of_second, sizeof of_first) != 0);
  first_run(first, 1, image, again);
  printf("first again: %d\n", memcmp(of_first, again, sizeof again) == 0);
  first_destroy(first);
  second_destroy(second);
  return 0;
}
