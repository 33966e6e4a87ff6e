//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading rows of queries, keys and values.
//
//===----------------------------------------------------------------------===//

#include "CacheRows.h"
#include "Fragments.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

CacheRows::CacheRows(DeviceKernel &kernel, Value tensor, Indices outer)
    : kernel(kernel), tensor(tensor), outer(std::move(outer)),
      width(shapeOf(tensor).back()), element(findStoredType(tensor)) {
  if (element && !keepsDigits(tensor, element))
    element = nullptr;
  if (element)
    neighbours = countNeighbours(tensor, width, element);
}

SmallVector<Value> CacheRows::read(Value row, Value column) const {
  OpBuilder &builder = kernel.getBuilder();
  DeviceExprBuilder expr = kernel.getExpr();
  bool isWhole = width % chunkSize == 0;
  if (isWhole)
    column = expr.minIndex(column, expr.index(width - chunkSize));
  Indices indices(outer);
  indices.append({row, column});
  SmallVector<Value> pieces;
  for (int64_t i = 0; i < chunkSize; i += neighbours) {
    indices.back() = findNeighbour(kernel, column, i);
    if (!isWhole)
      indices.back() =
          expr.minIndex(indices.back(), expr.index(width - neighbours));
    if (!element) {
      pieces.push_back(kernel.elements.get(expr, tensor, indices));
      continue;
    }
    AddressFinder address(builder, kernel.getLoc(), kernel.getMemory());
    kernel.elements.get(address, tensor, indices);
    int64_t bytes = neighbours * getElementBytes(element);
    pieces.push_back(vector::LoadOp::create(
        builder, kernel.getLoc(), VectorType::get({neighbours}, element),
        address.source, address.sourceIndices, /*nontemporal=*/false,
        builder.getI64IntegerAttr(std::min(bytes, chunkBytes))));
  }
  return pieces;
}

SmallVector<Value> CacheRows::convert(ArrayRef<Value> pieces) const {
  OpBuilder &builder = kernel.getBuilder();
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> elements;
  for (Value piece : pieces)
    for (int64_t i = 0; i < neighbours; ++i) {
      Value value =
          element
              ? vector::ExtractOp::create(builder, kernel.getLoc(), piece, i)
                    .getResult()
              : piece;
      elements.push_back(expr.cast(value, builder.getF32Type()));
    }
  return elements;
}

Value reduceOverLanes(DeviceKernel &kernel, Value value, int64_t from,
                      int64_t to,
                      llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t distance = from; distance < to; distance *= 2)
    value = combine(value,
                    gpu::ShuffleOp::create(kernel.getBuilder(), kernel.getLoc(),
                                           value, int32_t(distance), warpSize,
                                           gpu::ShuffleMode::XOR)
                        .getShuffleResult());
  return value;
}

} // namespace vitrail
