//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parameters, products with them, and operations over rows.
//
//===----------------------------------------------------------------------===//

#include "Builtins.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

static Value evaluateParam(BuiltinCall &call) {
  std::optional<std::string> name = call.getString(0);
  std::optional<llvm::SmallVector<Extent>> shape = call.getShape(1);
  if (!name || !shape)
    return Value();
  return call.builder.getParameter(call.loc, *name, *shape);
}

/// A positive number of features.
static std::optional<Extent> getFeatures(BuiltinCall &call, size_t index) {
  std::optional<int64_t> features = call.getInteger(index);
  if (!features)
    return std::nullopt;
  if (*features > 0)
    return Extent{*features, false};
  call.fail(index, "must be positive, but is " + llvm::Twine(*features));
  return std::nullopt;
}

/// Appends `name.weight` of this shape and, if there is one, `name.bias` to the
/// operands; both belong to the scope `name`.
static bool appendWeights(BuiltinCall &call, llvm::StringRef name,
                          llvm::ArrayRef<Extent> shape, bool hasBias,
                          llvm::SmallVectorImpl<mlir::Value> &operands) {
  if (!call.builder.checkKey(name, call.loc))
    return false;
  TensorBuilder::Scope scope(call.builder, name);
  Value weight = call.builder.getParameter(call.loc, "weight", shape);
  if (weight.isPoison())
    return false;
  operands.push_back(weight.getTensor());
  if (!hasBias)
    return true;
  Value bias = call.builder.getParameter(call.loc, "bias", shape.front());
  if (bias.isPoison())
    return false;
  operands.push_back(bias.getTensor());
  return true;
}

static Value evaluateLinear(BuiltinCall &call) {
  std::optional<std::string> name = call.getString(0);
  std::optional<mlir::Value> input = call.getTensor(1);
  std::optional<Extent> features = getFeatures(call, 2);
  std::optional<bool> hasBias = call.getBoolean(3);
  if (!name || !input || !features || !hasBias)
    return Value();
  llvm::SmallVector<Extent> extents = nn::getExtents(call[1].getTensorType());
  if (extents.empty() || extents.back().timesBatch)
    return call.fail(1, "must have features in its last dimension, but is " +
                            describe(call[1]));
  llvm::SmallVector<mlir::Value> operands = {*input};
  if (!appendWeights(call, *name, {*features, extents.back()}, *hasBias,
                     operands))
    return Value();
  return call.builder.create<nn::LinearOp>(call.loc, operands);
}

/// A linear layer with weights that are tensors, rather than parameters by
/// name.
static Value evaluateAffine(BuiltinCall &call) {
  llvm::SmallVector<mlir::Value> operands;
  for (size_t index : {0, 1, 2}) {
    if (call[index].isAbsent())
      continue;
    std::optional<mlir::Value> operand = call.getTensor(index);
    if (!operand)
      return Value();
    operands.push_back(*operand);
  }
  return call.builder.create<nn::LinearOp>(call.loc, operands);
}

static Value evaluateConv(BuiltinCall &call) {
  std::optional<std::string> name = call.getString(0);
  std::optional<mlir::Value> input = call.getTensor(1);
  std::optional<Extent> features = getFeatures(call, 2);
  auto size = call.getPair(3, 1), stride = call.getPair(4, 1),
       padding = call.getPair(5, 0);
  std::optional<bool> hasBias = call.getBoolean(6);
  if (!name || !input || !features || !size || !stride || !padding || !hasBias)
    return Value();
  llvm::SmallVector<Extent> extents = nn::getExtents(call[1].getTensorType());
  if (extents.size() != 4 || extents[1].timesBatch)
    return call.fail(1, "must be an image [batch, channels, height, width], "
                        "but is " +
                            describe(call[1]));
  llvm::SmallVector<mlir::Value> operands = {*input};
  Extent height{(*size)[0], false}, width{(*size)[1], false};
  if (!appendWeights(call, *name, {*features, extents[1], height, width},
                     *hasBias, operands))
    return Value();
  mlir::OpBuilder &ops = call.builder.getBuilder();
  nn::ConvOp::Properties properties;
  properties.strides = ops.getDenseI64ArrayAttr(*stride);
  properties.padding = ops.getDenseI64ArrayAttr(*padding);
  return call.builder.create<nn::ConvOp>(call.loc, operands, properties);
}

static Value evaluateLayerNorm(BuiltinCall &call) {
  std::optional<std::string> name = call.getString(0);
  std::optional<mlir::Value> input = call.getTensor(1);
  std::optional<double> epsilon = call.getNumber(2);
  if (!name || !input || !epsilon)
    return Value();
  llvm::SmallVector<Extent> extents = nn::getExtents(call[1].getTensorType());
  if (extents.empty() || extents.back().timesBatch)
    return call.fail(1, "must have features in its last dimension, but is " +
                            describe(call[1]));
  llvm::SmallVector<mlir::Value> operands = {*input};
  if (!appendWeights(call, *name, extents.back(), /*hasBias=*/true, operands))
    return Value();
  nn::LayerNormOp::Properties properties;
  properties.epsilon = call.builder.getBuilder().getF64FloatAttr(*epsilon);
  properties.operandSegmentSizes = {1, 1, 1};
  return call.builder.create<nn::LayerNormOp>(call.loc, operands, properties);
}

static Value evaluateMatmul(BuiltinCall &call) {
  std::optional<mlir::Value> lhs = call.getTensor(0), rhs = call.getTensor(1);
  if (!lhs || !rhs)
    return Value();
  return call.builder.create<nn::MatmulOp>(call.loc, {*lhs, *rhs});
}

static Value evaluateSoftmax(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  if (!input)
    return Value();
  std::optional<int64_t> axis =
      call.getAxis(1, call[0].getTensorType().getRank());
  if (!axis)
    return Value();
  nn::SoftmaxOp::Properties properties;
  properties.axis = call.builder.getBuilder().getI64IntegerAttr(*axis);
  return call.builder.create<nn::SoftmaxOp>(call.loc, *input, properties);
}

template <nn::ReduceKind kind> static Value evaluateReduce(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  std::optional<bool> keep = call.getBoolean(2);
  if (!input || !keep)
    return Value();
  std::optional<llvm::SmallVector<int64_t>> axes =
      call.getAxes(1, call[0].getTensorType().getRank());
  if (!axes)
    return Value();
  mlir::OpBuilder &ops = call.builder.getBuilder();
  nn::ReduceOp::Properties properties;
  properties.kind = nn::ReduceKindAttr::get(ops.getContext(), kind);
  properties.axes = ops.getDenseI64ArrayAttr(*axes);
  properties.keep_dims = *keep ? ops.getUnitAttr() : nullptr;
  return call.builder.create<nn::ReduceOp>(call.loc, *input, properties);
}

llvm::ArrayRef<Builtin> vitrail::frontend::getTensorBuiltins() {
  static const Builtin table[] = {
      {"param", {{"name"}, {"shape"}}, evaluateParam},
      {"linear",
       {{"name"}, {"x"}, {"features"}, {"bias", Value(true)}},
       evaluateLinear},
      {"affine",
       {{"x"}, {"weight"}, {"bias", Value::absent()}},
       evaluateAffine},
      {"conv",
       {{"name"},
        {"x"},
        {"features"},
        {"size"},
        {"stride", Value(1)},
        {"padding", Value(0)},
        {"bias", Value(true)}},
       evaluateConv},
      {"layer_norm", {{"name"}, {"x"}, {"eps"}}, evaluateLayerNorm},
      {"matmul", {{"a"}, {"b"}}, evaluateMatmul},
      {"softmax", {{"x"}, {"axis", Value(-1)}}, evaluateSoftmax},
      {"sum",
       {{"x"}, {"axes"}, {"keep", Value(false)}},
       evaluateReduce<nn::ReduceKind::Sum>},
      {"mean",
       {{"x"}, {"axes"}, {"keep", Value(false)}},
       evaluateReduce<nn::ReduceKind::Mean>},
      {"amax",
       {{"x"}, {"axes"}, {"keep", Value(false)}},
       evaluateReduce<nn::ReduceKind::Max>},
  };
  return table;
}
