//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only list of passes in order. docs/pipeline.md says what holds after each
// stage.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Dialect/Halide/Transforms/Passes.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/Dialect/Func/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace vitrail {

using namespace mlir;

void addKernelPasses(OpPassManager &passes, const TargetInfo &target) {
  // Simplify what the model's text says.
  passes.addNestedPass<func::FuncOp>(nn::createDecomposeConv());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());

  // Find the forms that have kernels of their own.
  passes.addNestedPass<func::FuncOp>(nn::createFormAttention());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());

  // Decide what shares a loop nest; keep one kernel for each computation.
  passes.addPass(nn::createFormKernels());
  passes.addPass(func::createDuplicateFunctionEliminationPass());

  // Choose layouts.
  passes.addPass(createPackWeights(
      {target.vectorLanes, target.vectorRegisters, target.l2Bytes}));
  passes.addPass(createTransposeAddends());
  passes.addPass(createCSEPass());
}

void addHalidePasses(OpPassManager &passes, const TargetInfo &target) {
  passes.addPass(createConvertNNToHalide(
      {target.vectorLanes, target.vectorRegisters, target.l2Bytes}));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());

  // Last: the name is a hash of what the kernel has become.
  passes.addPass(halide::createNameKernels());
}

namespace {
struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::init("x86-64-v4"),
                             llvm::cl::desc("processor to compile for")};

  /// An unknown target is an error of the command line.
  TargetInfo parse() const {
    llvm::ExitOnError exitOnError("error: ");
    return exitOnError(parseTarget(target));
  }
};
} // namespace

void registerPipelines() {
  static PassPipelineRegistration<PipelineOptions> kernels(
      "vitrail-kernels", "From the front-end's module to kernels",
      [](OpPassManager &passes, const PipelineOptions &options) {
        addKernelPasses(passes, options.parse());
      });
  static PassPipelineRegistration<PipelineOptions> pipelines(
      "vitrail-to-halide", "From the front-end's module to Halide pipelines",
      [](OpPassManager &passes, const PipelineOptions &options) {
        TargetInfo target = options.parse();
        addKernelPasses(passes, target);
        addHalidePasses(passes, target);
      });
}

} // namespace vitrail
