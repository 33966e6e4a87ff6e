//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Grouping of the dimensions of reshapes.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"

using namespace mlir;

namespace vitrail::nn {

/// The dimensions that hold more than one element.
static SmallVector<unsigned> findWideDimensions(ArrayRef<Extent> extents) {
  SmallVector<unsigned> dims;
  for (auto [dim, extent] : llvm::enumerate(extents))
    if (extent != Extent{1, false})
      dims.push_back(dim);
  return dims;
}

SmallVector<ReshapeGroup> groupReshapedDimensions(ArrayRef<Extent> result,
                                                  ArrayRef<Extent> input) {
  SmallVector<unsigned> resultDims = findWideDimensions(result);
  SmallVector<unsigned> inputDims = findWideDimensions(input);
  ArrayRef<unsigned> resultLeft = resultDims, inputLeft = inputDims;
  auto take = [](ArrayRef<unsigned> &left, ArrayRef<Extent> extents,
                 SmallVector<unsigned> &dims, Extent &product) {
    Extent extent = extents[left.front()];
    product.size *= extent.size;
    product.timesBatch |= extent.timesBatch;
    dims.push_back(left.front());
    left = left.drop_front();
  };

  SmallVector<ReshapeGroup> groups;
  while (!resultLeft.empty()) {
    ReshapeGroup &group = groups.emplace_back();
    Extent ofResult, ofInput;
    take(resultLeft, result, group.result, ofResult);
    take(inputLeft, input, group.input, ofInput);
    while (ofResult != ofInput) {
      // The smaller product grows; of equal ones, that without the batch.
      bool growResult = ofResult.size < ofInput.size ||
                        (ofResult.size == ofInput.size && ofInput.timesBatch);
      if (inputLeft.empty() || (growResult && !resultLeft.empty()))
        take(resultLeft, result, group.result, ofResult);
      else
        take(inputLeft, input, group.input, ofInput);
    }
  }
  return groups;
}

bool isIndexArithmetic(ReshapeOp reshape) {
  SmallVector<Extent> result = getExtents(reshape.getType());
  SmallVector<Extent> input = getExtents(reshape.getInput().getType());
  auto hasInnerBatch = [](ArrayRef<unsigned> dims, ArrayRef<Extent> extents) {
    return llvm::any_of(dims.drop_front(),
                        [&](unsigned dim) { return extents[dim].timesBatch; });
  };
  return llvm::none_of(groupReshapedDimensions(result, input),
                       [&](const ReshapeGroup &group) {
                         return hasInnerBatch(group.result, result) ||
                                hasInnerBatch(group.input, input);
                       });
}

} // namespace vitrail::nn
