//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products by wgmma (compute capability 9.0 alone) in blocks all of whose
// threads copy and multiply: copies of a later stage begin while the tensor
// cores multiply one.
//
//===----------------------------------------------------------------------===//

#include "ProductKernel.h"
#include "Warpgroup.h"

namespace vitrail {

using namespace mlir;

namespace {

class WgmmaProduct final : public BlockProduct {
public:
  using BlockProduct::BlockProduct;

protected:
  SmallVector<Value> multiplyAll() override;
  Value getRow(DeviceExprBuilder &expr, Value local) override;

private:
  int64_t countRowBlocks() const { return tile.warpRows / mmaRows; }
  Warpgroup createWarpgroup();
  SmallVector<Value> multiplyStep(Warpgroup &warpgroup, ValueRange arguments,
                                  Value step);
};

} // namespace

/// A warp has 16 of each 64 rows of its warpgroup.
Value WgmmaProduct::getRow(DeviceExprBuilder &expr, Value local) {
  Value block =
      expr.addIndex(expr.scaleIndex(expr.divideIndex(rowWarp, warpsOfGroup),
                                    countRowBlocks()),
                    expr.divideIndex(local, mmaRows));
  Value row = expr.addIndex(
      expr.scaleIndex(expr.moduloIndex(rowWarp, warpsOfGroup), mmaRows),
      expr.moduloIndex(local, mmaRows));
  return expr.addIndex(expr.scaleIndex(block, wgmmaRows), row);
}

/// Warpgroups have rows side by side, then shares of the depth.
Warpgroup WgmmaProduct::createWarpgroup() {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t groups = tile.rowWarps() / warpsOfGroup;
  Value group = Warpgroup::makeUniform(
      kernel, expr.divideIndex(warpPlace.warp, warpsOfGroup));
  Value rows = expr.scaleIndex(expr.moduloIndex(group, groups),
                               countRowBlocks() * wgmmaRows);
  Value share = expr.divideIndex(group, groups);
  int64_t depth = tile.depth / tile.shares;
  int64_t parts = depth / tile.leftWidth;
  Value leftLine =
      expr.addIndex(rows, expr.scaleIndex(share, parts * tile.rows));
  Value rightLine = expr.scaleIndex(
      share, product.hasWeightRows() ? parts * tile.columns : depth);
  return Warpgroup(kernel, product, tile, leftMemory, rightMemory, leftLine,
                   rightLine);
}

/// The body of the loop over stages: arguments are sums, the stage to read and
/// the one to write. The products of a stage run until those of the next have
/// begun.
SmallVector<Value> WgmmaProduct::multiplyStep(Warpgroup &warpgroup,
                                              ValueRange arguments,
                                              Value step) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value readStage = arguments[arguments.size() - 2];
  Value writeStage = arguments.back();
  waitForCopies();
  Warpgroup::fence(kernel);
  synchronize();
  SmallVector<Value> results =
      warpgroup.multiply(arguments.drop_back(2), readStage);
  warpgroup.wait(/*running=*/1);
  synchronize();
  SmallVector<Value> computed;
  copyAhead(expr.addIndex(step, expr.index(tile.stages - 1)), writeStage,
            computed);
  left->end(computed, writeStage);
  llvm::append_range(results,
                     ValueRange{nextStage(readStage), nextStage(writeStage)});
  return results;
}

SmallVector<Value> WgmmaProduct::multiplyAll() {
  Warpgroup warpgroup = createWarpgroup();
  SmallVector<Value> all = loopOverStages(
      warpgroup.getZeroSums(), [&](ValueRange arguments, Value step) {
        return multiplyStep(warpgroup, arguments, step);
      });
  SmallVector<Value> fragments;
  for (Value sums : all)
    llvm::append_range(fragments, warpgroup.finish(sums));
  return fragments;
}

std::unique_ptr<ProductKernel> createWgmmaProduct(DeviceKernel &kernel,
                                                  const TensorProduct &product,
                                                  const BlockTile &tile) {
  return std::make_unique<WgmmaProduct>(kernel, product, tile);
}

} // namespace vitrail
