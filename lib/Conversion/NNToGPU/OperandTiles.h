//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operands of a product in shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_OPERANDTILES_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_OPERANDTILES_H

#include "TensorProduct.h"

namespace vitrail {

/// The block's part of a product: where its tile begins (i32).
struct BlockPlace {
  mlir::Value firstRow, firstColumn;
  mlir::Value rowCount; ///< m
};

/// The indices of the product's rows at a row of the matrix.
Indices unflattenRow(DeviceExprBuilder &expr, const TensorProduct &product,
                     mlir::Value row);

/// Copies stages of the left-hand side, [rows, depth].
class LeftTile {
public:
  LeftTile(DeviceKernel &kernel, const TensorProduct &product,
           const BlockTile &tile, const BlockPlace &place, mlir::Value memory);

  /// As RowCopier's, of the part of k number `step`.
  llvm::SmallVector<mlir::Value> begin(mlir::Value step, mlir::Value stage);
  void end(llvm::ArrayRef<mlir::Value> computed, mlir::Value stage) {
    rows.end(computed, stage);
  }
  bool isComputed() const { return rows.isComputed(); }

private:
  RowSource getSource();
  mlir::Value clampRow(DeviceExprBuilder &expr, mlir::Value local) const;

  DeviceKernel &kernel;
  const TensorProduct &product;
  const BlockTile &tile;
  const BlockPlace &place;
  RowCopier rows;
};

/// Copies stages of the panels, [depth, columns], or of the weight's rows,
/// [columns, depth].
class RightTile {
public:
  RightTile(DeviceKernel &kernel, const TensorProduct &product,
            const BlockTile &tile, const BlockPlace &place, mlir::Value memory);

  void begin(mlir::Value step, mlir::Value stage);

private:
  static StageShape getShape(const TensorProduct &product,
                             const BlockTile &tile);
  RowSource getPanels();
  RowSource getRows();

  DeviceKernel &kernel;
  const TensorProduct &product;
  const BlockTile &tile;
  const BlockPlace &place;
  mlir::Value firstDepth; ///< of the part that is being copied
  RowCopier rows;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_OPERANDTILES_H
