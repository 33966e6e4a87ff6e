//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which kernels are attention that tensor cores can compute.
//
//===----------------------------------------------------------------------===//

#include "TensorAttention.h"

namespace vitrail {

using namespace mlir;

/// Sums in registers, and a stage, are of at most so many features.
static constexpr int64_t mostFeatures = 128;

static std::string describe(func::FuncOp kernel, TensorAttention &shape) {
  if (std::string reason = describeKernel(kernel); !reason.empty())
    return reason;
  for (Operation &op : kernel.front().without_terminator()) {
    auto attention = dyn_cast<nn::AttentionOp>(op);
    if (attention && !shape.anchor)
      shape.anchor = attention;
    else if (!isElementComputable(&op))
      return ("'" + op.getName().getStringRef() + "' is no attention").str();
  }
  if (!shape.anchor)
    return "it has no attention";
  nn::AttentionOp anchor = shape.anchor;
  shape.element = findStoredType(anchor.getQuery());
  for (Value value : {anchor.getKey(), anchor.getValue()})
    if (findStoredType(value) != shape.element)
      shape.element = nullptr;
  ArrayRef<int64_t> query = shapeOf(anchor.getQuery());
  ArrayRef<int64_t> value = shapeOf(anchor.getValue());
  bool isHalf =
      shape.element && (shape.element.isF16() || shape.element.isBF16());
  if (!isHalf)
    shape.element = Float32Type::get(kernel.getContext());
  if (!isHalf && !anchor.getTf32() &&
      query[query.size() - 2] > TensorAttention::mostFewQueries)
    return "its operands are not tf32, nor stored as f16 or bf16, and its "
           "queries are not few";
  if (!isFollowedByElements(anchor.getResult()))
    return "its results are stored elsewhere than they are computed";
  shape.outer = nn::getExtents(anchor.getQuery().getType());
  shape.outer.pop_back_n(2);
  shape.queries = query[query.size() - 2];
  shape.features = query.back();
  shape.keys = value[value.size() - 2];
  shape.width = value.back();
  if (std::max(shape.features, shape.width) > mostFeatures)
    return "its heads have too many features";
  // Two blocks of a multiprocessor have room for as many bytes of long rows.
  constexpr int64_t longRow = 128, fewKeys = 32;
  if (anchor.getTf32() &&
      shape.rowBytes(std::max(shape.features, shape.width)) > longRow)
    shape.mostKeysOfTile = fewKeys;
  return "";
}

FailureOr<TensorAttention> matchTensorAttention(func::FuncOp kernel,
                                                std::string &reason) {
  TensorAttention shape;
  reason = describe(kernel, shape);
  if (!reason.empty())
    return failure();
  return shape;
}

} // namespace vitrail
