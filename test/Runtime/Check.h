//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks for tests of the runtime, which must not depend on more than it does.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_RUNTIME_CHECK_H
#define VITRAIL_TEST_RUNTIME_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Ends the program unless `condition` holds.
#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);           \
      exit(1);                                                                 \
    }                                                                          \
  } while (false)

/// Ends the program unless the two strings are equal.
#define CHECK_TEXT(actual, expected)                                           \
  do {                                                                         \
    const char *text = (actual);                                               \
    if (strcmp(text, (expected)) != 0) {                                       \
      printf("%s:%d: '%s', expected '%s'\n", __FILE__, __LINE__, text,         \
             (expected));                                                      \
      exit(1);                                                                 \
    }                                                                          \
  } while (false)

#endif // VITRAIL_TEST_RUNTIME_CHECK_H
