/*===----------------------------------------------------------------------===
 *
 * Part of the Vitrail project, under the Apache License v2.0 with LLVM
 * Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * A kernel that remembers its calls, which no kernel may.
 *
 *===----------------------------------------------------------------------===*/
int kernel_argv(void **arguments);

static int calls;

int kernel_argv(void **arguments) {
  (void)arguments;
  return ++calls < 0;
}
