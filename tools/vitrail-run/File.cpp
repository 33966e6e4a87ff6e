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

#include "File.h"
#include "Error.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

using namespace vitrail::driver;

std::vector<std::byte> vitrail::driver::readFile(const std::string &path) {
  if (std::filesystem::is_directory(path))
    fail("cannot read '{}': it is a directory", path);
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream)
    fail("cannot read '{}': {}", path, std::strerror(errno));
  std::streamoff size = stream.tellg();
  if (size < 0)
    fail("cannot read '{}': it is not a regular file", path);
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  stream.seekg(0);
  stream.read(reinterpret_cast<char *>(bytes.data()), size);
  if (!stream)
    fail("cannot read '{}': {}", path, std::strerror(errno));
  return bytes;
}

void vitrail::driver::writeFile(const std::string &path,
                                std::span<const std::byte> header,
                                std::span<const std::byte> data) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  for (std::span<const std::byte> part : {header, data})
    stream.write(reinterpret_cast<const char *>(part.data()),
                 static_cast<std::streamsize>(part.size()));
  stream.close();
  if (!stream)
    fail("cannot write '{}': {}", path, std::strerror(errno));
}
