/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * What conversions.mlir should compute.
 *
 *===----------------------------------------------------------------------===*/
#include "harness.h"

#include <string.h>

enum { size = 8, rows = 15 };

int conversion_ops_argv(void **args);

/* To the nearest number with `bits` bits after the leading one, ties to even.
 */
static double round_to(double x, int bits) {
  int exponent;
  double mantissa = frexp(x, &exponent);
  return ldexp(rint(ldexp(mantissa, bits + 1)), exponent - bits - 1);
}

int main(void) {
  int a[size] = {0, 1, -1, 255, 256, 127, -128, 123457};
  int8_t c[size] = {0, 1, -1, 127, -128, 5, -7, 100};
  float x[size] = {0.1f,     -0.3f,   1.00390625f, -7.9f,
                   3.14159f, 1000.5f, -2,          2.5f};
  /* 1, -2, 0.5, 65504, 0.333, 0, -0.1, 6e-8 and 1, -2, 0.5, 3e38, ... */
  uint16_t h[size] = {0x3c00, 0xc000, 0x3800, 0x7bff, 0x3555, 0, 0xae66, 1};
  uint16_t g[size] = {0x3f80, 0xc000, 0x3f00, 0x7f62, 0x3eab, 0, 0xbdcd, 0x80};
  double h_values[size] = {1,         -2, 0.5,        65504,
                           0x555p-12, 0,  -0x666p-14, 0x1p-24};
  float out[rows][size];
  buffer as, cs, xs, hs, gs, outs;
  MAKE_BUFFER(&as, a, I32, size);
  MAKE_BUFFER(&cs, c, I8, size);
  MAKE_BUFFER(&xs, x, F32, size);
  MAKE_BUFFER(&hs, h, F16, size);
  MAKE_BUFFER(&gs, g, BF16, size);
  MAKE_BUFFER(&outs, out, F32, size, rows);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &as, &cs, &xs, &hs, &gs, &outs};
  EXPECT(conversion_ops_argv(args) == 0);

  for (int i = 0; i < size; ++i) {
    uint32_t g_bits = (uint32_t)g[i] << 16;
    float g_value;
    memcpy(&g_value, &g_bits, sizeof(g_value));
    int odd = a[i] & 1;
    expect("extsi", i, out[0][i], c[i], 0);
    expect("extui", i, out[1][i], (uint8_t)c[i], 0);
    expect("trunci", i, out[2][i], (int8_t)a[i], 0);
    expect("trunci to i1", i, out[3][i], odd, 0);
    expect("extsi of i1", i, out[4][i], -odd, 0);
    expect("cmpi of i1", i, out[5][i], odd, 0);
    expect("sitofp", i, out[6][i], a[i], 0);
    expect("sitofp of i1", i, out[7][i], -odd, 0);
    expect("uitofp", i, out[8][i], (uint8_t)c[i], 0);
    expect("fptosi", i, out[9][i], trunc(x[i]), 0);
    expect("f16", i, out[10][i], round_to(x[i], 10), 0);
    expect("bf16", i, out[11][i], round_to(x[i], 7), 0);
    expect("f16 input", i, out[12][i], h_values[i], 0);
    expect("bf16 input", i, out[13][i], g_value, 0);
    expect("bitcast", i, out[14][i], -x[i], 0);
  }
  return failures != 0;
}
