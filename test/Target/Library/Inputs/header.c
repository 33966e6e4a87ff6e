/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Uses all that a header declares, to be checked by compilers; see header.mlir.
 * Including a header twice is as good as once.
 *
 *===----------------------------------------------------------------------===*/
#include "see.h"

static float image[SEE_IMAGE_SIZE(2)];
static uint16_t top[SEE_TOP_5_SIZE(2)];

int main(void) {
  const int64_t shape[SEE_IMAGE_RANK] = SEE_IMAGE_SHAPE(2);
  const int64_t classes[2] = {1, 2};
  vitrail_context *context = NULL;
  vitrail_options options = {
      0, SEE_MAX_BATCH, NULL, "cpu", VITRAIL_HOST_MEMORY, NULL, 0};
  vitrail_device_info device;
  vitrail_status status = see_create(&context, &options);
  if (status == VITRAIL_OK)
    status = see_run(context, shape[0], image, classes, top);
  see_device(context, &device);
  status = see_message(context)[0] ? VITRAIL_INVALID_ARGUMENT : status;
  see_destroy(context);
  return status == VITRAIL_OK && see_info()->abi == VITRAIL_ABI ? 0 : 1;
}
