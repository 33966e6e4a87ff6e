//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Extents that depend on the batch: how they are read from types, written to
// types and named in diagnostics.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace vitrail::nn {

LogicalResult BatchAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t factor) {
  if (factor >= 2)
    return success();
  return emitError() << "the factor of #nn.batch must be at least 2, not "
                     << factor << "; a factor of 1 is written without it";
}

LogicalResult
BatchAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                          function_ref<InFlightDiagnostic()> emitError) const {
  auto dynamic = llvm::count_if(shape, ShapedType::isDynamic);
  if (dynamic == 1)
    return success();
  return emitError() << "#nn.batch describes the only dynamic extent, but the "
                        "shape has "
                     << dynamic;
}

SmallVector<Extent> getExtents(RankedTensorType type) {
  auto batch = dyn_cast_or_null<BatchAttr>(type.getEncoding());
  int64_t factor = batch ? batch.getFactor() : 1;
  SmallVector<Extent> extents;
  for (int64_t size : type.getShape()) {
    bool timesBatch = ShapedType::isDynamic(size);
    extents.push_back({timesBatch ? factor : size, timesBatch});
  }
  return extents;
}

RankedTensorType getTensorType(ArrayRef<Extent> extents, Type elementType) {
  SmallVector<int64_t> shape;
  Attribute encoding;
  for (auto [size, timesBatch] : extents) {
    shape.push_back(timesBatch ? ShapedType::kDynamic : size);
    if (timesBatch && size != 1)
      encoding = BatchAttr::get(elementType.getContext(), size);
  }
  assert(llvm::count_if(shape, ShapedType::isDynamic) <= 1 &&
         "at most one extent depends on the batch");
  return RankedTensorType::get(shape, elementType, encoding);
}

std::string describeShape(ArrayRef<Extent> extents) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(extents, stream, [&](Extent extent) {
    stream << describeExtent(extent);
  });
  stream << ']';
  return text;
}

std::string describeShape(RankedTensorType type) {
  return describeShape(getExtents(type));
}

std::string describeExtent(Extent extent) {
  std::string size = std::to_string(extent.size);
  if (!extent.timesBatch)
    return size;
  return extent.size == 1 ? "batch" : size + " * batch";
}

std::optional<int64_t> countElements(ArrayRef<Extent> extents) {
  int64_t product = 1;
  for (Extent extent : extents)
    if (llvm::MulOverflow(product, extent.size, product))
      return std::nullopt;
  return product;
}

bool hasModelShape(RankedTensorType type) {
  SmallVector<Extent> extents = getExtents(type);
  return llvm::all_of(extents, [](Extent extent) { return extent.size > 0; }) &&
         llvm::count_if(extents, dependsOnBatch) <= 1 && countElements(extents);
}

int64_t getElementsPerSample(RankedTensorType type) {
  std::optional<int64_t> count = countElements(getExtents(type));
  assert(count && "more elements than 63 bits can count");
  return *count;
}

} // namespace vitrail::nn
