//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// vitrailc: the compiler's command line.
//
//===----------------------------------------------------------------------===//

#include "../vitrail-reference/Npy.h"
#include "Calibrate.h"
#include "CompileText.h"
#include "KernelOptions.h"

#include "vitrail/Compiler/Compiler.h"
#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Support/HostMachine.h"
#include "vitrail/Target/Library/LibraryTarget.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Pass.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/WithColor.h"

#include <cstdlib>
#include <limits>
#include <random>
#include <utility>

using namespace vitrail;
using llvm::createStringError;

namespace cl = llvm::cl;

namespace {

cl::OptionCategory category("Options");
KernelOptions kernelOptions(category);

cl::opt<std::string> model(cl::Positional, cl::desc("MODEL.vit"), cl::Required,
                           cl::cat(category));
cl::opt<std::string> output("o", cl::value_desc("file"), cl::cat(category),
                            cl::desc("what to write: the library (its header "
                                     "goes beside it), or the text asked for "
                                     "by --emit (default: standard output)"));
cl::opt<std::string> preset("preset", cl::value_desc("name"), cl::cat(category),
                            cl::desc("a preset of the model file"));
cl::list<std::string> defines("D", cl::Prefix, cl::value_desc("name=value"),
                              cl::cat(category),
                              cl::desc("set a config value, over the preset"));
cl::opt<std::string> weights("weights", cl::value_desc("file|synthetic"),
                             cl::cat(category),
                             cl::desc("the checkpoint (safetensors), or "
                                      "values made from names"));
cl::opt<std::string> sysroot(
    "sysroot", cl::value_desc("folder"), cl::cat(category),
    cl::desc("where the C library of the target is (lib/TRIPLE and so on below "
             "it; default: the system, /usr/TRIPLE)"));
const std::string targetHelp =
    "processor to compile for (default: native), or several, "
    "separated by commas: " +
    llvm::join(getTargetNames(), ", ");
cl::opt<std::string> target("target", cl::init("native"),
                            cl::value_desc("name,..."), cl::cat(category),
                            cl::desc(targetHelp));
const std::string precisionHelp =
    "what linear layers multiply, or with f16 how weights and activations are "
    "stored (default: f32): " +
    llvm::join(getPrecisionNames(), ", ");
cl::opt<std::string> precision("precision", cl::init("f32"),
                               cl::value_desc("name"), cl::cat(category),
                               cl::desc(precisionHelp));
cl::list<std::string> keepF32(
    "keep-f32", cl::value_desc("pattern"), cl::cat(category),
    cl::desc(
        "keep layers in f32 whose parameters have such names (\"head*\")"));
cl::opt<std::string> calibrationFolder(
    "calibrate", cl::value_desc("folder"), cl::cat(category),
    cl::desc("with --precision int8: run the model on the samples there, to "
             "have one range for what each layer reads, not one for each row"));
cl::opt<std::string> calibrationFile(
    "calibration", cl::value_desc("file"), cl::cat(category),
    cl::desc("where --calibrate keeps the ranges; by itself: use them"));
cl::opt<Product> product(
    "emit", cl::init(Product::Library), cl::cat(category),
    cl::desc("what to make:"),
    cl::values(
        clEnumValN(Product::Library, "library", "a shared library (default)"),
        clEnumValN(Product::AST, "ast", "the model file's syntax tree"),
        clEnumValN(Product::NN, "nn", "whole-tensor operations"),
        clEnumValN(Product::Parameters, "parameters",
                   "keys and shapes of the parameters"),
        clEnumValN(Product::Kernels, "kernels",
                   "operations grouped in kernels"),
        clEnumValN(Product::Halide, "halide", "algorithms and schedules"),
        clEnumValN(Product::Stmt, "stmt", "Halide's loop nests"),
        clEnumValN(Product::Asm, "asm", "assembly of the kernels"),
        clEnumValN(Product::Memory, "memory", "where tensors lie in the arena"),
        clEnumValN(Product::Header, "header", "the C header")));
cl::opt<std::string> modelName(
    "name", cl::value_desc("identifier"), cl::cat(category),
    cl::desc("what entry points begin with (default: the output's name)"));
cl::opt<bool> separateWeights(
    "weights-file", cl::cat(category),
    cl::desc("put the weights into a file beside the library, which maps it"));
cl::opt<int64_t> maxBatch("max-batch", cl::init(64), cl::value_desc("n"),
                          cl::cat(category),
                          cl::desc("the largest batch of a call (default 64)"));
cl::opt<unsigned> jobs("j", cl::Prefix, cl::value_desc("n"), cl::cat(category),
                       cl::desc("kernels compiled at a time (default: one for "
                                "each processor)"));
cl::opt<std::string> tuningFile(
    "tuning", cl::value_desc("file"), cl::cat(category),
    cl::desc("schedules that --tune measured, for kernels that are in there"));
cl::opt<bool> tune("tune", cl::cat(category),
                   cl::desc("measure schedules of kernels on this machine, and "
                            "take the fastest; --tuning keeps them"));
cl::opt<int64_t> tuneBatch("tune-batch", cl::init(1), cl::value_desc("n"),
                           cl::cat(category),
                           cl::desc("the batch that is measured (default 1)"));
cl::opt<int> tuneThreads(
    "tune-threads", cl::init(0), cl::value_desc("n"), cl::cat(category),
    cl::desc("threads of kernels that are measured (default: as many as "
             "vitrailc may run on)"));
cl::list<std::string>
    disabledPasses("disable-pass", cl::CommaSeparated, cl::value_desc("name"),
                   cl::cat(category),
                   cl::desc("leave a pass out, to see what it is good for"));
cl::opt<bool> debugOutputs(
    "debug-outputs", cl::cat(category),
    cl::desc("make the result of every kernel an output, too, for vitrail-run "
             "--reference"));
cl::list<std::string> reports(
    "report", cl::value_desc("file"), cl::cat(category),
    cl::desc("also write what became of each line of the model: a page (.html) "
             "or its data (.json)"));
cl::opt<bool> verifyPasses(
    "verify-passes", cl::cat(category),
    cl::desc("evaluate the model before and after each pass of the nn "
             "dialect, and name the first that changes what it means"));
cl::opt<uint64_t> verifySeed(
    "verify-seed", cl::value_desc("n"), cl::cat(category),
    cl::desc("chooses the values of inputs (default: another each time)"));
cl::list<std::string> verifyInputs(
    "verify-input", cl::value_desc("name=file.npy"), cl::cat(category),
    cl::desc("value of an input or state, instead of a random one"));
cl::opt<double> verifyTolerance(
    "verify-tolerance", cl::init(1e-9), cl::value_desc("difference"),
    cl::cat(category),
    cl::desc("the largest relative L2 difference that is none (default 1e-9)"));

int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "vitrailc") << message << "\n";
  return 1;
}

/// The runtime is in ../lib, seen from the executable.
std::string getRuntimePath(const char *program, Architecture architecture) {
  llvm::SmallString<256> path(llvm::sys::fs::getMainExecutable(
      program, reinterpret_cast<void *>(&getRuntimePath)));
  llvm::sys::path::remove_filename(path);
  llvm::sys::path::append(path, "..", "lib", getRuntimeName(architecture));
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return path.str().str();
}

/// Whether C can call something so.
bool isIdentifier(llvm::StringRef name) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name, isPart);
}

/// What a library cannot do without.
llvm::Error checkLibraryOptions() {
  if (output.empty())
    return createStringError("a library needs a file to go to: -o");
  if (output == "-")
    return createStringError(
        "a library cannot go to standard output: -o needs a file");
  llvm::StringRef extension = llvm::sys::path::extension(output);
  if (extension == ".h" || extension == ".weights")
    return createStringError("a library cannot be called '" + output +
                             "', which is what would go beside it");
  if (weights.empty())
    return createStringError(
        "a library needs weights: --weights FILE, or --weights synthetic");
  return llvm::Error::success();
}

/// Whether --emit asks for something that passes make.
bool needsPasses() {
  return product != Product::AST && product != Product::NN &&
         product != Product::Parameters && product != Product::Header;
}

/// Whether --emit asks for something that is made of pipelines.
bool needsPipelines() { return needsPasses() && product != Product::Kernels; }

llvm::Error checkReports() {
  if (!reports.empty() && !needsPipelines())
    return createStringError(
        "--report: what --emit asks for is made before kernels are scheduled");
  for (llvm::StringRef path : reports) {
    llvm::StringRef extension = llvm::sys::path::extension(path);
    if (extension != ".html" && extension != ".json")
      return createStringError("--report '" + path +
                               "': a report is a page, FILE.html, or its "
                               "data, FILE.json");
  }
  return llvm::Error::success();
}

llvm::Error readPrecision(Precision &result) {
  if (!llvm::is_contained(getPrecisionNames(), precision))
    return createStringError("unknown precision '" + precision +
                             "'; precisions are " +
                             llvm::join(getPrecisionNames(), ", "));
  if (precision == "f32" && !keepF32.empty())
    return createStringError("--keep-f32 is for another --precision than f32");
  bool isCalibrated = !calibrationFolder.empty() || !calibrationFile.empty();
  if (isCalibrated && precision != "int8")
    return createStringError(
        "--calibrate and --calibration are for --precision int8");
  if (!calibrationFolder.empty() && weights.empty())
    return createStringError("--calibrate needs weights: --weights FILE, "
                             "or --weights synthetic");
  result = {precision, keepF32, calibrationFile};
  return llvm::Error::success();
}

llvm::Error readTuning(CompilerOptions &options) {
  options.tuningFile = tuningFile;
  if (!needsPasses() && (tune || !tuningFile.empty()))
    return createStringError(
        "--tune, --tuning: no kernel is in what --emit asks for");
  if (!tune) {
    if (tuneBatch.getNumOccurrences() || tuneThreads.getNumOccurrences())
      return createStringError(
          "--tune-batch and --tune-threads are for --tune, which is not there");
    return llvm::Error::success();
  }
  if (options.targets.size() > 1)
    return createStringError("--tune measures one target at a time");
  if (options.targets.front().isGPU() && tuneThreads.getNumOccurrences())
    return createStringError("--tune-threads is for processors");
  if (llvm::Error error = checkRunsHere(options.targets.front()))
    return createStringError("--tune: " + llvm::toString(std::move(error)));
  if (tuneBatch < 1)
    return createStringError("--tune-batch must be at least 1");
  if (tuneThreads < 0)
    return createStringError("--tune-threads must not be negative");
  options.tuning = TuneSettings{tuneBatch, tuneThreads, std::random_device()()};
  return llvm::Error::success();
}

/// What passes are verified with.
llvm::Expected<PassVerification> readVerification() {
  if (!needsPasses())
    return createStringError(
        "--verify-passes: no pass is needed for what --emit asks for");
  if (weights.empty())
    return createStringError("--verify-passes needs weights: --weights "
                             "FILE, or --weights synthetic");
  if (!(verifyTolerance >= 0))
    return createStringError("--verify-tolerance must not be negative");
  PassVerification verification;
  verification.tolerance = verifyTolerance;
  verification.seed = verifySeed.getNumOccurrences() != 0
                          ? verifySeed.getValue()
                          : std::random_device()();
  for (llvm::StringRef input : verifyInputs) {
    auto [name, path] = input.split('=');
    if (name.empty() || path.empty())
      return createStringError("expected --verify-input name=file.npy, found " +
                               input);
    for (const auto &[other, tensor] : verification.inputs)
      if (name == other)
        return createStringError("--verify-input '" + name +
                                 "' is given twice");
    llvm::Expected<weights::Tensor> tensor = readNpy(path.str());
    if (!tensor)
      return tensor.takeError();
    verification.inputs.emplace_back(name.str(), std::move(*tensor));
  }
  return verification;
}

/// The options as the compiler takes them; an error in one of them by itself.
llvm::Error readOptions(CompilerOptions &options) {
  options.product = product;
  options.frontend.preset = preset;
  for (llvm::StringRef define : defines) {
    auto [name, value] = define.split('=');
    if (name.empty() || name.size() == define.size())
      return createStringError("expected -D name=value, found -D " + define);
    options.frontend.defines.emplace_back(name.trim().str(),
                                          value.trim().str());
  }
  llvm::Expected<std::vector<TargetInfo>> targets = parseTargets(target);
  if (!targets)
    return targets.takeError();
  options.targets = std::move(*targets);
  if (options.targets.size() > 1 && needsPasses() &&
      product != Product::Library)
    return createStringError(
        "--target: what --emit asks for is made for one target");
  if (llvm::Error error = readPrecision(options.precision))
    return error;
  if (product == Product::Library)
    if (llvm::Error error = checkLibraryOptions())
      return error;
  if (!modelName.empty() && !isIdentifier(modelName))
    return createStringError("--name '" + modelName +
                             "' is no identifier of C");
  if (maxBatch < 1)
    return createStringError("--max-batch must be at least 1");
  options.disabledPasses = disabledPasses;
  if (llvm::Error error = checkDisabledPasses(options.disabledPasses))
    return error;
  if (llvm::Error error = readTuning(options))
    return error;
  if (debugOutputs && !needsPasses())
    return createStringError(
        "--debug-outputs: no kernel is in what --emit asks for");
  options.debugOutputs = debugOutputs;
  if (llvm::Error error = checkReports())
    return error;
  options.reports = reports;
  options.version = VITRAIL_VERSION;
  if (verifyPasses) {
    llvm::Expected<PassVerification> verification = readVerification();
    if (!verification)
      return verification.takeError();
    options.verification = std::move(*verification);
  } else if (verifySeed.getNumOccurrences() || !verifyInputs.empty() ||
             verifyTolerance.getNumOccurrences()) {
    return createStringError(
        "--verify-seed, --verify-input and --verify-tolerance are for "
        "--verify-passes, which is not there");
  }
  options.output = output.empty() ? "-" : output.getValue();
  options.modelName = modelName;
  options.weights = weights;
  options.separateWeights = separateWeights;
  options.maxBatch = maxBatch;
  options.sysroot = sysroot;
  options.processes =
      jobs != 0
          ? jobs.getValue()
          : llvm::heavyweight_hardware_concurrency().compute_thread_count();
  return kernelOptions.read(options);
}

/// LLVM has --time-passes already, and MLIR its options of printing and timing
/// passes (hidden); they mean the same here.
void parseCommandLine(int argc, char **argv) {
  mlir::registerPassManagerCLOptions();
  mlir::registerAsmPrinterCLOptions();
  if (auto *timePasses = cl::getRegisteredOptions().lookup("time-passes")) {
    timePasses->addCategory(category);
    timePasses->setHiddenFlag(cl::NotHidden);
    timePasses->setDescription("print how long each stage takes");
  }
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "vitrailc " << VITRAIL_VERSION << "\n";
  });
  cl::ParseCommandLineOptions(
      argc, argv,
      "compiles a transformer and its weights to one shared library\n");
}

/// What measures ranges: the model in f32 for this machine.
llvm::Expected<CompilerOptions> makeCalibration(const char *program,
                                                CompilerOptions options,
                                                llvm::StringRef folder) {
  llvm::Expected<TargetInfo> native = parseTarget("native");
  if (!native)
    return native.takeError();
  llvm::SmallString<128> library(folder);
  llvm::sys::path::append(library, "ranges.so");
  options.product = Product::Library;
  options.output = library.str();
  options.modelName = "ranges";
  options.runtimeArchive = getRuntimePath(program, native->architecture);
  options.sysroot.clear();
  options.targets = {*native};
  options.precision.ranges.clear();
  options.precision.recordsRanges = true;
  options.debugOutputs = false;
  options.separateWeights = false;
  options.reports.clear();
  options.verification.reset();
  options.tuningFile.clear();
  options.tuning.reset();
  return options;
}

/// Compiles with the ranges that samples have.
int calibrateAndCompile(const char *program, const llvm::MemoryBuffer &text,
                        CompilerOptions options) {
  llvm::SmallString<128> folder;
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("vitrail-calibrate", folder))
    return fail("cannot make a temporary folder: " + error.message());
  auto removeFolder =
      llvm::scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  llvm::Expected<CompilerOptions> calibration =
      makeCalibration(program, options, folder);
  if (!calibration)
    return fail(llvm::toString(calibration.takeError()));
  if (int status = compileText(text, *calibration))
    return status;
  llvm::Expected<LayerRanges> ranges =
      measureRanges(calibration->output, calibrationFolder);
  if (!ranges)
    return fail("--calibrate: " + llvm::toString(ranges.takeError()));
  if (options.precision.ranges.empty())
    options.precision.ranges = (folder + "/ranges.txt").str();
  if (llvm::Error error = writeRanges(options.precision.ranges, *ranges))
    return fail(llvm::toString(std::move(error)));
  return compileText(text, options);
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  parseCommandLine(argc, argv);
  CompilerOptions options;
  if (llvm::Error error = readOptions(options))
    return fail(llvm::toString(std::move(error)));
  options.runtimeArchive =
      getRuntimePath(argv[0], options.targets.front().architecture);
  if ((product == Product::Library || tune) &&
      !llvm::sys::fs::exists(options.runtimeArchive))
    return fail("--target " + target + ": the runtime for it, '" +
                options.runtimeArchive +
                "', is not there; it is built where a C library and its "
                "headers are installed for " +
                getTriple(options.targets.front().architecture));

  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(model, /*IsText=*/true);
  if (!buffer)
    return fail("cannot read '" + model + "': " + buffer.getError().message());
  // Without the pass there are no ranges, and nothing needs them.
  bool isNarrow = !llvm::is_contained(disabledPasses, "nn-narrow-products");
  if (calibrationFolder.empty() || !needsPasses() || !isNarrow)
    return compileText(**buffer, options);
  return calibrateAndCompile(argv[0], **buffer, options);
}
