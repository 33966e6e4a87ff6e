/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * What float.mlir should compute.
 *
 *===----------------------------------------------------------------------===*/
#include "harness.h"

enum { size = 8, rows = 13 };

int float_ops_argv(void **args);

/* One bit for each comparison, in the order of the test. */
static int compare(float x, float y) {
  return (x == y) | (x != y) << 1 | (x < y) << 2 | (x <= y) << 3 |
         (x > y) << 4 | (x >= y) << 5;
}

int main(void) {
  float x[size] = {-3.5f, -1, -0.25f, 0.75f, 1, 2, 2, 1e10f};
  float y[size] = {2, -1, 0.5f, -4, 3, 2, 1, 1e-10f};
  float out[rows][size];
  buffer xs, ys, outs;
  MAKE_BUFFER(&xs, x, F32, size);
  MAKE_BUFFER(&ys, y, F32, size);
  MAKE_BUFFER(&outs, out, F32, size, rows);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &xs, &ys, &outs};
  EXPECT(float_ops_argv(args) == 0);

  for (int i = 0; i < size; ++i) {
    expect("addf", i, out[0][i], x[i] + y[i], 0);
    expect("subf", i, out[1][i], x[i] - y[i], 0);
    expect("mulf", i, out[2][i], x[i] * y[i], 0);
    expect("divf", i, out[3][i], x[i] / y[i], 1e-7);
    expect("negf", i, out[4][i], -x[i], 0);
    expect("maximumf", i, out[5][i], fmaxf(x[i], y[i]), 0);
    expect("maxnumf", i, out[6][i], fmaxf(x[i], y[i]), 0);
    expect("minimumf", i, out[7][i], fminf(x[i], y[i]), 0);
    expect("minnumf", i, out[8][i], fminf(x[i], y[i]), 0);
    expect("ordered cmpf", i, out[9][i], compare(x[i], y[i]), 0);
    expect("unordered cmpf", i, out[10][i], compare(x[i], y[i]), 0);
    expect("infinity", i, out[11][i], x[i], 0);
    expect("sharing", i, out[12][i], (x[i] + y[i]) * 0x1p64f, 0);
  }
  return failures != 0;
}
