//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention by mma.sync (m16n8k16, or m16n8k8 of tf32). Where a warp has all
// queries and keys of a head, these do not pass through shared memory.
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"
#include "ShortHeads.h"

namespace vitrail {

using namespace mlir;

namespace {

class MmaAttention : public AttentionKernel {
public:
  using AttentionKernel::AttentionKernel;

protected:
  SmallVector<Value> multiplyKeys(const KeyTile &tile) override;
  void mixValues(const KeyTile &tile, ArrayRef<Value> weights,
                 SmallVectorImpl<Value> &mix) override;
  /// Right-hand sides for 16 features, from feature 8 `group` on, of 16 values
  /// from value `row` of the tile on, of tf32 8.
  virtual std::array<Value, 2> readValues(const KeyTile &tile, int64_t row,
                                          int64_t group);
};

/// See ShortHeads.h.
class ShortAttention final : public MmaAttention {
public:
  using MmaAttention::MmaAttention;

protected:
  void placeBlock() override;
  AttentionProgress attendAll() override;
  SmallVector<Value> multiplyKeys(const KeyTile &tile) override;
  std::array<Value, 2> readValues(const KeyTile &tile, int64_t row,
                                  int64_t group) override {
    return heads->readValues();
  }
  void store(ArrayRef<Value> mix, Value result) override {
    heads->store(mix, result);
  }

private:
  std::optional<ShortHeads> heads;
};

} // namespace

//===----------------------------------------------------------------------===//
// Tiles in shared memory
//===----------------------------------------------------------------------===//

SmallVector<Value> MmaAttention::multiplyKeys(const KeyTile &tile) {
  DeviceExprBuilder expr = kernel.getExpr();
  FragmentReader queryReader(kernel, place, queryMemory);
  FragmentReader keyReader(kernel, place, keyMemory);
  SmallVector<Value> scores(tile.keys / mmaColumns, getZeroSums(kernel));
  int64_t chunks =
      llvm::divideCeil(shape.features, getChunkSize(shape.element));
  for (int64_t c = 0; c < chunks; c += chunksOfDepth) {
    Value query = queryReader.readLeft(expr.index(0), firstOfWarp, c);
    for (int64_t j = 0; j < tile.keys; j += 2 * mmaColumns) {
      auto both = keyReader.readRows(tile.stage, expr.index(j), c);
      for (auto [part, key] : llvm::enumerate(both)) {
        Value &score = scores[j / mmaColumns + part];
        score = multiplyFragments(kernel, query, key, score);
      }
    }
  }
  return scores;
}

std::array<Value, 2> MmaAttention::readValues(const KeyTile &tile, int64_t row,
                                              int64_t group) {
  FragmentReader reader(kernel, place, valueMemory);
  if (!shape.element.isF32())
    return reader.readColumns(tile.stage, row, kernel.getExpr().index(group));
  return {reader.readNeighbours(tile.stage, row, group * mmaColumns),
          reader.readNeighbours(tile.stage, row, (group + 1) * mmaColumns)};
}

/// Two fragments of weights side by side are one of the left-hand side, or one
/// of tf32.
void MmaAttention::mixValues(const KeyTile &tile, ArrayRef<Value> weights,
                             SmallVectorImpl<Value> &mix) {
  int64_t depth = chunksOfDepth * getChunkSize(shape.element);
  for (int64_t k = 0; k < tile.keys; k += depth) {
    ArrayRef<Value> step = weights.slice(k / mmaColumns, depth / mmaColumns);
    Value left =
        shape.element.isF32()
            ? roundToTF32(kernel, step.front())
            : joinPairs(kernel, roundFragments(kernel, step, shape.element));
    for (int64_t d = 0; d < shape.widthFragments(); d += 2)
      for (auto [part, value] : llvm::enumerate(readValues(tile, k, d)))
        mix[d + part] = multiplyFragments(kernel, left, value, mix[d + part]);
  }
}

//===----------------------------------------------------------------------===//
// Heads in registers
//===----------------------------------------------------------------------===//

void ShortAttention::placeBlock() {
  heads.emplace(kernel, shape, place);
  outerIndices = heads->getOuterIndices();
  firstQuery = firstOfWarp = kernel.getExpr().index(0);
}

AttentionProgress ShortAttention::attendAll() {
  return attend(softmax.start(shape.widthFragments()),
                getLastTile(/*isFirst=*/true));
}

SmallVector<Value> ShortAttention::multiplyKeys(const KeyTile &tile) {
  Value query = heads->readQueries();
  return llvm::map_to_vector(heads->readKeys(), [&](Value key) {
    return multiplyFragments(kernel, query, key, getZeroSums(kernel));
  });
}

std::unique_ptr<AttentionKernel>
createMmaAttention(DeviceKernel &kernel, const TensorAttention &shape) {
  if (shape.isShort())
    return std::make_unique<ShortAttention>(kernel, shape);
  return std::make_unique<MmaAttention>(kernel, shape);
}

} // namespace vitrail
