//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tables of numbers, looking them up, and choices between tensors.
//
//===----------------------------------------------------------------------===//

#include "Builtins.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

namespace {

/// The numbers of nested lists in row-major order.
struct Table {
  llvm::SmallVector<Extent> shape;
  llvm::SmallVector<double> numbers;
  bool isInteger = true;
};

} // namespace

/// Appends the numbers of `value`, which is `depth` lists deep in the table's.
/// Returns what is wrong, or nothing.
static std::string appendNumbers(const Value &value, size_t depth,
                                 Table &table) {
  if (value.isNumber() && depth == table.shape.size()) {
    table.numbers.push_back(value.getNumber());
    table.isInteger &= value.isKnownInteger();
    return "";
  }
  if (!value.is(Value::Kind::List) || depth == table.shape.size())
    return "must hold numbers in lists that are equally deep, but has " +
           describe(value);
  int64_t expected = table.shape[depth].size;
  int64_t length = value.getElements().size();
  if (length != expected)
    return "must hold lists of equal lengths, but one has " +
           std::to_string(length) + " elements and another " +
           std::to_string(expected);
  for (const Value &element : value.getElements())
    if (std::string error = appendNumbers(element, depth + 1, table);
        !error.empty())
      return error;
  return "";
}

/// A number is a tensor without dimensions.
static Value evaluateTensor(BuiltinCall &call) {
  Table table;
  for (const Value *value = &call[0]; value->is(Value::Kind::List);
       value = &value->getElements().front()) {
    int64_t length = value->getElements().size();
    if (length == 0)
      return call.fail(0, "has an empty list, but no extent is 0");
    table.shape.push_back({length, false});
  }
  if (std::string error = appendNumbers(call[0], 0, table); !error.empty())
    return call.fail(0, error);
  mlir::OpBuilder &ops = call.builder.getBuilder();
  mlir::Type elementType =
      table.isInteger ? mlir::Type(ops.getI32Type()) : ops.getF32Type();
  if (!call.builder.checkShape(table.shape, call.loc))
    return Value();
  return call.builder.getConstant(call.loc, table.numbers,
                                  nn::getTensorType(table.shape, elementType));
}

static Value evaluateTake(BuiltinCall &call) {
  std::optional<mlir::Value> table = call.getTensor(0);
  std::optional<mlir::Value> indices = call.getTensor(1);
  if (!table || !indices)
    return Value();
  std::optional<int64_t> axis =
      call.getAxis(2, call[0].getTensorType().getRank());
  if (!axis)
    return Value();
  nn::GatherOp::Properties properties;
  properties.axis = call.builder.getBuilder().getI64IntegerAttr(*axis);
  return call.builder.create<nn::GatherOp>(call.loc, {*table, *indices},
                                           properties);
}

static Value evaluateUpdate(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  std::optional<mlir::Value> value = call.getTensor(1);
  std::optional<mlir::Value> index = call.getTensor(2);
  if (!input || !value || !index)
    return Value();
  std::optional<int64_t> axis =
      call.getAxis(3, call[0].getTensorType().getRank());
  if (!axis)
    return Value();
  nn::UpdateOp::Properties properties;
  properties.axis = call.builder.getBuilder().getI64IntegerAttr(*axis);
  return call.builder.create<nn::UpdateOp>(call.loc, {*input, *value, *index},
                                           properties);
}

/// Numbers become tensors of the other choice's type, two of them of i32 or
/// f32.
static Value evaluateWhere(BuiltinCall &call) {
  std::optional<mlir::Value> condition = call.getTensor(0);
  if (!condition)
    return Value();
  mlir::Value choices[2];
  for (size_t i : {0, 1}) {
    const Value &choice = call[1 + i], &other = call[2 - i];
    if (choice.isTensor()) {
      choices[i] = choice.getTensor();
      continue;
    }
    if (!call.getNumber(1 + i))
      return Value();
    mlir::OpBuilder &ops = call.builder.getBuilder();
    bool isInteger = choice.isKnownInteger() && other.isKnownInteger();
    auto type = mlir::RankedTensorType::get(
        {}, isInteger ? mlir::Type(ops.getI32Type()) : ops.getF32Type());
    Value scalar =
        other.isTensor()
            ? call.builder.getScalar(call.loc, choice.getNumber(),
                                     other.getTensor())
            : call.builder.getConstant(call.loc, choice.getNumber(), type);
    if (scalar.isPoison())
      return Value();
    choices[i] = scalar.getTensor();
  }
  return call.builder.create<nn::SelectOp>(
      call.loc, {*condition, choices[0], choices[1]});
}

llvm::ArrayRef<Builtin> vitrail::frontend::getIndexBuiltins() {
  static const Builtin table[] = {
      {"tensor", {{"list"}}, evaluateTensor},
      {"take", {{"x"}, {"indices"}, {"axis", Value(0)}}, evaluateTake},
      {"update", {{"x"}, {"value"}, {"index"}, {"axis"}}, evaluateUpdate},
      {"where", {{"condition"}, {"x"}, {"y"}}, evaluateWhere},
  };
  return table;
}
