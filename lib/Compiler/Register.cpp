//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only list of dialects and passes.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/Register.h"
#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Dialect/Halide/Transforms/Passes.h"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"
#include "vitrail/Weights/Passes.h"

#include "mlir/Dialect/Func/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

void vitrail::registerDialects(mlir::DialectRegistry &registry) {
  registry
      .insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
              mlir::math::MathDialect, halide::HalideDialect, nn::NNDialect>();
}

void vitrail::registerPasses() {
  mlir::registerTransformsPasses();
  mlir::func::registerFuncPasses();
  nn::registerNNPasses();
  weights::registerWeightsPasses();
  halide::registerHalidePasses();
  registerNNToHalidePasses();
  registerPipelines();
}
