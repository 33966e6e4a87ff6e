/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * What the kernels of schedules.mlir should compute.
 *
 *===----------------------------------------------------------------------===*/
#include "harness.h"

int loops_argv(void **args);
int storage_argv(void **args);
int sums_argv(void **args);

static void fill(float *data, int size) {
  for (int i = 0; i < size; ++i)
    data[i] = (float)(i * 37 % 101 - 50) / 50;
}

static void check_loops(void) {
  enum { width = 40, pitch = 48, height = 7, batch = 3 };
  static float x[batch][height][pitch], out[batch][height][width];
  fill(x[0][0], batch * height * pitch);
  buffer xs, outs;
  MAKE_BUFFER(&xs, x, F32, pitch, height, batch);
  xs.dims[0].extent = width;
  MAKE_BUFFER(&outs, out, F32, width, height, batch);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &xs, &outs};
  EXPECT(loops_argv(args) == 0);
  EXPECT(context.parallel_loops == 1);
  for (int i = 0; i < batch * height * width; ++i) {
    double v = 2 * x[0][i / width][i % width];
    expect("loops", i, out[0][i / width][i % width], -(v * v + 1), 1e-6);
  }
}

static void check_storage(void) {
  enum { width = 24, height = 6 };
  static float x[height + 1][width], out[height][width];
  fill(x[0], width * (height + 1));
  buffer xs, outs;
  MAKE_BUFFER(&xs, x, F32, width, height + 1);
  MAKE_BUFFER(&outs, out, F32, width, height);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &xs, &outs};
  EXPECT(storage_argv(args) == 0);
  EXPECT(context.allocations == 0);
  for (int j = 0; j < height; ++j)
    for (int i = 0; i < width; ++i) {
      double here = 2 * x[j][i], there = 2 * x[j + 1][i];
      expect("storage", i, out[j][i], here * here + there * there, 1e-6);
    }
}

static void check_sums(void) {
  enum { width = 64, height = 5 };
  static float x[height][width], out[height];
  fill(x[0], width * height);
  buffer xs, outs;
  MAKE_BUFFER(&xs, x, F32, width, height);
  MAKE_BUFFER(&outs, out, F32, height);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &xs, &outs};
  EXPECT(sums_argv(args) == 0);
  for (int j = 0; j < height; ++j) {
    double sum = j < 2 ? 1 : 0;
    for (int k = 0; k < width; ++k)
      sum += 2 * x[j][k];
    for (int q = 1; q < 4; ++q)
      for (int p = 2; p < 10; ++p)
        sum += x[q][p];
    expect("sums", j, out[j], sum, 1e-5);
  }
}

int main(void) {
  check_loops();
  check_storage();
  check_sums();
  return failures != 0;
}
