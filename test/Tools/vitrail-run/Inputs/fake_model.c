/*===- fake_model.c - a model without a compiler --------------------*- C -*-===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*
 *
 * A library with the interface of compiled models, written by hand, so that
 * vitrail-run can be tested on its own. The entry `echo` takes an image and
 * gives back what it was handed, and the sums of its channels; with ENTRIES
 * there are more, each for one thing that a model may have or do wrong.
 *
 *===----------------------------------------------------------------------===*/
#include "vitrail/Runtime/vitrail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ABI
#define ABI VITRAIL_ABI
#endif
#ifndef ENTRIES
#define ENTRIES 1
#endif
#ifndef MAX_BATCH
#define MAX_BATCH 4
#endif
#ifndef CHANNELS
#define CHANNELS 1
#endif
#ifndef HEIGHT
#define HEIGHT 2
#endif
#ifndef WIDTH
#define WIDTH 2
#endif
#ifndef RESIZE
#define RESIZE 0
#endif
#ifndef FILTER
#define FILTER VITRAIL_BICUBIC
#endif
#ifndef CROP_HEIGHT
#define CROP_HEIGHT 0
#endif
#ifndef CROP_WIDTH
#define CROP_WIDTH 0
#endif
#ifndef SCALE
#define SCALE 1
#endif
#ifndef MEAN
#define MEAN 0
#endif
#ifndef STD
#define STD 1
#endif

struct vitrail_context {
  int64_t max_batch;
  char message[200];
};

static const float mean[] = {MEAN};
static const float std[] = {STD};
static const vitrail_preprocess preprocess = {
    RESIZE,     FILTER, CROP_HEIGHT,
    CROP_WIDTH, SCALE,  sizeof(mean) / sizeof(mean[0]),
    mean,       std};

static const int64_t image_shape[] = {-1, CHANNELS, HEIGHT, WIDTH};
static const int64_t sums_shape[] = {-1, CHANNELS};
static const vitrail_tensor_info echo_inputs[] = {
    {"image", VITRAIL_F32, 4, image_shape, &preprocess}};
static const vitrail_tensor_info echo_outputs[] = {
    {"pixels", VITRAIL_F32, 4, image_shape, NULL},
    {"sums", VITRAIL_F32, 2, sums_shape, NULL}};

/* Without preprocessing, with every type, a multiple of the batch and an input
 * that does not depend on it. */
static const int64_t rows_shape[] = {-2, 3};
static const int64_t ids_shape[] = {-1, 2};
static const int64_t table_shape[] = {3};
static const vitrail_tensor_info copy_inputs[] = {
    {"rows", VITRAIL_F16, 2, rows_shape, NULL},
    {"ids", VITRAIL_I32, 2, ids_shape, NULL},
    {"table", VITRAIL_BF16, 1, table_shape, NULL}};
static const vitrail_tensor_info copy_outputs[] = {
    {"rows", VITRAIL_F16, 2, rows_shape, NULL},
    {"ids", VITRAIL_I32, 2, ids_shape, NULL},
    {"table", VITRAIL_BF16, 1, table_shape, NULL}};

static const int64_t classes_shape[] = {-1, 3};
static const vitrail_tensor_info classes[] = {
    {"scores", VITRAIL_F32, 2, classes_shape, NULL}};

/* The batch is not the leading extent. */
static const int64_t sideways_shape[] = {2, -1};
static const vitrail_tensor_info sideways[] = {
    {"columns", VITRAIL_F32, 2, sideways_shape, NULL}};

static const vitrail_entry_info entries[] = {
    {"echo", 1, 2, echo_inputs, echo_outputs},
    {"copy", 3, 3, copy_inputs, copy_outputs},
    {"classify", 1, 1, classes, classes},
    {"sideways", 1, 1, sideways, sideways},
    {"refuse", 1, 1, classes, classes},
    {"forget", 1, 1, classes, classes}};

#ifdef GENERATE
/* Two tokens beside the special ones are not ASCII, one is two characters. */
static const char *const vocabulary[] = {"<pad>", "<start>", "<end>",  "a",
                                         "b",     "ab",      "\u00e4", " "};
static const vitrail_generate_info generate_info = {0,   1, 1, 2, 0, 5, 4, 8,
#ifdef NO_VOCABULARY
                                                    NULL
#else
                                                    vocabulary
#endif
};
static const int64_t keys_shape[] = {-1, 5};
static const vitrail_tensor_info states[] = {
    {"keys.0", VITRAIL_F32, 2, keys_shape, NULL},
    {"position", VITRAIL_I32, 0, NULL, NULL}};
#endif

static const vitrail_model_info info = {
    ABI,          "fake",  "vitrail test", "host",        MAX_BATCH,
    3145728,      640,
#ifdef WEIGHTS_FILE
    WEIGHTS_FILE,
#else
    NULL,
#endif
    ENTRIES,      entries,
#ifdef GENERATE
    1536,         2,       states,         &generate_info
#endif
};

static vitrail_status create(vitrail_context **context,
                             const vitrail_options *options) {
  *context = calloc(1, sizeof(**context));
  if (!*context)
    return VITRAIL_OUT_OF_MEMORY;
  (*context)->max_batch = options->max_batch;
#ifdef WEIGHTS_FILE
  snprintf((*context)->message, sizeof((*context)->message),
           "cannot map '%s' for %d threads",
           options->weights_file ? options->weights_file : WEIGHTS_FILE,
           (int)options->threads);
  return VITRAIL_WEIGHTS_ERROR;
#else
  return VITRAIL_OK;
#endif
}

static void echo(int64_t batch, const void *const *inputs,
                 void *const *outputs) {
  const float *image = inputs[0];
  float *sums = outputs[1];
  memcpy(outputs[0], image, sizeof(float) * batch * CHANNELS * HEIGHT * WIDTH);
  for (int64_t i = 0; i < batch * CHANNELS; ++i) {
    sums[i] = 0;
    for (int j = 0; j < HEIGHT * WIDTH; ++j)
      sums[i] += *image++;
  }
}

static vitrail_status run(vitrail_context *context, int32_t entry,
                          int64_t batch, const void *const *inputs,
                          void *const *outputs) {
  if (batch > context->max_batch || batch > MAX_BATCH) {
    strcpy(context->message, "the batch is too large");
    return VITRAIL_INVALID_ARGUMENT;
  }
  switch (entry) {
  case 0:
    echo(batch, inputs, outputs);
    return VITRAIL_OK;
  case 1:
    memcpy(outputs[0], inputs[0], 2 * batch * 2 * 3);
    memcpy(outputs[1], inputs[1], 4 * batch * 2);
    memcpy(outputs[2], inputs[2], 2 * 3);
    return VITRAIL_OK;
  case 2:
    memcpy(outputs[0], inputs[0], sizeof(float) * batch * 3);
    return VITRAIL_OK;
  case 3:
    memcpy(outputs[0], inputs[0], sizeof(float) * batch * 2);
    return VITRAIL_OK;
  case 5:
    /* The last value is left out. */
    memcpy(outputs[0], inputs[0], sizeof(float) * (batch * 3 - 1));
    return VITRAIL_OK;
  default:
    strcpy(context->message, "kernel 'matmul_7' refused its buffers");
    return VITRAIL_KERNEL_ERROR;
  }
}

static const char *message(const vitrail_context *context) {
  return context ? context->message : "no context";
}

static void destroy(vitrail_context *context) { free(context); }

#ifdef GENERATE
static vitrail_status reset(vitrail_context *context) {
  (void)context;
  return VITRAIL_OK;
}

static vitrail_status reorder(vitrail_context *context, int64_t count,
                              const int64_t *parents) {
  (void)context;
  return count > 0 && parents ? VITRAIL_OK : VITRAIL_INVALID_ARGUMENT;
}

/* The source backwards, as far as max_length goes; a special token between, as
 * many spaces as there are beams beyond one, and "b" with a length penalty. */
static vitrail_status generate(vitrail_context *context, int64_t batch,
                               const int32_t *source,
                               const vitrail_generate_options *options,
                               int32_t *tokens, int32_t *lengths,
                               float *scores) {
  int32_t limit = options->max_length ? options->max_length : 5;
  (void)scores;
  if (limit > 5) {
    strcpy(context->message, "max_length is too large");
    return VITRAIL_INVALID_ARGUMENT;
  }
  for (int64_t i = 0; i < batch; ++i, source += 4, tokens += limit) {
    int32_t length = 0;
    for (int j = 3; j >= 0 && length < limit; --j)
      if (source[j] != 0)
        tokens[length++] = source[j];
    for (int j = 1; j < options->beams && length < limit; ++j)
      tokens[length++] = 7;
    if (options->length_penalty > 0 && length < limit)
      tokens[length++] = 4;
    lengths[i] = length;
  }
  return VITRAIL_OK;
}
#else
#define reset NULL
#define reorder NULL
#define generate NULL
#endif

static void device(const vitrail_context *context, vitrail_device_info *info) {
  vitrail_device_info processor = {1, 0, "", 0};
  (void)context;
  *info = processor;
}

static vitrail_status profile(vitrail_context *context, int32_t entry,
                              int64_t batch, const void *const *inputs,
                              void *const *outputs, vitrail_profile *profile) {
  vitrail_step_time steps[] = {
      {"linear", 3e6, 1e-3}, {"norm", 1e6, 1e-3}, {"linear", 3e6, 1e-3}};
  (void)context, (void)entry, (void)batch, (void)inputs, (void)outputs;
  for (int32_t i = 0; i < 3 && i < profile->capacity; ++i)
    profile->steps[i] = steps[i];
  profile->num_steps = 3;
  profile->seconds = 3.003e-3;
  profile->peak_flops = 8e9;
  profile->peak_bytes = 4e9;
  profile->launch_seconds = 1.5e-6;
  return VITRAIL_OK;
}

#ifndef NO_SYMBOL
__attribute__((visibility("default"))) const vitrail_model_api vitrail_model = {
    &info, create,  run,      message, destroy,
    reset, reorder, generate, device,  profile};
#endif
