//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver's errors. What a file, a model or a call got wrong is an Error and
// ends the program with status 1; what the command line got wrong is a
// UsageError and ends it with status 2. Both carry one sentence for the user:
// lower case, no final full stop.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_ERROR_H
#define VITRAIL_RUN_ERROR_H

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace vitrail::driver {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct UsageError : Error {
  using Error::Error;
};

/// There is no driver, or no such device.
struct NoDevice : Error {
  using Error::Error;
};

/// Throws an Error with a formatted message.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args &&...args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// Throws a UsageError with a formatted message.
template <typename... Args>
[[noreturn]] void failUsage(fmt::format_string<Args...> format,
                            Args &&...args) {
  throw UsageError(fmt::format(format, std::forward<Args>(args)...));
}

} // namespace vitrail::driver

#endif // VITRAIL_RUN_ERROR_H
