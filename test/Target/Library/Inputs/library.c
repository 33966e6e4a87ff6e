/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Runs the model of library.mlir.
 *
 *===----------------------------------------------------------------------===*/
#include "tiny.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  const vitrail_model_info *info = tiny_info();
  float x[TINY_X_SIZE(3)], y[TINY_Y_SIZE(3)], same[TINY_SAME_SIZE(3)];
  float again[TINY_AGAIN_SIZE(3)], bias[TINY_BIAS_SIZE(3)];
  const float expected[4] = {5, 6, 7, 8};
  vitrail_context *context = NULL;
  int i;

  printf("%s for %s: at most %d, %d bytes of weights, %d of activations\n",
         info->name, info->target, (int)info->max_batch,
         (int)info->weights_size, (int)info->arena_size);
  if (info->weights_file)
    printf("weights in %s\n", info->weights_file);
  else
    printf("weights inside\n");

  if (tiny_create(&context, NULL) != VITRAIL_OK) {
    printf("%s\n", tiny_message(context));
    return 1;
  }
  for (i = 0; i < 12; ++i)
    x[i] = (float)(i + 1);
  if (tiny_run(context, 3, x, y, same, again, bias) != VITRAIL_OK) {
    printf("%s\n", tiny_message(context));
    return 1;
  }
  for (i = 0; i < 12; i += 4)
    printf("%g %g %g %g\n", y[i], y[i + 1], y[i + 2], y[i + 3]);
  if (memcmp(x, same, sizeof(x)) == 0 && memcmp(y, again, sizeof(y)) == 0 &&
      memcmp(bias, expected, sizeof(expected)) == 0)
    printf("copies equal\n");
  i = tiny_run(context, 5, x, y, same, again, bias);
  printf("%d: %s\n", i, tiny_message(context));
  i = tiny_run(context, 1, NULL, y, same, again, bias);
  printf("%d: %s\n", i, tiny_message(context));
  tiny_destroy(context);
  return 0;
}
