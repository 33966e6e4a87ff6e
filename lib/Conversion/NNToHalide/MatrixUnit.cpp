//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which part of a product a matrix unit computes in one call. Configuring the
// tile registers takes as long as some twenty products of tiles, so that a call
// should have many. Where rows are many, they are the tasks, and a call has few
// rows and a wide panel, from which all of a task's rows are computed; else
// panels are tasks, narrow ones so that there are more of them, and a call has
// many rows.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/NNToHalide/MatrixUnit.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace vitrail {

/// Two tiles of rows and two of columns are multiplied at a time.
static constexpr int64_t blockRows = 32, blockColumns = 2 * matrixUnitColumns;
/// The sums of a call are read again from the first-level cache, of which they
/// take a third.
static constexpr int64_t maxSums = 4096;
/// As many tasks of rows, or tasks in all, as several dozens of threads share.
static constexpr int64_t minRowTasks = 32, minTasks = 64;

static bool hasManyRows(const ProductShape &product) {
  return countRows(product) >= minRowTasks * blockRows;
}

/// Of the panels that add the fewest columns to the matrix the widest.
static int64_t choosePanelForManyRows(int64_t n) {
  int64_t best = blockColumns;
  for (int64_t width = best; width <= maxSums / blockRows;
       width += blockColumns)
    if (llvm::alignTo(n, width) <= llvm::alignTo(n, best))
      best = width;
  return best;
}

int64_t choosePanelForMatrixUnit(const ProductShape &product) {
  if (product.n <= matrixUnitColumns)
    return matrixUnitColumns;
  return hasManyRows(product) ? choosePanelForManyRows(product.n)
                              : blockColumns;
}

int64_t chooseRowsForMatrixUnit(const ProductShape &product, int64_t width) {
  if (hasManyRows(product))
    return blockRows;
  int64_t rows = countRows(product);
  int64_t panels = llvm::divideCeil(product.n, width);
  int64_t calls = llvm::divideCeil(minTasks, panels);
  int64_t maxRows = std::clamp(maxSums / width, blockRows, maxMatrixUnitRows);
  calls = std::max<int64_t>(calls, llvm::divideCeil(rows, maxRows));
  return llvm::alignTo(llvm::divideCeil(rows, calls), blockRows);
}

llvm::SmallVector<RegisterTile>
enumerateTilesForMatrixUnit(const ProductShape &product,
                            std::optional<int64_t> width) {
  llvm::SmallVector<RegisterTile> tiles;
  int64_t widest = width.value_or(llvm::alignTo(product.n, blockColumns));
  int64_t maxColumns = std::min(widest, maxSums / blockRows);
  for (int64_t columns = blockColumns; columns <= maxColumns;
       columns += blockColumns) {
    if (width && *width % columns != 0)
      continue;
    int64_t maxRows = std::min(maxMatrixUnitRows, maxSums / columns);
    for (int64_t rows = blockRows; rows <= maxRows; rows += blockRows)
      if (rows - blockRows < countRows(product))
        tiles.push_back({rows, columns});
  }
  return tiles;
}

} // namespace vitrail
