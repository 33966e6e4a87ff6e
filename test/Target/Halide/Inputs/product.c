/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Runs product.mlir, then hands it wrong buffers.
 *
 *===----------------------------------------------------------------------===*/
#include "harness.h"

enum { rows = 10, inner = 96, columns = 32, tile = 16 };

int product(void *, halide_buffer_t *, halide_buffer_t *, halide_buffer_t *,
            halide_buffer_t *);
int product_argv(void **args);

static float a[rows][inner], w[columns / tile][inner][tile], b[columns];
static float c[rows][columns];

static void fill(float *data, int size, int seed) {
  for (int i = 0; i < size; ++i)
    data[i] = (float)((i * 37 + seed) % 101 - 50) / 50;
}

static void check(void) {
  for (int m = 0; m < rows; ++m)
    for (int n = 0; n < columns; ++n) {
      double sum = b[n];
      for (int k = 0; k < inner; ++k)
        sum += (double)a[m][k] * w[n / tile][k][n % tile];
      expect("product", m * columns + n, c[m][n], sum, 1e-5);
    }
}

int main(void) {
  fill(a[0], rows * inner, 1);
  fill(w[0][0], columns * inner, 2);
  fill(b, columns, 3);
  buffer as, ws, bs, cs;
  MAKE_BUFFER(&as, a, F32, inner, rows);
  MAKE_BUFFER(&ws, w, F32, tile, inner, columns / tile);
  MAKE_BUFFER(&bs, b, F32, columns);
  MAKE_BUFFER(&cs, c, F32, columns, rows);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &as, &ws, &bs, &cs};
  EXPECT(product_argv(args) == 0);
  check();
  EXPECT(context.parallel_loops == 1);
  EXPECT(context.errors == 0);

  as.dims[0].extent = inner + 4;
  EXPECT(product_argv(args) != 0);
  as.dims[0].extent = inner;
  EXPECT(product(user, &as.halide, NULL, &bs.halide, &cs.halide) != 0);
  cs.halide.type.bits = 16;
  EXPECT(product_argv(args) != 0);
  cs.halide.type.bits = 32;
  cs.dims[1].stride = columns + 16;
  EXPECT(product_argv(args) != 0);
  EXPECT(context.errors == 4);
  return failures != 0;
}
