//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sentence in which a context says what went wrong.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_MESSAGE_H
#define VITRAIL_LIB_RUNTIME_MESSAGE_H

#include <atomic>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

namespace vitrail::runtime {

/// Keeps the first of the errors reported since `clear`. Any number of threads
/// may report at a time; all else is for the caller's thread while no kernel
/// runs.
class Message {
public:
  void clear() {
    text[0] = '\0';
    reported.store(false, std::memory_order_relaxed);
  }

  __attribute__((format(printf, 2, 3))) void report(const char *format, ...) {
    if (reported.exchange(true, std::memory_order_relaxed))
      return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
  }

  /// Puts words before a message that is there.
  __attribute__((format(printf, 2, 3))) void prepend(const char *format, ...) {
    char before[sizeof(text)];
    memcpy(before, text, sizeof(text));
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    size_t length = strlen(text);
    snprintf(text + length, sizeof(text) - length, "%s", before);
  }

  /// Empty where there was no error.
  const char *getText() const { return text; }

private:
  std::atomic<bool> reported = false;
  char text[1024] = "";
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_MESSAGE_H
