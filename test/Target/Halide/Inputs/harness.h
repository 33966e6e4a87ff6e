/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Calls a kernel from C: buffers, the hooks of Halide's runtime that kernels
 * need, and comparisons that count what is wrong.
 *
 *===----------------------------------------------------------------------===*/
#ifndef VITRAIL_TEST_TARGET_HALIDE_HARNESS_H
#define VITRAIL_TEST_TARGET_HALIDE_HARNESS_H

#include "HalideRuntime.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What the kernel hands to the hooks as its user context. */
typedef struct context {
  int parallel_loops; /* how many were run */
  int allocations;    /* how many are alive */
  int errors;         /* how many were reported */
} context;

void *halide_malloc(void *user_context, size_t size) {
  ++((context *)user_context)->allocations;
  return aligned_alloc(64, (size + 63) / 64 * 64);
}

void halide_free(void *user_context, void *pointer) {
  --((context *)user_context)->allocations;
  free(pointer);
}

int halide_do_par_for(void *user_context, halide_task_t task, int min, int size,
                      uint8_t *closure) {
  ++((context *)user_context)->parallel_loops;
  for (int i = min; i < min + size; ++i) {
    int status = task(user_context, i, closure);
    if (status != 0)
      return status;
  }
  return 0;
}

static int fail(void *user_context, const char *hook, const char *what) {
  ++((context *)user_context)->errors;
  printf("%s: %s\n", hook, what);
  return -1;
}

/* A hook of Halide's; its arguments after those that all have. */
#define ERROR_HOOK(name, ...)                                                  \
  int name(void *user_context, const char *what __VA_OPT__(, ) __VA_ARGS__) {  \
    return fail(user_context, #name, what);                                    \
  }
ERROR_HOOK(halide_error_buffer_argument_is_null)
ERROR_HOOK(halide_error_host_is_null)
ERROR_HOOK(halide_error_device_dirty_with_no_device_support)
ERROR_HOOK(halide_error_bad_type, uint32_t given, uint32_t wanted)
ERROR_HOOK(halide_error_bad_dimensions, int given, int wanted)
ERROR_HOOK(halide_error_access_out_of_bounds, int dimension, int first,
           int last, int min, int max)
ERROR_HOOK(halide_error_buffer_extents_negative, int dimension, int extent)
ERROR_HOOK(halide_error_constraint_violated, int given, const char *constraint,
           int wanted)
ERROR_HOOK(halide_error_buffer_allocation_too_large, uint64_t size,
           uint64_t max)
ERROR_HOOK(halide_error_buffer_extents_too_large, int64_t size, int64_t max)

int halide_error_out_of_memory(void *user_context) {
  return fail(user_context, "halide_error_out_of_memory", "");
}

#define F32 halide_type_float, 32
#define F16 halide_type_float, 16
#define BF16 halide_type_bfloat, 16
#define I32 halide_type_int, 32
#define I8 halide_type_int, 8

typedef struct buffer {
  halide_buffer_t halide;
  halide_dimension_t dims[4];
} buffer;

/* A dense buffer; extents innermost first. */
static void make_buffer(buffer *buffer, void *data, halide_type_code_t code,
                        uint8_t bits, int rank, const int *extents) {
  int stride = 1;
  buffer->halide = (halide_buffer_t){0};
  buffer->halide.host = data;
  buffer->halide.type.code = code;
  buffer->halide.type.bits = bits;
  buffer->halide.type.lanes = 1;
  buffer->halide.dimensions = rank;
  buffer->halide.dim = buffer->dims;
  for (int i = 0; i < rank; ++i) {
    buffer->dims[i].min = 0;
    buffer->dims[i].extent = extents[i];
    buffer->dims[i].stride = stride;
    buffer->dims[i].flags = 0;
    stride *= extents[i];
  }
}

#define MAKE_BUFFER(buffer, data, type, ...)                                   \
  make_buffer(buffer, data, type, sizeof((int[]){__VA_ARGS__}) / sizeof(int),  \
              (int[]){__VA_ARGS__})

static int failures = 0;

/* Counts and prints a value further from `want` than `tolerance`, relative for
 * values above 1. */
static void expect(const char *what, int i, double got, double want,
                   double tolerance) {
  double scale = fabs(want) > 1 ? fabs(want) : 1;
  if (fabs(got - want) <= tolerance * scale)
    return;
  ++failures;
  printf("%s [%d]: got %.9g, want %.9g\n", what, i, got, want);
}

#define EXPECT(condition)                                                      \
  do {                                                                         \
    if (!(condition)) {                                                        \
      ++failures;                                                              \
      printf("line %d: not so: %s\n", __LINE__, #condition);                   \
    }                                                                          \
  } while (0)

#endif /* VITRAIL_TEST_TARGET_HALIDE_HARNESS_H */
