//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a model generates sequences: the entries of `generate` become an
// attribute of the module.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;

namespace {

constexpr llvm::StringRef entryNames[] = {
    "encode", "step", "start", "end", "pad", "max_length", "vocabulary"};

/// The conversion of one `generate`. After an error conversions return null.
class GenerateConverter {
public:
  GenerateConverter(const Frame &entries, llvm::SMLoc loc,
                    mlir::ModuleOp module, Reporter &reporter)
      : entries(entries), loc(loc), module(module), reporter(reporter),
        ops(&reporter.getContext()) {}

  /// The attribute; null after errors.
  mlir::DictionaryAttr convert();

private:
  mlir::InFlightDiagnostic error(llvm::StringRef name) {
    mlir::InFlightDiagnostic diagnostic =
        reporter.error(entries.variables.find(name)->second.loc);
    diagnostic << "'" << name << "' of 'generate' ";
    return diagnostic;
  }
  const Value &get(llvm::StringRef name) const {
    return entries.variables.find(name)->second.value;
  }
  bool checkNames();
  mlir::func::FuncOp findModel(llvm::StringRef name);
  bool checkSource(mlir::func::FuncOp encode);
  std::optional<int64_t> getVocabularySize(mlir::func::FuncOp step);
  bool addNumber(llvm::StringRef name, int64_t least, int64_t bound);
  bool addVocabulary(int64_t size);

  const Frame &entries;
  llvm::SMLoc loc;
  mlir::ModuleOp module;
  Reporter &reporter;
  mlir::Builder ops;
  mlir::NamedAttrList attributes;
};

} // namespace

bool GenerateConverter::checkNames() {
  bool isValid = true;
  llvm::SmallVector<llvm::StringRef> names(entries.variables.keys());
  llvm::sort(names);
  for (llvm::StringRef name : names)
    if (!llvm::is_contained(entryNames, name)) {
      reporter.error(entries.variables.find(name)->second.loc)
          << "'generate' has no entry '" << name << "'"
          << suggest(name, entryNames) << "; its entries are "
          << listNames(entryNames);
      isValid = false;
    }
  for (llvm::StringRef name : llvm::ArrayRef(entryNames).drop_back())
    if (!entries.variables.contains(name)) {
      reporter.error(loc) << "'generate' lacks '" << name << "'";
      isValid = false;
    }
  return isValid;
}

/// The types of arguments, or of results, that are no states.
static llvm::SmallVector<mlir::RankedTensorType>
getTensors(mlir::func::FuncOp model, bool ofResults) {
  llvm::SmallVector<mlir::RankedTensorType> types;
  llvm::ArrayRef<mlir::Type> all =
      ofResults ? model.getResultTypes() : model.getArgumentTypes();
  for (auto [index, type] : llvm::enumerate(all))
    if (ofResults ? !model.getResultAttr(index, "nn.state")
                  : !model.getArgAttr(index, "nn.state"))
      types.push_back(llvm::cast<mlir::RankedTensorType>(type));
  return types;
}

/// "(i32[batch, 28]) -> (f32[batch, 44])", for messages.
static std::string describeModel(mlir::func::FuncOp model) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (bool ofResults : {false, true}) {
    os << (ofResults ? " -> (" : "(");
    llvm::interleaveComma(
        getTensors(model, ofResults), os, [&](mlir::RankedTensorType type) {
          os << type.getElementType() << nn::describeShape(type);
        });
    os << ')';
  }
  return text;
}

static bool isTensorOf(mlir::RankedTensorType type, mlir::Type elementType,
                       size_t rank) {
  llvm::SmallVector<nn::Extent> extents = nn::getExtents(type);
  return type.getElementType() == elementType && extents.size() == rank &&
         extents.front() == nn::Extent{1, true};
}

mlir::func::FuncOp GenerateConverter::findModel(llvm::StringRef name) {
  const Value &value = get(name);
  if (value.isPoison())
    return nullptr;
  if (!value.is(Value::Kind::String)) {
    error(name) << "must be the name of a model, as a string, not "
                << describeKind(value) << ": " << describe(value);
    return nullptr;
  }
  llvm::SmallVector<llvm::StringRef> models;
  for (auto model : module.getOps<mlir::func::FuncOp>()) {
    if (model.getName() == value.getString())
      return model;
    models.push_back(model.getName());
  }
  error(name) << "names no model '" << value.getString() << "'"
              << suggest(value.getString(), models) << "; the models are "
              << listNames(models);
  return nullptr;
}

bool GenerateConverter::checkSource(mlir::func::FuncOp encode) {
  auto inputs = getTensors(encode, /*ofResults=*/false);
  if (inputs.size() == 1 && isTensorOf(inputs[0], ops.getI32Type(), 2) &&
      getTensors(encode, /*ofResults=*/true).empty())
    return true;
  error("encode") << "must be a model (i32[batch, length]) -> (), but '"
                  << encode.getName() << "' is " << describeModel(encode);
  return false;
}

std::optional<int64_t>
GenerateConverter::getVocabularySize(mlir::func::FuncOp step) {
  auto inputs = getTensors(step, /*ofResults=*/false);
  auto results = getTensors(step, /*ofResults=*/true);
  if (inputs.size() == 1 && isTensorOf(inputs[0], ops.getI32Type(), 1) &&
      results.size() == 1 && isTensorOf(results[0], ops.getF32Type(), 2))
    return results.front().getDimSize(1);
  error("step")
      << "must be a model (i32[batch]) -> (f32[batch, vocabulary]), but '"
      << step.getName() << "' is " << describeModel(step);
  return std::nullopt;
}

bool GenerateConverter::addNumber(llvm::StringRef name, int64_t least,
                                  int64_t bound) {
  const Value &value = get(name);
  if (value.isPoison())
    return false;
  if (!value.isKnownInteger() || value.getInteger() < least ||
      value.getInteger() >= bound) {
    error(name) << "must be an integer from " << least << " to " << bound - 1
                << ", not " << describe(value);
    return false;
  }
  attributes.append(name, ops.getI64IntegerAttr(value.getInteger()));
  return true;
}

/// An empty list says that tokens stand for no text.
bool GenerateConverter::addVocabulary(int64_t size) {
  if (!entries.variables.contains("vocabulary"))
    return true;
  const Value &value = get("vocabulary");
  if (value.isPoison())
    return false;
  if (!value.is(Value::Kind::List) ||
      !llvm::all_of(value.getElements(), [](const Value &token) {
        return token.is(Value::Kind::String);
      })) {
    error("vocabulary") << "must be a list of strings, not " << describe(value);
    return false;
  }
  const std::vector<Value> &tokens = value.getElements();
  if (tokens.empty())
    return true;
  if (static_cast<int64_t>(tokens.size()) != size) {
    error("vocabulary") << "has " << tokens.size()
                        << " tokens, but 'step' gives scores of " << size;
    return false;
  }
  llvm::SmallVector<mlir::Attribute> texts;
  for (const Value &token : tokens)
    texts.push_back(ops.getStringAttr(token.getString()));
  attributes.append("vocabulary", ops.getArrayAttr(texts));
  return true;
}

mlir::DictionaryAttr GenerateConverter::convert() {
  if (!checkNames())
    return nullptr;
  mlir::func::FuncOp encode = findModel("encode"), step = findModel("step");
  if (!encode || !step)
    return nullptr;
  bool isValid = checkSource(encode);
  std::optional<int64_t> size = getVocabularySize(step);
  if (!size)
    return nullptr;
  for (llvm::StringRef token : {"start", "end", "pad"})
    isValid &= addNumber(token, 0, *size);
  isValid &= addNumber("max_length", 1, int64_t(1) << 31);
  isValid &= addVocabulary(*size);
  if (!isValid)
    return nullptr;
  attributes.append("encode", mlir::FlatSymbolRefAttr::get(encode));
  attributes.append("step", mlir::FlatSymbolRefAttr::get(step));
  return attributes.getDictionary(ops.getContext());
}

void Elaborator::elaborateGenerate(mlir::ModuleOp module) {
  if (!program.generateLoc.isValid())
    return;
  Frame entries(&config);
  for (const Entry &entry : program.generate) {
    auto previous = entries.variables.find(entry.name.text);
    if (previous != entries.variables.end()) {
      mlir::InFlightDiagnostic diagnostic = reporter.error(entry.name.loc)
                                            << "'generate' has two entries '"
                                            << entry.name.text << "'";
      reporter.note(diagnostic, previous->second.loc) << "the first is here";
      return;
    }
    entries.set(entry.name, evaluate(*entry.value, config));
  }
  GenerateConverter converter(entries, program.generateLoc, module, reporter);
  if (mlir::DictionaryAttr attribute = converter.convert())
    module->setAttr("nn.generate", attribute);
}
