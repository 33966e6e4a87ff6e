//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products on GPUs:
//
//   left(k..., mi, mo, ...)   = the left-hand side's row mo * rows + mi
//   right(ni, k..., no, ...)  = the right-hand side's column no * columns + ni
//   sums(ni, mi, no, mo, ...) += left * right
//   out(n, m, ...)            = epilogue(sums)
//
// A thread has a tile of `rows` by `columns` sums in registers. Tiles are
// dimensions of the funcs, so that whole ones are computed where the matrix
// ends, of its last row and column again, and only the store has to be guarded:
// guards in the loop would cost more than the work that they save.
//
// A norm before the product is a kernel of its own before it, a norm of the
// result one after it. Rows of which there are as many as samples are outer
// dimensions.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"
#include "LayerNorm.h"
#include "Product.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

/// The tile of a thread, and the threads of a block.
struct ThreadTile {
  int64_t columns = 4; ///< of one vector load
  int64_t rows = 1;
  int64_t columnThreads = 1;
  int64_t rowThreads = 1;
};

class ContractionOnGPU {
public:
  ContractionOnGPU(KernelLowering &kernel, const Product &product)
      : kernel(kernel), product(product),
        hasRows(product.m && !ShapedType::isDynamic(*product.m)),
        outerNames(numberedNames("o", product.outer.size())),
        kNames(numberedNames("k", product.k.size())), tile(chooseTile()) {
    if (product.m && !hasRows)
      outerNames.push_back("m");
    if (product.lhsNorm)
      lhsRows.emplace(kernel, product.lhsNorm, "lhs_");
    if (product.resultNorm)
      resultRows.emplace(kernel, product.resultNorm);
  }

  void run() {
    if (lhsRows)
      normalizeLhs();
    defineOperands();
    defineSums();
    defineResult();
    std::string loop = scheduleStore();
    scheduleSums(loop);
    if (resultRows)
      scheduleResultNorm();
  }

private:
  ThreadTile chooseTile() const;
  int64_t chooseStep() const;
  void normalizeLhs();
  void defineOperands();
  Value getLeft(ExprBuilder &expr, ArrayRef<Value> vars) const;
  Value getRight(ExprBuilder &expr, ArrayRef<Value> vars) const;
  void defineSums();
  void defineResult();
  std::string scheduleStore();
  void scheduleSums(StringRef loop);
  void scheduleResultNorm();

  int64_t countTiles() const {
    return llvm::divideCeil(product.n, tile.columns);
  }
  int64_t countRowTiles() const {
    return llvm::divideCeil(*product.m, tile.rows);
  }

  /// `first`, then the outer dimensions.
  Names withOuter(Names first) const {
    llvm::append_range(first, llvm::reverse(outerNames));
    return first;
  }
  Names leftVariables() const {
    Names vars(llvm::reverse(kNames));
    if (hasRows)
      llvm::append_range(vars, Names{"mi", "mo"});
    return withOuter(vars);
  }
  Names rightVariables() const {
    Names vars = {"ni"};
    llvm::append_range(vars, llvm::reverse(kNames));
    vars.push_back("no");
    return product.isShared ? vars : withOuter(vars);
  }
  Names sumVariables() const {
    return withOuter(hasRows ? Names{"ni", "mi", "no", "mo"}
                             : Names{"ni", "no"});
  }

  /// The dimensions of the product's result.
  SmallVector<Dimension> resultDimensions() const {
    SmallVector<Dimension> dims;
    Names names = outerNames;
    if (hasRows)
      names.push_back("m");
    names.push_back("n");
    for (auto [name, extent] : llvm::zip_equal(names, shapeOf(product.result)))
      dims.push_back({name, extent});
    return dims;
  }

  /// The func that the sums are stored in.
  StringRef storeName() const {
    return resultRows ? "raw" : StringRef(KernelLowering::outputName);
  }

  KernelLowering &kernel;
  Product product;
  bool hasRows;             ///< known while compiling
  Names outerNames, kNames; ///< the outermost first
  ThreadTile tile;
  std::optional<NormalizedRows> lhsRows, resultRows;
};

} // namespace

/// The least time: rows beyond the matrix are computed, too, and tiles of few
/// rows load more for each multiply-add.
ThreadTile ContractionOnGPU::chooseTile() const {
  // Of a block; of a tile, whose sums and operands stay in registers.
  constexpr int64_t mostThreads = 128, mostRows = 8;
  ThreadTile best;
  best.columnThreads = std::clamp<int64_t>(
      llvm::bit_ceil(uint64_t(llvm::divideCeil(product.n, best.columns))), 1,
      32);
  if (!hasRows)
    return best;
  double bestCost = std::numeric_limits<double>::infinity();
  for (int64_t threads = 1; threads * best.columnThreads <= mostThreads;
       threads *= 2)
    for (int64_t rows = 1; rows <= mostRows; ++rows) {
      // Loads of columns, which all rows share, and registers, which leave room
      // for fewer warps: of ViT-B's tiles on an H100, 5 rows are the best.
      double work = 1 + 2.0 / rows + rows / 16.0;
      // Blocks of few warps leave multiprocessors idle.
      double idle = 1 + 8.0 / (threads * best.columnThreads);
      double cost = llvm::alignTo(*product.m, threads * rows) * work * idle;
      if (cost >= bestCost)
        continue;
      bestCost = cost;
      best.rows = rows;
      best.rowThreads = threads;
    }
  return best;
}

/// Elements of the innermost k that are loaded at a time.
int64_t ContractionOnGPU::chooseStep() const {
  for (int64_t step : {8, 4, 2})
    if (product.k.back() % step == 0)
      return step;
  return 1;
}

//===----------------------------------------------------------------------===//
// Algorithm
//===----------------------------------------------------------------------===//

/// normalized(...) = the left-hand side, of rows that have been normalised.
void ContractionOnGPU::normalizeLhs() {
  lhsRows->define();
  SmallVector<Dimension> dims = nameDimensions("d", product.lhs);
  constexpr StringLiteral name = "normalized";
  Type type = getElementTypeOrSelf(product.lhs);
  kernel.defineFunc(
      name, namesInnermostFirst(dims),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        return kernel.elements.get(expr, product.lhs,
                                   Indices(llvm::reverse(vars)));
      },
      type);
  Names inner = vectorizeRows(kernel, dims.back(), name);
  RowPlace place = scheduleRows(kernel, inner, ArrayRef(dims).drop_back(),
                                dims.back().extent, name);
  kernel.stage(name).computeRoot();
  lhsRows->schedule(place);
  kernel.elements.setComputed(
      product.lhs, [name, type](ExprBuilder &expr, ArrayRef<Value> indices) {
        return expr.call(name, Indices(llvm::reverse(indices)), type);
      });
}

/// `vars` are those of the func; the last row is repeated.
Value ContractionOnGPU::getLeft(ExprBuilder &expr, ArrayRef<Value> vars) const {
  size_t kCount = product.k.size();
  ArrayRef<Value> rest = vars.drop_front(kCount);
  Indices indices;
  if (hasRows) {
    Value row = expr.addIndex(expr.scaleIndex(rest[1], tile.rows), rest[0]);
    if (*product.m % tile.rows != 0 || countRowTiles() % tile.rowThreads != 0)
      row = expr.clampIndex(row, 0, *product.m - 1);
    indices.assign(rest.rbegin(), rest.rend() - 2);
    indices.push_back(row);
  } else {
    indices.assign(rest.rbegin(), rest.rend());
  }
  llvm::append_range(indices, llvm::reverse(vars.take_front(kCount)));
  return expr.cast(kernel.elements.get(expr, product.lhs, indices),
                   expr.number(0).getType());
}

/// Panels have a multiple of the tile's columns; of an activation, the last
/// column is repeated.
Value ContractionOnGPU::getRight(ExprBuilder &expr,
                                 ArrayRef<Value> vars) const {
  size_t kCount = product.k.size();
  Indices k(llvm::reverse(vars.slice(1, kCount)));
  Value tileIndex = vars[kCount + 1];
  if (countTiles() % tile.columnThreads != 0)
    tileIndex = expr.clampIndex(tileIndex, 0, countTiles() - 1);
  Indices indices;
  if (product.isPacked) {
    int64_t tiles = product.panelColumns() / tile.columns;
    Value column = expr.addIndex(
        expr.scaleIndex(expr.moduloIndex(tileIndex, tiles), tile.columns),
        vars[0]);
    indices.push_back(expr.divideIndex(tileIndex, tiles));
    llvm::append_range(indices, k);
    if (product.group != 1)
      indices.back() = expr.divideIndex(k.back(), product.group);
    indices.push_back(column);
    if (product.group != 1)
      indices.push_back(expr.moduloIndex(k.back(), product.group));
  } else {
    Value column =
        expr.addIndex(expr.scaleIndex(tileIndex, tile.columns), vars[0]);
    if (product.n % tile.columns != 0)
      column = expr.clampIndex(column, 0, product.n - 1);
    if (product.isWeight) {
      indices.push_back(column);
      llvm::append_range(indices, k);
    } else {
      indices.append(vars.rbegin(), vars.rend() - kCount - 2);
      indices.push_back(k.front());
      indices.push_back(column);
    }
  }
  return expr.cast(kernel.elements.get(expr, product.rhs, indices),
                   expr.number(0).getType());
}

void ContractionOnGPU::defineOperands() {
  kernel.defineFunc("left", leftVariables(),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return getLeft(expr, vars);
                    });
  kernel.defineFunc("right", rightVariables(),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return getRight(expr, vars);
                    });
}

void ContractionOnGPU::defineSums() {
  Names vars = sumVariables();
  halide::FuncOp sums =
      kernel.defineFunc("sums", vars, [](ExprBuilder &expr, ArrayRef<Value>) {
        return expr.number(0);
      });
  halide::RDomOp domain =
      kernel.defineRDom("k", Names(llvm::reverse(kNames)),
                        SmallVector<int64_t>(llvm::reverse(product.k)));
  kernel.addUpdate(sums, domain, [&](ExprBuilder &expr, ArrayRef<Value> all) {
    ArrayRef<Value> pure = all.take_front(vars.size());
    ArrayRef<Value> k = all.drop_front(vars.size());
    ArrayRef<Value> outer = pure.drop_front(hasRows ? 4 : 2);
    Indices left(k);
    if (hasRows)
      left.append({pure[1], pure[3]});
    llvm::append_range(left, outer);
    Indices right = {pure[0]};
    llvm::append_range(right, k);
    right.push_back(pure[hasRows ? 2 : 1]);
    if (!product.isShared)
      llvm::append_range(right, outer);
    return expr.add(
        expr.call("sums", pure),
        expr.mul(expr.call("left", left), expr.call("right", right)));
  });
}

void ContractionOnGPU::defineResult() {
  kernel.elements.setComputed(
      product.result, [this](ExprBuilder &expr, ArrayRef<Value> indices) {
        Value n = indices.back();
        ArrayRef<Value> rest = indices.drop_back();
        Indices sums = {expr.moduloIndex(n, tile.columns)};
        if (hasRows)
          sums.push_back(expr.moduloIndex(rest.back(), tile.rows));
        sums.push_back(expr.divideIndex(n, tile.columns));
        if (hasRows) {
          sums.push_back(expr.divideIndex(rest.back(), tile.rows));
          rest = rest.drop_back();
        }
        llvm::append_range(sums, llvm::reverse(rest));
        Value sum = expr.call("sums", sums);
        if (!product.bias)
          return sum;
        return expr.add(sum, kernel.elements.get(expr, product.bias, {n}));
      });
  Value anchor = product.result;
  SmallVector<Dimension> dims = resultDimensions();
  if (resultRows) {
    Value input = product.resultNorm.getInput();
    kernel.defineFunc("raw", namesInnermostFirst(dims),
                      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                        return kernel.elements.get(
                            expr, input, Indices(llvm::reverse(vars)));
                      });
    kernel.elements.setSource(input, "raw");
    resultRows->define();
    anchor = product.resultNorm.getResult();
  }
  kernel.defineOutput(resultNames(kernel, anchor, dims));
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

/// Returns the loop of threads. Blocks of the same rows are neighbours.
std::string ContractionOnGPU::scheduleStore() {
  Stage store = kernel.stage(storeName());
  if (resultRows)
    store.computeRoot();
  store.split("n", "no", "ni", tile.columns, exactTail(product.n, tile.columns))
      .split("no", "nb", "nt", tile.columnThreads,
             exactTail(countTiles(), tile.columnThreads));
  if (product.n % tile.columns == 0)
    store.vectorize("ni");
  Names order = {"ni"}, blocks = {"nb"};
  if (hasRows) {
    store.split("m", "mo", "mi", tile.rows, exactTail(*product.m, tile.rows))
        .split("mo", "mb", "mt", tile.rowThreads,
               exactTail(countRowTiles(), tile.rowThreads))
        .unroll("mi");
    llvm::append_range(order, Names{"mi", "nt", "mt"});
    blocks.push_back("mb");
  } else {
    order.push_back("nt");
  }
  llvm::append_range(blocks, llvm::reverse(outerNames));
  llvm::append_range(order, blocks);
  store.reorder(order).threads("nt");
  if (hasRows)
    store.threads("mt");
  store.blocks(blocks);
  return "nt";
}

void ContractionOnGPU::scheduleSums(StringRef loop) {
  Stage initial = kernel.stage("sums");
  initial.computeAt(storeName(), loop)
      .boundExtent("ni", tile.columns)
      .boundExtent("no", 1)
      .vectorize("ni");
  if (hasRows)
    initial.boundExtent("mi", tile.rows).boundExtent("mo", 1).unroll("mi");

  int64_t step = chooseStep();
  Stage update = kernel.stage("sums", 0);
  update.split(kNames.back(), "ko", "ki", step, TailStrategy::Auto);
  Names order = {"ni"};
  if (hasRows)
    order.push_back("mi");
  llvm::append_range(order, Names{"ki", "ko"});
  llvm::append_range(order, llvm::reverse(ArrayRef(kNames).drop_back()));
  update.reorder(order).vectorize("ni").unroll("ki");
  if (hasRows)
    update.unroll("mi");

  Stage right = kernel.stage("right");
  // All loads of a step stand before its products, so that they overlap.
  right.computeAt("sums", "ko")
      .boundExtent("ni", tile.columns)
      .boundExtent(kNames.back(), step)
      .vectorize("ni")
      .unroll(kNames.back());
  Stage left = kernel.stage("left");
  left.computeAt("sums", "ko").boundExtent(kNames.back(), step);
  size_t lastDim = shapeOf(product.lhs).size() - 1;
  bool isDense = lhsRows || findContiguousDimension(product.lhs) == lastDim;
  if (isDense)
    left.vectorize(kNames.back());
  else
    left.unroll(kNames.back());
  if (hasRows)
    left.boundExtent("mi", tile.rows).unroll("mi");
}

void ContractionOnGPU::scheduleResultNorm() {
  SmallVector<Dimension> dims = resultDimensions();
  Names inner = vectorizeRows(kernel, dims.back());
  resultRows->schedule(scheduleRows(kernel, inner, ArrayRef(dims).drop_back(),
                                    dims.back().extent));
}

void lowerContractionOnGPU(KernelLowering &kernel, Operation *anchor) {
  ContractionOnGPU(kernel, describeProduct(anchor)).run();
}

} // namespace vitrail
