//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nvgpu.mma.sync of bf16 to nvvm.mma.sync, whose operands are pairs in an i32.
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

namespace {

/// [n, 2] of bf16 as n i32.
SmallVector<Value> unpack(OpBuilder &builder, Location loc, Value fragment) {
  auto type = cast<VectorType>(fragment.getType());
  auto word = VectorType::get({1}, builder.getI32Type());
  SmallVector<Value> words;
  for (int64_t i = 0; i < type.getDimSize(0); ++i) {
    Value pair =
        vector::ExtractOp::create(builder, loc, fragment, ArrayRef<int64_t>{i});
    Value bits = vector::BitCastOp::create(builder, loc, word, pair);
    words.push_back(
        vector::ExtractOp::create(builder, loc, bits, ArrayRef<int64_t>{0}));
  }
  return words;
}

void lower(nvgpu::MmaSyncOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Type f32 = builder.getF32Type();
  SmallVector<Value> sums;
  for (int64_t i : {0, 1})
    for (int64_t j : {0, 1})
      sums.push_back(vector::ExtractOp::create(builder, loc, op.getMatrixC(),
                                               ArrayRef<int64_t>{i, j}));
  auto type = LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                               {f32, f32, f32, f32});
  std::array<int64_t, 3> shape = op.getMmaShapeAsArray();
  Value products = NVVM::MmaOp::create(
      builder, loc, type, unpack(builder, loc, op.getMatrixA()),
      unpack(builder, loc, op.getMatrixB()), sums, shape,
      /*b1Op=*/std::nullopt, /*intOverflow=*/std::nullopt,
      std::array{NVVM::MMATypes::bf16, NVVM::MMATypes::bf16},
      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  SmallVector<Value> elements;
  for (int64_t i = 0; i < 4; ++i)
    elements.push_back(LLVM::ExtractValueOp::create(builder, loc, products, i));
  op.replaceAllUsesWith(
      vector::FromElementsOp::create(
          builder, loc, cast<VectorType>(op.getRes().getType()), elements)
          .getResult());
  op.erase();
}

struct LowerBF16Products
    : PassWrapper<LowerBF16Products, OperationPass<gpu::GPUModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerBF16Products)

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, NVVM::NVVMDialect>();
  }

  void runOnOperation() override {
    getOperation().walk([](nvgpu::MmaSyncOp op) {
      if (getElementTypeOrSelf(op.getMatrixA()).isBF16())
        lower(op);
    });
  }
};

} // namespace

std::unique_ptr<Pass> createLowerBF16Products() {
  return std::make_unique<LowerBF16Products>();
}

} // namespace vitrail
