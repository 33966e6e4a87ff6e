//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The result of attention.
//
//===----------------------------------------------------------------------===//

#include "Inference.h"

using namespace mlir;

namespace vitrail::nn {

/// Checks that an addend or a mask broadcasts to the scores.
static LogicalResult checkAddend(const Inference &inference,
                                 const Operand &addend,
                                 ArrayRef<Extent> scores) {
  bool fits = addend.rank() <= static_cast<int64_t>(scores.size());
  if (fits)
    for (auto [extent, ofScores] : llvm::zip_equal(
             addend.extents, scores.take_back(addend.extents.size())))
      fits &= extent == ofScores || extent == Extent{1, false};
  if (fits)
    return success();
  return inference.error(addend.describe(),
                         " does not broadcast to the scores ",
                         describeShape(scores));
}

/// Checks shapes and types of the three operands that all have.
static LogicalResult checkMatrices(const Inference &inference,
                                   const Operand &query, const Operand &key,
                                   const Operand &value) {
  for (const Operand *other : {&key, &value}) {
    if (failed(inference.requireSameElements(query, *other)))
      return failure();
    if (query.rank() < 2 || other->rank() != query.rank())
      return inference.error(query.describe(), " and ", other->describe(),
                             " must have the same number of dimensions, at "
                             "least 2");
    if (ArrayRef(query.extents).drop_back(2) !=
        ArrayRef(other->extents).drop_back(2))
      return inference.error("leading dimensions differ: ", query.describe(),
                             " and ", other->describe());
  }
  size_t rows = query.rank() - 2;
  if (query.extents.back() != key.extents.back())
    return inference.error("features differ: ", query.describe(), " has ",
                           describeExtent(query.extents.back()), ", ",
                           key.describe(), " has ",
                           describeExtent(key.extents.back()));
  if (key.extents[rows] != value.extents[rows])
    return inference.error("there must be a value for each key: ",
                           key.describe(), ", ", value.describe());
  for (const Operand *operand : {&query, &key, &value})
    if (llvm::any_of(ArrayRef(operand->extents).drop_front(rows),
                     dependsOnBatch))
      return inference.error("matrices of ", operand->describe(),
                             " must not depend on the batch");
  return success();
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> query = inference.getFloats("query", adaptor.getQuery());
  FailureOr<Operand> key = inference.getFloats("key", adaptor.getKey());
  FailureOr<Operand> value = inference.getFloats("value", adaptor.getValue());
  if (failed(query) || failed(key) || failed(value) ||
      failed(checkMatrices(inference, *query, *key, *value)) ||
      failed(inference.requireTF32(adaptor.getTf32(), {*query, *key, *value})))
    return failure();
  Operand scores = *query;
  scores.name = "scores";
  scores.elementType = getSumType(query->elementType);
  scores.extents.back() = key->extents[key->rank() - 2];
  for (auto [i, operand] : llvm::enumerate(adaptor.getAddends())) {
    std::string name = "addend " + std::to_string(i);
    FailureOr<Operand> addend = inference.getFloats(name, operand);
    if (failed(addend) ||
        failed(inference.requireSameElements(scores, *addend)) ||
        failed(checkAddend(inference, *addend, scores.extents)))
      return failure();
  }
  if (bool(adaptor.getKeep()) != bool(adaptor.getMaskedAttr()))
    return inference.error(
        "a mask and the number in its place belong together");
  if (Value mask = adaptor.getKeep()) {
    FailureOr<Operand> keep =
        inference.getOperandOf(ElementKind::Booleans, "keep", mask);
    if (failed(keep) || failed(checkAddend(inference, *keep, scores.extents)))
      return failure();
  }
  SmallVector<Extent> extents = query->extents;
  extents.back() = value->extents.back();
  return inference.setResult(extents, scores.elementType, types);
}

} // namespace vitrail::nn
