//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parameters, constants, and the checks that every tensor passes.
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

void TensorBuilder::startModel(mlir::Block *block) {
  builder.setInsertionPointToEnd(block);
  prefix.clear();
  for (auto &entry : parameters)
    entry.second.value = nullptr;
}

/// A model that unrolls to more than this was not meant.
Value TensorBuilder::finish(mlir::OperationState &state, llvm::SMLoc loc) {
  constexpr size_t maxOperations = 100'000;
  auto type = llvm::cast<mlir::RankedTensorType>(state.types.front());
  if (!checkSize(type, loc))
    return Value();
  if (++numOperations > maxOperations) {
    reporter.error(loc) << "the model has more than " << maxOperations
                        << " operations";
    return Value();
  }
  return builder.create(state)->getResult(0);
}

/// 2^40 elements are 4 TiB of floats; sizes in bytes then fit in 64 bits too.
bool TensorBuilder::checkSize(mlir::RankedTensorType type, llvm::SMLoc loc) {
  constexpr int64_t maxElements = int64_t(1) << 40;
  if (nn::getElementsPerSample(type) <= maxElements)
    return true;
  reporter.error(loc) << "tensor " << nn::describeShape(type)
                      << " has more than 2^40 elements for each sample";
  return false;
}

/// A shape that can be made a type.
bool TensorBuilder::checkShape(llvm::ArrayRef<Extent> shape, llvm::SMLoc loc) {
  constexpr size_t maxRank = 16;
  if (shape.size() > maxRank) {
    reporter.error(loc) << "a tensor has at most " << maxRank
                        << " dimensions, not " << shape.size();
    return false;
  }
  for (Extent extent : shape) {
    if (extent.size > 0)
      continue;
    reporter.error(loc) << "extents must be positive, but shape "
                        << nn::describeShape(shape) << " has "
                        << nn::describeExtent(extent);
    return false;
  }
  if (llvm::count_if(shape, nn::dependsOnBatch) > 1) {
    reporter.error(loc) << "two extents of shape " << nn::describeShape(shape)
                        << " depend on the batch; at most one can";
    return false;
  }
  if (nn::countElements(shape))
    return true;
  reporter.error(loc) << "shape " << nn::describeShape(shape)
                      << " has more elements than 63 bits can count";
  return false;
}

/// Checkpoints use printable names; a dot only joins their parts.
bool TensorBuilder::checkKey(llvm::StringRef key, llvm::SMLoc loc) {
  bool isPrintable =
      llvm::all_of(key, [](char c) { return llvm::isPrint(c) && c != ' '; });
  if (isPrintable && !key.empty() && key.front() != '.' && key.back() != '.')
    return true;
  reporter.error(loc) << "\"" << key
                      << "\" cannot be part of a parameter's key: it must be "
                         "printable, without spaces, and not begin or end "
                         "with a dot";
  return false;
}

Value TensorBuilder::getParameter(llvm::SMLoc loc, llvm::StringRef name,
                                  llvm::ArrayRef<Extent> shape) {
  if (!checkKey(name, loc) || !checkShape(shape, loc))
    return Value();
  std::string key = prefix + name.str();
  if (llvm::any_of(shape, nn::dependsOnBatch)) {
    reporter.error(loc) << "parameter '" << key << "' "
                        << nn::describeShape(shape)
                        << " must not depend on the batch";
    return Value();
  }
  mlir::RankedTensorType type = nn::getTensorType(shape, builder.getF32Type());
  auto [entry, isNew] = parameters.try_emplace(key, Parameter{type, loc, {}});
  Parameter &parameter = entry->second;
  if (parameter.type != type) {
    mlir::InFlightDiagnostic diagnostic =
        reporter.error(loc) << "parameter '" << key << "' has shape "
                            << nn::describeShape(type) << " here, but shape "
                            << nn::describeShape(parameter.type) << " before";
    reporter.note(diagnostic, parameter.loc) << "used before here";
    return Value();
  }
  if (parameter.value)
    return parameter.value;
  mlir::OperationState state(reporter.getLocation(loc),
                             nn::ParameterOp::getOperationName());
  nn::ParameterOp::build(builder, state, type, builder.getStringAttr(key));
  Value value = finish(state, loc);
  if (value.isTensor())
    parameter.value = value.getTensor();
  return value;
}

Value TensorBuilder::getScalar(llvm::SMLoc loc, double number,
                               mlir::Value like) {
  auto type = mlir::RankedTensorType::get(
      {}, llvm::cast<mlir::RankedTensorType>(like.getType()).getElementType());
  return getConstant(loc, number, type);
}

/// `number` as an element of `type`, or null.
static mlir::TypedAttr getElement(mlir::Builder &builder, double number,
                                  mlir::Type type) {
  if (llvm::isa<mlir::FloatType>(type)) {
    mlir::FloatAttr element = builder.getFloatAttr(type, number);
    return element.getValue().isFinite() ? element : nullptr;
  }
  unsigned width = type.getIntOrFloatBitWidth();
  // The bounds of 64 bits are not exact in a double; 63 bits are enough.
  double bound = std::ldexp(1.0, std::min(width - 1, 62u));
  if (width == 1 || number != std::floor(number) || number < -bound ||
      number >= bound)
    return nullptr;
  return builder.getIntegerAttr(type, static_cast<int64_t>(number));
}

Value TensorBuilder::getConstant(llvm::SMLoc loc,
                                 llvm::ArrayRef<double> numbers,
                                 mlir::RankedTensorType type) {
  llvm::SmallVector<mlir::Attribute> elements;
  for (double number : numbers) {
    mlir::TypedAttr element =
        getElement(builder, number, type.getElementType());
    if (!element) {
      reporter.error(loc) << describe(number) << " is not a value of "
                          << type.getElementType();
      return Value();
    }
    elements.push_back(element);
  }
  mlir::OperationState state(reporter.getLocation(loc),
                             nn::ConstantOp::getOperationName());
  nn::ConstantOp::build(builder, state, type,
                        mlir::DenseElementsAttr::get(type, elements));
  return finish(state, loc);
}

Value TensorBuilder::castTo(llvm::SMLoc loc, mlir::Value input,
                            mlir::Type elementType) {
  auto type = llvm::cast<mlir::RankedTensorType>(input.getType());
  if (type.getElementType() == elementType)
    return input;
  mlir::OperationState state(reporter.getLocation(loc),
                             nn::CastOp::getOperationName(), input,
                             type.clone(elementType));
  return finish(state, loc);
}
