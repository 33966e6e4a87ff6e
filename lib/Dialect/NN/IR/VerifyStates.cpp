//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks of `nn.state`.
//
//===----------------------------------------------------------------------===//

#include "VerifyModel.h"

using namespace mlir;

namespace vitrail::nn {

namespace {
/// An argument or result that stands for a state.
struct StateUse {
  FunctionOpInterface function;
  unsigned index;
  bool isResult;

  Attribute get(StringRef attribute) {
    return isResult ? function.getResultAttr(index, attribute)
                    : function.getArgAttr(index, attribute);
  }
  Type getType() {
    return isResult ? function.getResultTypes()[index]
                    : function.getArgumentTypes()[index];
  }
};
} // namespace

/// The arguments, then the results, of `function` that stand for a state of the
/// name `name`.
static SmallVector<StateUse> findUses(FunctionOpInterface function,
                                      StringAttr name) {
  SmallVector<StateUse> uses;
  for (bool isResult : {false, true}) {
    unsigned count =
        isResult ? function.getNumResults() : function.getNumArguments();
    for (unsigned index = 0; index < count; ++index)
      if (StateUse use{function, index, isResult}; use.get("nn.state") == name)
        uses.push_back(use);
  }
  return uses;
}

/// Types must agree with that of the module's first use, and a function has one
/// argument and one result of a name.
static LogicalResult verifyAgainstOthers(StateUse use, StringAttr name) {
  FunctionOpInterface function = use.function;
  for (const StateUse &other : findUses(function, name)) {
    if (other.isResult == use.isResult && other.index < use.index)
      return function.emitOpError("has two ")
             << (use.isResult ? "results" : "arguments") << " for the state "
             << name;
  }
  Operation *module = function->getParentOp();
  if (!module)
    return success();
  for (Operation &op : module->getRegion(0).front()) {
    auto candidate = dyn_cast<FunctionOpInterface>(op);
    SmallVector<StateUse> uses;
    if (candidate)
      uses = findUses(candidate, name);
    if (uses.empty())
      continue;
    if (uses.front().getType() == use.getType())
      return success();
    InFlightDiagnostic diagnostic = function.emitOpError("has state ")
                                    << name << " as " << use.getType()
                                    << ", but it is " << uses.front().getType()
                                    << " before";
    diagnostic.attachNote(candidate.getLoc()) << "first in this function";
    return diagnostic;
  }
  return success();
}

LogicalResult verifyState(FunctionOpInterface function, unsigned index,
                          bool isResult) {
  StateUse use{function, index, isResult};
  auto name = dyn_cast<StringAttr>(use.get("nn.state"));
  if (!name || name.getValue().empty())
    return function.emitOpError(
               "'nn.state' must be a string that is not empty, not ")
           << use.get("nn.state");
  if (use.get("nn.name"))
    return function.emitOpError("has both 'nn.state' and 'nn.name' for ")
           << name;
  auto type = dyn_cast<RankedTensorType>(use.getType());
  if (!type || !hasModelShape(type))
    return function.emitOpError("has state ")
           << name << " as " << use.getType() << ", which is no tensor";
  if (llvm::any_of(llvm::drop_begin(getExtents(type)), dependsOnBatch))
    return function.emitOpError("has state ")
           << name << " as " << describeShape(type)
           << "; only the first extent of a state can depend on the batch";
  return verifyAgainstOthers(use, name);
}

} // namespace vitrail::nn
