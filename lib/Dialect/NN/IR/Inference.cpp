//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Checks that the inference of several operations shares.
//
//===----------------------------------------------------------------------===//

#include "Inference.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace vitrail::nn {

std::string Operand::describe() const {
  return (name + " " + describeShape(extents)).str();
}

Inference::Inference(std::optional<Location> location, StringRef operation)
    : location(location), operation(operation) {
  this->operation.consume_front("nn.");
}

FailureOr<Operand> Inference::getOperand(StringRef name, Value value) const {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return error(name, " must be a tensor with a shape, not ", value.getType());
  if (!hasModelShape(type))
    return error(name, " ", describeShape(type),
                 " must have positive extents, at most one that depends on the "
                 "batch, and fewer than 2^63 elements");
  return Operand{name, type.getElementType(), getExtents(type)};
}

static bool isOfKind(Type type, ElementKind kind) {
  switch (kind) {
  case ElementKind::Floats:
    return isa<FloatType>(type);
  case ElementKind::Numbers:
    return type.isIntOrFloat() && !type.isInteger(1);
  case ElementKind::Integers:
    return isa<IntegerType>(type) && !type.isInteger(1);
  case ElementKind::Booleans:
    return type.isInteger(1);
  }
  llvm_unreachable("unknown kind");
}

static StringRef nameKind(ElementKind kind) {
  switch (kind) {
  case ElementKind::Floats:
    return "floats";
  case ElementKind::Numbers:
    return "numbers";
  case ElementKind::Integers:
    return "integers";
  case ElementKind::Booleans:
    return "booleans";
  }
  llvm_unreachable("unknown kind");
}

FailureOr<Operand> Inference::getOperandOf(ElementKind kind, StringRef name,
                                           Value value) const {
  FailureOr<Operand> operand = getOperand(name, value);
  if (succeeded(operand) && !isOfKind(operand->elementType, kind))
    return error(operand->describe(), " must hold ", nameKind(kind), ", not ",
                 operand->elementType);
  return operand;
}

FailureOr<Operand> Inference::getFloats(StringRef name, Value value) const {
  return getOperandOf(ElementKind::Floats, name, value);
}

LogicalResult Inference::requireRank(const Operand &operand, int64_t rank,
                                     StringRef meaning) const {
  if (operand.rank() == rank)
    return success();
  return error(operand.describe(), " must have ", rank, " dimensions, ",
               meaning);
}

LogicalResult Inference::requireSameElements(const Operand &lhs,
                                             const Operand &rhs) const {
  if (lhs.elementType == rhs.elementType)
    return success();
  return error("element types differ: ", lhs.name, " has ", lhs.elementType,
               ", ", rhs.name, " has ", rhs.elementType);
}

LogicalResult Inference::requireTF32(bool isMarked,
                                     ArrayRef<Operand> operands) const {
  for (const Operand &operand : operands)
    if (isMarked && !operand.elementType.isF32())
      return error("tf32 is stored as f32, but ", operand.name, " holds ",
                   operand.elementType);
  return success();
}

LogicalResult Inference::requireAxis(const Operand &operand, int64_t axis,
                                     StringRef verb) const {
  if (axis < 0 || axis >= operand.rank())
    return error("axis ", axis, " is out of range: ", operand.describe(),
                 " has ", operand.rank(), " dimensions");
  if (operand.extents[axis].timesBatch)
    return error("axis ", axis, " of ", operand.describe(),
                 " depends on the batch and cannot be ", verb);
  return success();
}

LogicalResult Inference::requireValues(StringRef name, ArrayRef<int64_t> values,
                                       int64_t count, int64_t minimum) const {
  if (static_cast<int64_t>(values.size()) != count)
    return error(name, " must be ", count, " numbers, not ", values.size());
  for (int64_t value : values)
    if (value < minimum)
      return error(name, " must be at least ", minimum, ", not ", value);
  return success();
}

LogicalResult Inference::setResult(ArrayRef<Extent> extents, Type elementType,
                                   Types &types) const {
  if (llvm::count_if(extents, dependsOnBatch) > 1)
    return error("two extents of the result ", describeShape(extents),
                 " would depend on the batch");
  if (!countElements(extents))
    return error("the result ", describeShape(extents),
                 " would have 2^63 elements or more");
  types.push_back(getTensorType(extents, elementType));
  return success();
}

Type getSumType(Type elementType) {
  if (elementType.isBF16() || elementType.isF16())
    return Float32Type::get(elementType.getContext());
  if (elementType.isInteger(8))
    return IntegerType::get(elementType.getContext(), 32);
  return elementType;
}

FailureOr<SmallVector<Extent>> inferWindows(const Inference &inference,
                                            const Operand &image,
                                            ArrayRef<int64_t> kernel,
                                            ArrayRef<int64_t> strides,
                                            ArrayRef<int64_t> padding) {
  SmallVector<Extent> windows;
  for (size_t i : {0, 1}) {
    StringRef name = i == 0 ? "height" : "width";
    Extent extent = image.extents[2 + i];
    if (extent.timesBatch)
      return inference.error("the ", name, " of ", image.describe(),
                             " must not depend on the batch");
    int64_t padded;
    if (llvm::MulOverflow<int64_t>(2, padding[i], padded) ||
        llvm::AddOverflow(padded, extent.size, padded))
      return inference.error("padding of ", padding[i], " is too large");
    if (padded < kernel[i])
      return inference.error("a kernel of ", name, " ", kernel[i],
                             " does not fit into ", image.describe(),
                             " with a padding of ", padding[i]);
    windows.push_back({(padded - kernel[i]) / strides[i] + 1, false});
  }
  return windows;
}

} // namespace vitrail::nn
