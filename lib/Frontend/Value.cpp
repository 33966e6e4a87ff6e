//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How values are described, and how far lists may grow.
//
//===----------------------------------------------------------------------===//

#include "Value.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace vitrail;
using namespace vitrail::frontend;

llvm::StringRef vitrail::frontend::describeKind(const Value &value) {
  switch (value.getKind()) {
  case Value::Kind::Poison:
  case Value::Kind::Absent:
    return "nothing";
  case Value::Kind::Integer:
    return value.isBatchDependent() ? "a multiple of the batch" : "an integer";
  case Value::Kind::Float:
    return "a float";
  case Value::Kind::Boolean:
    return "a boolean";
  case Value::Kind::String:
    return "a string";
  case Value::Kind::List:
    return "a list";
  case Value::Kind::Tensor:
    return "a tensor";
  }
  return "";
}

static void print(llvm::raw_ostream &os, const Value &value) {
  switch (value.getKind()) {
  case Value::Kind::Poison:
  case Value::Kind::Absent:
    return;
  case Value::Kind::Integer:
    os << nn::describeExtent(value.getExtent());
    return;
  case Value::Kind::Float:
    os << llvm::format("%.15g", value.getNumber());
    return;
  case Value::Kind::Boolean:
    os << (value.getBoolean() ? "true" : "false");
    return;
  case Value::Kind::String:
    os << '"' << value.getString() << '"';
    return;
  case Value::Kind::List: {
    constexpr size_t shown = 8;
    os << '[';
    for (auto [index, element] : llvm::enumerate(value.getElements())) {
      os << (index == 0 ? "" : ", ");
      if (index == shown) {
        os << "...";
        break;
      }
      print(os, element);
    }
    os << ']';
    return;
  }
  case Value::Kind::Tensor:
    os << "tensor " << nn::describeShape(value.getTensorType());
    return;
  }
}

std::string vitrail::frontend::describe(const Value &value) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(stream, value);
  return text;
}

std::optional<Value> vitrail::frontend::makeList(std::vector<Value> elements) {
  auto list = std::make_shared<ListValue>();
  for (const Value &element : elements) {
    list->size += 1;
    if (!element.is(Value::Kind::List))
      continue;
    list->size += element.getList().size;
    list->depth = std::max(list->depth, element.getList().depth + 1);
  }
  if (list->depth > maxListDepth || list->size > maxListSize)
    return std::nullopt;
  list->elements = std::move(elements);
  return Value(std::shared_ptr<const ListValue>(std::move(list)));
}

std::string vitrail::frontend::describeListLimits() {
  return "a list has at most " + std::to_string(maxListSize) +
         " elements, at most " + std::to_string(maxListDepth) + " levels deep";
}

Value vitrail::frontend::makeShape(llvm::ArrayRef<nn::Extent> extents) {
  auto list = std::make_shared<ListValue>();
  list->elements.assign(extents.begin(), extents.end());
  list->size = extents.size();
  return Value(std::shared_ptr<const ListValue>(std::move(list)));
}
