/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * What integer.mlir should compute.
 *
 *===----------------------------------------------------------------------===*/
#include "harness.h"

enum { size = 8, rows = 22 };

int integer_ops_argv(void **args);

/* One bit for each comparison, in the order of the test. */
static int compare(int a, int b) {
  unsigned x = a, y = b;
  return (a == b) | (a != b) << 1 | (a < b) << 2 | (a <= b) << 3 |
         (a > b) << 4 | (a >= b) << 5 | (x < y) << 6 | (x <= y) << 7 |
         (x > y) << 8 | (x >= y) << 9;
}

static int floor_divide(int a, int b) { return (int)floor((double)a / b); }

int main(void) {
  int a[size] = {7, -7, 7, -7, 0, 12, -1, 1000003};
  int b[size] = {2, 2, -2, -2, 5, 12, 3, -77};
  int out[rows][size];
  buffer as, bs, outs;
  MAKE_BUFFER(&as, a, I32, size);
  MAKE_BUFFER(&bs, b, I32, size);
  MAKE_BUFFER(&outs, out, I32, size, rows);
  context context = {0};
  void *user = &context;
  void *args[] = {&user, &as, &bs, &outs};
  EXPECT(integer_ops_argv(args) == 0);

  for (int i = 0; i < size; ++i) {
    int x = a[i], y = b[i];
    int want[rows] = {x + y,
                      x - y,
                      x * y,
                      floor_divide(x, y),
                      x / y,
                      x % y,
                      x % y < 0 ? x % y + abs(y) : x % y,
                      x > y ? x : y,
                      x < y ? x : y,
                      abs(x),
                      compare(x, y),
                      x & y,
                      x | y,
                      x ^ y,
                      (int)((unsigned)x << 3),
                      x >> 3,
                      (int)((unsigned)x >> 3),
                      x > 0 && y > 0,
                      x > 0 || y > 0,
                      (x > 0) != (y > 0),
                      floor_divide(x, 5),
                      (int)(x * 3000000000LL >> 32)};
    for (int row = 0; row < rows; ++row) {
      char what[16];
      snprintf(what, sizeof(what), "row %d", row);
      expect(what, i, out[row][i], want[row], 0);
    }
  }
  return failures != 0;
}
