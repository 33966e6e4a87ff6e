//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NumPy's .npy files: a magic string, the format's version, and a Python
// dictionary with the keys `descr` (element type), `fortran_order` and `shape`;
// then the elements.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"
#include "File.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

using namespace vitrail::driver;

static constexpr std::string_view magic = "\x93NUMPY";

namespace {

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortranOrder;
  std::optional<std::vector<int64_t>> shape;
};

/// Reads the one form of Python dictionary that headers have.
class HeaderParser {
public:
  HeaderParser(std::string_view text, const std::string &path)
      : text(text), path(path) {}

  Header parse() {
    Header header;
    expect('{');
    while (!consume('}')) {
      std::string key = parseString();
      expect(':');
      if (key == "descr")
        header.descr = parseDescr();
      else if (key == "fortran_order")
        header.fortranOrder = parseBool();
      else if (key == "shape")
        header.shape = parseShape();
      else
        refuse();
      if (!consume(',')) {
        expect('}');
        break;
      }
    }
    if (!header.descr || !header.fortranOrder || !header.shape)
      refuse();
    return header;
  }

private:
  [[noreturn]] void refuse() { fail("'{}' has a damaged .npy header", path); }

  void skipBlanks() {
    size_t blanks = std::min(text.find_first_not_of(" \n\t"), text.size());
    text.remove_prefix(blanks);
  }

  bool consume(char wanted) {
    skipBlanks();
    if (!text.starts_with(wanted))
      return false;
    text.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!consume(wanted))
      refuse();
  }

  std::string parseString() {
    char quote = consume('\'') ? '\'' : '"';
    if (quote == '"')
      expect('"');
    size_t end = text.find(quote);
    if (end == text.npos)
      refuse();
    std::string result(text.substr(0, end));
    text.remove_prefix(end + 1);
    return result;
  }

  std::string parseDescr() {
    skipBlanks();
    if (text.starts_with('['))
      fail("'{}' holds records; only plain numbers can be read", path);
    return parseString();
  }

  bool parseBool() {
    skipBlanks();
    for (bool value : {false, true}) {
      std::string_view word = value ? "True" : "False";
      if (!text.starts_with(word))
        continue;
      text.remove_prefix(word.size());
      return value;
    }
    refuse();
  }

  std::vector<int64_t> parseShape() {
    std::vector<int64_t> shape;
    expect('(');
    while (!consume(')')) {
      skipBlanks();
      int64_t extent = 0;
      auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), extent);
      if (error != std::errc() || extent < 0)
        refuse();
      text.remove_prefix(static_cast<size_t>(end - text.data()));
      shape.push_back(extent);
      if (!consume(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::string_view text;
  const std::string &path;
};

} // namespace

static ElementType parseElementType(const std::string &descr,
                                    const std::string &path) {
  static constexpr std::pair<std::string_view, ElementType> table[] = {
      {"<f8", ElementType::F64}, {"<f4", ElementType::F32},
      {"<f2", ElementType::F16}, {"|i1", ElementType::I8},
      {"|u1", ElementType::U8},  {"|b1", ElementType::U8},
      {"<i4", ElementType::I32}, {"<i8", ElementType::I64}};
  for (auto [name, type] : table)
    if (name == descr)
      return type;
  fail("'{}' holds elements of type '{}'; only <f2, <f4, <f8, |i1, |u1, |b1, "
       "<i4 and <i8 can be read",
       path, descr);
}

/// Elements in Fortran order, put into C order.
static Array transposeFromFortran(const Array &array) {
  Array result(array.type, array.shape);
  size_t elementSize = getElementSize(array.type);
  size_t rank = array.shape.size();
  std::vector<int64_t> position(rank);
  int64_t size = array.size();
  for (int64_t to = 0; to < size; ++to) {
    int64_t from = 0;
    for (size_t dim = rank; dim-- > 0;)
      from = from * array.shape[dim] + position[dim];
    std::memcpy(result.data.data() + to * elementSize,
                array.data.data() + from * elementSize, elementSize);
    for (size_t dim = rank; dim-- > 0;) {
      if (++position[dim] < array.shape[dim])
        break;
      position[dim] = 0;
    }
  }
  return result;
}

bool vitrail::driver::isNpy(std::span<const std::byte> bytes) {
  return bytes.size() >= magic.size() &&
         std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

Array vitrail::driver::decodeNpy(std::span<const std::byte> bytes,
                                 const std::string &path) {
  size_t offset = magic.size() + 2;
  if (bytes.size() < offset + 2)
    fail("'{}' ends within its .npy header", path);
  int version = static_cast<int>(bytes[magic.size()]);
  if (version < 1 || version > 3)
    fail("'{}' is a .npy file of version {}; versions 1 to 3 can be read", path,
         version);

  uint32_t headerSize = 0;
  size_t lengthSize = version == 1 ? 2 : 4;
  if (bytes.size() < offset + lengthSize)
    fail("'{}' ends within its .npy header", path);
  std::memcpy(&headerSize, bytes.data() + offset, lengthSize);
  offset += lengthSize;
  if (bytes.size() - offset < headerSize)
    fail("'{}' ends within its .npy header", path);

  std::string_view text(reinterpret_cast<const char *>(bytes.data() + offset),
                        headerSize);
  Header header = HeaderParser(text, path).parse();
  std::span<const std::byte> values = bytes.subspan(offset + headerSize);

  ElementType type = parseElementType(*header.descr, path);
  size_t wanted =
      static_cast<size_t>(countElements(*header.shape)) * getElementSize(type);
  if (values.size() != wanted)
    fail("'{}' holds {} bytes of values where its header, {}{}, asks for {}",
         path, values.size(), getName(type), formatShape(*header.shape),
         wanted);
  Array array(type, *header.shape);
  std::copy(values.begin(), values.end(), array.data.begin());
  return *header.fortranOrder ? transposeFromFortran(array) : array;
}

static std::string_view getDescr(ElementType type) {
  switch (type) {
  case ElementType::F64:
    return "<f8";
  case ElementType::F32:
  case ElementType::BF16:
    return "<f4";
  case ElementType::F16:
    return "<f2";
  case ElementType::I8:
    return "|i1";
  case ElementType::U8:
    return "|u1";
  case ElementType::I32:
    return "<i4";
  case ElementType::I64:
    return "<i8";
  }
  return "";
}

void vitrail::driver::writeNpy(const std::string &path, const Array &array) {
  if (array.type == ElementType::BF16)
    return writeNpy(path, convert(array, ElementType::F32, path));
  // A tuple of one element needs its comma.
  std::string text = fmt::format(
      "{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
      getDescr(array.type), fmt::join(array.shape, ", "),
      array.shape.size() == 1 ? "," : "");
  // The format wants the values aligned to 64 bytes and a line's end before.
  size_t prefix = magic.size() + 4;
  text.append(63 - (prefix + text.size()) % 64, ' ');
  text += '\n';

  std::string header(magic);
  header += '\x01';
  header += '\x00';
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  header += text;
  writeFile(path, std::as_bytes(std::span(header)), array.data);
}
