/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Runs an entry of a library and compares its outputs, where vitrail-run cannot
 * run because it is of another architecture than the library.
 *
 *   run_entry LIBRARY.so ENTRY BATCH[r] NAME=FILE.npy...
 *
 * Every input and output has a file. Inputs are read as they are; outputs, all
 * of them f32, may differ from theirs, f32 or f64, by a relative L2 error of
 * 2e-6 in every sequence or image of the batch.
 *
 * Where a model rounds what it multiplies to integers (BATCHr), a number that
 * lies near the middle between two may become the other one in f32. This
 * happens to few images: fewer than half of them may differ by more, up to
 * 3e-2.
 *
 *===----------------------------------------------------------------------===*/
#include "vitrail/Runtime/vitrail.h"

#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { max_tensors = 8 };

static void die(const char *what, const char *which) {
  printf("%s: %s\n", which, what);
  exit(1);
}

static int64_t count_elements(const vitrail_tensor_info *info, int64_t batch) {
  int64_t count = 1;
  int32_t dim;
  for (dim = 0; dim < info->rank; ++dim)
    count *=
        info->shape[dim] < 0 ? -info->shape[dim] * batch : info->shape[dim];
  return count;
}

/* The contents of the tensor's file, at least `*size` bytes; `*size` becomes
 * what there is. */
static void *read_npy(const vitrail_tensor_info *info, int num_files,
                      char **files, int64_t *size) {
  size_t length = strlen(info->name);
  unsigned char start[10];
  FILE *file = NULL;
  void *data;
  long begin, end;
  int i;
  for (i = 0; i < num_files; ++i)
    if (strncmp(files[i], info->name, length) == 0 && files[i][length] == '=')
      file = fopen(files[i] + length + 1, "rb");
  if (!file || fread(start, 1, sizeof(start), file) != sizeof(start))
    die("cannot be read", info->name);
  begin = 10 + start[8] + 256 * start[9];
  fseek(file, 0, SEEK_END);
  end = ftell(file);
  if (end - begin < *size)
    die("too few elements", info->name);
  *size = end - begin;
  data = malloc((size_t)*size);
  fseek(file, begin, SEEK_SET);
  if (!data || fread(data, 1, (size_t)*size, file) != (size_t)*size)
    die("cannot be read", info->name);
  fclose(file);
  return data;
}

/* The relative L2 error of `count` elements, `want` f64 or f32. */
static double measure_error(int64_t count, const float *got, const void *want,
                            int is_double) {
  double difference = 0, norm = 0;
  int64_t i;
  for (i = 0; i < count; ++i) {
    double value =
        is_double ? ((const double *)want)[i] : ((const float *)want)[i];
    difference += (got[i] - value) * (got[i] - value);
    norm += value * value;
  }
  return sqrt(difference / norm);
}

/* Whether at most `most_off` of the batch's results differ by more than 2e-6,
 * and none by more than 5e-2. */
static int compare(const vitrail_tensor_info *info, int64_t batch,
                   int64_t most_off, const float *got, const void *expected,
                   int64_t size) {
  int64_t count = count_elements(info, batch) / batch, off = 0, i;
  int is_double = size == count * batch * 8, right = 1;
  double worst = 0;
  if (!is_double && size != count * batch * 4)
    die("another number of elements", info->name);
  for (i = 0; i < batch; ++i) {
    double error = measure_error(
        count, got + i * count,
        (const char *)expected + i * count * (is_double ? 8 : 4), is_double);
    /* A comparison with NaN is false. */
    off += !(error <= 2e-6);
    right &= error <= 5e-2;
    worst = error > worst ? error : worst;
  }
  printf("%s: relative L2 error at most %.3g, above 2e-6 in %d of %d\n",
         info->name, worst, (int)off, (int)batch);
  return right && off <= most_off;
}

int main(int argc, char **argv) {
  void *library = argc > 4 ? dlopen(argv[1], RTLD_NOW) : NULL;
  int64_t batch = library ? atoll(argv[3]) : 0, most_off = 0;
  const vitrail_model_api *api;
  const vitrail_entry_info *entry = NULL;
  vitrail_context *context;
  const void *inputs[max_tensors];
  void *outputs[max_tensors];
  int32_t i, number, right = 1;
  if (!library)
    die(dlerror(), argv[1]);
  if (strchr(argv[3], 'r'))
    most_off = (batch - 1) / 2;
  api = dlsym(library, "vitrail_model");
  for (i = 0; i < api->info->num_entries; ++i)
    if (strcmp(api->info->entries[i].name, argv[2]) == 0)
      entry = &api->info->entries[number = i];
  if (!entry)
    die("no such entry", argv[2]);
  if (api->create(&context, NULL) != VITRAIL_OK)
    die(api->message(context), argv[1]);

  for (i = 0; i < entry->num_inputs; ++i) {
    int64_t size = count_elements(&entry->inputs[i], batch) * 4;
    inputs[i] = read_npy(&entry->inputs[i], argc - 4, argv + 4, &size);
  }
  for (i = 0; i < entry->num_outputs; ++i)
    outputs[i] = calloc((size_t)count_elements(&entry->outputs[i], batch), 4);
  if (api->run(context, number, batch, inputs, outputs) != VITRAIL_OK)
    die(api->message(context), argv[2]);
  for (i = 0; i < entry->num_outputs; ++i) {
    int64_t count = count_elements(&entry->outputs[i], batch), size = count * 4;
    void *expected = read_npy(&entry->outputs[i], argc - 4, argv + 4, &size);
    right &= compare(&entry->outputs[i], batch, most_off, outputs[i], expected,
                     size);
  }
  api->destroy(context);
  return !right;
}
