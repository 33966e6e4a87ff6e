//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products by mma.sync (compute capability 8.0 and later): warps read fragments
// of a stage one step ahead of their products.
//
//===----------------------------------------------------------------------===//

#include "ProductKernel.h"

namespace vitrail {

using namespace mlir;

namespace {

/// What a warp multiplies in one step.
struct Fragments {
  SmallVector<Value> left, right;

  SmallVector<Value> all() const {
    SmallVector<Value> values(left);
    llvm::append_range(values, right);
    return values;
  }
};

class MmaProduct final : public BlockProduct {
public:
  using BlockProduct::BlockProduct;

protected:
  SmallVector<Value> multiplyAll() override;
  Value getRow(DeviceExprBuilder &expr, Value local) override {
    return expr.addIndex(expr.scaleIndex(rowWarp, tile.warpRows), local);
  }

private:
  void waitForStage();
  Fragments readFragments(Value stage, int64_t step);
  SmallVector<Value> multiply(const Fragments &fragments, ValueRange sums);
  SmallVector<Value> multiplyStage(ValueRange arguments, Value step);
};

} // namespace

/// The oldest stage that was not waited for is there, and all warps are done
/// with the one before it.
void MmaProduct::waitForStage() {
  waitForCopies();
  synchronize();
}

/// Of a stage's step.
Fragments MmaProduct::readFragments(Value stage, int64_t step) {
  DeviceExprBuilder expr = kernel.getExpr();
  FragmentReader leftReader(kernel, warpPlace, leftMemory);
  FragmentReader rightReader(kernel, warpPlace, rightMemory);
  Fragments fragments;
  Value row = expr.scaleIndex(rowWarp, tile.warpRows);
  for (int64_t i = 0; i < countRowFragments(); ++i)
    fragments.left.push_back(
        leftReader.readLeft(stage, expr.addIndex(row, expr.index(i * mmaRows)),
                            step * chunksOfDepth));
  Value column = expr.scaleIndex(columnWarp, tile.warpColumns);
  Value chunk = expr.scaleIndex(columnWarp, tile.warpColumns / mmaColumns);
  for (int64_t j = 0; j < countColumnFragments(); j += 2)
    llvm::append_range(
        fragments.right,
        product.hasWeightRows()
            ? rightReader.readRows(
                  stage, expr.addIndex(column, expr.index(j * mmaColumns)),
                  step * chunksOfDepth)
            : rightReader.readColumns(stage, step * mmaDepth,
                                      expr.addIndex(chunk, expr.index(j))));
  return fragments;
}

/// Back and forth through the columns, so that a fragment is used twice in a
/// row.
SmallVector<Value> MmaProduct::multiply(const Fragments &fragments,
                                        ValueRange sums) {
  SmallVector<Value> results(sums);
  int64_t columns = countColumnFragments();
  for (auto [i, row] : llvm::enumerate(fragments.left))
    for (int64_t step = 0; step < columns; ++step) {
      int64_t j = i % 2 == 0 ? step : columns - 1 - step;
      Value &result = results[i * columns + j];
      result = multiplyFragments(kernel, row, fragments.right[j], result);
    }
  return results;
}

/// The body of the loop over stages: arguments are sums, the fragments of its
/// first step, the stage to read and the one to write.
SmallVector<Value> MmaProduct::multiplyStage(ValueRange arguments, Value step) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t numSums = countRowFragments() * countColumnFragments();
  SmallVector<Value> sums(arguments.take_front(numSums));
  Fragments fragments;
  ValueRange rest = arguments.drop_front(numSums).drop_back(2);
  fragments.left.assign(rest.begin(), rest.begin() + countRowFragments());
  fragments.right.assign(rest.begin() + countRowFragments(), rest.end());
  Value readStage = arguments[arguments.size() - 2];
  Value writeStage = arguments.back();
  SmallVector<Value> computed;
  int64_t steps = tile.depth / (chunksOfDepth * getChunkSize(product.element));
  for (int64_t i = 0; i < steps; ++i) {
    bool isLast = i + 1 == steps;
    if (isLast) {
      left->end(computed, writeStage);
      waitForStage();
      readStage = nextStage(readStage);
    }
    Fragments next = readFragments(readStage, (i + 1) % steps);
    if (i == 0)
      copyAhead(expr.addIndex(step, expr.index(tile.stages - 1)), writeStage,
                computed);
    sums = multiply(fragments, sums);
    fragments = std::move(next);
  }
  SmallVector<Value> results(sums);
  llvm::append_range(results, fragments.all());
  llvm::append_range(results, ValueRange{readStage, nextStage(writeStage)});
  return results;
}

/// Returns the sums: of each fragment, [16, 8].
SmallVector<Value> MmaProduct::multiplyAll() {
  DeviceExprBuilder expr = kernel.getExpr();
  waitForStage();
  int64_t numSums = countRowFragments() * countColumnFragments();
  SmallVector<Value> initial(numSums,
                             getZeroSums(kernel, product.getSumType()));
  llvm::append_range(initial, readFragments(expr.index(0), 0).all());
  SmallVector<Value> results = loopOverStages(
      std::move(initial), [this](ValueRange arguments, Value step) {
        return multiplyStage(arguments, step);
      });
  results.truncate(numSums);
  return results;
}

std::unique_ptr<ProductKernel> createMmaProduct(DeviceKernel &kernel,
                                                const TensorProduct &product,
                                                const BlockTile &tile) {
  return std::make_unique<MmaProduct>(kernel, product, tile);
}

} // namespace vitrail
