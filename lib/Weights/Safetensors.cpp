//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The safetensors reader. A header is trusted in nothing: every number in it is
// checked against the file before it is used.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Weights/Safetensors.h"

#include "vitrail/Weights/Tensor.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

#include <tuple>

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

namespace json = llvm::json;
namespace endian = llvm::support::endian;

namespace {
/// An element type of the format.
struct Dtype {
  StringRef name;
  uint64_t size;
};
} // namespace

/// Every element type of the format, so that a checkpoint may hold tensors that
/// the model does not use and this reader cannot convert.
static constexpr Dtype dtypes[] = {
    {"F32", 4},     {"F16", 2},     {"BF16", 2}, {"I32", 4},  {"I64", 8},
    {"F64", 8},     {"C64", 8},     {"U64", 8},  {"U32", 4},  {"U16", 2},
    {"I16", 2},     {"U8", 1},      {"I8", 1},   {"BOOL", 1}, {"F8_E5M2", 1},
    {"F8_E4M3", 1}, {"F8_E8M0", 1},
};

/// The element type called `name`; null if there is none.
static const Dtype *findDtype(std::optional<StringRef> name) {
  const Dtype *it = llvm::find_if(
      dtypes, [&](const Dtype &dtype) { return dtype.name == name; });
  return it == std::end(dtypes) ? nullptr : it;
}

/// What a JSON value is, for diagnostics.
static StringRef describeKind(const json::Value &value) {
  switch (value.kind()) {
  case json::Value::Null:
    return "null";
  case json::Value::Boolean:
    return "a boolean";
  case json::Value::Number:
    return "a number";
  case json::Value::String:
    return "a string";
  case json::Value::Array:
    return "an array";
  case json::Value::Object:
    return "an object";
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Header
//===----------------------------------------------------------------------===//

/// Reads the header of `source.buffer` into `source` and reports all that is
/// wrong with it.
class SafetensorsSource::HeaderReader {
public:
  HeaderReader(SafetensorsSource &source, MLIRContext *context)
      : source(source), context(context) {}

  LogicalResult read();

private:
  std::optional<StringRef> findHeader();
  LogicalResult checkKeys(StringRef header);
  LogicalResult readEntry(StringRef name, const json::Value &value);
  LogicalResult readShape(StringRef name, const json::Object &object,
                          SmallVectorImpl<int64_t> &shape);
  LogicalResult readOffsets(const json::Object &object, Entry &entry);
  LogicalResult checkSize(const Entry &entry, uint64_t elementSize);
  LogicalResult checkCover();

  InFlightDiagnostic emitError() {
    return mlir::emitError(
        FileLineColLoc::get(context, source.getName(), 0, 0));
  }
  InFlightDiagnostic emitTensorError(StringRef name) {
    return emitError() << "tensor '" << name << "': ";
  }

  SafetensorsSource &source;
  MLIRContext *context;
};

LogicalResult SafetensorsSource::HeaderReader::read() {
  std::optional<StringRef> header = findHeader();
  if (!header || failed(checkKeys(*header)))
    return failure();
  llvm::Expected<json::Value> root = json::parse(*header);
  if (!root)
    return emitError() << "the header is not JSON: "
                       << llvm::toString(root.takeError());
  const json::Object *object = root->getAsObject();
  if (!object)
    return emitError() << "expected the header to be an object, found "
                       << describeKind(*root);

  // The order of a JSON object is that of its hashes; diagnostics come in the
  // order of names.
  SmallVector<StringRef> names;
  for (const auto &member : *object)
    if (member.first != "__metadata__")
      names.push_back(member.first);
  llvm::sort(names);
  LogicalResult result = success();
  for (StringRef name : names)
    if (failed(readEntry(name, *object->get(name))))
      result = failure();
  // With an entry missing, gaps would mean nothing.
  if (failed(result))
    return failure();
  return checkCover();
}

/// The text of the header; sets `source.data` to what follows.
std::optional<StringRef> SafetensorsSource::HeaderReader::findHeader() {
  StringRef file = source.buffer->getBuffer();
  constexpr size_t lengthSize = sizeof(uint64_t);
  if (file.size() < lengthSize) {
    emitError() << "expected the 8 bytes of the header's length, found "
                << file.size() << " bytes";
    return std::nullopt;
  }
  uint64_t length = endian::read64le(file.data());
  uint64_t available = file.size() - lengthSize;
  if (length > available) {
    emitError() << "the header's length is " << length << " bytes, but "
                << available << " bytes follow it";
    return std::nullopt;
  }
  source.data = file.drop_front(lengthSize + length);
  return file.substr(lengthSize, length);
}

/// Refuses what the JSON parser would let pass or could not survive: keys that
/// occur twice in one object, of which it keeps one, and deep nesting, on which
/// it recurses. Needs no valid JSON.
LogicalResult SafetensorsSource::HeaderReader::checkKeys(StringRef header) {
  constexpr size_t maxDepth = 16;
  SmallVector<llvm::StringSet<>> objects;
  LogicalResult result = success();
  for (size_t pos = 0; pos < header.size(); ++pos) {
    char c = header[pos];
    if (c == '{' || c == '[') {
      objects.emplace_back();
      if (objects.size() > maxDepth)
        return emitError() << "the header nests deeper than " << maxDepth
                           << " levels";
    } else if (c == '}' || c == ']') {
      if (!objects.empty())
        objects.pop_back();
    } else if (c == '"') {
      size_t begin = pos++;
      while (pos < header.size() && header[pos] != '"')
        pos += header[pos] == '\\' ? 2 : 1;
      StringRef literal = header.slice(begin, pos + 1);
      if (!header.substr(pos + 1).ltrim().starts_with(":") || objects.empty())
        continue;
      llvm::Expected<json::Value> key = json::parse(literal);
      if (!key) {
        // Not JSON: the parser says so, and where.
        llvm::consumeError(key.takeError());
        return success();
      }
      StringRef name = key->getAsString().value_or("");
      if (objects.back().insert(name).second)
        continue;
      result = objects.size() == 1
                   ? emitTensorError(name) << "listed twice in the header"
                   : emitError()
                         << "key '" << name
                         << "' occurs twice in one object of the header";
    }
  }
  return result;
}

LogicalResult
SafetensorsSource::HeaderReader::readEntry(StringRef name,
                                           const json::Value &value) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return emitTensorError(name)
           << "expected an object with 'dtype', 'shape' and 'data_offsets', "
              "found "
           << describeKind(value);
  Entry entry;
  entry.name = name;
  std::optional<StringRef> dtype = object->getString("dtype");
  const Dtype *known = findDtype(dtype);
  LogicalResult result = success();
  if (!dtype)
    result = emitTensorError(name)
             << "expected 'dtype' to be a string, found "
             << (object->get("dtype") ? describeKind(*object->get("dtype"))
                                      : "none");
  else if (!known)
    result = emitTensorError(name) << "unknown dtype '" << *dtype
                                   << "', expected F32, F16, BF16, I32 or I64";
  if (failed(readShape(name, *object, entry.tensor.shape)) ||
      failed(readOffsets(*object, entry)) || failed(result) ||
      failed(checkSize(entry, known->size)))
    return failure();
  entry.tensor.dtype = known->name;
  source.entries.push_back(std::move(entry));
  return success();
}

LogicalResult
SafetensorsSource::HeaderReader::readShape(StringRef name,
                                           const json::Object &object,
                                           SmallVectorImpl<int64_t> &shape) {
  const json::Array *array = object.getArray("shape");
  if (!array)
    return emitTensorError(name)
           << "expected 'shape' to be an array, found "
           << (object.get("shape") ? describeKind(*object.get("shape"))
                                   : "none");
  for (const json::Value &value : *array) {
    std::optional<int64_t> extent = value.getAsInteger();
    if (!extent || *extent < 0)
      return emitTensorError(name)
             << "expected the extents of 'shape' to be integers from 0 to "
             << INT64_MAX << ", found " << llvm::formatv("{0}", value).str();
    shape.push_back(*extent);
  }
  return success();
}

LogicalResult
SafetensorsSource::HeaderReader::readOffsets(const json::Object &object,
                                             Entry &entry) {
  const json::Array *array = object.getArray("data_offsets");
  std::optional<int64_t> begin, end;
  if (array && array->size() == 2) {
    begin = (*array)[0].getAsInteger();
    end = (*array)[1].getAsInteger();
  }
  if (!begin || !end || *begin < 0 || *begin > *end) {
    InFlightDiagnostic diag = emitTensorError(entry.name);
    diag << "expected 'data_offsets' to be two increasing integers, found ";
    if (const json::Value *value = object.get("data_offsets"))
      return diag << llvm::formatv("{0}", *value).str();
    return diag << "none";
  }
  if (static_cast<uint64_t>(*end) > source.data.size())
    return emitTensorError(entry.name) << "bytes " << *begin << " to " << *end
                                       << " are outside the data, which has "
                                       << source.data.size() << " bytes";
  entry.begin = *begin;
  entry.end = *end;
  return success();
}

/// Checks that the elements take the bytes that the offsets give them.
LogicalResult SafetensorsSource::HeaderReader::checkSize(const Entry &entry,
                                                         uint64_t elementSize) {
  uint64_t size = elementSize;
  bool overflow = false;
  for (int64_t extent : entry.tensor.shape) {
    bool overflowsHere = false;
    size = llvm::SaturatingMultiply<uint64_t>(size, extent, &overflowsHere);
    overflow |= overflowsHere;
  }
  if (overflow && !llvm::is_contained(entry.tensor.shape, 0))
    return emitTensorError(entry.name)
           << "the size of shape " << describeShape(entry.tensor.shape)
           << " exceeds 64 bits";
  uint64_t found = entry.end - entry.begin;
  if (size != found)
    return emitTensorError(entry.name)
           << "expected " << size << " bytes for shape "
           << describeShape(entry.tensor.shape) << " with elements of "
           << elementSize << " bytes, found " << found;
  return success();
}

/// Orders the entries by place and checks that they cover the data once.
LogicalResult SafetensorsSource::HeaderReader::checkCover() {
  auto &entries = source.entries;
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  LogicalResult result = success();
  auto checkGap = [&](uint64_t from, uint64_t to) {
    if (from < to)
      result = emitError() << "bytes " << from << " to " << to
                           << " of the data belong to no tensor";
  };
  uint64_t covered = 0;
  const Entry *last = nullptr;
  for (const auto &[index, entry] : llvm::enumerate(entries)) {
    source.indices[entry.name] = index;
    if (entry.begin < covered && entry.begin < entry.end)
      result = emitTensorError(entry.name)
               << "bytes " << entry.begin << " to " << entry.end
               << " overlap tensor '" << last->name << "', which has bytes "
               << last->begin << " to " << last->end;
    checkGap(covered, entry.begin);
    if (entry.end > covered) {
      covered = entry.end;
      last = &entry;
    }
  }
  checkGap(covered, source.data.size());
  return result;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

static float readF32(const char *bytes) {
  return llvm::bit_cast<float>(endian::read32le(bytes));
}

static float readBF16(const char *bytes) {
  return llvm::bit_cast<float>(uint32_t(endian::read16le(bytes)) << 16);
}

static float readF16(const char *bytes) {
  uint32_t bits = endian::read16le(bytes);
  uint32_t sign = (bits & 0x8000) << 16;
  uint32_t exponent = (bits >> 10) & 0x1F;
  uint32_t mantissa = bits & 0x3FF;
  if (exponent == 0) { // zero or subnormal: mantissa * 2^-24
    float magnitude = float(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  // The bias goes from 15 to 127; infinities and NaNs keep all ones.
  uint32_t wide = exponent == 0x1F ? 0xFF : exponent + (127 - 15);
  return llvm::bit_cast<float>(sign | (wide << 23) | (mantissa << 13));
}

static int32_t readI32(const char *bytes) { return endian::read32le(bytes); }

static int64_t readI64(const char *bytes) { return endian::read64le(bytes); }

template <typename T>
void SafetensorsSource::decode(StringRef name, MutableArrayRef<T> out) const {
  const Entry &entry = entries[indices.at(name)];
  const char *bytes = data.data() + entry.begin;
  auto fill = [&](auto readElement, size_t size) {
    assert(entry.end - entry.begin == out.size() * size && "another shape");
    for (T &element : out) {
      element = static_cast<T>(readElement(bytes));
      bytes += size;
    }
  };
  StringRef dtype = entry.tensor.dtype;
  if (dtype == "F32")
    return fill(readF32, 4);
  if (dtype == "F16")
    return fill(readF16, 2);
  if (dtype == "BF16")
    return fill(readBF16, 2);
  if (dtype == "I32")
    return fill(readI32, 4);
  if (dtype == "I64")
    return fill(readI64, 8);
  llvm_unreachable("checkParameter refuses other element types");
}

//===----------------------------------------------------------------------===//
// SafetensorsSource
//===----------------------------------------------------------------------===//

FailureOr<std::unique_ptr<SafetensorsSource>>
SafetensorsSource::open(StringRef path, MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return mlir::emitError(FileLineColLoc::get(context, path, 0, 0))
           << "cannot open the weights: " << buffer.getError().message();
  return create(std::move(*buffer), context);
}

FailureOr<std::unique_ptr<SafetensorsSource>>
SafetensorsSource::create(std::unique_ptr<llvm::MemoryBuffer> buffer,
                          MLIRContext *context) {
  std::unique_ptr<SafetensorsSource> source(
      new SafetensorsSource(std::move(buffer)));
  if (failed(HeaderReader(*source, context).read()))
    return failure();
  return source;
}

StringRef SafetensorsSource::getName() const {
  return buffer->getBufferIdentifier();
}

std::optional<StoredTensor> SafetensorsSource::lookup(StringRef name,
                                                      RankedTensorType) const {
  auto it = indices.find(name);
  if (it == indices.end())
    return std::nullopt;
  return entries[it->second].tensor;
}

SmallVector<StringRef> SafetensorsSource::getNames() const {
  return llvm::map_to_vector(
      entries, [](const Entry &entry) -> StringRef { return entry.name; });
}

void SafetensorsSource::read(StringRef name, RankedTensorType type,
                             MutableArrayRef<float> out) const {
  decode(name, out);
}

void SafetensorsSource::read(StringRef name, RankedTensorType type,
                             MutableArrayRef<double> out) const {
  decode(name, out);
}
