//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention by wgmma (compute capability 9.0 alone): a warpgroup has 64
// queries. Tensor cores read queries, keys and values from shared memory by
// themselves, once for all warps of the warpgroup, and weights from registers.
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"
#include "Warpgroup.h"

namespace vitrail {

using namespace mlir;

namespace {

class WgmmaAttention final : public AttentionKernel {
public:
  using AttentionKernel::AttentionKernel;

protected:
  void placeBlock() override;
  SmallVector<Value> multiplyKeys(const KeyTile &tile) override;
  void mixValues(const KeyTile &tile, ArrayRef<Value> weights,
                 SmallVectorImpl<Value> &mix) override;
  void fence() override { Warpgroup::fence(kernel); }

private:
  Value getStage(Value descriptor, Value stage, int64_t width);

  Value queryDescriptor, keyDescriptor, valueDescriptor;
};

} // namespace

/// Queries and keys are rows of k, values of columns.
void WgmmaAttention::placeBlock() {
  AttentionKernel::placeBlock();
  DeviceExprBuilder expr = kernel.getExpr();
  Value group = Warpgroup::makeUniform(
      kernel, expr.divideIndex(place.warp, warpsOfGroup));
  Value zero = expr.index(0);
  queryDescriptor = Warpgroup::describe(kernel, queryMemory,
                                        expr.scaleIndex(group, wgmmaRows));
  keyDescriptor = Warpgroup::describe(kernel, keyMemory, zero);
  valueDescriptor = Warpgroup::describe(kernel, valueMemory, zero);
}

Value WgmmaAttention::getStage(Value descriptor, Value stage, int64_t width) {
  return Warpgroup::advance(kernel, descriptor, stage,
                            shape.keysOfTile() * TensorAttention::pad(width) *
                                2);
}

SmallVector<Value> WgmmaAttention::multiplyKeys(const KeyTile &tile) {
  Value keys = getStage(keyDescriptor, tile.stage, shape.features);
  WarpgroupSums sums(kernel, tile.keys, shape.element);
  Warpgroup::order(kernel);
  for (int64_t c = 0; c < shape.features; c += mmaDepth)
    sums.multiply(Warpgroup::offset(kernel, queryDescriptor, 2 * c),
                  Warpgroup::offset(kernel, keys, 2 * c));
  return sums.finish();
}

void WgmmaAttention::mixValues(const KeyTile &tile, ArrayRef<Value> weights,
                               SmallVectorImpl<Value> &mix) {
  Value values = getStage(valueDescriptor, tile.stage, shape.width);
  int64_t rowBytes = 2 * TensorAttention::pad(shape.width);
  WarpgroupSums sums =
      tile.isFirst
          ? WarpgroupSums(kernel, mix.size() * mmaColumns, shape.element)
          : WarpgroupSums(kernel, mix, shape.element);
  SmallVector<SmallVector<Value>> left;
  for (int64_t k = 0; k < tile.keys; k += mmaDepth)
    left.push_back(roundFragments(kernel, weights.slice(k / mmaColumns, 2),
                                  shape.element));
  Warpgroup::order(kernel);
  for (auto [i, pairs] : llvm::enumerate(left))
    sums.multiply(pairs,
                  Warpgroup::offset(kernel, values, i * mmaDepth * rowBytes));
  mix.assign(sums.finish());
}

std::unique_ptr<AttentionKernel>
createWgmmaAttention(DeviceKernel &kernel, const TensorAttention &shape) {
  return std::make_unique<WgmmaAttention>(kernel, shape);
}

} // namespace vitrail
