//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// States: what a model keeps between calls. To a model's text they are
// variables that have a value at the beginning; the value that they have at the
// end is kept. Each is an argument, where the model uses its old value, and a
// result, where it has a new one.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

void Elaborator::resolveStates() {
  for (const StateDeclaration &declared : program.states)
    resolveState(declared);
}

void Elaborator::resolveState(const StateDeclaration &declared) {
  if (declared.type.elementType.text.empty()) {
    reporter.error(declared.type.loc)
        << "a state needs an element type, as in f32[batch, 10]";
    return;
  }
  auto add = [&](std::string name, Frame &frame) {
    std::optional<mlir::RankedTensorType> type =
        evaluateType(declared.type, frame);
    if (!type)
      return false;
    if (llvm::any_of(llvm::drop_begin(nn::getExtents(*type)),
                     nn::dependsOnBatch)) {
      reporter.error(declared.type.loc)
          << "only the first extent of a state can depend on the batch, but '"
          << name << "' is " << nn::describeShape(*type);
      return false;
    }
    states.push_back({std::move(name), *type, &declared});
    return true;
  };
  if (!declared.sequence) {
    add(declared.name.text.str(), config);
    return;
  }
  Value sequence = evaluateSequence(*declared.sequence, config);
  if (sequence.isPoison())
    return;
  for (auto [number, item] : llvm::enumerate(sequence.getElements())) {
    Frame inner(&config);
    inner.set(declared.variable, item);
    std::string name = declared.name.text.str() + "." + std::to_string(number);
    if (isStopped(declared.name.loc) || !add(std::move(name), inner))
      return;
  }
}

//===----------------------------------------------------------------------===//
// In a model
//===----------------------------------------------------------------------===//

/// All states become arguments; those that turn out not to be read are erased.
void Elaborator::addStates(Frame &frame) {
  if (states.empty())
    return;
  mlir::OpBuilder &ops = builder.getBuilder();
  mlir::Block &block = function.getBody().front();
  llvm::SmallVector<mlir::DictionaryAttr> attributes;
  function.getAllArgAttrs(attributes);
  llvm::MapVector<const StateDeclaration *, std::vector<Value>> values;
  for (const State &state : states) {
    values[state.declared].push_back(mlir::Value(block.addArgument(
        state.type, reporter.getLocation(state.declared->name.loc))));
    attributes.push_back(ops.getDictionaryAttr(
        ops.getNamedAttr("nn.state", ops.getStringAttr(state.name))));
  }
  function.setFunctionType(
      ops.getFunctionType(block.getArgumentTypes(), mlir::TypeRange()));
  function.setAllArgAttrs(attributes);
  for (const StateDeclaration &declared : program.states) {
    std::vector<Value> &elements = values[&declared];
    // No longer than the sequence, which is a list itself.
    frame.set(declared.name, declared.sequence ? *makeList(std::move(elements))
                                               : elements.front());
  }
}

bool Elaborator::addStateResults(const Frame &locals, ModelResults &results) {
  size_t number = 0;
  for (const StateDeclaration &declared : program.states) {
    size_t first = number;
    while (number < states.size() && states[number].declared == &declared)
      ++number;
    auto assigned = locals.variables.find(declared.name.text);
    if (assigned == locals.variables.end())
      continue;
    const auto &[value, loc] = assigned->second;
    if (value.isPoison())
      return false;
    if (!declared.sequence) {
      if (!addStateResult(first, value, loc, results))
        return false;
      continue;
    }
    bool isList = value.is(Value::Kind::List);
    if (!isList || value.getElements().size() != number - first) {
      mlir::InFlightDiagnostic diagnostic = reporter.error(loc);
      diagnostic << "state '" << declared.name.text << "' is a list of "
                 << number - first << ", but is assigned ";
      if (isList)
        diagnostic << "a list of " << value.getElements().size();
      else
        diagnostic << describeKind(value) << ": " << describe(value);
      reporter.note(diagnostic, declared.name.loc) << "declared here";
      return false;
    }
    for (const Value &element : value.getElements())
      if (!addStateResult(first++, element, loc, results))
        return false;
  }
  return true;
}

bool Elaborator::addStateResult(size_t number, const Value &value,
                                llvm::SMLoc loc, ModelResults &results) {
  const State &state = states[number];
  if (value.isPoison())
    return false;
  if (!value.isTensor() || value.getTensorType() != state.type) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(loc);
    diagnostic << "state '" << state.name << "' is declared as "
               << state.declared->type.elementType.text
               << nn::describeShape(state.type) << ", but is assigned ";
    if (value.isTensor())
      diagnostic << describe(value) << " of "
                 << value.getTensorType().getElementType();
    else
      diagnostic << describeKind(value) << ": " << describe(value);
    reporter.note(diagnostic, state.declared->name.loc) << "declared here";
    return false;
  }
  // An element of a list may not have changed.
  if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value.getTensor()))
    if (auto name = function.getArgAttrOfType<mlir::StringAttr>(
            argument.getArgNumber(), "nn.state");
        name && name.getValue() == state.name)
      return true;
  results.tensors.push_back(value.getTensor());
  results.states.push_back(builder.getBuilder().getStringAttr(state.name));
  return true;
}

void Elaborator::eraseUnusedStates() {
  for (unsigned number = function.getNumArguments(); number-- > 0;)
    if (function.getArgAttr(number, "nn.state") &&
        function.getArgument(number).use_empty()) {
      mlir::LogicalResult isErased = function.eraseArgument(number);
      assert(mlir::succeeded(isErased) && "functions can lose arguments");
      (void)isErased;
    }
}
