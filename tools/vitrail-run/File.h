//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whole files in and out of memory.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_FILE_H
#define VITRAIL_RUN_FILE_H

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace vitrail::driver {

/// The bytes of a regular file.
std::vector<std::byte> readFile(const std::string &path);

/// Creates or replaces the file `path` with `header` followed by `data`.
void writeFile(const std::string &path, std::span<const std::byte> header,
               std::span<const std::byte> data);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_FILE_H
