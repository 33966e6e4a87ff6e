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
 *   run_entry LIBRARY.so ENTRY BATCH NAME=FILE.npy...
 *
 * Every input and output has a file. Inputs are read as they are; outputs, all
 * of them f32, may differ from theirs, f32 or f64, by a relative L2 error of
 * 2e-6.
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

static int compare(const vitrail_tensor_info *info, int64_t count,
                   const float *got, const void *expected, int64_t size) {
  int is_double = size == count * 8;
  double difference = 0, norm = 0;
  int64_t i;
  if (!is_double && size != count * 4)
    die("another number of elements", info->name);
  for (i = 0; i < count; ++i) {
    double want = is_double ? ((const double *)expected)[i]
                            : ((const float *)expected)[i];
    difference += (got[i] - want) * (got[i] - want);
    norm += want * want;
  }
  printf("%s: relative L2 error %.3g\n", info->name, sqrt(difference / norm));
  return sqrt(difference) <= 2e-6 * sqrt(norm);
}

int main(int argc, char **argv) {
  void *library = argc > 4 ? dlopen(argv[1], RTLD_NOW) : NULL;
  int64_t batch = library ? atoll(argv[3]) : 0;
  const vitrail_model_api *api;
  const vitrail_entry_info *entry = NULL;
  vitrail_context *context;
  const void *inputs[max_tensors];
  void *outputs[max_tensors];
  int32_t i, number, right = 1;
  if (!library)
    die(dlerror(), argv[1]);
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
    right &= compare(&entry->outputs[i], count, outputs[i], expected, size);
  }
  api->destroy(context);
  return !right;
}
