//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model becomes a function: inputs are its arguments, and its body is run to
// append operations to it. Results.cpp has what it returns.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

Elaborator::Elaborator(const File &program, Reporter &reporter)
    : program(program), reporter(reporter), builder(reporter), globals(nullptr),
      config(&globals) {
  globals.set({"batch", llvm::SMLoc()}, Extent{1, true});
  for (const Function &block : program.blocks)
    blocks[block.name.text] = &block;
}

mlir::OwningOpRef<mlir::ModuleOp>
Elaborator::run(const FrontendOptions &options) {
  resolveConfig(options);
  if (reporter.hasErrors())
    return nullptr;
  for (const std::unique_ptr<RequireStmt> &requirement : program.requirements)
    executeRequire(*requirement, config);
  resolveStates();
  if (reporter.hasErrors())
    return nullptr;
  const Identifier &name = program.models.front().name;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(reporter.getLocation(name.loc));
  (*module)->setAttr("nn.model", builder.getBuilder().getStringAttr(name.text));
  for (const Function &model : program.models)
    elaborateModel(model, *module);
  if (!reporter.hasErrors()) {
    elaborateGenerate(*module);
    elaboratePrecision(*module);
  }
  if (reporter.hasErrors() || mlir::failed(mlir::verify(*module)))
    return nullptr;
  return module;
}

void Elaborator::elaborateModel(const Function &model, mlir::ModuleOp module) {
  this->model = &model;
  mlir::OpBuilder ops = mlir::OpBuilder::atBlockEnd(module.getBody());
  function =
      mlir::func::FuncOp::create(ops, reporter.getLocation(model.name.loc),
                                 model.name.text, ops.getFunctionType({}, {}));
  Frame signature(getOuterFrame(model));
  Frame locals(&signature);
  if (!addInputs(model, signature))
    return;
  addStates(signature);
  builder.startModel(&function.getBody().front());
  execute(model.body, locals);
  if (!isStopped(model.name.loc))
    addResults(model, signature, locals);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

mlir::Type Elaborator::getElementType(const Identifier &name) {
  mlir::OpBuilder &ops = builder.getBuilder();
  const std::pair<llvm::StringRef, mlir::Type> types[] = {
      {"f32", ops.getF32Type()},   {"f16", ops.getF16Type()},
      {"bf16", ops.getBF16Type()}, {"i8", ops.getI8Type()},
      {"i32", ops.getI32Type()},   {"i64", ops.getI64Type()}};
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &[known, type] : types) {
    if (name.text == known)
      return type;
    names.push_back(known);
  }
  reporter.error(name.loc) << "unknown element type '" << name.text << "'"
                           << suggest(name.text, names)
                           << "; the element types are " << listNames(names);
  return nullptr;
}

/// The type of an input or a result, all of whose extents have values.
std::optional<mlir::RankedTensorType>
Elaborator::evaluateType(const TensorType &type, Frame &frame) {
  if (type.elementType.text.empty()) {
    reporter.error(type.loc) << "an input or result of a model needs an "
                                "element type, as in f32[batch, 10]";
    return std::nullopt;
  }
  mlir::Type elementType = getElementType(type.elementType);
  llvm::SmallVector<Extent> extents;
  bool isValid = elementType != nullptr;
  for (const ExprPtr &expr : type.extents) {
    Value value = evaluate(*expr, frame);
    if (value.is(Value::Kind::Integer)) {
      extents.push_back(value.getExtent());
      continue;
    }
    isValid = false;
    if (!value.isPoison())
      reporter.error(expr->loc)
          << "an extent must be an integer, not " << describeKind(value) << ": "
          << describe(value);
  }
  if (!isValid || !builder.checkShape(extents, type.loc))
    return std::nullopt;
  mlir::RankedTensorType result = nn::getTensorType(extents, elementType);
  if (!builder.checkSize(result, type.loc))
    return std::nullopt;
  return result;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

bool Elaborator::addInputs(const Function &model, Frame &signature) {
  mlir::OpBuilder &ops = builder.getBuilder();
  mlir::Block &block = function.getBody().emplaceBlock();
  bool isValid = true;
  for (const Parameter &input : model.parameters) {
    std::optional<mlir::RankedTensorType> type =
        evaluateType(*input.type, signature);
    isValid &= type.has_value();
    if (type)
      block.addArgument(*type, reporter.getLocation(input.name.loc));
  }
  if (!isValid)
    return false;
  // Inputs are named once all types are known: a type cannot use an input.
  function.setFunctionType(
      ops.getFunctionType(block.getArgumentTypes(), mlir::TypeRange()));
  for (auto [index, input] : llvm::enumerate(model.parameters)) {
    function.setArgAttr(index, "nn.name", ops.getStringAttr(input.name.text));
    signature.set(input.name, mlir::Value(block.getArgument(index)));
  }
  return true;
}
