//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a model file and its weights to any of the compiler's products.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_COMPILER_COMPILER_H
#define VITRAIL_COMPILER_COMPILER_H

#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Compiler/VerifyPasses.h"
#include "vitrail/Frontend/Frontend.h"
#include "vitrail/Support/TargetInfo.h"
#include "vitrail/Target/PTX/PTXAssembler.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/Timing.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <string>
#include <vector>

namespace vitrail {

/// What a compilation makes: the library, or a stage on the way to it as text.
enum class Product {
  AST,        ///< the syntax tree of the model file
  NN,         ///< the front-end's module
  Parameters, ///< what a checkpoint must hold
  Kernels,    ///< `nn` operations grouped into kernels
  Halide,     ///< scheduled pipelines
  Stmt,       ///< the loop nests that Halide makes of them
  Asm,        ///< their assembly
  Memory,     ///< where tensors lie in the arena
  Header,     ///< the C header
  Library
};

/// How kernels are measured.
struct TuneSettings {
  int64_t batch = 1;
  int threads = 0; ///< 0: as many as the process may run on
  uint64_t seed = 0;

  /// Told what came of each kernel, a line at a time.
  llvm::function_ref<void(const llvm::Twine &line)> log = nullptr;
};

/// What to compile a model to, and how.
struct CompilerOptions {
  FrontendOptions frontend;
  Product product = Product::Library;

  /// One, or for a library any number, as `parseTargets` orders them. Weights
  /// are packed for the first.
  std::vector<TargetInfo> targets;
  Precision precision;

  /// Measured schedules: a file that is read, if `tuning` is not to make it;
  /// and is written, or completed, if it is.
  std::string tuningFile;
  /// How kernels are measured whose schedules are not in that file; for a
  /// target that runs here.
  std::optional<TuneSettings> tuning;

  /// Passes to leave out, by their arguments; see `checkDisabledPasses`.
  std::vector<std::string> disabledPasses;

  /// Makes the result of every kernel an output, too.
  bool debugOutputs = false;

  /// Holds each pass on `nn` against the evaluator; for products that passes
  /// make, with weights.
  std::optional<PassVerification> verification;

  /// "synthetic" or a safetensors file; for the library, and to verify passes.
  std::string weights;

  /// The file to write; "-" for standard output, except for the library.
  std::string output = "-";

  /// Files for the fusion report, ".html" or ".json"; for products that are
  /// made of scheduled pipelines.
  std::vector<std::string> reports;

  /// What to call this compiler in a report.
  std::string version;

  /// What entry points begin with; empty: the name of the output, or of the
  /// model.
  std::string modelName;

  /// Put the weights into a file beside the library.
  bool separateWeights = false;

  int64_t maxBatch = 64;

  /// Kernels compiled at a time.
  unsigned processes = 1;

  /// The folder in which compiled kernels are kept between compilations, and
  /// how much of it may be in use; empty: they are not kept.
  std::string cacheFolder;
  uint64_t cacheBytes = 0;

  /// What makes machine code for NVIDIA's GPUs, if anything does.
  std::optional<PTXAssembler> assembler;

  /// The runtime that is linked into libraries.
  std::string runtimeArchive;

  /// As in LibraryOptions.
  std::string sysroot;

  /// Called as work proceeds: what is being done, how far it is.
  llvm::function_ref<void(llvm::StringRef stage, uint64_t done, uint64_t total)>
      progress = nullptr;
};

/// Compiles the model in the main buffer of `sources`. Errors are diagnostics
/// of `context`; outputs are written only on success.
mlir::LogicalResult compileModel(llvm::SourceMgr &sources,
                                 mlir::MLIRContext &context,
                                 const CompilerOptions &options,
                                 mlir::TimingScope &timing);

} // namespace vitrail

#endif // VITRAIL_COMPILER_COMPILER_H
