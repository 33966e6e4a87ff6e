//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One pipeline: buffers, funcs and their definitions, schedules, then Halide's
// compiler. What Halide throws, and what it warns of, become findings.
//
//===----------------------------------------------------------------------===//

#include "Translation.h"
#include "Translator.h"
#include "vitrail/Target/PTX/PTXAssembler.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <sstream>

using namespace mlir;
using namespace vitrail;

int vitrail::toInt(int64_t value) {
  if (!llvm::isInt<32>(value))
    throw Untranslatable{std::to_string(value) +
                         " does not fit into the 32 bits of Halide's integers"};
  return value;
}

//===----------------------------------------------------------------------===//
// Algorithm
//===----------------------------------------------------------------------===//

/// What the runtime promises of addresses on a GPU, where kernels load vectors
/// of four f32 at once; processors need no alignment for that.
static constexpr int gpuAlignment = 16;

/// Tells Halide what is known of a buffer: mins are 0, static extents, and the
/// strides, which without `strides` are those of a dense buffer as far as the
/// extents inside them are static.
static void describeBuffer(Halide::OutputImageParam &buffer,
                           llvm::ArrayRef<int64_t> extents,
                           std::optional<llvm::ArrayRef<int64_t>> strides) {
  int64_t dense = 1;
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    bool isStatic = !ShapedType::isDynamic(extent);
    if (isStatic)
      buffer.dim(dim).set_bounds(0, toInt(extent));
    else
      buffer.dim(dim).set_min(0);

    int64_t stride = strides ? (*strides)[dim] : dense;
    buffer.dim(dim).set_stride(ShapedType::isDynamic(stride)
                                   ? Halide::Expr()
                                   : Halide::Expr(toInt(stride)));
    dense = isStatic && !ShapedType::isDynamic(dense) ? dense * extent
                                                      : ShapedType::kDynamic;
  }
}

static void translateInput(Translator &translator, halide::InputOp op) {
  Type element = op.getElementType();
  Halide::Type type =
      translator.isBits(element) ? Halide::UInt(16) : translateType(element);
  Halide::ImageParam input(type, op.getExtents().size(), op.getSymName().str());
  describeBuffer(input, op.getExtents(), op.getStrides());
  if (translator.isGPU)
    input.set_host_alignment(gpuAlignment);
  translator.inputs.try_emplace(op.getSymName(), input);
}

static void translateDomain(Translator &translator, halide::RDomOp op) {
  std::vector<Halide::Internal::ReductionVariable> variables;
  for (auto [name, min, extent] :
       llvm::zip_equal(op.getVars().getAsRange<StringAttr>(), op.getMins(),
                       op.getExtents()))
    variables.push_back({name.str(), toInt(min), toInt(extent)});
  // Made from its parts, because a domain made by name renames its variables.
  translator.domains.try_emplace(
      op.getSymName(),
      Halide::RDom(Halide::Internal::ReductionDomain(variables)));
}

static std::vector<Halide::Var> getVariables(halide::FuncOp op) {
  std::vector<Halide::Var> variables;
  for (auto name : op.getVars().getAsRange<StringAttr>())
    variables.emplace_back(name.str());
  return variables;
}

static void translateFunc(Translator &translator, halide::FuncOp op) {
  Halide::Func func(op.getSymName().str());
  std::vector<Halide::Var> variables = getVariables(op);
  std::vector<Halide::Expr> yielded = translateBody(
      translator, op.getBody().front(),
      std::vector<Halide::Expr>(variables.begin(), variables.end()));
  translator.current = op;
  func(variables) = yielded.front();
  translator.funcs.try_emplace(op.getSymName(), func);
}

static void translateUpdate(Translator &translator, halide::UpdateOp op,
                            halide::FuncOp funcOp) {
  Halide::Func func = translator.funcs.at(op.getFunc());
  std::vector<Halide::Var> variables = getVariables(funcOp);
  std::vector<Halide::Expr> arguments(variables.begin(), variables.end());
  auto &loops =
      translator
          .reductionLoops[{op.getFunc().str(), func.num_update_definitions()}];
  if (op.getRdom()) {
    Halide::RDom domain = translator.domains.at(*op.getRdom());
    for (int dim = 0; dim < domain.dimensions(); ++dim) {
      arguments.push_back(domain[dim]);
      loops.insert(domain[dim].name());
    }
  }

  std::vector<Halide::Expr> yielded =
      translateBody(translator, op.getBody().front(), arguments);
  translator.current = op;
  std::vector<Halide::Expr> coordinates(yielded.begin() + 1, yielded.end());
  if (coordinates.empty())
    coordinates.assign(variables.begin(), variables.end());
  func(coordinates) = yielded.front();
}

static void translateDefinitions(Translator &translator) {
  llvm::StringMap<halide::FuncOp> funcs;
  for (Operation &op : translator.pipeline.getBody().front()) {
    translator.current = &op;
    llvm::TypeSwitch<Operation *>(&op)
        .Case([&](halide::InputOp op) { translateInput(translator, op); })
        .Case([&](halide::RDomOp op) { translateDomain(translator, op); })
        .Case([&](halide::FuncOp op) {
          translateFunc(translator, op);
          funcs[op.getSymName()] = op;
        })
        .Case([&](halide::UpdateOp op) {
          translateUpdate(translator, op, funcs.at(op.getFunc()));
        });
  }
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

namespace {
/// Keeps warnings, and throws errors instead of printing them first.
class Reporter : public Halide::CompileTimeErrorReporter {
public:
  void warning(const char *message) override { warnings.push_back(message); }

  [[noreturn]] void error(const char *message) override {
    throw Halide::CompileError(message);
  }

  std::vector<std::string> warnings;
};
} // namespace

static Halide::Target getTarget(const TargetInfo &info) {
  // The runtime is the library's, which knows its callers by the user context,
  // and asks no pipeline for bounds. Assertions stay: they cost nothing
  // measurable and turn a wrong buffer into a status.
  return Halide::Target(info.halideTarget)
      .with_feature(Halide::Target::NoRuntime)
      .with_feature(Halide::Target::UserContext)
      .with_feature(Halide::Target::NoBoundsQuery);
}

static Halide::OutputFileType getFileType(HalideArtifact artifact) {
  switch (artifact) {
  case HalideArtifact::Object:
    return Halide::OutputFileType::object;
  case HalideArtifact::Assembly:
    return Halide::OutputFileType::assembly;
  case HalideArtifact::Stmt:
    return Halide::OutputFileType::conceptual_stmt;
  }
  llvm_unreachable("unknown artifact");
}

namespace {
/// Evaluates assertions on buffers of the extents that the pipeline states.
class AssertionChecker : public Halide::Internal::IRVisitor {
public:
  void addBuffer(const std::string &name, llvm::ArrayRef<int64_t> extents) {
    for (auto [dim, extent] : llvm::enumerate(extents)) {
      std::string suffix = "." + std::to_string(dim);
      known[name + ".min" + suffix] = 0;
      if (!ShapedType::isDynamic(extent))
        known[name + ".extent" + suffix] = toInt(extent);
    }
  }

  /// The calls of the `halide_error_*` hooks that no buffers can avoid.
  std::vector<std::string> violations;

private:
  using IRVisitor::visit;

  void visit(const Halide::Internal::AssertStmt *op) override {
    if (!Halide::Internal::is_const_zero(evaluate(op->condition)))
      return;
    std::ostringstream text;
    text << evaluate(op->message);
    violations.push_back(text.str());
  }

  Halide::Expr evaluate(const Halide::Expr &expr) const {
    return Halide::Internal::simplify(
        Halide::Internal::substitute(known, expr));
  }

  std::map<std::string, Halide::Expr> known;
};
} // namespace

namespace {
/// Finds what the processor would read of buffers that are a GPU's.
class HostLoadFinder : public Halide::Internal::IRVisitor {
public:
  explicit HostLoadFinder(Translator &translator) : translator(translator) {}

private:
  using IRVisitor::visit;

  void visit(const Halide::Internal::Load *op) override {
    if (translator.inputs.contains(op->name))
      throw Untranslatable{"the processor would read input '@" + op->name +
                           "', which is on the GPU"};
    IRVisitor::visit(op);
  }

  Translator &translator;
};
} // namespace

/// Halide asks that inputs cover what a schedule reads, and that they have the
/// extents that they were said to have, but does not notice that both cannot
/// be.
static void checkAssertions(halide::PipelineOp pipeline,
                            const Halide::Module &module) {
  AssertionChecker checker;
  for (auto input : pipeline.getOps<halide::InputOp>())
    checker.addBuffer(input.getSymName().str(), input.getExtents());
  for (auto output : pipeline.getOps<halide::OutputOp>())
    checker.addBuffer(output.getFunc().str(), output.getExtents());
  for (const Halide::Internal::LoweredFunc &function : module.functions())
    function.body.accept(&checker);
  if (!checker.violations.empty())
    throw Untranslatable{"guaranteed to fail an assertion: " +
                         checker.violations.front()};
}

/// `buffer` of PTX as libraries hold it.
static Halide::Buffer<uint8_t> addImages(const Halide::Buffer<uint8_t> &buffer,
                                         const PTXAssembler *assembler,
                                         llvm::StringRef prefix,
                                         std::string &problems) {
  llvm::StringRef text(reinterpret_cast<const char *>(buffer.data()),
                       buffer.size_in_bytes());
  std::string all =
      addKernelImages(text.rtrim('\0'), assembler, prefix, problems);
  Halide::Buffer<uint8_t> result(toInt(all.size()), buffer.name());
  llvm::copy(all, result.data());
  return result;
}

/// `module` with its PTX as libraries hold it.
static Halide::Module addImages(const Halide::Module &module,
                                const PTXAssembler *assembler,
                                llvm::StringRef prefix, std::string &problems) {
  Halide::Module result(module.name(), module.target());
  for (const Halide::Internal::LoweredFunc &function : module.functions())
    result.append(function);
  for (const Halide::Buffer<> &buffer : module.buffers()) {
    bool isSource = llvm::StringRef(buffer.name()).contains("_gpu_source_");
    result.append(isSource ? Halide::Buffer<>(
                                 addImages(buffer, assembler, prefix, problems))
                           : buffer);
  }
  return result;
}

/// Returns what there is to warn about.
static std::string compile(Translator &translator, const TargetInfo &target,
                           HalideArtifact artifact, const std::string &path,
                           const PTXAssembler *assembler) {
  translateDefinitions(translator);
  translateSchedules(translator);

  std::vector<Halide::Argument> arguments;
  for (auto input : translator.pipeline.getOps<halide::InputOp>())
    arguments.push_back(translator.inputs.at(input.getSymName()));
  std::vector<Halide::Func> results;
  for (auto output : translator.pipeline.getOps<halide::OutputOp>()) {
    translator.current = output;
    results.push_back(translator.funcs.at(output.getFunc()));
    Halide::OutputImageParam buffer = results.back().output_buffer();
    describeBuffer(buffer, output.getExtents(), output.getStrides());
    if (translator.isGPU)
      buffer.set_host_alignment(gpuAlignment);
  }

  translator.current = translator.pipeline;
  Halide::Pipeline pipeline(results);
  addTileProducts(translator, pipeline);
  addThreadRegisters(translator, pipeline);
  addLoadAhead(translator, pipeline);
  addResultLoads(translator, pipeline);
  Halide::Module module = pipeline.compile_to_module(
      arguments, translator.pipeline.getFunctionName().str(), getTarget(target),
      Halide::LinkageType::ExternalPlusArgv);
  checkAssertions(translator.pipeline, module);
  HostLoadFinder finder(translator);
  if (translator.isGPU)
    for (const Halide::Internal::LoweredFunc &function : module.functions())
      function.body.accept(&finder);
  std::string problems;
  if (target.accelerator == Accelerator::CUDA &&
      artifact == HalideArtifact::Object)
    module = addImages(module, assembler, path, problems);
  module.compile({{getFileType(artifact), path}});
  return problems;
}

/// Halide's texts without their heading and line breaks.
static std::string tidy(llvm::StringRef message) {
  for (llvm::StringRef heading : {"Error: ", "Warning: "})
    message.consume_front(heading);
  std::string text;
  for (llvm::StringRef line : llvm::split(message, '\n')) {
    line = line.trim();
    if (!text.empty() && !line.empty())
      text += ' ';
    text += line;
  }
  return text;
}

std::vector<Finding> vitrail::translatePipeline(halide::PipelineOp pipeline,
                                                const TargetInfo &target,
                                                HalideArtifact artifact,
                                                const std::string &path,
                                                const PTXAssembler *assembler) {
  Translator translator(pipeline, target);
  Reporter reporter;
  Halide::set_custom_compile_time_error_reporter(&reporter);
  std::vector<Finding> findings;
  auto fail = [&](llvm::StringRef message) {
    findings.push_back(
        {translator.current, DiagnosticSeverity::Error, tidy(message)});
  };
  try {
    std::string problems =
        compile(translator, target, artifact, path, assembler);
    if (!problems.empty())
      findings.push_back({pipeline, DiagnosticSeverity::Warning, problems});
  } catch (const Untranslatable &error) {
    fail(error.reason);
  } catch (const Halide::Error &error) {
    fail(error.what());
  } catch (const std::exception &error) {
    fail(error.what());
  }
  Halide::set_custom_compile_time_error_reporter(nullptr);

  for (llvm::StringRef warning : reporter.warnings) {
    // Narrow floats are for storage; that arithmetic on them is slow, kernels
    // know.
    if (warning.contains("(b)float16 type operation is emulated"))
      continue;
    // Extents that a schedule states are tested where the test can fail: not in
    // the middle of a GPU's kernel.
    if (warning.contains("Ignoring assertion inside"))
      continue;
    bool isFatal = warning.contains("guaranteed to fail an assertion");
    if (isFatal && !findings.empty())
      continue; // The error says so.
    findings.push_back(
        {pipeline,
         isFatal ? DiagnosticSeverity::Error : DiagnosticSeverity::Warning,
         tidy(warning)});
  }
  return findings;
}
