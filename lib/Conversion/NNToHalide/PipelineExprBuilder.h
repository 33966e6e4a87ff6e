//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The right-hand sides of funcs.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_PIPELINEEXPRBUILDER_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_PIPELINEEXPRBUILDER_H

#include "vitrail/Conversion/Expressions/Expressions.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

namespace vitrail {

/// Emits expressions at the end of a func's block. What is called are funcs and
/// inputs, whose dimensions are those of the value in reverse.
class PipelineExprBuilder : public ExprBuilder {
public:
  PipelineExprBuilder(mlir::Block *block, mlir::Location loc)
      : ExprBuilder(mlir::OpBuilder::atBlockEnd(block), loc) {}

  using ExprBuilder::call;
  mlir::Value call(llvm::StringRef callee, mlir::ValueRange indices,
                   mlir::Type type) override {
    return halide::CallOp::create(builder, loc, type, callee, indices);
  }

  /// A value that is stored nowhere.
  mlir::Value undefined(mlir::Type type) {
    return halide::UndefOp::create(builder, loc, type);
  }

  /// `coordinates`: where an update stores it, innermost first.
  void yield(mlir::Value value, mlir::ValueRange coordinates = {}) {
    halide::YieldOp::create(builder, loc, value, coordinates);
  }

protected:
  mlir::Value createModulo(mlir::Value value, int64_t divisor) override {
    return halide::ModOp::create(builder, loc, builder.getI32Type(), value,
                                 index(divisor));
  }
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_PIPELINEEXPRBUILDER_H
