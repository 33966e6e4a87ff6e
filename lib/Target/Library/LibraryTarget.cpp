//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From module to library, step by step.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Target/Library/LibraryTarget.h"

#include "Linker.h"
#include "ModelObject.h"
#include "TemporaryFile.h"
#include "WeightsSegment.h"

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Runtime/Program.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;

StringRef vitrail::getRuntimeName(Architecture architecture) {
  switch (architecture) {
  case Architecture::X86_64:
    return "libvitrail_runtime.a";
  case Architecture::AArch64:
    return "libvitrail_runtime_aarch64.a";
  }
  llvm_unreachable("these are all architectures");
}

std::string vitrail::getModelName(StringRef output) {
  StringRef file = llvm::sys::path::filename(output).split('.').first;
  std::string name;
  for (char character : file)
    name += llvm::isAlnum(character) ? character : '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(name.begin(), '_');
  return name;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

static LogicalResult checkModelName(ModuleOp module, StringRef name) {
  bool isIdentifier = !name.empty() && !llvm::isDigit(name.front()) &&
                      llvm::all_of(name, [](char character) {
                        return llvm::isAlnum(character) || character == '_';
                      });
  if (isIdentifier)
    return success();
  return module.emitError("model name '")
         << name << "' is not a C identifier; it begins the names of functions";
}

/// Features of a target that the runtime cannot look for would go unchecked.
static LogicalResult checkFeatures(const LibraryVariant &variant) {
  static constexpr StringLiteral known[] = {
#define VITRAIL_X86_FEATURE(name, leaf, subleaf, registerIndex, bit, xcr0) name,
#define VITRAIL_AARCH64_FEATURE(name, bit) name,
#include "vitrail/Runtime/CpuFeatures.def"
  };
  for (const std::string &feature : variant.target.cpuFeatures)
    if (!llvm::is_contained(known, feature))
      return ModuleOp(variant.module)
                 .emitError("the runtime cannot check for processor feature '")
             << feature << "' of target '" << variant.target.name << "'";
  return success();
}

/// An entry's function may not have the name of another one.
static LogicalResult checkSymbols(ModuleOp module, const LibraryModel &model) {
  llvm::StringSet<> symbols;
  for (const std::string &symbol : getExportedSymbols(model))
    if (!symbols.insert(symbol).second)
      return module.emitError("the library would have two functions '")
             << symbol << "'; the entry needs another name";
  return success();
}

/// What a processor must have: not the target's matrix unit if no kernel uses
/// it, since the runtime would ask the system for its registers.
static std::vector<std::string> getUsedFeatures(const LibraryVariant &variant) {
  std::vector<std::string> features = variant.target.cpuFeatures;
  WalkResult walk =
      ModuleOp(variant.module).walk([](halide::MultiplyOnTilesOp) {
        return WalkResult::interrupt();
      });
  if (!walk.wasInterrupted())
    llvm::erase_if(features, [](StringRef feature) {
      return feature.starts_with("amx-");
    });
  return features;
}

/// Adds the plans of a variant, and the constants that it reads.
static LogicalResult addVariant(const LibraryVariant &variant,
                                LibraryModel &model) {
  FailureOr<std::vector<Interface>> interfaces = getInterfaces(variant.module);
  if (failed(interfaces) || failed(checkFeatures(variant)))
    return failure();
  ModelVariant planned = {variant.target, getUsedFeatures(variant)};
  for (const Interface &interface : *interfaces) {
    FailureOr<MemoryPlan> plan =
        MemoryPlan::create(interface.function, model.states);
    if (failed(plan))
      return failure();
    model.constants.add(interface.function);
    planned.plans.push_back(std::move(*plan));
  }
  model.variants.push_back(std::move(planned));
  return success();
}

/// Reads and plans all but the hash of the weights. Variants have the same
/// entries and states; those of the first are the model's.
static LogicalResult prepare(ArrayRef<LibraryVariant> variants,
                             LibraryModel &model) {
  ModuleOp module = variants.front().module;
  FailureOr<std::vector<Interface>> interfaces = getInterfaces(module);
  FailureOr<std::vector<State>> states = getStates(module);
  if (failed(interfaces) || failed(states) ||
      failed(checkModelName(module, model.options.modelName)))
    return failure();
  FailureOr<std::optional<Generate>> generate =
      getGenerate(module, *interfaces);
  if (failed(generate))
    return failure();
  model.interfaces = std::move(*interfaces);
  model.states = std::move(*states);
  model.generate = std::move(*generate);
  if (failed(checkSymbols(module, model)))
    return failure();
  // There, weights inside of a library are in the section of variables, so that
  // it has none; see getWeightsSection.
  if (model.architecture != Architecture::X86_64)
    model.constants.writeAll();
  for (const LibraryVariant &variant : variants)
    if (failed(addVariant(variant, model)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static FailureOr<uint64_t>
writeConstants(const LibraryModel &model,
               const weights::ParameterSource &parameters,
               llvm::raw_ostream &output) {
  uint64_t total = model.constants.getSize();
  return model.constants.write(parameters, output, [&](uint64_t done) {
    if (model.options.progress)
      model.options.progress(done, total);
  });
}

/// Writes the file of weights and keeps their hash in the model.
static LogicalResult
writeWeightsFile(LibraryModel &model,
                 const weights::ParameterSource &parameters,
                 const TemporaryFile &file) {
  auto write = [&](llvm::raw_pwrite_stream &output) -> LogicalResult {
    runtime::WeightsHeader header = {};
    llvm::copy(runtime::weightsMagic, header.magic);
    header.version = runtime::weightsVersion;
    header.headerSize = sizeof(header);
    header.size = model.constants.getSize();
    const char *bytes = reinterpret_cast<const char *>(&header);
    output.write(bytes, sizeof(header));
    FailureOr<uint64_t> hash = writeConstants(model, parameters, output);
    if (failed(hash))
      return failure();
    model.weightsHash = header.hash = *hash;
    output.pwrite(bytes, sizeof(header), 0);
    return success();
  };
  return file.fill(write, model.location);
}

/// Links everything but weights to `path`.
static LogicalResult linkLibrary(const LibraryModel &model,
                                 ArrayRef<std::string> kernelObjects,
                                 StringRef path) {
  const LibraryOptions &options = model.options;
  FailureOr<TemporaryFile> object =
      TemporaryFile::create("vitrail", "o", model.location);
  auto write = [&](llvm::raw_pwrite_stream &output) {
    return emitModelObject(model, output);
  };
  if (failed(object) || failed(object->fill(write, model.location)))
    return failure();
  SmallVector<std::string> exports = getExportedSymbols(model);
  LinkJob job;
  job.objects.push_back(object->getPath().str());
  job.objects.append(kernelObjects.begin(), kernelObjects.end());
  job.objects.push_back(options.runtimeArchive);
  job.exports = exports;
  // Kernels for GPUs have variables, beside which the weights would be, and so
  // has what contexts share of expanded constants.
  bool hasVariables =
      !model.constants.getExpanded().empty() ||
      llvm::any_of(model.variants, [](const ModelVariant &variant) {
        return variant.target.isGPU();
      });
  if (hasVariables && options.weightsFile.empty() &&
      model.constants.getSize() > 0)
    job.ownSegment = getWeightsSection(model.architecture);
  job.soname = llvm::sys::path::filename(options.output).str();
  job.output = path.str();
  job.architecture = model.architecture;
  job.sysroot = options.sysroot;
  return link(job, model.location);
}

LogicalResult vitrail::emitLibrary(ArrayRef<LibraryVariant> variants,
                                   const weights::ParameterSource &parameters,
                                   ArrayRef<std::string> kernelObjects,
                                   const LibraryOptions &options) {
  const LibraryVariant &first = variants.front();
  Location location = ModuleOp(first.module).getLoc();
  LibraryModel model = {location, options, first.target.architecture};
  if (failed(prepare(variants, model)))
    return failure();

  std::optional<TemporaryFile> weightsFile;
  if (!options.weightsFile.empty()) {
    FailureOr<TemporaryFile> file =
        TemporaryFile::createBeside(options.weightsFile, location);
    if (failed(file) || failed(writeWeightsFile(model, parameters, *file)))
      return failure();
    weightsFile.emplace(std::move(*file));
  }

  FailureOr<TemporaryFile> library =
      TemporaryFile::createBeside(options.output, location);
  if (failed(library) ||
      failed(linkLibrary(model, kernelObjects, library->getPath())))
    return failure();
  auto write = [&](llvm::raw_ostream &output) -> LogicalResult {
    return writeConstants(model, parameters, output);
  };
  uint64_t size = model.constants.getSize();
  if (!weightsFile && size > 0 &&
      failed(fillWeights(library->getPath(),
                         getWeightsSection(model.architecture), size, write,
                         location)))
    return failure();

  if (weightsFile &&
      failed(weightsFile->renameTo(options.weightsFile, location)))
    return failure();
  return library->renameTo(options.output, location);
}
