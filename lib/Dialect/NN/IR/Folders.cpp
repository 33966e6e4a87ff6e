//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Folders: operations that change nothing, chains of one kind of movement, and
// movements of constants. None of them computes a value that the model's text
// does not contain.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "vitrail/Dialect/NN/IR/NN.h"

using namespace mlir;

namespace vitrail::nn {

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

//===----------------------------------------------------------------------===//
// Neutral elements
//===----------------------------------------------------------------------===//

/// `value`, if the operation of type `result` that combines it with the
/// constant `other` leaves it as it is: every element of `other` is `neutral`,
/// and its shape does not broadcast `value`.
static OpFoldResult foldNeutral(Value value, Attribute other, double neutral,
                                RankedTensorType result) {
  auto elements = dyn_cast_or_null<DenseFPElementsAttr>(other);
  if (!elements || !elements.isSplat() || value.getType() != result ||
      !elements.getSplatValue<APFloat>().isExactlyValue(neutral))
    return {};
  return value;
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  return foldNeutral(getLhs(), adaptor.getRhs(), 0.0, getType());
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  return foldNeutral(getLhs(), adaptor.getRhs(), 0.0, getType());
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  return foldNeutral(getLhs(), adaptor.getRhs(), 1.0, getType());
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  return foldNeutral(getLhs(), adaptor.getRhs(), 1.0, getType());
}

//===----------------------------------------------------------------------===//
// Movements
//===----------------------------------------------------------------------===//

/// A constant of equal elements remains one wherever they move.
static OpFoldResult foldSplat(Attribute input, RankedTensorType result) {
  auto elements = dyn_cast_or_null<DenseElementsAttr>(input);
  if (!elements || !elements.isSplat() || !result.hasStaticShape())
    return {};
  return elements.resizeSplat(result);
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  auto elements = dyn_cast_or_null<DenseElementsAttr>(adaptor.getInput());
  if (elements && getType().hasStaticShape())
    return elements.reshape(getType());
  return {};
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  ArrayRef<int64_t> permutation = getPermutation();
  if (llvm::equal(permutation, llvm::seq<int64_t>(permutation.size())))
    return getInput();
  if (auto inner = getInput().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> composed;
    for (int64_t axis : permutation)
      composed.push_back(inner.getPermutation()[axis]);
    setPermutation(composed);
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return foldSplat(adaptor.getInput(), getType());
}

/// Makes a slice of the slice `inner` one of its input.
static void composeSlices(SliceOp outer, SliceOp inner) {
  SmallVector<int64_t> offsets, strides;
  for (auto [outerOffset, size, outerStride, innerOffset, innerStride] :
       llvm::zip_equal(outer.getOffsets(), outer.getSizes(), outer.getStrides(),
                       inner.getOffsets(), inner.getStrides())) {
    offsets.push_back(innerOffset + outerOffset * innerStride);
    // The stride of a single element means nothing and may be of any size.
    strides.push_back(size == 1 ? 1 : outerStride * innerStride);
  }
  outer.setOffsets(offsets);
  outer.setStrides(strides);
  outer.getInputMutable().assign(inner.getInput());
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  // Sizes equal to the extents leave no choice of offsets and strides.
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<SliceOp>()) {
    composeSlices(*this, inner);
    return getResult();
  }
  return foldSplat(adaptor.getInput(), getType());
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1)
    return getInputs().front();
  return {};
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<BroadcastOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return foldSplat(adaptor.getInput(), getType());
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  // Padding only adds, so that equal types mean none.
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

OpFoldResult RollOp::fold(FoldAdaptor adaptor) {
  if (getShift() == 0)
    return getInput();
  auto inner = getInput().getDefiningOp<RollOp>();
  if (inner && inner.getAxis() == getAxis()) {
    setShift((getShift() + inner.getShift()) % getType().getDimSize(getAxis()));
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return foldSplat(adaptor.getInput(), getType());
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

} // namespace vitrail::nn
