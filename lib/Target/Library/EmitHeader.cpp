//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C header of a library: the text of vitrail.h, then what is this model's.
//
//===----------------------------------------------------------------------===//

#include "Interface.h"
#include "ModelObject.h"

#include "InterfaceText.inc"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Target/Library/LibraryTarget.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;

//===----------------------------------------------------------------------===//
// Names and types in C
//===----------------------------------------------------------------------===//

/// `name` with whatever C does not allow in an identifier replaced.
static std::string getIdentifier(StringRef name) {
  std::string identifier;
  for (char character : name)
    identifier += llvm::isAlnum(character) ? character : '_';
  if (llvm::isDigit(identifier.front()))
    identifier.insert(identifier.begin(), '_');
  return identifier;
}

/// `name` as the name of a parameter: neither a keyword of C or C++ nor that of
/// another parameter.
static std::string getParameterName(StringRef name) {
  static const llvm::StringSet<> taken = {
      "context",  "batch",     "alignas", "alignof",   "and",      "asm",
      "auto",     "bool",      "break",   "case",      "catch",    "char",
      "class",    "compl",     "concept", "const",     "continue", "decltype",
      "default",  "delete",    "do",      "double",    "else",     "enum",
      "explicit", "export",    "extern",  "false",     "float",    "for",
      "friend",   "goto",      "if",      "inline",    "int",      "long",
      "mutable",  "namespace", "new",     "noexcept",  "not",      "nullptr",
      "operator", "or",        "private", "protected", "public",   "register",
      "requires", "restrict",  "return",  "short",     "signed",   "sizeof",
      "static",   "struct",    "switch",  "template",  "this",     "throw",
      "true",     "try",       "typedef", "typeid",    "typename", "typeof",
      "union",    "unsigned",  "using",   "virtual",   "void",     "volatile",
      "while",    "xor"};
  std::string identifier = getIdentifier(name);
  return taken.contains(identifier) ? identifier + "_" : identifier;
}

static StringRef getCType(vitrail_type type) {
  switch (type) {
  case VITRAIL_F32:
    return "float";
  case VITRAIL_F16:
  case VITRAIL_BF16:
    return "uint16_t";
  case VITRAIL_I8:
    return "int8_t";
  case VITRAIL_U8:
    return "uint8_t";
  case VITRAIL_I32:
    return "int32_t";
  case VITRAIL_I64:
    return "int64_t";
  case VITRAIL_BOOL:
    break;
  }
  llvm_unreachable("not a type of inputs or outputs");
}

static StringRef getTypeInWords(vitrail_type type) {
  switch (type) {
  case VITRAIL_F32:
    return "32-bit floats";
  case VITRAIL_F16:
    return "16-bit floats (IEEE binary16) as their bits";
  case VITRAIL_BF16:
    return "16-bit floats (bfloat16) as their bits";
  case VITRAIL_I8:
    return "8-bit integers";
  case VITRAIL_U8:
    return "8-bit unsigned integers";
  case VITRAIL_I32:
    return "32-bit integers";
  case VITRAIL_I64:
    return "64-bit integers";
  case VITRAIL_BOOL:
    break;
  }
  llvm_unreachable("not a type of inputs or outputs");
}

static StringRef getFilterInWords(vitrail_filter filter) {
  switch (filter) {
  case VITRAIL_NEAREST:
    return "nearest neighbour";
  case VITRAIL_BILINEAR:
    return "bilinear";
  case VITRAIL_BICUBIC:
    return "bicubic";
  }
  llvm_unreachable("unknown filter");
}

//===----------------------------------------------------------------------===//
// The header
//===----------------------------------------------------------------------===//

/// The fewest digits that distinguish a float.
static std::string formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  return text;
}

namespace {
/// Prints the header of one model.
class HeaderPrinter {
public:
  HeaderPrinter(ArrayRef<Interface> interfaces, ArrayRef<State> states,
                const std::optional<Generate> &generate,
                const LibraryOptions &options, llvm::raw_ostream &output)
      : interfaces(interfaces), states(states), generate(generate),
        options(options), output(output), name(options.modelName),
        prefix(name.upper()) {}

  void print();

private:
  void printPreprocess(const Preprocess &preprocess);
  void printTensor(const Interface &interface, StringRef kind,
                   const InterfaceTensor &tensor);
  void printRun(const Interface &interface);
  void printStates();
  void printGenerate();
  void printFunctions();

  ArrayRef<Interface> interfaces;
  ArrayRef<State> states;
  const std::optional<Generate> &generate;
  const LibraryOptions &options;
  llvm::raw_ostream &output;
  StringRef name;
  std::string prefix; ///< Of macros.
};
} // namespace

static std::string join(ArrayRef<double> values) {
  return llvm::join(llvm::map_range(values, formatNumber), ", ");
}

/// How an image becomes the input, and so which unit its values have.
void HeaderPrinter::printPreprocess(const Preprocess &preprocess) {
  output << " * Made from an 8-bit image:\n";
  if (preprocess.resize)
    output << " *   the shorter side is resized to " << preprocess.resize
           << " pixels (" << getFilterInWords(preprocess.filter) << "),\n";
  if (preprocess.cropHeight)
    output << " *   the middle " << preprocess.cropHeight << " x "
           << preprocess.cropWidth << " pixels are kept,\n";
  output << " *   each value v of channel c becomes (v * scale - mean[c]) / "
            "std[c] with\n"
         << " *     scale = " << formatNumber(preprocess.scale)
         << "\n *     mean = {" << join(preprocess.mean) << "}\n *     std = {"
         << join(preprocess.std) << "}\n";
}

/// The description and the macros of one input or output.
void HeaderPrinter::printTensor(const Interface &interface, StringRef kind,
                                const InterfaceTensor &tensor) {
  output << "/* " << kind << " '" << tensor.name << "' of '" << interface.name
         << "': " << getTypeInWords(tensor.elementType) << ",\n * shape "
         << nn::describeShape(tensor.type)
         << ", row-major, the last dimension contiguous.\n";
  if (tensor.preprocess)
    printPreprocess(*tensor.preprocess);
  output << " */\n";

  std::string macro = prefix;
  if (interfaces.size() > 1)
    macro += "_" + interface.name.upper();
  macro += "_" + StringRef(getIdentifier(tensor.name)).upper();
  SmallVector<std::string> extents;
  bool timesBatch = false;
  for (nn::Extent extent : nn::getExtents(tensor.type)) {
    timesBatch |= extent.timesBatch;
    std::string size = std::to_string(extent.size);
    extents.push_back(!extent.timesBatch ? size
                      : extent.size == 1 ? "(batch)"
                                         : size + " * (batch)");
  }
  output << "#define " << macro << "_RANK " << extents.size() << '\n';
  if (!extents.empty())
    output << "#define " << macro << "_SHAPE(batch) {"
           << llvm::join(extents, ", ") << "}\n";
  output << "#define " << macro << "_SIZE(batch) /* elements */ ((size_t)"
         << nn::getElementsPerSample(tensor.type)
         << (timesBatch ? " * (size_t)(batch)" : "") << ")\n\n";
}

void HeaderPrinter::printRun(const Interface &interface) {
  output << "/* Runs '" << interface.name << "' on 1 to " << prefix
         << "_MAX_BATCH samples. Inputs and outputs may not\n * overlap; any "
            "alignment will do. */\nvitrail_status "
         << getRunFunction(name, interfaces, interface)
         << "(vitrail_context *context,\n    int64_t batch";
  for (const InterfaceTensor &tensor : interface.inputs)
    output << ",\n    const " << getCType(tensor.elementType) << " *"
           << getParameterName(tensor.name);
  for (const InterfaceTensor &tensor : interface.outputs)
    output << ",\n    " << getCType(tensor.elementType) << " *"
           << getParameterName(tensor.name);
  output << ");\n\n";
}

/// What is kept between calls, and the functions that change it.
void HeaderPrinter::printStates() {
  output << "/* Between calls a context keeps:\n";
  for (const State &state : states)
    output << " *   '" << state.name
           << "': " << getTypeInWords(state.elementType) << ", "
           << nn::describeShape(state.type) << '\n';
  output
      << " * All zeros in a new context. What a call that failed left is not "
         "specified. */\n\n"
      << "/* Makes all of it zeros. */\nvitrail_status " << name
      << "_reset(vitrail_context *context);\n\n"
      << "/* Makes sample i, for i below count, what sample parents[i] was. "
         "*/\nvitrail_status "
      << name
      << "_reorder(vitrail_context *context,\n    int64_t count,\n    const "
         "int64_t *parents);\n\n";
}

/// The interface text says what the arguments are.
void HeaderPrinter::printGenerate() {
  output
      << "/* Generates from each of batch sources with '"
      << interfaces[generate->encode].name << "' and '"
      << interfaces[generate->step].name
      << "'; see vitrail_model_api.\n * source has [batch, "
      << generate->sourceLength
      << "] tokens, filled up with pads, tokens room for\n * [batch, "
         "max_length], as in the options. */\n"
      << "#define " << prefix << "_SOURCE_LENGTH " << generate->sourceLength
      << "\n#define " << prefix << "_MAX_LENGTH " << generate->maxLength
      << "\n#define " << prefix << "_VOCABULARY " << generate->vocabularySize
      << "\n#define " << prefix << "_START " << generate->start << "\n#define "
      << prefix << "_END " << generate->end << "\n#define " << prefix << "_PAD "
      << generate->pad << "\nvitrail_status " << name
      << "_generate(vitrail_context *context,\n    int64_t batch,\n    const "
         "int32_t *source,\n    const vitrail_generate_options *options,\n"
         "    int32_t *tokens,\n    int32_t *lengths,\n    float "
         "*scores);\n\n";
}

void HeaderPrinter::printFunctions() {
  output << "/* Makes a context; NULL options mean the defaults. Destroy it "
            "also when this\n * failed: until then it keeps the message. */\n"
         << "vitrail_status " << name
         << "_create(vitrail_context **context,\n"
            "    const vitrail_options *options);\n\n";
  for (const Interface &interface : interfaces)
    printRun(interface);
  if (!states.empty())
    printStates();
  if (generate)
    printGenerate();
  output << "/* What went wrong in the last call with this context; \"\" if "
            "nothing. Valid until\n * the next call. */\nconst char *"
         << name << "_message(const vitrail_context *context);\n\n"
         << "void " << name << "_destroy(vitrail_context *context);\n\n"
         << "/* What the library says of itself. */\n"
         << "const vitrail_model_info *" << name << "_info(void);\n\n"
         << "/* Says what runs the kernels of a context that was made without "
            "an error. */\nvoid "
         << name
         << "_device(const vitrail_context *context,\n"
            "    vitrail_device_info *info);\n\n";
}

void HeaderPrinter::print() {
  output << "/* The model '" << name << "', compiled by vitrail "
         << VITRAIL_VERSION << " for " << options.targetName << ".\n"
         << " * Link with " << llvm::sys::path::filename(options.output)
         << ". Generated; do not edit. */\n#ifndef VITRAIL_MODEL_" << prefix
         << "\n#define VITRAIL_MODEL_" << prefix << "\n\n"
         << interfaceText << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
         << "/* The largest batch of a call, if a context is not made for "
            "less. */\n#define "
         << prefix << "_MAX_BATCH " << options.maxBatch << "\n\n";
  for (const Interface &interface : interfaces) {
    for (const InterfaceTensor &tensor : interface.inputs)
      printTensor(interface, "Input", tensor);
    for (const InterfaceTensor &tensor : interface.outputs)
      printTensor(interface, "Output", tensor);
  }
  printFunctions();
  output << "#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n"
         << "#endif /* VITRAIL_MODEL_" << prefix << " */\n";
}

LogicalResult vitrail::emitHeader(ModuleOp module,
                                  const LibraryOptions &options,
                                  llvm::raw_ostream &output) {
  FailureOr<std::vector<Interface>> interfaces = getInterfaces(module);
  FailureOr<std::vector<State>> states = getStates(module);
  if (failed(interfaces) || failed(states))
    return failure();
  FailureOr<std::optional<Generate>> generate =
      getGenerate(module, *interfaces);
  if (failed(generate))
    return failure();
  HeaderPrinter(*interfaces, *states, *generate, options, output).print();
  return success();
}
