//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which kernels are products that tensor cores can compute.
//
//===----------------------------------------------------------------------===//

#include "TensorProduct.h"

namespace vitrail {

using namespace mlir;

nn::Extent TensorProduct::countRows() const {
  nn::Extent count;
  for (nn::Extent extent : rows)
    count = {count.size * extent.size, count.timesBatch || extent.timesBatch};
  return count;
}

/// The largest row of which a warp keeps the elements in registers.
static constexpr int64_t longestNormalizedRow = 2048;

static bool isLhsNorm(nn::LayerNormOp norm, const TensorProduct &product) {
  Value value = product.lhs();
  if (auto cast = value.getDefiningOp<nn::CastOp>())
    value = cast.getInput();
  return value == norm.getResult() && product.contracted.size() == 1;
}

/// Sets the anchor and the norm.
static std::string findOperations(func::FuncOp kernel, TensorProduct &product) {
  SmallVector<nn::LayerNormOp> norms;
  for (Operation &op : kernel.front().without_terminator()) {
    auto packed = dyn_cast<nn::PackedLinearOp>(op);
    if (packed && !product.anchor)
      product.anchor = packed;
    else if (auto norm = dyn_cast<nn::LayerNormOp>(op))
      norms.push_back(norm);
    else if (!isElementComputable(&op))
      return ("'" + op.getName().getStringRef() +
              "' is no product of packed "
              "weights")
          .str();
  }
  if (!product.anchor)
    return "it has no product of packed weights";
  auto panels = cast<RankedTensorType>(product.panels().getType());
  product.element = panels.getElementType();
  if (!product.element.isF16() && !product.element.isBF16())
    return "its operands are not of f16 or bf16";
  if (product.anchor.getGroup() != 1)
    return "its panels are in groups, for another processor";
  product.contracted.assign(panels.getShape().begin() + 1,
                            panels.getShape().end() - 1);
  for (nn::LayerNormOp norm : norms) {
    if (!isLhsNorm(norm, product))
      return "a norm is not of its left-hand side";
    if (shapeOf(norm.getResult()).back() > longestNormalizedRow)
      return "the rows of its norm are too long";
    product.norm = norm;
  }
  return "";
}

static std::string describe(func::FuncOp kernel, TensorProduct &product) {
  if (std::string reason = describeKernel(kernel); !reason.empty())
    return reason;
  if (std::string reason = findOperations(kernel, product); !reason.empty())
    return reason;
  Value result = product.anchor.getResult();
  if (!isFollowedByElements(result))
    return "its sums are stored elsewhere than they are computed";
  product.rows = nn::getExtents(cast<RankedTensorType>(result.getType()));
  product.rows.pop_back();
  product.n = product.anchor.getFeatures();
  product.panelColumns = shapeOf(product.panels()).back();
  if (product.panelColumns % chunkSize != 0)
    return "the columns of its panels are no multiple of 8";
  product.k = 1;
  for (int64_t extent : product.contracted)
    product.k *= extent;
  return "";
}

FailureOr<TensorProduct> matchTensorProduct(func::FuncOp kernel,
                                            std::string &reason) {
  TensorProduct product;
  reason = describe(kernel, product);
  if (!reason.empty())
    return failure();
  return product;
}

/// Rows are as many as samples, or more: a block's tile is chosen for many. Few
/// features get a narrower tile, of which more fit on a multiprocessor.
BlockTile chooseBlockTile(const TensorProduct &product) {
  if (product.n <= 96)
    return {128, 64, 32, 32, 64, 4};
  return {128, 128, 32, 64, 64, 4};
}

} // namespace vitrail
