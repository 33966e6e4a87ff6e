//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a norm, or of elements alone, which takes the time that its
// bytes take.
//
//===----------------------------------------------------------------------===//

#include "RowParts.h"

namespace vitrail {

using namespace mlir;

/// All rows are read before the first is used, and all is computed before
/// anything is stored, so that what is read is on its way together.
static void buildRows(DeviceKernel &kernel, const DeviceRows &rows,
                      const RowGroups &groups, Value result) {
  RowParts rowParts(kernel, rows.rows, groups, kernel.getBlock(),
                    kernel.getThread());
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<RowPart> parts = rowParts.place();
  for (RowPart &part : parts)
    for (int64_t i = 0; i < groups.chunksOfLane; ++i)
      part.chunks.push_back(rowParts.placeChunk(expr.index(i), rows.chunks()));
  if (rows.norm || rows.element) {
    Type type = rows.norm ? kernel.getBuilder().getF32Type()
                          : getElementTypeOrSelf(rows.anchor);
    for (RowPart &part : parts)
      for (RowChunk &chunk : part.chunks)
        rowParts.read(part, chunk, rows.input(), rows.element, type);
  }
  if (nn::LayerNormOp norm = rows.norm) {
    for (RowPart &part : parts)
      rowParts.normalize(part, norm, rows.width);
    rowParts.setAnchor(rows.anchor, [&kernel, norm](ExprBuilder &at,
                                                    Value value, Value column) {
      return scaleNormalized(kernel, norm, at, value, column);
    });
  } else if (rows.element) {
    rowParts.setAnchor(rows.anchor,
                       [](ExprBuilder &, Value value, Value) { return value; });
  }
  SmallVector<RowParts::Finished> finished;
  for (const RowPart &part : parts)
    for (const RowChunk &chunk : part.chunks)
      finished.push_back(rowParts.finish(part, chunk, rows.anchor, result));
  for (const RowParts::Finished &chunk : finished)
    rowParts.store(chunk);
}

LogicalResult convertRows(func::FuncOp function, std::string &reason) {
  FailureOr<DeviceRows> rows = matchDeviceRows(function, reason);
  if (failed(rows))
    return failure();
  Value result = function.front().getTerminator()->getOperand(0);
  gpu::GPUModuleOp module = createDeviceModule(function);
  SmallVector<DeviceLaunch> launches;
  for (const RowGroups &groups : chooseRowGroups(*rows)) {
    std::string name =
        (function.getSymName() + "_" + Twine(groups.rowsOfBlock()) + "rows")
            .str();
    DeviceKernel kernel(function, module, name, groups.threads);
    buildRows(kernel, *rows, groups, result);
    launches.push_back({kernel.finish(), groups.threads, groups.rowsOfBlock(),
                        /*blocksPerRows=*/1, /*sharedBytes=*/0});
  }
  replaceKernel(function, countRows(rows->rows), launches);
  return success();
}

} // namespace vitrail
