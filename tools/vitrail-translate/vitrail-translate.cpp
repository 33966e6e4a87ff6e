//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// vitrail-translate: one kernel in the `halide` dialect to what Halide makes of
// it, for tests and for those who tune schedules by hand; and a lowered model
// to its library.
//
//===----------------------------------------------------------------------===//

#include "Library.h"
#include "vitrail/Target/Halide/HalideTarget.h"
#include "vitrail/Target/NVVM/NVVMTarget.h"

#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace vitrail;

static const std::string targetHelp =
    "The processor to compile for: " + llvm::join(getTargetNames(), ", ");
static llvm::cl::opt<std::string> targetName("target",
                                             llvm::cl::desc(targetHelp),
                                             llvm::cl::value_desc("name"),
                                             llvm::cl::init("native"));

static FailureOr<TargetInfo> getTarget(ModuleOp module) {
  llvm::Expected<TargetInfo> target = parseTarget(targetName);
  if (!target)
    return emitError(module.getLoc(), llvm::toString(target.takeError()));
  return *target;
}

static llvm::cl::opt<std::string>
    directory("directory",
              llvm::cl::desc("Where --halide-to-objects puts them"),
              llvm::cl::value_desc("path"), llvm::cl::init("."));

static llvm::cl::opt<unsigned>
    processes("processes",
              llvm::cl::desc("How many kernels to compile at a time"),
              llvm::cl::init(1));

static llvm::cl::opt<std::string>
    cacheFolder("cache-dir",
                llvm::cl::desc("Where --halide-to-objects keeps them for the "
                               "next time (default: nowhere)"),
                llvm::cl::value_desc("path"));

/// The only pipeline of `module`; null, with a diagnostic, if there is not one.
static halide::PipelineOp getPipeline(ModuleOp module) {
  auto pipelines = llvm::to_vector(module.getOps<halide::PipelineOp>());
  if (pipelines.size() == 1)
    return pipelines.front();
  emitError(module.getLoc())
      << "expected one halide.pipeline, found " << pipelines.size();
  return nullptr;
}

/// Compiles to a file of its own and copies that to `output`.
static LogicalResult translate(ModuleOp module, llvm::raw_ostream &output,
                               HalideArtifact artifact) {
  FailureOr<TargetInfo> target = getTarget(module);
  if (failed(target))
    return failure();
  halide::PipelineOp pipeline = getPipeline(module);
  if (!pipeline)
    return failure();

  llvm::SmallString<128> path;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("vitrail-translate", "", path))
    return emitError(module.getLoc(), "cannot make a file: ")
           << error.message();
  llvm::FileRemover remover(path);
  if (failed(compilePipeline(pipeline, *target, artifact, path)))
    return failure();
  auto result = llvm::MemoryBuffer::getFile(path);
  if (!result)
    return emitError(module.getLoc(), "cannot read '")
           << path << "': " << result.getError().message();
  output << (*result)->getBuffer();
  return success();
}

/// Compiles every pipeline, and prints the paths of the objects.
static LogicalResult translateAll(ModuleOp module, llvm::raw_ostream &output) {
  FailureOr<TargetInfo> target = getTarget(module);
  if (failed(target))
    return failure();
  DiskCache cache(cacheFolder, /*maxBytes=*/512 << 20);
  unsigned cached = 0;
  auto progress = [&](const ObjectProgress &kernels) {
    cached = kernels.cached;
  };
  ObjectOptions options;
  options.directory = directory;
  options.processes = processes;
  options.cache = cacheFolder.empty() ? nullptr : &cache;
  options.progress = progress;
  llvm::SmallVector<std::string> objects;
  if (failed(compilePipelines(module, *target, options, objects)))
    return failure();
  if (options.cache)
    output << cached << " of " << objects.size() << " from the cache\n";
  for (const std::string &object : objects)
    output << object << "\n";
  return success();
}

static void registerDialects(DialectRegistry &registry) {
  registry.insert<halide::HalideDialect>();
}

/// Prints the PTX of every gpu.module.
static LogicalResult printPTX(ModuleOp module, llvm::raw_ostream &output) {
  for (auto kernels : module.getOps<gpu::GPUModuleOp>()) {
    FailureOr<std::string> ptx = translateToPTX(kernels);
    if (failed(ptx))
      return failure();
    output << "// " << kernels.getName() << "\n" << *ptx;
  }
  return success();
}

static void registerGPUDialects(DialectRegistry &registry) {
  registerLauncherDialects(registry);
  registry.insert<halide::HalideDialect>();
}

static void registerTranslation(llvm::StringRef name,
                                llvm::StringRef description,
                                HalideArtifact artifact) {
  TranslateFromMLIRRegistration registration(
      name, description,
      [artifact](ModuleOp module, llvm::raw_ostream &output) {
        return translate(module, output, artifact);
      },
      registerDialects);
}

int main(int argc, char **argv) {
  TranslateFromMLIRRegistration ptx("gpu-to-ptx",
                                    "print the PTX of kernels for tensor cores",
                                    printPTX, registerGPUDialects);
  registerTranslation("halide-to-object", "compile a kernel to an object file",
                      HalideArtifact::Object);
  registerTranslation("halide-to-asm", "compile a kernel to assembly",
                      HalideArtifact::Assembly);
  registerTranslation("halide-to-stmt",
                      "print the loops that Halide makes of a kernel",
                      HalideArtifact::Stmt);
  registerLibraryTranslations(getTarget);
  TranslateFromMLIRRegistration objects(
      "halide-to-objects",
      "compile all kernels to objects, and print their paths", translateAll,
      registerDialects);
  return failed(mlirTranslateMain(argc, argv, "Vitrail's kernel translator"));
}
