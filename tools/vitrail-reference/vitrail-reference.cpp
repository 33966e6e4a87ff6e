//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// vitrail-reference: what a model means. Evaluates an `nn` module in float64,
// slowly and plainly, to compare compiled models with.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Support/Synthetic.h"
#include "vitrail/Weights/Evaluator.h"
#include "vitrail/Weights/ParameterSource.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;
using weights::Tensor;

namespace cl = llvm::cl;

static cl::OptionCategory category("vitrail-reference options");
static cl::opt<std::string> modulePath(cl::Positional, cl::Required,
                                       cl::desc("MODULE.mlir"),
                                       cl::cat(category));
static cl::opt<std::string> weightsName("weights", cl::Required,
                                        cl::value_desc("FILE|synthetic"),
                                        cl::desc("Values of the parameters"),
                                        cl::cat(category));
static cl::list<std::string>
    inputs("input", cl::value_desc("NAME=FILE.npy|synthetic[:KEY]"),
           cl::desc("Value of an input, KEY being \"input\" by default, or of "
                    "a state, zeros by default"),
           cl::cat(category));
static cl::list<std::string>
    outputs("output", cl::value_desc("NAME=FILE.npy"),
            cl::desc("Where to write an output or new state, in float64"),
            cl::cat(category));
static cl::opt<std::string>
    allOutputs("outputs", cl::value_desc("FILE.safetensors"),
               cl::desc("Where to write all outputs, in float64, for "
                        "vitrail-run --reference"),
               cl::cat(category));
static cl::opt<int64_t> batch("batch", cl::init(1), cl::value_desc("N"),
                              cl::desc("Batch (default: 1)"),
                              cl::cat(category));
static cl::opt<std::string>
    entryName("entry", cl::value_desc("NAME"),
              cl::desc("Function to evaluate, if there are several"),
              cl::cat(category));

/// Reports a mistake that is in no source file.
static LogicalResult reportError(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "vitrail-reference") << message << '\n';
  return failure();
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

/// "'image', 'mask'".
static std::string quoteAll(ArrayRef<StringRef> names) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(names, os,
                        [&](StringRef name) { os << "'" << name << "'"; });
  return text;
}

/// The function that `--entry` names, or the only entry point of the module.
static FailureOr<func::FuncOp> findEntry(ModuleOp module) {
  SmallVector<func::FuncOp> entries;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      entries.push_back(function);
  SmallVector<StringRef> names = llvm::map_to_vector(
      entries, [](func::FuncOp function) { return function.getSymName(); });
  if (entryName.empty()) {
    if (entries.size() == 1)
      return entries.front();
    if (entries.empty())
      return reportError("'" + modulePath + "' has no public function");
    return reportError("'" + modulePath + "' has several functions, " +
                       quoteAll(names) + "; choose one with --entry");
  }
  auto *it = llvm::find(names, StringRef(entryName));
  if (it == names.end())
    return reportError("'" + modulePath + "' has no function '" + entryName +
                       "'; it has " +
                       (names.empty() ? "none" : quoteAll(names)));
  return entries[it - names.begin()];
}

/// The name of an argument or a result, or null. A state has one, too.
template <typename GetAttr> static Attribute getName(GetAttr getAttr) {
  Attribute name = getAttr("nn.name");
  return name ? name : getAttr("nn.state");
}

/// The names of arguments or results, or their position.
static SmallVector<StringRef>
getNames(unsigned count, llvm::function_ref<Attribute(unsigned)> getName,
         MLIRContext *context) {
  return llvm::map_to_vector(llvm::seq(count), [&](unsigned i) -> StringRef {
    if (auto name = dyn_cast_or_null<StringAttr>(getName(i)))
      return name.getValue();
    return StringAttr::get(context, llvm::Twine(i)).getValue();
  });
}

/// Reads options of the form NAME=VALUE, each name once and one of `names`.
static LogicalResult parseAssignments(StringRef option,
                                      ArrayRef<std::string> texts,
                                      ArrayRef<StringRef> names,
                                      llvm::StringMap<StringRef> &values) {
  for (StringRef text : texts) {
    auto [name, value] = text.split('=');
    if (name.empty() || value.empty())
      return reportError("--" + option + ": expected NAME=VALUE, got '" + text +
                         "'");
    if (!llvm::is_contained(names, name))
      return reportError("the model has no " + option + " '" + name +
                         "'; it has " +
                         (names.empty() ? "none" : quoteAll(names)));
    if (!values.try_emplace(name, value).second)
      return reportError("--" + option + " '" + name + "' is given twice");
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

/// The tensor that `source`, the value of `--input`, stands for.
static FailureOr<Tensor> readInput(StringRef name, StringRef source,
                                   ArrayRef<int64_t> shape) {
  if (source == "synthetic" || source.starts_with("synthetic:")) {
    StringRef key = source.split(':').second;
    std::vector<float> values(weights::getNumElements(shape));
    fillSynthetic(key.empty() ? "input" : key, shape, values.data());
    Tensor tensor(shape);
    llvm::copy(values, tensor.data.begin());
    return tensor;
  }
  llvm::Expected<Tensor> tensor = readNpy(source.str());
  if (!tensor)
    return reportError(llvm::toString(tensor.takeError()));
  if (ArrayRef<int64_t>(tensor->shape) != shape)
    return reportError("input '" + name + "': expected shape " +
                       weights::describeShape(shape) + " for a batch of " +
                       llvm::Twine(batch) + ", found " +
                       weights::describeShape(tensor->shape) + " in '" +
                       source + "'");
  return std::move(*tensor);
}

static LogicalResult readInputs(func::FuncOp entry,
                                SmallVectorImpl<Tensor> &tensors) {
  SmallVector<StringRef> names = getNames(
      entry.getNumArguments(),
      [&](unsigned i) {
        return getName([&](StringRef key) { return entry.getArgAttr(i, key); });
      },
      entry.getContext());
  llvm::StringMap<StringRef> sources;
  if (failed(parseAssignments("input", inputs, names, sources)))
    return failure();
  for (auto [i, name, type] :
       llvm::enumerate(names, entry.getArgumentTypes())) {
    bool isState = entry.getArgAttr(i, "nn.state") != nullptr;
    if (!sources.contains(name) && !isState)
      return reportError("input '" + name +
                         "' is not given; expected --input " + name +
                         "=FILE.npy or --input " + name + "=synthetic");
    auto tensorType = dyn_cast<RankedTensorType>(type);
    if (!tensorType)
      return entry.emitOpError("expected tensors as arguments, found ") << type;
    SmallVector<int64_t> shape = weights::getShape(tensorType, batch);
    if (!sources.contains(name)) {
      tensors.push_back(Tensor(shape)); // As in a new context: zeros.
      continue;
    }
    FailureOr<Tensor> tensor = readInput(name, sources[name], shape);
    if (failed(tensor))
      return failure();
    tensors.push_back(std::move(*tensor));
  }
  return success();
}

/// Writes tensors as the safetensors format has it: the length of a header, the
/// header, the elements.
static llvm::Error writeSafetensors(StringRef path, ArrayRef<StringRef> names,
                                    ArrayRef<Tensor> tensors) {
  llvm::json::Object header;
  uint64_t end = 0;
  for (auto [name, tensor] : llvm::zip_equal(names, tensors)) {
    uint64_t begin = end;
    end += tensor.data.size() * sizeof(double);
    header[name] =
        llvm::json::Object{{"dtype", "F64"},
                           {"shape", llvm::json::Array(tensor.shape)},
                           {"data_offsets", llvm::json::Array{begin, end}}};
  }
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(header));
  text.append(-text.size() % sizeof(double), ' ');

  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    llvm::support::endian::write<uint64_t>(os, text.size(),
                                           llvm::endianness::little);
    os << text;
    for (const Tensor &tensor : tensors)
      os.write(reinterpret_cast<const char *>(tensor.data.data()),
               tensor.data.size() * sizeof(double));
    return llvm::Error::success();
  });
}

static LogicalResult evaluate(ModuleOp module) {
  FailureOr<func::FuncOp> entry = findEntry(module);
  if (failed(entry))
    return failure();
  SmallVector<StringRef> names = getNames(
      entry->getNumResults(),
      [&](unsigned i) {
        return getName(
            [&](StringRef key) { return entry->getResultAttr(i, key); });
      },
      module.getContext());
  llvm::StringMap<StringRef> paths;
  SmallVector<Tensor> arguments;
  if (failed(parseAssignments("output", outputs, names, paths)) ||
      failed(readInputs(*entry, arguments)))
    return failure();

  auto parameters =
      weights::openParameterSource(weightsName, module.getContext());
  if (failed(parameters) ||
      failed(weights::checkParameters(module, **parameters)))
    return failure();
  auto results =
      weights::evaluateFunction(*entry, arguments, **parameters, batch);
  if (failed(results))
    return failure();
  for (auto [name, result] : llvm::zip_equal(names, *results))
    if (auto it = paths.find(name); it != paths.end())
      if (llvm::Error error = writeNpy(it->second.str(), result))
        return reportError(llvm::toString(std::move(error)));
  if (!allOutputs.empty())
    if (llvm::Error error = writeSafetensors(allOutputs, names, *results))
      return reportError(llvm::toString(std::move(error)));
  return success();
}

/// Parses the module and evaluates it.
static LogicalResult run(MLIRContext &context) {
  // More samples would not fit into memory.
  constexpr int64_t maxBatch = 1 << 16;
  if (batch < 1 || batch > maxBatch)
    return reportError("--batch: expected a number from 1 to " +
                       llvm::Twine(maxBatch) + ", got " + llvm::Twine(batch));
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(modulePath, &message);
  if (!file)
    return reportError(message);
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sourceMgr, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sourceMgr, &context);
  if (!module)
    return failure();
  return evaluate(*module);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "Evaluates an nn module in float64\n");
  DialectRegistry registry;
  registry.insert<func::FuncDialect, nn::NNDialect>();
  MLIRContext context(registry);
  return succeeded(run(context)) ? EXIT_SUCCESS : EXIT_FAILURE;
}
