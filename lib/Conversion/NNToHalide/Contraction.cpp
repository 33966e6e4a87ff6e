//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products: linear layers (and with them convolutions) and matrix products.
//
//   sums(ni, no, m, ...) += lhs(m, k...) * panel(ni, k..., no)
//   out(n, m, ...)        = epilogue(sums(n % width, n / width, m, ...))
//
// The right-hand side is read in panels of as many columns as a register tile
// has: weights were packed so while compiling, an activation is copied into
// panels first. Weights that were packed for another machine are in panels of
// several tiles. A tile of sums stays in registers while k runs: each step
// multiplies one broadcast element for each row with the vectors of a panel's
// row. What follows the product (bias, activation, residual) is computed where
// the sums are stored.
//
// The left-hand side is copied first where that takes more than reading it
// (LeftOperand.h); a norm after the product reads a func "raw" of what would be
// stored. Each is computed once, never for each panel: where tasks have all
// panels, in the task, of its rows alone, so that they stay in the first-level
// cache; else before all tasks, parallel over rows.
//
// In groups of the last k, the elements of a group are lanes that are reduced
// to one, which is what an instruction for products of groups does. A matrix
// unit takes a tile of sums as a whole, and leaves it in memory. Products of
// f16, and of bf16 and of integers without groups, are products of f32.
//
//===----------------------------------------------------------------------===//

#include "LeftOperand.h"
#include "ProductSchedule.h"

#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

class ContractionLowering {
public:
  ContractionLowering(KernelLowering &kernel, const Product &product)
      : kernel(kernel), product(product), left(kernel, this->product),
        outerNames(numberedNames("o", product.outer.size())),
        kNames(numberedNames("k", product.k.size())),
        schedule(
            chooseSchedule(product, kernel.machine(), kernel.givenSchedule())),
        tile(schedule.tile) {
    if (product.resultNorm)
      resultRows.emplace(kernel, product.resultNorm);
  }

  void run() {
    left.define();
    if (!product.isPacked)
      definePanels();
    defineSums();
    defineResult();
    scheduleStore();
    scheduleSums();
    left.schedule(schedule.copiesInTasks ? StringRef(taskLoop) : StringRef(),
                  schedule.grain * tile.rows);
    if (!product.isPacked)
      schedulePanels();
  }

private:
  /// Names of a func's variables: `first`, then those of `m` and of the outer
  /// dimensions, innermost first.
  Names withRows(Names first) const {
    if (product.m)
      first.push_back("m");
    llvm::append_range(first, llvm::reverse(outerNames));
    return first;
  }

  Names panelVariables() const {
    Names vars = {"ni"};
    llvm::append_range(vars, llvm::reverse(kNames));
    vars.push_back("no");
    if (!product.isShared)
      llvm::append_range(vars, llvm::reverse(outerNames));
    return vars;
  }

  void definePanels();
  void defineSums();
  Indices getPanelColumn(ExprBuilder &expr, ArrayRef<Value> pure) const;
  Value getFirstSum(ExprBuilder &expr, ArrayRef<Value> pure) const;
  Value getRight(ExprBuilder &expr, ArrayRef<Value> pure,
                 ArrayRef<Value> k) const;
  void defineResult();
  void defineRaw();
  void scheduleStore();
  void placeStore(Stage &store, const Names &tasks);
  void scheduleSums();
  void schedulePanels();
  void tileColumns(Stage &stage) const;

  /// Whether each task normalises the rows of its result.
  bool storesInTasks() const { return resultRows && schedule.copiesInTasks; }

  /// The dimensions of the product's result.
  SmallVector<std::string> resultVariables() const {
    Names names = outerNames;
    if (product.m)
      names.push_back("m");
    names.push_back("n");
    return names;
  }

  bool multipliesGroups() const {
    return product.multipliesGroups(kernel.machine());
  }
  bool multipliesTiles() const {
    return product.multipliesTiles(kernel.machine());
  }
  Type sumType() const { return product.sumType(kernel.machine()); }

  /// The func that the sums are stored in.
  StringRef storeName() const {
    return resultRows ? "raw" : StringRef(KernelLowering::outputName);
  }

  KernelLowering &kernel;
  Product product;
  LeftOperand left;
  std::optional<NormalizedRows> resultRows;
  Names outerNames; ///< o0 is the outermost
  Names kNames;     ///< k0 is the outermost
  ProductSchedule schedule;
  RegisterTile tile;
  std::string sumsLoop; ///< loop of the store that a tile of sums lives in
  std::string taskLoop; ///< the parallel loop of the output
};

} // namespace

/// panels(ni, k, no, outer...) = rhs[outer..., k, no * width + ni], the last
/// column repeated in what the last panel has beyond n.
void ContractionLowering::definePanels() {
  kernel.defineFunc(
      "panels", panelVariables(), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        size_t kCount = product.k.size();
        Value column = expr.addIndex(
            expr.scaleIndex(vars[kCount + 1], tile.columns), vars[0]);
        if (product.n % tile.columns != 0)
          column = expr.clampIndex(column, 0, product.n - 1);
        Indices k(llvm::reverse(vars.slice(1, kCount)));
        Indices indices;
        if (product.isWeight) {
          indices.push_back(column);
          llvm::append_range(indices, k);
        } else {
          indices.append(vars.rbegin(), vars.rend() - kCount - 2);
          indices.push_back(k.front());
          indices.push_back(column);
        }
        return expr.cast(kernel.elements.get(expr, product.rhs, indices),
                         expr.number(0).getType());
      });
}

void ContractionLowering::defineSums() {
  Names vars = withRows({"ni", "no"});
  halide::FuncOp sums = kernel.defineFunc(
      "sums", vars,
      [&](ExprBuilder &expr, ArrayRef<Value> pure) {
        return getFirstSum(expr, pure);
      },
      sumType());

  Names kVars(llvm::reverse(kNames));
  SmallVector<int64_t> extents(llvm::reverse(product.k));
  if (product.group != 1) {
    extents.front() = product.countGroups();
    kVars.insert(kVars.begin(), "kg");
    extents.insert(extents.begin(), product.group);
  }
  halide::RDomOp domain = kernel.defineRDom("k", kVars, extents);
  kernel.addUpdate(sums, domain, [&](ExprBuilder &expr, ArrayRef<Value> all) {
    ArrayRef<Value> pure = all.take_front(vars.size());
    ArrayRef<Value> k = all.drop_front(vars.size());
    Value product = expr.mul(left.get(expr, pure.drop_front(2), k),
                             getRight(expr, pure, k));
    return expr.add(expr.call("sums", pure, sumType()), product);
  });
}

/// What the sums are before the first product: 0, or what is subtracted for a
/// left-hand side of numbers that are larger than they should be.
Value ContractionLowering::getFirstSum(ExprBuilder &expr,
                                       ArrayRef<Value> pure) const {
  bool isShifted = product.sums && left.isUnsigned();
  if (!isShifted)
    return expr.number(0, sumType());
  Value sum =
      kernel.elements.get(expr, product.sums, getPanelColumn(expr, pure));
  return expr.mul(sum, expr.number(-unsignedOffset, sumType()));
}

/// The panel and its column that a column of sums belongs to: a panel has those
/// of one tile or of several.
Indices ContractionLowering::getPanelColumn(ExprBuilder &expr,
                                            ArrayRef<Value> pure) const {
  int64_t tiles = product.panelColumns() / tile.columns;
  Value first = expr.scaleIndex(expr.moduloIndex(pure[1], tiles), tile.columns);
  return {expr.divideIndex(pure[1], tiles), expr.addIndex(pure[0], first)};
}

/// The factor of a panel, in the type of the sums; `pure` are the variables of
/// the sums.
Value ContractionLowering::getRight(ExprBuilder &expr, ArrayRef<Value> pure,
                                    ArrayRef<Value> k) const {
  if (!product.isPacked) {
    Indices panel = {pure[0]};
    llvm::append_range(panel, k);
    panel.push_back(pure[1]);
    if (!product.isShared)
      llvm::append_range(panel, pure.drop_front(product.m ? 3 : 2));
    return expr.call("panels", panel);
  }
  Indices panel = getPanelColumn(expr, pure);
  panel.insert(panel.begin() + 1, k.rbegin(), k.rend());
  if (product.group != 1)
    std::swap(panel.back(), panel[panel.size() - 2]);
  return expr.cast(kernel.elements.get(expr, product.rhs, panel), sumType());
}

void ContractionLowering::defineResult() {
  kernel.elements.setComputed(
      product.result, [this](ExprBuilder &expr, ArrayRef<Value> indices) {
        Value n = indices.back();
        Indices sums = {expr.moduloIndex(n, tile.columns),
                        expr.divideIndex(n, tile.columns)};
        llvm::append_range(sums, llvm::reverse(indices.drop_back()));
        Value sum = expr.cast(expr.call("sums", sums, sumType()),
                              getElementTypeOrSelf(product.result));
        if (!product.bias)
          return sum;
        return expr.add(sum, kernel.elements.get(expr, product.bias, {n}));
      });

  if (resultRows)
    defineRaw();
  Value anchor = product.result;
  if (resultRows)
    anchor = product.resultNorm.getResult();
  SmallVector<std::string> names;
  for (unsigned dim : mapResultDimensions(anchor, kernel.result()))
    names.push_back(resultVariables()[dim]);
  kernel.defineOutput(names);
}

/// raw(n, m, ...) = what the norm of the result reads.
void ContractionLowering::defineRaw() {
  Value input = product.resultNorm.getInput();
  Names vars(llvm::reverse(resultVariables()));
  kernel.defineFunc("raw", vars, [&](ExprBuilder &expr, ArrayRef<Value> vars) {
    return kernel.elements.get(expr, input, Indices(llvm::reverse(vars)));
  });
  kernel.elements.setSource(input, "raw");
  resultRows->define();
}

/// A panel's columns as vectors, all of them in registers.
void ContractionLowering::tileColumns(Stage &stage) const {
  stage.split("ni", "nv", "nl", kernel.machine().lanes, TailStrategy::RoundUp)
      .vectorize("nl")
      .unroll("nv");
}

/// Loops, innermost first: the tile; the tiles of rows of a task; then
/// - where tasks have all panels: panels, and as tasks the rows, so that a row
///   of the left-hand side is read once from afar;
/// - where they have one: outer dimensions of fixed extent, and as tasks the
///   rows, panels and the batch: a panel stays in the cache while the rows of a
///   sample pass, and threads that take its rows share what they read;
/// - copied panels: panels, and as tasks the rows and the outer dimensions,
/// each
///   with a copy of its own.
void ContractionLowering::scheduleStore() {
  Stage store = kernel.stage(storeName());
  store.split("n", "no", "ni", tile.columns,
              exactTail(product.n, tile.columns));
  tileColumns(store);
  Names order = {"nl", "nv"};
  Names loops, tasks;
  if (product.m) {
    std::string rows = "m";
    int64_t chunk = schedule.grain * tile.rows;
    bool hasTilesAsTasks = schedule.hasRowTasks && schedule.grain == 1;
    if (!hasTilesAsTasks && !storesInTasks()) {
      store.split(rows, "mc", "mt", chunk, TailStrategy::GuardWithIf);
      rows = "mt";
      tasks.push_back("mc");
    }
    store.split(rows, "mo", "mi", tile.rows, exactTail(*product.m, chunk));
    // The sums of a matrix unit come from memory, where rows can be counted.
    if (!multipliesTiles())
      store.unroll("mi");
    order.push_back("mi");
    (hasTilesAsTasks ? tasks : loops).push_back("mo");
  }
  bool hasAllPanels = schedule.hasRowTasks || !product.isShared;
  (hasAllPanels ? loops : tasks).push_back("no");
  for (size_t i : llvm::reverse(llvm::seq(product.outer.size()))) {
    bool isInside = !hasAllPanels && !ShapedType::isDynamic(product.outer[i]);
    (isInside ? loops : tasks).push_back(outerNames[i]);
  }

  llvm::append_range(order, loops);
  llvm::append_range(order, tasks);
  store.reorder(order);
  placeStore(store, tasks);
  sumsLoop = loops.empty() ? taskLoop : loops.front();
}

/// Where the store is computed. A norm of the result needs whole rows: its
/// tasks are those of the product if these have whole rows, else others after
/// them.
void ContractionLowering::placeStore(Stage &store, const Names &tasks) {
  if (!resultRows) {
    taskLoop = store.parallel(tasks);
    return;
  }
  SmallVector<Dimension> dims;
  for (auto [name, extent] :
       llvm::zip_equal(resultVariables(), shapeOf(product.result)))
    dims.push_back({name, extent});
  Names order = vectorizeRows(kernel, dims.back());
  if (!storesInTasks()) {
    taskLoop = store.computeRoot().parallel(tasks);
    resultRows->schedule(scheduleRows(kernel, order, ArrayRef(dims).drop_back(),
                                      dims.back().extent));
    return;
  }
  Stage out = kernel.outputStage();
  int64_t rows = schedule.grain * tile.rows;
  out.split("m", "mo", "mi", rows, exactTail(*product.m, rows));
  Names rowTasks = {"mo"};
  llvm::append_range(rowTasks, llvm::reverse(outerNames));
  order.push_back("mi");
  llvm::append_range(order, rowTasks);
  out.reorder(order);
  taskLoop = out.parallel(rowTasks);
  store.computeAt(KernelLowering::outputName, taskLoop)
      .storeOnStack(rows * product.n);
  resultRows->schedule({"mi"});
}

void ContractionLowering::scheduleSums() {
  auto tileRows = [&](Stage &stage) {
    if (product.m)
      stage.split("m", "ma", "mb", tile.rows, TailStrategy::GuardWithIf)
          .unroll("mb");
  };
  Stage initial = kernel.stage("sums");
  // Of one panel, also where the columns beyond n are guarded: an extent that
  // Halide cannot tell would keep the sums in memory.
  initial.boundExtent("ni", tile.columns)
      .boundExtent("no", 1)
      .computeAt(storeName(), sumsLoop)
      .storeOnStack(tile.rows * tile.columns);
  Stage update = kernel.stage("sums", 0);
  if (multipliesTiles()) {
    update.multiplyOnTiles();
    return;
  }
  tileColumns(initial);
  tileRows(initial);
  Names order;
  if (multipliesGroups()) {
    update.atomic().vectorize("kg");
    order.push_back("kg");
  }
  tileColumns(update);
  tileRows(update);
  llvm::append_range(order, Names{"nl", "nv"});
  if (product.m)
    order.push_back("mb");
  if (product.group != 1 && !multipliesGroups()) {
    update.unroll("kg");
    order.push_back("kg");
  }
  llvm::append_range(order, llvm::reverse(kNames));
  if (product.m)
    order.push_back("ma");
  update.reorder(order);
}

/// The copy runs along whichever dimension is contiguous in memory, so that its
/// loads are dense.
void ContractionLowering::schedulePanels() {
  Stage panels = kernel.stage("panels");
  panels.boundExtent("ni", tile.columns);
  if (product.isShared)
    panels.computeRoot();
  else
    panels.computeAt(KernelLowering::outputName, taskLoop);

  size_t columnDim = product.isWeight ? 0 : shapeOf(product.rhs).size() - 1;
  std::optional<unsigned> contiguous = findContiguousDimension(product.rhs);
  if (contiguous == columnDim) {
    tileColumns(panels);
    return;
  }
  int64_t lanes = chooseLanes(product.k.back(), kernel.machine());
  panels
      .split(kNames.back(), "kv", "kl", lanes,
             exactTail(product.k.back(), lanes))
      .reorder({"kl", "ni", "kv"})
      .vectorize("kl");
}

void lowerContraction(KernelLowering &kernel, Operation *anchor) {
  Product product = describeProduct(anchor);
  ContractionLowering(kernel, product).run();
}

} // namespace vitrail
