//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the stages one after another and stops at the one that is asked for.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/Compiler.h"
#include "DeviceCode.h"
#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Compiler/Register.h"
#include "vitrail/Compiler/Tune.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"
#include "vitrail/Report/Report.h"
#include "vitrail/Support/TemporaryFolder.h"
#include "vitrail/Target/Halide/HalideTarget.h"
#include "vitrail/Target/Library/LibraryTarget.h"
#include "vitrail/Target/NVVM/NVVMTarget.h"
#include "vitrail/Weights/ListParameters.h"
#include "vitrail/Weights/ParameterSource.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

namespace vitrail {

using namespace mlir;

namespace {

class Compilation {
public:
  Compilation(llvm::SourceMgr &sources, MLIRContext &context,
              const CompilerOptions &options, TimingScope &timing)
      : sources(sources), context(context), options(options), timing(timing) {}

  LogicalResult run();

private:
  LogicalResult openParameters();
  LogicalResult runPasses();
  Precision getPrecision() const;
  void addPasses(PassManager &passes, const TargetInfo &target) const;
  LogicalResult runPassesForOthers();
  LogicalResult prepareTuning();
  LogicalResult tune();
  LogicalResult writeReports();
  LogicalResult writeText();
  LogicalResult printArtifacts(llvm::raw_ostream &os);
  LogicalResult makeFolder(TemporaryFolder &folder);
  LogicalResult writeLibrary();
  LogicalResult compileKernels(ModuleOp pipelines, const TargetInfo &target,
                               StringRef directory,
                               SmallVectorImpl<std::string> &objects);
  LogicalResult
  writeFile(StringRef path,
            llvm::function_ref<LogicalResult(llvm::raw_ostream &)> print);
  LibraryOptions libraryOptions() const;
  std::optional<DiskCache> openCache() const;
  std::string getTargetList() const;
  void report(StringRef stage, uint64_t done, uint64_t total) const {
    if (options.progress)
      options.progress(stage, done, total);
  }

  llvm::SourceMgr &sources;
  MLIRContext &context;
  const CompilerOptions &options;
  TimingScope &timing;
  /// The model for the first target, and for the others.
  OwningOpRef<ModuleOp> module;
  std::vector<OwningOpRef<ModuleOp>> others;
  /// None if nobody asks for any.
  std::optional<TuningTable> schedules;
  /// Null until opened.
  std::unique_ptr<weights::ParameterSource> parameters;
  /// None if nobody asks for one.
  std::optional<Report> fusions;
};

/// Records a module when its kernels are complete: before the first pass that
/// turns them into something else.
class KernelRecorder : public PassInstrumentation {
public:
  KernelRecorder(Report &fusions, ModuleOp module)
      : fusions(fusions), module(module) {}

  void runBeforePass(Pass *pass, Operation *op) override {
    StringRef name = pass->getArgument();
    if (isRecorded ||
        (name != "convert-nn-to-gpu" && name != "convert-nn-to-halide"))
      return;
    fusions.recordKernels(module);
    isRecorded = true;
  }

private:
  Report &fusions;
  ModuleOp module;
  bool isRecorded = false;
};

} // namespace

LogicalResult Compilation::run() {
  if (options.product == Product::AST)
    return writeFile(options.output, [&](llvm::raw_ostream &os) {
      return printAST(sources, context, os);
    });

  {
    TimingScope frontend = timing.nest("Front-end");
    report("reading the model", 0, 0);
    module = compileModelText(sources, context, options.frontend);
  }
  if (!module || failed(runPasses()))
    return failure();
  LogicalResult result =
      options.product == Product::Library ? writeLibrary() : writeText();
  return success(succeeded(result) && succeeded(writeReports()));
}

/// Once, at the module as it is then.
LogicalResult Compilation::openParameters() {
  if (parameters)
    return success();
  auto source = weights::openParameterSource(options.weights, &context);
  if (failed(source))
    return failure();
  parameters = std::move(*source);
  return weights::checkParameters(*module, *parameters);
}

/// Targets share kernels: attention is narrow if it is fast on all of them.
Precision Compilation::getPrecision() const {
  Precision precision = options.precision;
  precision.narrowsAttention =
      llvm::all_of(options.targets, [](const TargetInfo &target) {
        return target.multipliesTiles;
      });
  return precision;
}

void Compilation::addPasses(PassManager &passes,
                            const TargetInfo &target) const {
  PassList list(passes, options.disabledPasses);
  Tuning tuning{schedules ? &*schedules : nullptr, options.tuningFile,
                target.name};
  // Weights are packed for the first target, with what any other reads beside
  // them.
  TargetInfo packing = options.targets.front();
  packing.wantsUnsigned =
      llvm::any_of(options.targets,
                   [](const TargetInfo &other) { return other.wantsUnsigned; });
  addKernelPasses(list, packing, getPrecision(), tuning);
  if (options.debugOutputs)
    list.addPass(nn::createExposeKernels());
  if (options.product != Product::Kernels)
    addHalidePasses(list, target);
}

/// Reads the schedules that there are, and measures those that there are not.
LogicalResult Compilation::prepareTuning() {
  StringRef path = options.tuningFile;
  bool isThere = !path.empty() && llvm::sys::fs::exists(path);
  if (isThere || (!path.empty() && !options.tuning)) {
    FailureOr<TuningTable> table = TuningTable::read(path, &context);
    if (failed(table))
      return failure();
    schedules = std::move(*table);
  }
  if (!options.tuning)
    return success();
  if (!schedules)
    schedules.emplace();
  if (failed(tune()))
    return failure();
  if (path.empty())
    return success();
  return writeFile(path, [&](llvm::raw_ostream &os) {
    schedules->print(os);
    return success();
  });
}

LogicalResult Compilation::tune() {
  TimingScope scope = timing.nest("Tuning");
  report("measuring schedules", 0, 0);
  OwningOpRef<ModuleOp> kernels = module->clone();
  PassManager passes(&context);
  PassList list(passes, options.disabledPasses);
  addGroupingPasses(list, getPrecision());
  TemporaryFolder folder;
  if (failed(passes.run(*kernels)) || failed(makeFolder(folder)))
    return failure();
  std::optional<DiskCache> cache = openCache();
  TuneOptions tuning;
  tuning.batch = options.tuning->batch;
  tuning.threads = options.tuning->threads;
  tuning.seed = options.tuning->seed;
  tuning.log = options.tuning->log;
  tuning.processes = options.processes;
  tuning.cache = cache ? &*cache : nullptr;
  tuning.assembler = options.assembler ? &*options.assembler : nullptr;
  tuning.runtimeArchive = options.runtimeArchive;
  tuning.folder = folder.str().str();
  tuning.disabledPasses = options.disabledPasses;
  return tuneKernels(*kernels, options.targets.front(), tuning, *schedules);
}

/// The same passes again: they give the same kernels, which differ in their
/// schedules.
LogicalResult Compilation::runPassesForOthers() {
  for (auto [other, target] :
       llvm::zip_equal(others, ArrayRef(options.targets).drop_front())) {
    PassManager passes(&context);
    if (failed(applyPassManagerCLOptions(passes)))
      return failure();
    addPasses(passes, target);
    if (failed(passes.run(*other)))
      return failure();
  }
  return success();
}

LogicalResult Compilation::runPasses() {
  if (options.product == Product::NN || options.product == Product::Header ||
      options.product == Product::Parameters)
    return success();
  if (failed(prepareTuning()))
    return failure();
  TimingScope scope = timing.nest("Passes");
  report("rewriting", 0, 0);
  PassManager passes(&context);
  passes.enableTiming(scope);
  if (failed(applyPassManagerCLOptions(passes)))
    return failure();
  addPasses(passes, options.targets.front());
  if (options.product == Product::Library)
    for (size_t i = 1; i < options.targets.size(); ++i)
      others.push_back(module->clone());
  if (options.verification && (failed(openParameters()) ||
                               failed(verifyPasses(passes, *module, *parameters,
                                                   *options.verification))))
    return failure();
  if (failed(runPassesForOthers()))
    return failure();
  if (options.reports.empty())
    return passes.run(*module);
  fusions.emplace(context);
  fusions->recordModel(*module);
  passes.addInstrumentation(
      std::make_unique<KernelRecorder>(*fusions, *module));
  return success(succeeded(passes.run(*module)) &&
                 succeeded(fusions->recordMemory(*module)));
}

LogicalResult Compilation::writeReports() {
  if (!fusions)
    return success();
  const llvm::MemoryBuffer *main =
      sources.getMemoryBuffer(sources.getMainFileID());
  StringRef file = main->getBufferIdentifier();
  llvm::json::Object about{
      {"model", llvm::sys::path::stem(file)}, {"file", file},
      {"preset", options.frontend.preset},    {"target", getTargetList()},
      {"precision", options.precision.name},  {"version", options.version}};
  llvm::json::Value report = fusions->finish(sources, std::move(about));
  for (StringRef path : options.reports) {
    bool isPage = llvm::sys::path::extension(path) == ".html";
    LogicalResult result = writeFile(path, [&](llvm::raw_ostream &os) {
      if (isPage)
        writeReportPage(report, os);
      else
        os << llvm::formatv("{0:2}", report) << "\n";
      return success();
    });
    if (failed(result))
      return failure();
  }
  return success();
}

LogicalResult Compilation::writeText() {
  return writeFile(options.output, [&](llvm::raw_ostream &os) {
    switch (options.product) {
    case Product::Parameters:
      weights::listParameters(*module, os);
      return success();
    case Product::Stmt:
    case Product::Asm:
      return printArtifacts(os);
    case Product::Memory:
      return emitMemoryPlan(*module, os);
    case Product::Header:
      return emitHeader(*module, libraryOptions(), os);
    default:
      module->print(os);
      return success();
    }
  });
}

LogicalResult Compilation::makeFolder(TemporaryFolder &folder) {
  if (std::error_code error = folder.create("vitrail"))
    return emitError(module->getLoc())
           << "cannot make a temporary folder: " << error.message();
  return success();
}

/// One after another, each under a line with its name.
LogicalResult Compilation::printArtifacts(llvm::raw_ostream &os) {
  TemporaryFolder folder;
  if (failed(makeFolder(folder)))
    return failure();
  bool isStmt = options.product == Product::Stmt;
  for (auto pipeline : module->getOps<halide::PipelineOp>()) {
    llvm::SmallString<128> path(folder.str());
    llvm::sys::path::append(path, pipeline.getSymName());
    if (failed(compilePipeline(
            pipeline, options.targets.front(),
            isStmt ? HalideArtifact::Stmt : HalideArtifact::Assembly, path)))
      return failure();
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (!buffer)
      return pipeline.emitError("cannot read back the kernel's text: ")
             << buffer.getError().message();
    os << (isStmt ? "// " : "# ") << "kernel " << pipeline.getSymName() << "\n"
       << (*buffer)->getBuffer() << "\n";
  }
  if (isStmt)
    return success();
  for (auto kernels : module->getOps<gpu::GPUModuleOp>()) {
    FailureOr<std::string> ptx = translateToPTX(kernels);
    if (failed(ptx))
      return failure();
    os << "// kernel " << kernels.getName() << "\n" << *ptx << "\n";
  }
  return success();
}

std::string Compilation::getTargetList() const {
  return llvm::join(llvm::map_range(options.targets,
                                    [](const TargetInfo &target) -> StringRef {
                                      return target.name;
                                    }),
                    ",");
}

LibraryOptions Compilation::libraryOptions() const {
  LibraryOptions library;
  library.modelName = options.modelName;
  if (library.modelName.empty() && options.output != "-")
    library.modelName = getModelName(options.output);
  if (library.modelName.empty())
    if (auto name = (*module)->getAttrOfType<StringAttr>("nn.model"))
      library.modelName = getModelName(name);
  // A header alone names the library that it would be for.
  library.output = options.product == Product::Library
                       ? options.output
                       : library.modelName + ".so";
  library.targetName = getTargetList();
  library.sysroot = options.sysroot;
  library.maxBatch = options.maxBatch;
  library.runtimeArchive = options.runtimeArchive;
  if (options.separateWeights) {
    llvm::SmallString<128> path(library.output);
    llvm::sys::path::replace_extension(path, ".weights");
    library.weightsFile = path.str();
  }
  return library;
}

std::optional<DiskCache> Compilation::openCache() const {
  if (options.cacheFolder.empty())
    return std::nullopt;
  return DiskCache(options.cacheFolder, options.cacheBytes);
}

LogicalResult
Compilation::compileKernels(ModuleOp pipelines, const TargetInfo &target,
                            StringRef directory,
                            SmallVectorImpl<std::string> &objects) {
  TimingScope scope = timing.nest("Kernels");
  report("compiling kernels", 0, 0);
  std::optional<DiskCache> cache = openCache();
  ObjectOptions objectOptions;
  objectOptions.directory = directory.str();
  objectOptions.processes = options.processes;
  objectOptions.cache = cache ? &*cache : nullptr;
  objectOptions.assembler = options.assembler ? &*options.assembler : nullptr;
  auto run = [&](StringRef name, auto compile) {
    TimingScope inner;
    auto progress = [&](const ObjectProgress &kernels) {
      if (kernels.done == kernels.cached && kernels.total != 0 && !inner)
        inner = scope.nest(llvm::formatv("{0}, {1} of {2} kernels", name,
                                         kernels.total - kernels.cached,
                                         kernels.total)
                               .str());
      report("compiling kernels", kernels.done, kernels.total);
    };
    objectOptions.progress = progress;
    return compile();
  };
  return success(succeeded(run("Halide",
                               [&] {
                                 return compilePipelines(
                                     pipelines, target, objectOptions, objects);
                               })) &&
                 succeeded(run("Tensor cores", [&] {
                   return compileLaunchers(pipelines, objectOptions, objects);
                 })));
}

/// The header goes beside the library, under its name.
LogicalResult Compilation::writeLibrary() {
  if (failed(openParameters()))
    return failure();

  TemporaryFolder folder;
  SmallVector<std::string> objects;
  if (failed(makeFolder(folder)))
    return failure();
  SmallVector<LibraryVariant> variants = {{*module, options.targets.front()}};
  for (auto [other, target] :
       llvm::zip_equal(others, ArrayRef(options.targets).drop_front()))
    variants.push_back({*other, target});
  for (const LibraryVariant &variant : variants) {
    size_t before = objects.size();
    if (failed(compileKernels(variant.module, variant.target, folder.str(),
                              objects)))
      return failure();
    if (fusions && options.assembler &&
        variant.target.accelerator == Accelerator::CUDA)
      fusions->recordDeviceCode(measureDeviceCode(
          variant.module, ArrayRef(objects).drop_front(before),
          *options.assembler, options.processes));
  }

  TimingScope scope = timing.nest("Library");
  LibraryOptions library = libraryOptions();
  auto progress = [&](uint64_t done, uint64_t total) {
    report("packing weights", done, total);
  };
  library.progress = progress;
  if (failed(emitLibrary(variants, *parameters, objects, library)))
    return failure();
  llvm::SmallString<128> header(options.output);
  llvm::sys::path::replace_extension(header, ".h");
  return writeFile(header, [&](llvm::raw_ostream &os) {
    return emitHeader(*module, library, os);
  });
}

LogicalResult Compilation::writeFile(
    StringRef path,
    llvm::function_ref<LogicalResult(llvm::raw_ostream &)> print) {
  Location loc = FileLineColLoc::get(&context, path, 0, 0);
  std::string error;
  std::unique_ptr<llvm::ToolOutputFile> file = openOutputFile(path, &error);
  if (!file)
    return emitError(loc) << error;
  if (failed(print(file->os())))
    return failure();
  file->os().flush();
  if (file->os().has_error()) {
    std::string message = file->os().error().message();
    file->os().clear_error();
    return emitError(loc) << "cannot write the output: " << message;
  }
  file->keep();
  return success();
}

LogicalResult compileModel(llvm::SourceMgr &sources, MLIRContext &context,
                           const CompilerOptions &options,
                           TimingScope &timing) {
  DialectRegistry registry;
  registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  return Compilation(sources, context, options, timing).run();
}

} // namespace vitrail
