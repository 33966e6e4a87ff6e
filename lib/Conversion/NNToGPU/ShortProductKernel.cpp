//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a product of short rows on tensor cores (mma.sync). A warp
// reads rows as chunks, four threads a row, normalises them where they are, and
// multiplies them as fragments of the left-hand side: which 16 k a step has is
// free, so that they are those of the threads' chunks. Fragments of the weight
// come from memory as they are. Four fragments of sums are chunks of columns
// again, which are stored like those of any rows.
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"
#include "RowParts.h"
#include "ShortProduct.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

namespace {

/// Who computes what: two rows of a group of threads are in the same fragments.
struct ShortTile {
  RowGroups groups;
  int64_t columnGroups; ///< of a block

  int64_t rowFragments() const { return groups.rowsOfGroup / 2; }
};

class ShortProductKernel {
public:
  ShortProductKernel(DeviceKernel &kernel, const ShortProduct &product,
                     const ShortTile &tile);

  void run(Value result);
  int64_t countColumnTiles() const {
    return llvm::divideCeil(product.columnGroups(), tile.columnGroups);
  }

private:
  void readRows();
  void roundRows();
  Value makeLeft(int64_t rowFragment, int64_t step);
  std::array<Value, 4> readRight(Value columnGroup, int64_t step);
  void multiply(Value columnGroup);
  void store(Value columnGroup, Value result);

  DeviceKernel &kernel;
  const ShortProduct &product;
  const ShortTile &tile;
  OpBuilder &builder;
  Location loc;
  Value lane, columnTile;
  std::optional<RowParts> rows;
  SmallVector<RowPart> parts;
  SmallVector<SmallVector<Value>> left; ///< of a row fragment, by step
  SmallVector<Value> sums; ///< of a row fragment, four fragments of columns
};

} // namespace

/// Blocks of the same rows are neighbours.
ShortProductKernel::ShortProductKernel(DeviceKernel &kernel,
                                       const ShortProduct &product,
                                       const ShortTile &tile)
    : kernel(kernel), product(product), tile(tile),
      builder(kernel.getBuilder()), loc(kernel.getLoc()) {
  DeviceExprBuilder expr = kernel.getExpr();
  lane = expr.moduloIndex(kernel.getThread(), warpSize);
  columnTile = expr.moduloIndex(kernel.getBlock(), countColumnTiles());
  rows.emplace(kernel, product.rows, tile.groups,
               expr.divideIndex(kernel.getBlock(), countColumnTiles()));
}

void ShortProductKernel::run(Value result) {
  readRows();
  roundRows();
  for (int64_t i = 0; i < tile.rowFragments(); ++i) {
    left.emplace_back();
    for (int64_t step = 0; step < 2 * product.depthGroups(); ++step)
      left.back().push_back(makeLeft(i, step));
  }
  nn::PackedLinearOp anchor = product.anchor;
  rows->setAnchor(
      anchor.getResult(), [this, bias = anchor.getBias()](
                              ExprBuilder &expr, Value sum, Value column) {
        return bias ? expr.add(sum, kernel.elements.get(expr, bias, {column}))
                    : sum;
      });
  DeviceExprBuilder expr = kernel.getExpr();
  Value first = expr.scaleIndex(columnTile, tile.columnGroups);
  Value end = expr.addIndex(first, expr.index(tile.columnGroups));
  end = expr.minIndex(end, expr.index(product.columnGroups()));
  auto loop = scf::ForOp::create(builder, loc, first, end, expr.index(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  multiply(loop.getInductionVar());
  store(loop.getInductionVar(), result);
}

//===----------------------------------------------------------------------===//
// The left-hand side
//===----------------------------------------------------------------------===//

void ShortProductKernel::readRows() {
  DeviceExprBuilder expr = kernel.getExpr();
  Type type = product.norm ? builder.getF32Type() : product.element;
  parts = rows->place();
  for (RowPart &part : parts)
    for (int64_t i = 0; i < product.depthGroups(); ++i) {
      RowChunk chunk = rows->placeChunk(expr.index(i), product.k / chunkSize);
      rows->read(part, chunk, product.input(), product.stored, type);
      part.chunks.push_back(std::move(chunk));
    }
}

/// What is normalised becomes elements of the left-hand side. Where a thread
/// has no chunk the weight is 0, and the chunk some other of the row.
void ShortProductKernel::roundRows() {
  nn::LayerNormOp norm = product.norm;
  if (!norm)
    return;
  for (RowPart &part : parts)
    rows->normalize(part, norm, product.k);
  rows->setAnchor(norm.getResult(),
                  [this, norm](ExprBuilder &expr, Value value, Value column) {
                    return scaleNormalized(kernel, norm, expr, value, column);
                  });
  for (RowPart &part : parts)
    for (RowChunk &chunk : part.chunks)
      chunk.values =
          rows->finish(part, chunk, norm.getResult(), product.lhs()).values;
}

/// Of step 2 i and 2 i + 1, the halves of the threads' chunks number i.
Value ShortProductKernel::makeLeft(int64_t rowFragment, int64_t step) {
  SmallVector<Value> elements;
  for (int64_t half : {0, 1})
    for (int64_t row : {0, 1})
      for (int64_t pair : {0, 1}) {
        const RowPart &part = parts[2 * rowFragment + row];
        elements.push_back(
            part.chunks[step / 2].values[4 * (step % 2) + 2 * half + pair]);
      }
  return vector::FromElementsOp::create(
      builder, loc, VectorType::get({4, 2}, product.element), elements);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The fragments of a step for the four times 8 columns of a group.
std::array<Value, 4> ShortProductKernel::readRight(Value columnGroup,
                                                   int64_t step) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value memory = kernel.getMemoryOf(product.panels);
  auto pairs = VectorType::get({4, 2}, product.element);
  auto fragment = VectorType::get({2, 2}, product.element);
  std::array<Value, 4> fragments;
  for (int64_t half : {0, 1}) {
    Value loaded = vector::LoadOp::create(
        builder, loc, VectorType::get({chunkSize}, product.element), memory,
        expr.toMemory({columnGroup, expr.index(step), expr.index(half), lane,
                       expr.index(0)}),
        /*nontemporal=*/false, builder.getI64IntegerAttr(16));
    Value both = vector::ShapeCastOp::create(builder, loc, pairs, loaded);
    for (int64_t i : {0, 1})
      fragments[2 * half + i] = vector::ExtractStridedSliceOp::create(
          builder, loc, fragment, both, builder.getI64ArrayAttr({2 * i}),
          builder.getI64ArrayAttr({2}), builder.getI64ArrayAttr({1}));
  }
  return fragments;
}

void ShortProductKernel::multiply(Value columnGroup) {
  sums.assign(4 * tile.rowFragments(), getZeroSums(kernel));
  for (int64_t step = 0; step < 2 * product.depthGroups(); ++step) {
    std::array<Value, 4> right = readRight(columnGroup, step);
    for (int64_t i = 0; i < tile.rowFragments(); ++i)
      for (int64_t j = 0; j < 4; ++j)
        sums[4 * i + j] =
            multiplyFragments(kernel, left[i][step], right[j], sums[4 * i + j]);
  }
}

/// Fragment j has the elements 2 j and 2 j + 1 of the threads' chunks.
void ShortProductKernel::store(Value columnGroup, Value result) {
  SmallVector<RowParts::Finished> finished;
  for (auto [i, part] : llvm::enumerate(parts)) {
    RowChunk chunk = rows->placeChunk(columnGroup, product.n / chunkSize);
    for (int64_t j = 0; j < 4; ++j)
      for (int64_t pair : {0, 1})
        chunk.values.push_back(
            vector::ExtractOp::create(builder, loc, sums[4 * (i / 2) + j],
                                      ArrayRef<int64_t>{int64_t(i) % 2, pair}));
    finished.push_back(
        rows->finish(part, chunk, product.anchor->getResult(0), result));
  }
  for (const RowParts::Finished &chunk : finished)
    rows->store(chunk);
}

/// Two fragments of rows halve what is read of the weight. Few rows are spread
/// over more blocks, which have parts of the columns.
static SmallVector<ShortTile> chooseShortTiles(const ShortProduct &product) {
  constexpr int64_t lanes = 4, fewColumnGroups = 3;
  int64_t groups = product.columnGroups();
  return {{{/*threads=*/256, lanes, product.depthGroups(), /*rowsOfGroup=*/4},
           groups},
          {{/*threads=*/64, lanes, product.depthGroups(), /*rowsOfGroup=*/2},
           std::min(groups, fewColumnGroups)}};
}

/// Lays the weight out anew, for the kernel and where it is called.
static void packWeights(const ShortProduct &product) {
  BlockArgument argument = product.panels;
  for (func::CallOp call : product.calls) {
    OpBuilder builder(call);
    OpOperand &operand = call->getOpOperand(argument.getArgNumber());
    operand.set(packFragments(builder, call.getLoc(), operand.get(), product));
  }
  argument.setType(getFragmentsType(product));
}

LogicalResult convertShortProduct(func::FuncOp function, std::string &reason) {
  FailureOr<ShortProduct> product = matchShortProduct(function, reason);
  if (failed(product))
    return failure();
  packWeights(*product);
  Value result = function.front().getTerminator()->getOperand(0);
  gpu::GPUModuleOp module = createDeviceModule(function);
  SmallVector<DeviceLaunch> launches;
  for (const ShortTile &tile : chooseShortTiles(*product)) {
    int64_t rows = tile.groups.rowsOfBlock();
    std::string name =
        (function.getSymName() + "_" + Twine(rows) + "rows").str();
    DeviceKernel kernel(function, module, name, tile.groups.threads);
    ShortProductKernel body(kernel, *product, tile);
    body.run(result);
    launches.push_back({kernel.finish(), tile.groups.threads, rows,
                        body.countColumnTiles(), /*sharedBytes=*/0});
  }
  replaceKernel(function, countRows(product->rows), launches);
  return success();
}

} // namespace vitrail
