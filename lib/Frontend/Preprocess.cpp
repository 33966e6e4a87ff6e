//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The description of an image input: from entries to the attribute
// `nn.preprocess` of the argument.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

namespace {

constexpr llvm::StringRef entryNames[] = {"resize", "filter", "crop",
                                          "scale",  "mean",   "std"};

/// The entries of one description, for an image of these extents.
class Description {
public:
  Description(const Frame &entries, llvm::ArrayRef<Extent> image,
              Reporter &reporter)
      : entries(entries), image(image), reporter(reporter),
        ops(&reporter.getContext()) {}

  /// The attribute; null after errors.
  mlir::DictionaryAttr convert();

private:
  mlir::Attribute convertEntry(llvm::StringRef name, const Value &value);
  mlir::Attribute convertResize(const Value &value);
  mlir::Attribute convertFilter(const Value &value);
  mlir::Attribute convertCrop(const Value &value);
  mlir::Attribute convertScale(const Value &value);
  mlir::Attribute convertChannels(const Value &value, bool isPositive);
  bool checkResize();
  std::nullptr_t fail(const llvm::Twine &message);

  const Frame &entries;
  llvm::ArrayRef<Extent> image;
  Reporter &reporter;
  mlir::Builder ops;
  /// The entry being converted, for errors.
  llvm::StringRef name;
};

} // namespace

std::nullptr_t Description::fail(const llvm::Twine &message) {
  reporter.error(entries.variables.find(name)->second.loc)
      << "'" << name << "' of 'preprocess' " << message;
  return nullptr;
}

mlir::DictionaryAttr Description::convert() {
  llvm::SmallVector<llvm::StringRef> names(entries.variables.keys());
  llvm::sort(names);
  mlir::NamedAttrList attributes;
  bool isValid = true;
  for (llvm::StringRef entry : names) {
    name = entry;
    const Value &value = entries.variables.find(entry)->second.value;
    mlir::Attribute attribute =
        value.isPoison() ? nullptr : convertEntry(entry, value);
    isValid &= attribute != nullptr;
    if (attribute)
      attributes.append(entry, attribute);
  }
  if (!isValid || !checkResize())
    return nullptr;
  return attributes.getDictionary(ops.getContext());
}

mlir::Attribute Description::convertEntry(llvm::StringRef entry,
                                          const Value &value) {
  if (entry == "resize")
    return convertResize(value);
  if (entry == "filter")
    return convertFilter(value);
  if (entry == "crop")
    return convertCrop(value);
  if (entry == "scale")
    return convertScale(value);
  if (entry == "mean")
    return convertChannels(value, /*isPositive=*/false);
  if (entry == "std")
    return convertChannels(value, /*isPositive=*/true);
  return fail("is no step" + suggest(entry, entryNames) + "; the steps are " +
              listNames(entryNames));
}

mlir::Attribute Description::convertResize(const Value &value) {
  if (value.isKnownInteger() && value.getInteger() > 0 &&
      value.getInteger() <= std::numeric_limits<int32_t>::max())
    return ops.getI64IntegerAttr(value.getInteger());
  return fail("must be a positive number of pixels, not " + describe(value));
}

mlir::Attribute Description::convertFilter(const Value &value) {
  static constexpr llvm::StringRef filters[] = {"nearest", "bilinear",
                                                "bicubic"};
  if (!value.is(Value::Kind::String))
    return fail("must be a string, not " + describeKind(value));
  if (llvm::is_contained(filters, value.getString()))
    return ops.getStringAttr(value.getString());
  return fail("must be one of " + listNames(filters) + ", not " +
              describe(value) + suggest(value.getString(), filters));
}

mlir::Attribute Description::convertCrop(const Value &value) {
  Value size = makeShape(image.take_back(2));
  bool isSize = value.is(Value::Kind::List) &&
                value.getElements().size() == 2 &&
                llvm::all_of(llvm::zip(value.getElements(), image.take_back(2)),
                             [](auto pair) {
                               const auto &[given, needed] = pair;
                               return given.is(Value::Kind::Integer) &&
                                      given.getExtent() == needed;
                             });
  if (!isSize)
    return fail("must be the height and width of the input, " + describe(size) +
                ", not " + describe(value));
  return ops.getDenseI64ArrayAttr({image[2].size, image[3].size});
}

mlir::Attribute Description::convertScale(const Value &value) {
  if (value.isNumber() && value.getNumber() > 0)
    return ops.getF64FloatAttr(value.getNumber());
  return fail("must be a positive number, not " + describe(value));
}

/// A number for each channel, or one for all.
mlir::Attribute Description::convertChannels(const Value &value,
                                             bool isPositive) {
  llvm::SmallVector<Value> elements(image[1].size, value);
  if (value.is(Value::Kind::List))
    elements.assign(value.getElements().begin(), value.getElements().end());
  if (static_cast<int64_t>(elements.size()) != image[1].size)
    return fail("has " + llvm::Twine(elements.size()) +
                " values, but the input has " + llvm::Twine(image[1].size) +
                " channels");
  llvm::SmallVector<double> numbers;
  for (const Value &element : elements) {
    if (!element.isNumber() || (isPositive && element.getNumber() <= 0))
      return fail("must be a" + llvm::Twine(isPositive ? " positive" : "") +
                  " number, or a list of them, not " + describe(value));
    numbers.push_back(element.getNumber());
  }
  return ops.getDenseF64ArrayAttr(numbers);
}

/// A resized image must hold the crop, whatever its proportions.
bool Description::checkResize() {
  auto resize = entries.variables.find("resize");
  bool isResized = resize != entries.variables.end();
  bool hasFilter = entries.variables.contains("filter");
  name = isResized ? "resize" : "filter";
  if (isResized != hasFilter) {
    fail(isResized ? "needs a 'filter'" : "needs a 'resize'");
    return false;
  }
  if (!isResized)
    return true;
  int64_t needed = std::max(image[2].size, image[3].size);
  int64_t shorter = resize->second.value.getInteger();
  if (shorter >= needed)
    return true;
  fail("makes the shorter side " + llvm::Twine(shorter) +
       " pixels, but the input takes " + llvm::Twine(needed));
  return false;
}

void Elaborator::executePreprocess(const PreprocessStmt &stmt, Frame &frame) {
  llvm::SmallVector<llvm::StringRef> names;
  for (const Parameter &input : model->parameters)
    names.push_back(input.name.text);
  size_t index = llvm::find(names, stmt.input.text) - names.begin();
  if (index == names.size()) {
    reporter.error(stmt.input.loc)
        << "'" << stmt.input.text << "' is no input of the model"
        << suggest(stmt.input.text, names);
    return;
  }
  if (function.getArgAttr(index, "nn.preprocess")) {
    reporter.error(stmt.loc)
        << "input '" << stmt.input.text << "' has a second 'preprocess'";
    return;
  }
  auto type =
      llvm::cast<mlir::RankedTensorType>(function.getArgumentTypes()[index]);
  llvm::SmallVector<Extent> image = nn::getExtents(type);
  constexpr int64_t maxChannels = 4096;
  if (image.size() != 4 ||
      llvm::any_of(llvm::drop_begin(image), nn::dependsOnBatch) ||
      image[1].size > maxChannels) {
    reporter.error(stmt.input.loc)
        << "'preprocess' describes images [batch, channels, height, width] of "
           "at most "
        << maxChannels << " channels, but input '" << stmt.input.text << "' is "
        << nn::describeShape(type);
    return;
  }
  Frame entries(&frame);
  entries.isDescription = true;
  execute(stmt.body, entries);
  if (isStopped(stmt.loc))
    return;
  if (mlir::DictionaryAttr attribute =
          Description(entries, image, reporter).convert())
    function.setArgAttr(index, "nn.preprocess", attribute);
}
