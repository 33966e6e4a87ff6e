//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels call when they refuse to run. Each function puts a sentence into
// the context's message and returns the code that makes the kernel return. The
// compiler rules these errors out, so a user who sees one has found a bug; the
// sentence is for those who look for it.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <inttypes.h>

/// Reports to the context behind `userContext` and gives `code` back.
#define FAIL(code, ...)                                                        \
  (static_cast<vitrail_context *>(userContext)->message.report(__VA_ARGS__),   \
   code)

void halide_error(void *userContext, const char *text) {
  static_cast<vitrail_context *>(userContext)->message.report("%s", text);
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

int halide_error_bad_type(void *userContext, const char *name, uint32_t given,
                          uint32_t expected) {
  return FAIL(halide_error_code_bad_type,
              "%s has element type 0x%08" PRIx32 ", expected 0x%08" PRIx32,
              name, given, expected);
}

int halide_error_bad_dimensions(void *userContext, const char *name,
                                int32_t given, int32_t expected) {
  return FAIL(halide_error_code_bad_dimensions,
              "%s has %d dimensions, expected %d", name, given, expected);
}

int halide_error_access_out_of_bounds(void *userContext, const char *name,
                                      int dimension, int minTouched,
                                      int maxTouched, int minValid,
                                      int maxValid) {
  return FAIL(halide_error_code_access_out_of_bounds,
              "%s is accessed from %d to %d in dimension %d, which goes from "
              "%d to %d",
              name, minTouched, maxTouched, dimension, minValid, maxValid);
}

int halide_error_buffer_allocation_too_large(void *userContext,
                                             const char *name, uint64_t size,
                                             uint64_t limit) {
  return FAIL(halide_error_code_buffer_allocation_too_large,
              "%s takes %" PRIu64 " bytes, at most %" PRIu64 " are possible",
              name, size, limit);
}

int halide_error_buffer_extents_negative(void *userContext, const char *name,
                                         int dimension, int extent) {
  return FAIL(halide_error_code_buffer_extents_negative,
              "%s has extent %d in dimension %d", name, extent, dimension);
}

int halide_error_buffer_extents_too_large(void *userContext, const char *name,
                                          int64_t size, int64_t limit) {
  return FAIL(halide_error_code_buffer_extents_too_large,
              "%s has %" PRId64 " elements, at most %" PRId64 " are possible",
              name, size, limit);
}

int halide_error_constraints_make_required_region_smaller(
    void *userContext, const char *name, int dimension, int constrainedMin,
    int constrainedExtent, int requiredMin, int requiredExtent) {
  return FAIL(halide_error_code_constraints_make_required_region_smaller,
              "%s is constrained to %d elements from %d in dimension %d, where "
              "%d from %d are required",
              name, constrainedExtent, constrainedMin, dimension,
              requiredExtent, requiredMin);
}

int halide_error_constraint_violated(void *userContext, const char *name,
                                     int value, const char *constraint,
                                     int expected) {
  return FAIL(halide_error_code_constraint_violated,
              "%s is %d, but must equal %s, which is %d", name, value,
              constraint, expected);
}

int halide_error_buffer_argument_is_null(void *userContext, const char *name) {
  return FAIL(halide_error_code_buffer_argument_is_null, "%s is a null buffer",
              name);
}

int halide_error_buffer_is_null(void *userContext, const char *routine) {
  return FAIL(halide_error_code_buffer_is_null, "%s got a null buffer",
              routine);
}

int halide_error_host_is_null(void *userContext, const char *name) {
  return FAIL(halide_error_code_host_is_null, "%s has a null address", name);
}

int halide_error_unaligned_host_ptr(void *userContext, const char *name,
                                    int alignment) {
  return FAIL(halide_error_code_unaligned_host_ptr,
              "%s is not aligned to %d bytes", name, alignment);
}

int halide_error_device_dirty_with_no_device_support(void *userContext,
                                                     const char *name) {
  return FAIL(halide_error_code_device_dirty_with_no_device_support,
              "%s is on a device, but the kernel is not", name);
}

//===----------------------------------------------------------------------===//
// Bounds, folds and splits
//===----------------------------------------------------------------------===//

int halide_error_explicit_bounds_too_small(void *userContext, const char *name,
                                           const char *variable, int minBound,
                                           int maxBound, int minRequired,
                                           int maxRequired) {
  return FAIL(halide_error_code_explicit_bounds_too_small,
              "%s is bounded from %d to %d in %s, but required from %d to %d",
              name, minBound, maxBound, variable, minRequired, maxRequired);
}

int halide_error_storage_bound_too_small(void *userContext, const char *name,
                                         const char *variable, int provided,
                                         int required) {
  return FAIL(halide_error_code_storage_bound_too_small,
              "%s stores %d elements in %s, but %d are required", name,
              provided, variable, required);
}

int halide_error_bad_fold(void *userContext, const char *name,
                          const char *variable, const char *loop) {
  return FAIL(halide_error_code_bad_fold,
              "%s is folded in %s, but not used in order over %s", name,
              variable, loop);
}

int halide_error_bad_extern_fold(void *userContext, const char *name,
                                 int dimension, int min, int extent,
                                 int minValid, int factor) {
  return FAIL(halide_error_code_bad_extern_fold,
              "%s is folded by %d in dimension %d, where %d elements from %d "
              "are required and %d is the first valid",
              name, factor, dimension, extent, min, minValid);
}

int halide_error_fold_factor_too_small(void *userContext, const char *name,
                                       const char *variable, int factor,
                                       const char *loop, int required) {
  return FAIL(halide_error_code_fold_factor_too_small,
              "%s is folded by %d in %s, but %d elements are required in an "
              "iteration of %s",
              name, factor, variable, required, loop);
}

int halide_error_split_factor_not_positive(void *userContext, const char *name,
                                           const char *variable,
                                           const char *outer, const char *inner,
                                           const char *factor, int value) {
  return FAIL(halide_error_code_split_factor_not_positive,
              "%s is split in %s into %s and %s by %s, which is %d", name,
              variable, outer, inner, factor, value);
}

//===----------------------------------------------------------------------===//
// All else
//===----------------------------------------------------------------------===//

int halide_error_out_of_memory(void *userContext) {
  return FAIL(halide_error_code_out_of_memory, "out of memory");
}

int halide_error_requirement_failed(void *userContext, const char *condition,
                                    const char *text) {
  return FAIL(halide_error_code_requirement_failed, "requirement %s failed: %s",
              condition, text);
}

int halide_error_specialize_fail(void *userContext, const char *text) {
  return FAIL(halide_error_code_specialize_fail, "%s", text);
}

int halide_error_bounds_inference_call_failed(void *userContext,
                                              const char *name, int result) {
  return FAIL(result, "the bounds query of %s failed with code %d", name,
              result);
}

int halide_error_extern_stage_failed(void *userContext, const char *name,
                                     int result) {
  return FAIL(result, "%s failed with code %d", name, result);
}

int halide_error_param_too_small_i64(void *userContext, const char *name,
                                     int64_t value, int64_t bound) {
  return FAIL(halide_error_code_param_too_small,
              "%s is %" PRId64 ", less than %" PRId64, name, value, bound);
}

int halide_error_param_too_small_u64(void *userContext, const char *name,
                                     uint64_t value, uint64_t bound) {
  return FAIL(halide_error_code_param_too_small,
              "%s is %" PRIu64 ", less than %" PRIu64, name, value, bound);
}

int halide_error_param_too_small_f64(void *userContext, const char *name,
                                     double value, double bound) {
  return FAIL(halide_error_code_param_too_small, "%s is %g, less than %g", name,
              value, bound);
}

int halide_error_param_too_large_i64(void *userContext, const char *name,
                                     int64_t value, int64_t bound) {
  return FAIL(halide_error_code_param_too_large,
              "%s is %" PRId64 ", more than %" PRId64, name, value, bound);
}

int halide_error_param_too_large_u64(void *userContext, const char *name,
                                     uint64_t value, uint64_t bound) {
  return FAIL(halide_error_code_param_too_large,
              "%s is %" PRIu64 ", more than %" PRIu64, name, value, bound);
}

int halide_error_param_too_large_f64(void *userContext, const char *name,
                                     double value, double bound) {
  return FAIL(halide_error_code_param_too_large, "%s is %g, more than %g", name,
              value, bound);
}
