//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The results of a model: what its body returned, under the names and with the
// types that it declares. A declaration with a `for` makes one result for each
// element of a list, as in a backbone that returns a map for each of its
// stages.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "Lexer.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;

void Elaborator::addResults(const Function &model, Frame &signature,
                            const Frame &locals) {
  std::optional<std::vector<Value>> values =
      model.results.empty() ? getNoResults(model, locals)
                            : getResults(model, "model", locals);
  if (!values)
    return;
  ModelResults results;
  for (auto [declared, value] : llvm::zip_equal(model.results, *values)) {
    bool isAdded =
        declared.sequence
            ? addResultList(declared, value, locals.resultLoc, signature,
                            results)
            : addResult(declared, value, locals.resultLoc, signature, results);
    if (!isAdded)
      return;
  }
  if (!addStateResults(locals, results))
    return;
  if (results.tensors.empty()) {
    reporter.error(model.name.loc)
        << "model '" << model.name.text
        << (model.results.empty()
                ? "' has no results and assigns no state"
                : "' has no results: the lists of them are empty");
    return;
  }
  mlir::OpBuilder &ops = builder.getBuilder();
  llvm::SMLoc loc = locals.result ? locals.resultLoc : model.name.loc;
  mlir::func::ReturnOp::create(ops, reporter.getLocation(loc), results.tensors);
  function.setFunctionType(
      ops.getFunctionType(function.getArgumentTypes(),
                          mlir::ValueRange(results.tensors).getTypes()));
  for (auto [index, name] : llvm::enumerate(results.names))
    function.setResultAttr(index, "nn.name", name);
  for (auto [index, name] : llvm::enumerate(results.states))
    function.setResultAttr(results.names.size() + index, "nn.state", name);
  eraseUnusedStates();
}

/// Of a model that declares none: it must not return any.
std::optional<std::vector<Value>>
Elaborator::getNoResults(const Function &model, const Frame &locals) {
  if (!locals.result)
    return std::vector<Value>();
  if (!locals.result->isPoison())
    reporter.error(locals.resultLoc)
        << "model '" << model.name.text
        << "' returns a value, but declares no results";
  return std::nullopt;
}

bool Elaborator::addResultList(const Result &declared, const Value &list,
                               llvm::SMLoc returnLoc, Frame &signature,
                               ModelResults &results) {
  Value sequence = evaluateSequence(*declared.sequence, signature);
  if (sequence.isPoison() || list.isPoison())
    return false;
  const std::vector<Value> &items = sequence.getElements();
  bool isList = list.is(Value::Kind::List);
  if (!isList || list.getElements().size() != items.size()) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(returnLoc);
    diagnostic << "the results " << declared.name.text << " of model '"
               << model->name.text << "' are a list of " << items.size()
               << ", but what is returned for them is ";
    if (isList)
      diagnostic << "a list of " << list.getElements().size();
    else
      diagnostic << describeKind(list) << ": " << describe(list);
    reporter.note(diagnostic, declared.sequence->loc) << "declared here";
    return false;
  }
  for (auto [item, value] : llvm::zip_equal(items, list.getElements())) {
    Frame inner(&signature);
    inner.set(declared.variable, item);
    if (isStopped(declared.name.loc) ||
        !addResult(declared, value, returnLoc, inner, results))
      return false;
  }
  return true;
}

bool Elaborator::addResult(const Result &declared, const Value &value,
                           llvm::SMLoc returnLoc, Frame &frame,
                           ModelResults &results) {
  std::optional<std::string> name = evaluateResultName(declared, frame);
  std::optional<mlir::RankedTensorType> type =
      evaluateType(declared.type, frame);
  if (!name || !type || value.isPoison())
    return false;
  auto [previous, isNew] = results.locs.try_emplace(*name, declared.name.loc);
  if (!isNew) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(declared.name.loc)
                                          << "result '" << *name
                                          << "' is declared twice";
    if (previous->second != declared.name.loc)
      reporter.note(diagnostic, previous->second) << "first declared here";
    return false;
  }
  if (!value.isTensor() || value.getTensorType() != *type) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(returnLoc);
    diagnostic << "result '" << *name << "' of model '" << model->name.text
               << "' is declared as " << declared.type.elementType.text
               << nn::describeShape(*type) << ", but is " << describe(value);
    if (value.isTensor())
      diagnostic << " of " << value.getTensorType().getElementType();
    reporter.note(diagnostic, declared.type.loc) << "declared here";
    return false;
  }
  results.tensors.push_back(value.getTensor());
  results.names.push_back(builder.getBuilder().getStringAttr(*name));
  return true;
}

/// The name becomes part of the names in the library's header.
std::optional<std::string>
Elaborator::evaluateResultName(const Result &declared, Frame &frame) {
  if (!declared.pattern)
    return declared.name.text.str();
  Value name = evaluate(*declared.pattern, frame);
  if (name.isPoison())
    return std::nullopt;
  if (isName(name.getString()))
    return name.getString();
  reporter.error(declared.name.loc)
      << "a result cannot be called \"" << name.getString()
      << "\": a name has letters, digits and '_', no digit first, and is no "
         "keyword";
  return std::nullopt;
}
