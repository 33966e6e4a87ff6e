/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * What math.mlir should compute. Halide's exp, log, erf and pow are polynomials
 * that it promises to be right but for the last few of 24 bits.
 *
 *===----------------------------------------------------------------------===*/
#include "harness.h"

enum { size = 8, rows = 14 };

int math_ops_argv(void **args);

/* For the C library's own functions and for Halide's polynomials. */
static const double exact = 2e-7;
static const double close = 2e-6;

/* Logarithms, roots and powers of negative numbers are not looked at: Halide
 * says nothing of NaNs. */
static void expect_of_positive(int i, double x, double y,
                               const float out[rows][size]) {
  expect("log", i, out[1][i], log(x), close);
  expect("sqrt", i, out[2][i], sqrt(x), exact);
  expect("rsqrt", i, out[3][i], 1 / sqrt(x), exact);
  expect("powf", i, out[13][i], pow(x, y), close);
}

int main(void) {
  float x[size] = {-3.7f, -2.5f, -0.3f, 0.01f, 0.5f, 1.5f, 2.5f, 9.3f};
  float y[size] = {1, 2, 3, 0.5f, -1, 1.25f, 2, -0.75f};
  float out[rows][size];
  buffer xs, ys, outs;
  MAKE_BUFFER(&xs, x, F32, size);
  MAKE_BUFFER(&ys, y, F32, size);
  MAKE_BUFFER(&outs, out, F32, size, rows);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &xs, &ys, &outs};
  EXPECT(math_ops_argv(args) == 0);

  for (int i = 0; i < size; ++i) {
    expect("exp", i, out[0][i], exp(x[i]), close);
    if (x[i] > 0)
      expect_of_positive(i, x[i], y[i], out);
    expect("floor", i, out[4][i], floor(x[i]), 0);
    expect("ceil", i, out[5][i], ceil(x[i]), 0);
    expect("trunc", i, out[6][i], trunc(x[i]), 0);
    expect("roundeven", i, out[7][i], rint(x[i]), 0);
    expect("absf", i, out[8][i], fabs(x[i]), 0);
    expect("tanh", i, out[9][i], tanh(x[i]), exact);
    expect("sin", i, out[10][i], sin(x[i]), exact);
    expect("cos", i, out[11][i], cos(x[i]), exact);
    expect("erf", i, out[12][i], erf(x[i]), close);
  }
  return failures != 0;
}
