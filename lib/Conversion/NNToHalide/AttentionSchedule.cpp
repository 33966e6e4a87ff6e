//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of the cost model that is about attention: how many queries a tile
// has. docs/schedules.md describes it.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

/// Queries of a tile: where all fit into one, where there are several, and the
/// fewest that are worth the reading of keys and values.
static constexpr int64_t largest = 80, usual = 64, smallest = 24;

/// Whether the scores and their exponentials stay in the second-level cache.
static bool fits(const AttentionShape &shape, const Machine &machine,
                 int64_t tileQueries) {
  return 2 * tileQueries * shape.keys * int64_t(sizeof(float)) <=
         machine.l2Bytes / 2;
}

/// The sizes of a tile with vectors of `lanes`.
static SmallVector<int64_t> findSizes(const AttentionShape &shape,
                                      const Machine &machine, int64_t lanes) {
  int64_t whole = llvm::alignTo(shape.queries, lanes);
  if (whole <= largest && fits(shape, machine, whole))
    return {whole};
  SmallVector<int64_t> sizes;
  for (int64_t size = llvm::alignTo(smallest, lanes); size <= usual;
       size += lanes)
    if (fits(shape, machine, size))
      sizes.push_back(size);
  if (sizes.empty())
    sizes.push_back(lanes);
  return sizes;
}

/// The padded number of queries decides; of equal ones wide vectors and large
/// tiles, which read keys and values less often.
SmallVector<QueryTile> enumerateQueryTiles(const AttentionShape &shape,
                                           const Machine &machine) {
  SmallVector<QueryTile> tiles;
  SmallVector<int64_t> widths = {machine.lanes};
  if (machine.lanes > 1)
    widths.push_back(machine.lanes / 2);
  for (int64_t lanes : widths)
    for (int64_t size : findSizes(shape, machine, lanes))
      tiles.push_back({size, lanes});
  auto getRank = [&](QueryTile tile) {
    return std::tuple(llvm::alignTo(shape.queries, tile.queries), -tile.lanes,
                      -tile.queries);
  };
  llvm::sort(tiles, [&](QueryTile lhs, QueryTile rhs) {
    return getRank(lhs) < getRank(rhs);
  });
  return tiles;
}

QueryTile chooseQueryTile(const AttentionShape &shape, const Machine &machine,
                          nn::ScheduleAttr given) {
  QueryTile tile = enumerateQueryTiles(shape, machine).front();
  if (!given)
    return tile;
  if (given.getLanes())
    tile = {int64_t(llvm::alignTo(tile.queries, *given.getLanes())),
            *given.getLanes()};
  if (given.getQueries())
    tile.queries = *given.getQueries();
  return tile;
}

nn::ScheduleAttr getAttribute(MLIRContext *context, QueryTile tile) {
  return nn::ScheduleAttr::get(context, /*rows=*/std::nullopt,
                               /*columns=*/std::nullopt, /*tasks=*/std::nullopt,
                               /*grain=*/std::nullopt, /*norms=*/std::nullopt,
                               tile.queries, tile.lanes);
}

std::string findMisfit(const AttentionShape &shape, const Machine &machine,
                       nn::ScheduleAttr given) {
  if (given.getRows() || given.getColumns() || given.getTasks() ||
      given.getGrain() || given.getNorms())
    return "attention has 'queries' and 'lanes' alone";
  if (!shape.hasQueryLanes())
    return llvm::formatv("{0} queries are too few to be lanes", shape.queries);
  int64_t lanes = given.getLanes().value_or(machine.lanes);
  if (lanes > machine.lanes || !llvm::isPowerOf2_64(lanes))
    return llvm::formatv("{0} lanes are none of a vector of {1}", lanes,
                         machine.lanes);
  lanes = chooseQueryTile(shape, machine, given).lanes;
  if (given.getQueries().value_or(lanes) % lanes != 0)
    return llvm::formatv("{0} queries are no multiple of {1} lanes",
                         *given.getQueries(), lanes);
  return "";
}

} // namespace vitrail
