//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of the cost model that is about products but for their tiles
// (Tiling.cpp). docs/schedules.md describes both.
//
//===----------------------------------------------------------------------===//

#include "ProductSchedule.h"
#include "vitrail/Conversion/NNToHalide/MatrixUnit.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

/// Tasks that a kernel is cut into at least, so that threads share them evenly:
/// with 3 tasks, two threads take two thirds of the time of one. Fewer where
/// each task copies a panel of its own.
static constexpr int64_t minTasks = 64, minCopyingTasks = 8;

/// Whether tasks can be tiles of rows, each with all panels.
static bool canHaveRowTasks(const Product &product) {
  return product.isShared && product.m;
}

/// A weight that stays in the second-level cache is read by each tile of rows,
/// so that a row is read from afar once; of a larger one each panel is.
static bool prefersRowTasks(const Product &product, const Machine &machine) {
  if (!canHaveRowTasks(product) || product.rhsBytes() > machine.l2Bytes / 4 * 3)
    return false;
  // A matrix unit's tiles of rows are high, so that there are fewer of them.
  constexpr int64_t minRowTasks = minTasks / 2;
  int64_t tileRows = product.chooseTile(machine).rows;
  return !product.multipliesTiles(machine) ||
         countRows(product.shape()) >= minRowTasks * tileRows;
}

/// A tile of rows is a task where it has all panels; otherwise a task has as
/// many rows as leave enough tasks.
static int64_t chooseGrain(const Product &product,
                           const ProductSchedule &schedule) {
  if (schedule.hasRowTasks || !product.m || ShapedType::isDynamic(*product.m))
    return 1;
  int64_t wanted = product.isShared ? minTasks : minCopyingTasks;
  int64_t others =
      product.isShared ? llvm::divideCeil(product.n, schedule.tile.columns) : 1;
  for (int64_t extent : product.outer)
    if (!product.isShared && !ShapedType::isDynamic(extent))
      others *= extent;
  int64_t chunk =
      llvm::divideCeil(*product.m, llvm::divideCeil(wanted, others));
  int64_t grain = llvm::divideCeil(chunk, schedule.tile.rows);
  // Where tiles fill the rows, tasks should as well: no row is guarded then.
  if (product.isShared && *product.m % schedule.tile.rows == 0)
    while (*product.m / schedule.tile.rows % grain != 0)
      --grain;
  return grain;
}

ProductSchedule chooseSchedule(const Product &product, const Machine &machine,
                               nn::ScheduleAttr given) {
  ProductSchedule schedule;
  schedule.tile = product.chooseTile(machine);
  schedule.hasRowTasks = prefersRowTasks(product, machine);
  if (given && given.getColumns())
    schedule.tile = product.chooseTileOfColumns(*given.getColumns(), machine);
  if (given && given.getRows())
    schedule.tile.rows = *given.getRows();
  if (given && given.getTasks())
    schedule.hasRowTasks =
        canHaveRowTasks(product) && *given.getTasks() == nn::TaskKind::Rows;
  schedule.grain = chooseGrain(product, schedule);
  if (given && given.getGrain())
    schedule.grain = *given.getGrain();
  schedule.copiesInTasks = schedule.hasRowTasks &&
                           !(given && given.getNorms() == nn::NormPlace::Apart);
  return schedule;
}

nn::ScheduleAttr getAttribute(const Product &product,
                              const ProductSchedule &schedule) {
  std::optional<nn::NormPlace> norms;
  if (product.lhsNorm || product.resultNorm)
    norms =
        schedule.copiesInTasks ? nn::NormPlace::InTasks : nn::NormPlace::Apart;
  bool hasRows = schedule.hasRowTasks || !product.isShared;
  return nn::ScheduleAttr::get(
      product.result.getContext(), schedule.tile.rows, schedule.tile.columns,
      hasRows ? nn::TaskKind::Rows : nn::TaskKind::Panels, schedule.grain,
      norms, /*queries=*/std::nullopt, /*lanes=*/std::nullopt);
}

SmallVector<nn::ScheduleAttr> enumerateSchedules(const Product &product,
                                                 const Machine &machine,
                                                 nn::ScheduleAttr given) {
  ProductSchedule base = chooseSchedule(product, machine, given);
  llvm::SmallSetVector<nn::ScheduleAttr, 16> schedules;
  auto add = [&](const ProductSchedule &schedule) {
    nn::ScheduleAttr attribute = getAttribute(product, schedule);
    if (findMisfit(product, machine, attribute).empty())
      schedules.insert(attribute);
  };
  add(base);
  std::optional<int64_t> width;
  if (product.isPacked)
    width = product.panelColumns();
  constexpr size_t tilesTried = 8;
  auto tiles = product.multipliesTiles(machine)
                   ? enumerateTilesForMatrixUnit(product.shape(), width)
                   : rankTiles(product.shape(), machine, width);
  for (RegisterTile tile : ArrayRef(tiles).take_front(tilesTried)) {
    ProductSchedule schedule = base;
    schedule.tile = tile;
    // As many rows in a task, as far as tiles divide them.
    schedule.grain =
        std::max<int64_t>(base.grain * base.tile.rows / tile.rows, 1);
    add(schedule);
  }
  if (canHaveRowTasks(product)) {
    ProductSchedule schedule = base;
    schedule.hasRowTasks = schedule.copiesInTasks = !base.hasRowTasks;
    schedule.grain = chooseGrain(product, schedule);
    add(schedule);
  }
  if (base.hasRowTasks && (product.lhsNorm || product.resultNorm)) {
    ProductSchedule schedule = base;
    schedule.copiesInTasks = !base.copiesInTasks;
    add(schedule);
  }
  int64_t rows = !product.m || ShapedType::isDynamic(*product.m)
                     ? base.tile.rows
                     : *product.m;
  int64_t largestGrain = llvm::divideCeil(rows, base.tile.rows);
  for (int64_t grain : {base.grain / 2, base.grain * 2, base.grain * 4}) {
    ProductSchedule schedule = base;
    schedule.grain = std::clamp<int64_t>(grain, 1, largestGrain);
    add(schedule);
  }
  return schedules.takeVector();
}

/// Sums beyond this would not stay in registers on any machine.
static constexpr int64_t maxTileRows = 64;

std::string findMisfit(const Product &product, const Machine &machine,
                       nn::ScheduleAttr given) {
  if (given.getQueries() || given.getLanes())
    return "a product has no queries";
  int64_t maxRows =
      product.multipliesTiles(machine) ? maxMatrixUnitRows : maxTileRows;
  if (given.getRows() && *given.getRows() > maxRows)
    return llvm::formatv("a tile of {0} rows has more than {1}",
                         *given.getRows(), maxRows);
  if (given.getRows().value_or(1) != 1 && !product.m)
    return "the product has one row";
  if (std::optional<int64_t> columns = given.getColumns()) {
    if (*columns % machine.lanes != 0)
      return llvm::formatv("{0} columns are no multiple of {1} lanes", *columns,
                           machine.lanes);
    if (product.isPacked && product.panelColumns() % *columns != 0)
      return llvm::formatv("panels of {0} columns cannot be read by {1}",
                           product.panelColumns(), *columns);
  }
  if (given.getTasks() == nn::TaskKind::Rows && product.isShared && !product.m)
    return "the product has one row";
  if (given.getTasks() == nn::TaskKind::Panels && !product.isShared)
    return "each task copies the panels";
  ProductSchedule schedule = chooseSchedule(product, machine, given);
  if (given.getNorms() == nn::NormPlace::InTasks && !schedule.hasRowTasks)
    return "norms need tasks of rows";
  // Halide drops the guard of a loop over one row.
  bool fillsRows = !product.m || (!ShapedType::isDynamic(*product.m) &&
                                  *product.m % schedule.grain == 0);
  if (schedule.tile.rows == 1 && !fillsRows && schedule.grain != 1)
    return "tiles of one row do not fill tasks of several";
  return "";
}

} // namespace vitrail
