/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Results at addresses that are multiples of 4 alone.
 *
 *===----------------------------------------------------------------------===*/
#include "harness.h"

enum { size = 64 };

int results_argv(void **args);

int main(void) {
  static _Alignas(64) float memory[3][size + 16];
  float *in = memory[0] + 1, *first = memory[1] + 3, *second = memory[2] + 5;
  for (int i = 0; i < size; ++i)
    in[i] = (float)i - 7.5f;
  buffer ins, firsts, seconds;
  MAKE_BUFFER(&ins, in, F32, size);
  MAKE_BUFFER(&firsts, first, F32, size);
  MAKE_BUFFER(&seconds, second, F32, size);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &ins, &firsts, &seconds};
  EXPECT(results_argv(args) == 0);
  for (int i = 0; i < size; ++i) {
    EXPECT(first[i] == 2 * in[i]);
    EXPECT(second[i] == first[i] * first[i]);
  }
  return 0;
}
