//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Renders while it reads: templates are short, and what repeats is read again.
//
//===----------------------------------------------------------------------===//

#include "Template.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace vitrail;
using llvm::StringRef;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Values as text
//===----------------------------------------------------------------------===//

/// "1.2 G": three digits or so, in steps of `base`.
static std::string shorten(double number, double base,
                           llvm::ArrayRef<StringRef> units) {
  size_t unit = 0;
  for (; number >= base && unit + 1 < units.size(); ++unit)
    number /= base;
  bool isExact = unit == 0 || number >= 100;
  std::string text = llvm::formatv(isExact ? "{0:F0}" : "{0:F1}", number);
  return units[unit].empty() ? text : text + " " + units[unit].str();
}

static std::string formatNumber(double number, StringRef filter) {
  if (filter == "count")
    return llvm::formatv("{0:N}", static_cast<int64_t>(number));
  if (filter == "bytes")
    return shorten(number, 1024, {"B", "KiB", "MiB", "GiB"});
  if (filter == "short")
    return shorten(number, 1000, {"", "k", "M", "G", "T"});
  assert(filter == "tenths" && "no filter of this name");
  return llvm::formatv("{0:F1}", number);
}

static std::string formatValue(const json::Value &value, StringRef filter) {
  if (auto text = value.getAsString())
    return text->str();
  if (auto number = value.getAsNumber(); number && !filter.empty())
    return formatNumber(*number, filter);
  return llvm::formatv("{0}", value);
}

static void escape(StringRef text, llvm::raw_ostream &output) {
  for (char c : text)
    switch (c) {
    case '&':
      output << "&amp;";
      break;
    case '<':
      output << "&lt;";
      break;
    case '>':
      output << "&gt;";
      break;
    case '"':
      output << "&quot;";
      break;
    default:
      output << c;
    }
}

/// Whether there is anything to show of `value`, which may be null.
static bool isSomething(const json::Value *value) {
  if (!value || value->kind() == json::Value::Null)
    return false;
  if (auto flag = value->getAsBoolean())
    return *flag;
  if (auto number = value->getAsNumber())
    return *number != 0;
  if (auto text = value->getAsString())
    return !text->empty();
  if (const json::Array *array = value->getAsArray())
    return !array->empty();
  return true;
}

//===----------------------------------------------------------------------===//
// Rendering
//===----------------------------------------------------------------------===//

namespace {
class Renderer {
public:
  Renderer(const json::Value &data, llvm::raw_ostream &output)
      : output(output), contexts({&data}) {}

  void render(StringRef text);

private:
  const json::Value *lookUp(StringRef name) const;
  void renderSection(StringRef name, StringRef body);

  llvm::raw_ostream &output;
  /// The outermost first.
  llvm::SmallVector<const json::Value *> contexts;
};
} // namespace

const json::Value *Renderer::lookUp(StringRef name) const {
  if (name == ".")
    return contexts.back();
  for (const json::Value *context : llvm::reverse(contexts))
    if (const json::Object *object = context->getAsObject())
      if (const json::Value *value = object->get(name))
        return value;
  return nullptr;
}

void Renderer::renderSection(StringRef name, StringRef body) {
  const json::Value *value = lookUp(name);
  if (!isSomething(value))
    return;
  auto renderIn = [&](const json::Value &context) {
    contexts.push_back(&context);
    render(body);
    contexts.pop_back();
  };
  if (const json::Array *array = value->getAsArray())
    llvm::for_each(*array, renderIn);
  else
    renderIn(*value);
}

/// Sections of one name do not nest.
void Renderer::render(StringRef text) {
  while (true) {
    auto [before, rest] = text.split("{{");
    output << before;
    if (rest.empty())
      return;
    auto [tag, after] = rest.split("}}");
    text = after;
    char kind = tag.front();
    if (kind != '#' && kind != '^') {
      auto [name, filter] = tag.split('|');
      if (const json::Value *value = lookUp(name))
        escape(formatValue(*value, filter), output);
      continue;
    }
    StringRef name = tag.drop_front();
    std::string end = ("{{/" + name + "}}").str();
    size_t length = text.find(end);
    assert(length != StringRef::npos && "a section without an end");
    StringRef body = text.take_front(length);
    text = text.drop_front(length + end.size());
    if (kind == '#')
      renderSection(name, body);
    else if (!isSomething(lookUp(name)))
      render(body);
  }
}

void vitrail::renderTemplate(StringRef text, const json::Value &data,
                             llvm::raw_ostream &output) {
  Renderer(data, output).render(text);
}
