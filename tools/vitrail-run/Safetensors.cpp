//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors out of safetensors files: eight bytes with the size of a JSON header,
// the header, which gives each tensor's type, shape and place, and the values.
//
//===----------------------------------------------------------------------===//

#include "Safetensors.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace vitrail::driver;
using nlohmann::json;

static json parseHeader(std::span<const std::byte> bytes, uint64_t &size,
                        const std::string &path) {
  if (bytes.size() >= sizeof(size))
    std::memcpy(&size, bytes.data(), sizeof(size));
  if (bytes.size() < sizeof(size) || size > bytes.size() - sizeof(size))
    fail("'{}' ends within its safetensors header", path);
  auto begin = reinterpret_cast<const char *>(bytes.data()) + sizeof(size);
  json header = json::parse(begin, begin + size, nullptr, false);
  if (!header.is_object())
    fail("'{}' has a damaged safetensors header", path);
  header.erase("__metadata__");
  return header;
}

static const json &findEntry(const json &header, const std::string &path,
                             const std::string &name) {
  if (auto it = header.find(name); it != header.end())
    return *it;
  if (header.size() == 1)
    return header.front();
  std::vector<std::string> names;
  for (auto &item : header.items())
    names.push_back(item.key());
  // Enough to recognise the file by.
  constexpr size_t shown = 8;
  if (names.size() > shown) {
    names.resize(shown);
    names.push_back("...");
  }
  fail("'{}' has no tensor named '{}'; it has {}", path, name,
       names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

static ElementType parseElementType(const std::string &dtype,
                                    const std::string &path) {
  static constexpr std::pair<std::string_view, ElementType> table[] = {
      {"F64", ElementType::F64}, {"F32", ElementType::F32},
      {"F16", ElementType::F16}, {"BF16", ElementType::BF16},
      {"I8", ElementType::I8},   {"U8", ElementType::U8},
      {"BOOL", ElementType::U8}, {"I32", ElementType::I32},
      {"I64", ElementType::I64}};
  for (auto [name, type] : table)
    if (name == dtype)
      return type;
  fail("'{}' holds elements of type '{}'; only F64, F32, F16, BF16, I8, U8, "
       "BOOL, I32 and I64 can be read",
       path, dtype);
}

Array vitrail::driver::decodeSafetensors(std::span<const std::byte> bytes,
                                         const std::string &path,
                                         const std::string &name) {
  uint64_t headerSize = 0;
  json header = parseHeader(bytes, headerSize, path);
  const json &entry = findEntry(header, path, name);

  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<uint64_t> offsets;
  try {
    dtype = entry.at("dtype").get<std::string>();
    shape = entry.at("shape").get<std::vector<int64_t>>();
    offsets = entry.at("data_offsets").get<std::vector<uint64_t>>();
  } catch (const json::exception &) {
    fail("'{}' has a damaged safetensors header", path);
  }

  std::span<const std::byte> values = bytes.subspan(8 + headerSize);
  ElementType type = parseElementType(dtype, path);
  uint64_t wanted =
      static_cast<uint64_t>(countElements(shape)) * getElementSize(type);
  if (offsets.size() != 2 || offsets[0] > offsets[1] ||
      offsets[1] > values.size() || offsets[1] - offsets[0] != wanted)
    fail("'{}' places a tensor {}{} of {} bytes at [{}) of {}", path,
         getName(type), formatShape(shape), wanted, fmt::join(offsets, ", "),
         values.size());
  Array array(type, shape);
  values = values.subspan(offsets[0], wanted);
  std::copy(values.begin(), values.end(), array.data.begin());
  return array;
}
