//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds functions by name, and reads their arguments.
//
//===----------------------------------------------------------------------===//

#include "Builtins.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

template <typename Visit> static void forEachBuiltin(Visit visit) {
  for (llvm::ArrayRef<Builtin> part : {getScalarBuiltins(), getTensorBuiltins(),
                                       getLayoutBuiltins(), getIndexBuiltins()})
    llvm::for_each(part, visit);
}

const Builtin *vitrail::frontend::findBuiltin(llvm::StringRef name) {
  const Builtin *found = nullptr;
  forEachBuiltin([&](const Builtin &builtin) {
    if (builtin.name == name)
      found = &builtin;
  });
  return found;
}

void vitrail::frontend::collectBuiltinNames(
    llvm::SmallVectorImpl<llvm::StringRef> &names) {
  forEachBuiltin(
      [&](const Builtin &builtin) { names.push_back(builtin.name); });
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

Value BuiltinCall::fail(size_t index, const llvm::Twine &message) {
  builder.getReporter().error(argumentLocs[index])
      << "argument '" << builtin.parameters[index].name << "' of '"
      << builtin.name << "' " << message;
  return Value();
}

Value BuiltinCall::fail(const llvm::Twine &message) {
  builder.getReporter().error(loc) << builtin.name << ": " << message;
  return Value();
}

std::nullopt_t BuiltinCall::expected(size_t index, llvm::StringRef kind) {
  const Value &argument = arguments[index];
  fail(index, "must be " + kind + ", not " + describeKind(argument) + ": " +
                  describe(argument));
  return std::nullopt;
}

std::optional<mlir::Value> BuiltinCall::getTensor(size_t index) {
  if (!arguments[index].isTensor())
    return expected(index, "a tensor");
  return arguments[index].getTensor();
}

std::optional<int64_t> BuiltinCall::getInteger(size_t index) {
  if (!arguments[index].isKnownInteger())
    return expected(index, "an integer known while compiling");
  return arguments[index].getInteger();
}

std::optional<double> BuiltinCall::getNumber(size_t index) {
  if (!arguments[index].isNumber())
    return expected(index, "a number");
  return arguments[index].getNumber();
}

std::optional<bool> BuiltinCall::getBoolean(size_t index) {
  if (!arguments[index].is(Value::Kind::Boolean))
    return expected(index, "a boolean");
  return arguments[index].getBoolean();
}

std::optional<std::string> BuiltinCall::getString(size_t index) {
  if (!arguments[index].is(Value::Kind::String))
    return expected(index, "a string");
  return arguments[index].getString();
}

std::optional<llvm::ArrayRef<Value>> BuiltinCall::getList(size_t index) {
  if (!arguments[index].is(Value::Kind::List))
    return expected(index, "a list");
  return llvm::ArrayRef(arguments[index].getElements());
}

std::optional<llvm::SmallVector<int64_t>>
BuiltinCall::getIntegers(size_t index) {
  std::optional<llvm::ArrayRef<Value>> elements = getList(index);
  if (!elements)
    return std::nullopt;
  if (!llvm::all_of(*elements,
                    [](const Value &v) { return v.isKnownInteger(); }))
    return expected(index, "a list of integers known while compiling");
  return llvm::map_to_vector(*elements,
                             [](const Value &v) { return v.getInteger(); });
}

std::optional<llvm::SmallVector<Extent>> BuiltinCall::getShape(size_t index) {
  std::optional<llvm::ArrayRef<Value>> elements = getList(index);
  if (!elements)
    return std::nullopt;
  if (!llvm::all_of(*elements,
                    [](const Value &v) { return v.is(Value::Kind::Integer); }))
    return expected(index, "a list of integers");
  return llvm::map_to_vector(*elements,
                             [](const Value &v) { return v.getExtent(); });
}

std::optional<int64_t>
BuiltinCall::normaliseAxis(size_t index, const Value &axis, int64_t rank) {
  if (!axis.isKnownInteger())
    return expected(index, "an axis or a list of axes");
  int64_t value = axis.getInteger();
  if (value >= -rank && value < rank)
    return value < 0 ? value + rank : value;
  fail(index, "is out of range: axis " + llvm::Twine(value) +
                  " of a tensor with " + llvm::Twine(rank) + " dimensions");
  return std::nullopt;
}

std::optional<int64_t> BuiltinCall::getAxis(size_t index, int64_t rank) {
  if (!getInteger(index))
    return std::nullopt;
  return normaliseAxis(index, arguments[index], rank);
}

std::optional<llvm::SmallVector<int64_t>> BuiltinCall::getAxes(size_t index,
                                                               int64_t rank) {
  llvm::ArrayRef<Value> elements = arguments[index];
  if (arguments[index].is(Value::Kind::List))
    elements = arguments[index].getElements();
  llvm::SmallVector<int64_t> axes;
  for (const Value &element : elements) {
    std::optional<int64_t> axis = normaliseAxis(index, element, rank);
    if (!axis)
      return std::nullopt;
    axes.push_back(*axis);
  }
  llvm::sort(axes);
  if (axes.empty() || llvm::adjacent_find(axes) != axes.end()) {
    fail(index, axes.empty() ? "names no axis" : "names an axis twice");
    return std::nullopt;
  }
  return axes;
}

std::optional<std::array<int64_t, 2>> BuiltinCall::getPair(size_t index,
                                                           int64_t minimum) {
  llvm::SmallVector<int64_t> values;
  if (arguments[index].isKnownInteger())
    values.assign(2, arguments[index].getInteger());
  else if (!arguments[index].is(Value::Kind::List))
    return expected(index, "an integer or a list of two");
  else if (std::optional<llvm::SmallVector<int64_t>> list = getIntegers(index))
    values = *list;
  else
    return std::nullopt;
  if (values.size() != 2)
    return expected(index, "an integer or a list of two");
  // Beyond 32 bits, sums of sizes could leave 64.
  if (llvm::any_of(values, [&](int64_t value) {
        return value < minimum || value > std::numeric_limits<int32_t>::max();
      })) {
    fail(index, "must be at least " + llvm::Twine(minimum) +
                    " and less than 2^31, but is " +
                    describe(arguments[index]));
    return std::nullopt;
  }
  return std::array<int64_t, 2>{values[0], values[1]};
}
