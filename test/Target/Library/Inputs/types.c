/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Prints the constants of types.mlir.
 *
 *===----------------------------------------------------------------------===*/
#include "kinds.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  float f32[2];
  uint16_t f16[2], bf16[2];
  int8_t i8[2];
  int32_t i32[2];
  int64_t i64[2];
  uint32_t bits[2];
  vitrail_context *context = NULL;
  if (kinds_create(&context, NULL) != VITRAIL_OK ||
      kinds_floats(context, 1, f32, f16, bf16) != VITRAIL_OK ||
      kinds_integers(context, 1, i8, i32, i64) != VITRAIL_OK) {
    printf("%s\n", kinds_message(context));
    return 1;
  }
  memcpy(bits, f32, sizeof(bits));
  printf("f32 %08x %08x\n", (unsigned)bits[0], (unsigned)bits[1]);
  printf("f16 %04x %04x\n", (unsigned)f16[0], (unsigned)f16[1]);
  printf("bf16 %04x %04x\n", (unsigned)bf16[0], (unsigned)bf16[1]);
  printf("i8 %d %d\n", i8[0], i8[1]);
  printf("i32 %ld %ld\n", (long)i32[0], (long)i32[1]);
  printf("i64 %ld %ld\n", (long)i64[0], (long)i64[1]);
  printf("%d entries: %s, %s\n", (int)kinds_info()->num_entries,
         kinds_info()->entries[0].name, kinds_info()->entries[1].name);
  kinds_destroy(context);
  return 0;
}
