//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The cost model of products on a matrix unit, as Tiling.h has it for vectors:
// nn-pack-weights asks for the width of panels, and convert-nn-to-halide for
// the rows that are multiplied at a time.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOHALIDE_MATRIXUNIT_H
#define VITRAIL_CONVERSION_NNTOHALIDE_MATRIXUNIT_H

#include "vitrail/Conversion/NNToHalide/Tiling.h"

namespace vitrail {

/// The columns of a tile register; panels have a multiple of them.
inline constexpr int64_t matrixUnitColumns = 16;

/// The rows that a call has at most.
inline constexpr int64_t maxMatrixUnitRows = 128;

/// The columns of the panels of a weight.
int64_t choosePanelForMatrixUnit(const ProductShape &product);

/// The rows of the sums of a call, which has `width` columns.
int64_t chooseRowsForMatrixUnit(const ProductShape &product, int64_t width);

/// The sums of a call that are worth measuring; with a `width`, those that can
/// read panels of that many columns.
llvm::SmallVector<RegisterTile>
enumerateTilesForMatrixUnit(const ProductShape &product,
                            std::optional<int64_t> width);

} // namespace vitrail

#endif // VITRAIL_CONVERSION_NNTOHALIDE_MATRIXUNIT_H
