//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is made of a whole lowered model: a library, its header, the plan of its
// memory. vitrailc does the same at the end of its road; here the road begins
// with text, so that tests can say exactly what is in it.
//
//===----------------------------------------------------------------------===//

#include "Library.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Support/TemporaryFolder.h"
#include "vitrail/Target/Library/LibraryTarget.h"
#include "vitrail/Target/NVVM/NVVMTarget.h"

#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace vitrail;

static llvm::cl::OptionCategory category("Options of libraries");

static llvm::cl::opt<std::string>
    modelName("model-name", llvm::cl::cat(category), llvm::cl::init("model"),
              llvm::cl::desc("What entry points begin with"));
static llvm::cl::opt<std::string> weightsSource(
    "weights", llvm::cl::cat(category), llvm::cl::init("synthetic"),
    llvm::cl::desc("The parameters: a safetensors file, or 'synthetic'"));
static llvm::cl::opt<std::string>
    weightsFile("weights-file", llvm::cl::cat(category),
                llvm::cl::desc("Put the weights into this file"));
static llvm::cl::opt<std::string>
    runtimeArchive("runtime", llvm::cl::cat(category),
                   llvm::cl::desc("libvitrail_runtime.a"));
static llvm::cl::opt<int64_t> maxBatch("max-batch", llvm::cl::cat(category),
                                       llvm::cl::init(1),
                                       llvm::cl::desc("The largest batch"));
static llvm::cl::opt<std::string> libraryFile(
    "library", llvm::cl::cat(category),
    llvm::cl::desc("The library that --model-to-library writes; its text "
                   "output is the header"));
static llvm::cl::opt<bool>
    omitKernels("omit-kernels", llvm::cl::cat(category),
                llvm::cl::desc("Do not compile the kernels"));
static llvm::cl::list<std::string>
    givenObjects("kernel-object", llvm::cl::cat(category),
                 llvm::cl::desc("Link this object, too"));

static LibraryOptions getOptions(const TargetInfo &target) {
  LibraryOptions options;
  options.modelName = modelName;
  options.output = libraryFile;
  options.targetName = target.name;
  options.maxBatch = maxBatch;
  options.weightsFile = weightsFile;
  options.runtimeArchive = runtimeArchive;
  return options;
}

static LogicalResult translateToLibrary(ModuleOp module,
                                        const TargetInfo &target,
                                        llvm::raw_ostream &output) {
  // Kernels are compiled in processes of their own, which lack this one's
  // threads.
  module.getContext()->disableMultithreading();
  FailureOr<std::unique_ptr<weights::ParameterSource>> source =
      weights::openParameterSource(weightsSource, module.getContext());
  if (failed(source))
    return failure();
  TemporaryFolder folder;
  if (std::error_code error = folder.create("vitrail-translate"))
    return module.emitError("cannot make a temporary folder: ")
           << error.message();

  llvm::SmallVector<std::string> objects(givenObjects.begin(),
                                         givenObjects.end());
  ObjectOptions kernels;
  kernels.directory = folder.str().str();
  if (!omitKernels &&
      (failed(compilePipelines(module, target, kernels, objects)) ||
       failed(compileLaunchers(module, kernels, objects))))
    return failure();
  LibraryOptions options = getOptions(target);
  if (failed(emitLibrary(LibraryVariant{module, target}, **source, objects,
                         options)))
    return failure();
  return emitHeader(module, options, output);
}

void vitrail::registerLibraryTranslations(TargetOption getTarget) {
  auto registerDialects = [](DialectRegistry &registry) {
    registerLauncherDialects(registry);
    registry.insert<halide::HalideDialect, nn::NNDialect>();
  };
  TranslateFromMLIRRegistration memoryPlan(
      "model-to-memory-plan", "print where a lowered model's tensors are",
      emitMemoryPlan, registerDialects);
  TranslateFromMLIRRegistration header(
      "model-to-header", "print the C header of a model's library",
      [getTarget](ModuleOp module, llvm::raw_ostream &output) -> LogicalResult {
        FailureOr<TargetInfo> target = getTarget(module);
        if (failed(target))
          return failure();
        return emitHeader(module, getOptions(*target), output);
      },
      registerDialects);
  TranslateFromMLIRRegistration library(
      "model-to-library", "compile a lowered model to --library",
      [getTarget](ModuleOp module, llvm::raw_ostream &output) -> LogicalResult {
        FailureOr<TargetInfo> target = getTarget(module);
        if (failed(target))
          return failure();
        return translateToLibrary(module, *target, output);
      },
      registerDialects);
}
