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
#include "vitrail/Conversion/NNToGPU/Passes.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Dialect/Halide/Transforms/Passes.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"
#include "vitrail/Support/Suggest.h"
#include "vitrail/Weights/Passes.h"

#include "mlir/Dialect/Func/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace vitrail {

using namespace mlir;

/// Passes that the stages after them cannot do without, and why.
static constexpr std::pair<StringRef, StringRef> indispensable[] = {
    {"nn-decompose-conv", "no kernel computes a convolution"},
    {"nn-form-kernels", "only kernels become pipelines"},
    {"convert-nn-to-halide", "only pipelines become machine code"},
};

ArrayRef<StringRef> getPrecisionNames() { return nn::getPrecisionNames(); }

void addGroupingPasses(PassList &passes, const Precision &precision) {
  // Simplify what the model's text says.
  passes.addNestedPass<func::FuncOp>(nn::createDecomposeConv());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());

  // Few and large products.
  passes.addPass(nn::createFoldScale());
  passes.addPass(nn::createFuseQKV());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());

  // Find the forms that have kernels of their own.
  passes.addNestedPass<func::FuncOp>(nn::createFormAttention());
  passes.addNestedPass<func::FuncOp>(nn::createFoldWindows());
  passes.addNestedPass<func::FuncOp>(weights::createFoldConstants());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());

  // What norms multiply and add is done while compiling.
  passes.addPass(nn::createFoldNorm());

  // Decide what shares a loop nest; keep one kernel for each computation.
  passes.addNestedPass<func::FuncOp>(nn::createFuseEpilogue());
  passes.addNestedPass<func::FuncOp>(nn::createFuseNorm());
  passes.addNestedPass<func::FuncOp>(nn::createFusePointwise());
  passes.addNestedPass<func::FuncOp>(nn::createFoldPatches());
  passes.addNestedPass<func::FuncOp>(nn::createFuseUpdates());

  // Round where kernels store, or read.
  passes.addPass(nn::createNarrowProducts(
      {precision.name,
       {precision.keepF32.begin(), precision.keepF32.end()},
       precision.narrowsAttention,
       precision.ranges,
       precision.recordsRanges}));

  passes.addPass(nn::createFormKernels());
  passes.addPass(nn::createNarrowStorage(
      {precision.name, {precision.keepF32.begin(), precision.keepF32.end()}}));
  passes.addPass(nn::createFlattenRows());
  passes.addPass(func::createDuplicateFunctionEliminationPass());
}

void addLayoutPasses(PassList &passes, const TargetInfo &target,
                     const Tuning &tuning) {
  ApplyTuningOptions options{
      tuning.file, tuning.target.empty() ? target.name : tuning.target,
      target.name};
  passes.addPass(tuning.table ? createApplyTuning(options, *tuning.table)
                              : createApplyTuning(options));
  passes.addPass(createPackWeights(
      {target.vectorLanes, target.vectorRegisters, target.l2Bytes,
       target.multipliesBF16, target.multipliesTiles, target.multipliesInt8,
       target.wantsUnsigned, target.isGPU() ? target.name : ""}));
  passes.addPass(createTransposeAddends());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

void addKernelPasses(PassList &passes, const TargetInfo &target,
                     const Precision &precision, const Tuning &tuning) {
  addGroupingPasses(passes, precision);
  addLayoutPasses(passes, target, tuning);
}

void addDevicePasses(PassList &passes, const TargetInfo &target) {
  if (target.accelerator != Accelerator::CUDA)
    return;
  passes.addPass(createChainProducts());
  passes.addPass(createSplitNorms());
  passes.addPass(createSplitRanges());
  passes.addPass(createSplitGathers());
  passes.addPass(func::createDuplicateFunctionEliminationPass());
}

void addHalidePasses(PassList &passes, const TargetInfo &target) {
  addDevicePasses(passes, target);
  // What tensor cores can compute; the rest is Halide's.
  if (target.accelerator == Accelerator::CUDA) {
    passes.addPass(createConvertNNToGPU());
    passes.addPass(createOverlapLaunches());
  }
  passes.addPass(createConvertNNToHalide(
      {target.vectorLanes, target.vectorRegisters, target.l2Bytes,
       target.multipliesBF16, target.multipliesTiles, target.multipliesInt8,
       target.wantsUnsigned, target.isGPU() ? target.name : ""}));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());

  // Last: the name is a hash of what the kernel has become.
  passes.addPass(halide::createNameKernels({target.name}));
}

void PassList::addTo(OpPassManager &nested, std::unique_ptr<Pass> pass) {
  StringRef name = pass->getArgument();
  names.insert(name);
  if (!llvm::is_contained(disabled, name))
    nested.addPass(std::move(pass));
}

llvm::Error checkDisabledPasses(ArrayRef<std::string> names) {
  OpPassManager manager;
  PassList passes(manager, names);
  addKernelPasses(passes, TargetInfo());
  addHalidePasses(passes, TargetInfo());
  for (StringRef name : names) {
    if (!llvm::is_contained(passes.getNames(), name))
      return llvm::createStringError(
          "'" + name + "' is no pass of the pipeline" +
          suggest(name, passes.getNames()) + "; its passes are " +
          listNames(passes.getNames()));
    for (auto [needed, reason] : indispensable)
      if (name == needed)
        return llvm::createStringError("the pass '" + name +
                                       "' cannot be left out: " + reason);
  }
  return llvm::Error::success();
}

namespace {
struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::init("x86-64-v4"),
                             llvm::cl::desc("processor to compile for")};
  Option<std::string> panels{
      *this, "panels",
      llvm::cl::desc("processor to pack weights for, if another one")};
  Option<std::string> precision{*this, "precision", llvm::cl::init("f32"),
                                llvm::cl::desc("what linear layers multiply")};
  ListOption<std::string> keepF32{
      *this, "keep-f32",
      llvm::cl::desc("patterns of parameters whose layers stay in f32")};
  Option<std::string> tuning{*this, "tuning",
                             llvm::cl::desc("file of measured schedules")};
  Option<std::string> ranges{
      *this, "ranges",
      llvm::cl::desc("file of ranges of what layers read, for int8")};
  ListOption<std::string> disabledPasses{*this, "disable-pass",
                                         llvm::cl::desc("passes to leave out")};

  /// Adds kernel passes and, if asked for, what follows. Options that cannot be
  /// meant are errors of the command line.
  void build(OpPassManager &manager, bool toHalide) const {
    llvm::ExitOnError exitOnError("error: ");
    TargetInfo info = exitOnError(parseTarget(target));
    std::vector<std::string> disabled(disabledPasses.begin(),
                                      disabledPasses.end());
    exitOnError(checkDisabledPasses(disabled));
    PassList passes(manager, disabled);
    Precision narrow{precision, {keepF32.begin(), keepF32.end()}, ranges};
    narrow.narrowsAttention = info.multipliesTiles;
    addKernelPasses(passes,
                    panels.empty() ? info : exitOnError(parseTarget(panels)),
                    narrow, {/*table=*/nullptr, tuning, info.name});
    if (toHalide)
      addHalidePasses(passes, info);
  }
};
} // namespace

void registerPipelines() {
  static PassPipelineRegistration<PipelineOptions> kernels(
      "vitrail-kernels", "From the front-end's module to kernels",
      [](OpPassManager &passes, const PipelineOptions &options) {
        options.build(passes, /*toHalide=*/false);
      });
  static PassPipelineRegistration<PipelineOptions> pipelines(
      "vitrail-to-halide", "From the front-end's module to Halide pipelines",
      [](OpPassManager &passes, const PipelineOptions &options) {
        options.build(passes, /*toHalide=*/true);
      });
}

} // namespace vitrail
