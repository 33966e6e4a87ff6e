//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verifies what a pipeline computes. Halide sees definitions in the order of
// the text, so they are checked in that order: what is called must have been
// defined above, and what has been called has had its last update.
//
//===----------------------------------------------------------------------===//

#include "VerifyPipeline.h"

#include "Names.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vitrail::halide;

using llvm::StringRef;

namespace {

class AlgorithmVerifier {
public:
  explicit AlgorithmVerifier(PipelineOp pipeline) : pipeline(pipeline) {}

  LogicalResult verify();

private:
  LogicalResult verify(FuncOp func);
  LogicalResult verify(UpdateOp update);
  LogicalResult verifyOutputs();
  LogicalResult verifyOutput(OutputOp output);

  LogicalResult verifyCalls(Operation *definition, StringRef func);
  LogicalResult verifyCall(CallOp call, StringRef func);
  InFlightDiagnostic emitUnknownCallee(CallOp call, StringRef func);

  LogicalResult verifyDomain(UpdateOp update, FuncOp func);
  LogicalResult verifyArguments(UpdateOp update, FuncOp func);
  LogicalResult verifyYield(UpdateOp update, FuncOp func);

  PipelineOp pipeline;
  /// Inputs, reduction domains and funcs above the current operation.
  llvm::MapVector<StringRef, Operation *> defined;
  /// The first call of each func from another.
  llvm::DenseMap<StringRef, CallOp> used;
};

} // namespace

LogicalResult AlgorithmVerifier::verify() {
  bool failed = false;
  for (auto &op : *pipeline.getBodyBlock()) {
    if (op.getDialect() != pipeline->getDialect() ||
        isa<PipelineOp, LaunchOp>(op)) {
      op.emitOpError("does not belong in a pipeline");
      failed = true;
      continue;
    }
    failed |= llvm::TypeSwitch<Operation *, LogicalResult>(&op)
                  .Case<FuncOp, UpdateOp>([&](auto op) { return verify(op); })
                  .Default(success())
                  .failed();
    if (isa<InputOp, RDomOp, FuncOp>(op))
      defined[SymbolTable::getSymbolName(&op)] = &op;
  }
  return failure(failed || verifyOutputs().failed());
}

LogicalResult AlgorithmVerifier::verifyOutputs() {
  auto outputs = pipeline.getOutputOps();
  if (outputs.empty())
    return pipeline.emitOpError("has no output");
  llvm::StringMap<OutputOp> earlier;
  for (OutputOp output : outputs) {
    auto [first, isNew] = earlier.try_emplace(output.getFunc(), output);
    if (!isNew) {
      auto diag = output.emitOpError()
                  << "'@" << output.getFunc() << "' is an output already";
      diag.attachNote(first->second.getLoc()) << "the first is here";
      return diag;
    }
    if (failed(verifyOutput(output)))
      return failure();
  }
  return success();
}

LogicalResult AlgorithmVerifier::verifyOutput(OutputOp output) {
  auto func = pipeline.lookupFunc(output.getFunc());
  if (!func)
    return output.emitOpError()
           << "there is no func '@" << output.getFunc() << "'";
  if (func.getVars().size() == output.getExtents().size())
    return success();
  auto diag = output.emitOpError()
              << "has " << output.getExtents().size() << " extents but '@"
              << func.getSymName() << "' has " << func.getVars().size()
              << " variables";
  diag.attachNote(func.getLoc()) << "func defined here";
  return diag;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

InFlightDiagnostic AlgorithmVerifier::emitUnknownCallee(CallOp call,
                                                        StringRef func) {
  auto callee = call.getCallee();
  if (callee == func)
    return call.emitOpError() << "a pure definition calls its own func '@"
                              << func << "'; only updates may";
  if (auto *later = SymbolTable::lookupSymbolIn(pipeline, callee)) {
    auto diag = call.emitOpError()
                << "'@" << callee << "' is called before its definition";
    diag.attachNote(later->getLoc()) << "defined here";
    return diag;
  }
  SmallVector<StringRef> names;
  for (auto [name, op] : defined)
    names.push_back(name);
  return call.emitOpError() << "there is no func or input '@" << callee << "'"
                            << suggestName(callee, names);
}

/// Checks a call in a definition of `func`.
LogicalResult AlgorithmVerifier::verifyCall(CallOp call, StringRef func) {
  auto callee = call.getCallee();
  auto *target = defined.lookup(callee);
  if (!target)
    return emitUnknownCallee(call, func);
  if (isa<RDomOp>(target))
    return call.emitOpError()
           << "'@" << callee << "' is a reduction domain, not a func or input";
  if (callee != func)
    used.try_emplace(callee, call);

  auto callable = dyn_cast<FuncOp>(target);
  auto rank = callable ? callable.getVars().size()
                       : cast<InputOp>(target).getExtents().size();
  auto type = callable ? callable.getElementType()
                       : cast<InputOp>(target).getElementType();
  if (call.getIndices().size() == rank && call.getType() == type)
    return success();
  auto diag = call.emitOpError();
  if (call.getIndices().size() != rank)
    diag << "gives " << call.getIndices().size() << " indices to '@" << callee
         << "', which has " << rank << " dimensions";
  else
    diag << "reads " << call.getType() << " from '@" << callee
         << "', whose elements are " << type;
  diag.attachNote(target->getLoc()) << "defined here";
  return diag;
}

LogicalResult AlgorithmVerifier::verifyCalls(Operation *definition,
                                             StringRef func) {
  bool failed = false;
  definition->walk(
      [&](CallOp call) { failed |= verifyCall(call, func).failed(); });
  return failure(failed);
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

LogicalResult AlgorithmVerifier::verify(FuncOp func) {
  return verifyCalls(func, func.getSymName());
}

LogicalResult AlgorithmVerifier::verify(UpdateOp update) {
  auto name = update.getFunc();
  auto func = dyn_cast_or_null<FuncOp>(defined.lookup(name));
  if (!func)
    return update.emitOpError() << "there is no func '@" << name << "' above";
  if (auto call = used.lookup(name)) {
    auto diag = update.emitOpError()
                << "'@" << name << "' is updated after another func called it";
    diag.attachNote(call.getLoc()) << "called here";
    return diag;
  }
  if (failed(verifyDomain(update, func)) ||
      failed(verifyArguments(update, func)) ||
      failed(verifyYield(update, func)))
    return failure();
  return verifyCalls(update, name);
}

LogicalResult AlgorithmVerifier::verifyDomain(UpdateOp update, FuncOp func) {
  if (!update.getRdom())
    return success();
  auto rdom = dyn_cast_or_null<RDomOp>(defined.lookup(*update.getRdom()));
  if (!rdom)
    return update.emitOpError() << "there is no reduction domain '@"
                                << *update.getRdom() << "' above";
  auto reductions = rdom.getVarNames();
  for (auto name : func.getVarNames())
    if (llvm::is_contained(reductions, name)) {
      auto diag = update.emitOpError()
                  << "variable '" << name << "' is both of '@"
                  << func.getSymName() << "' and of '@" << rdom.getSymName()
                  << "'";
      diag.attachNote(rdom.getLoc()) << "reduction domain defined here";
      return diag;
    }
  return success();
}

LogicalResult AlgorithmVerifier::verifyArguments(UpdateOp update, FuncOp func) {
  auto arguments = update.getBody().getArguments();
  auto count = func.getVars().size();
  auto rdom = update.getRDomOp();
  if (arguments.size() != update.getVarNames().size()) {
    auto diag = update.emitOpError()
                << "has " << arguments.size()
                << " block arguments but its variables are "
                << listNames(update.getVarNames());
    diag.attachNote(func.getLoc()) << "func defined here";
    return diag;
  }
  if (!rdom || llvm::any_of(arguments.drop_front(count),
                            [](Value value) { return !value.use_empty(); }))
    return success();
  return update.emitOpError() << "uses no variable of its reduction domain '@"
                              << rdom.getSymName() << "'";
}

/// Checks the value and where it is stored. A variable of the func may be used
/// only if it is the coordinate of its own dimension: the update then covers
/// that dimension; otherwise the variable would have no value.
LogicalResult AlgorithmVerifier::verifyYield(UpdateOp update, FuncOp func) {
  auto yield = cast<YieldOp>(update.getBodyBlock()->getTerminator());
  auto names = func.getVarNames();
  if (yield.getValue().getType() != func.getElementType()) {
    auto diag = yield.emitOpError()
                << "yields " << yield.getValue().getType() << " for '@"
                << func.getSymName() << "', whose elements are "
                << func.getElementType();
    diag.attachNote(func.getLoc()) << "func defined here";
    return diag;
  }
  auto given = yield.getCoordinates().size();
  if (given != 0 && given != names.size())
    return yield.emitOpError()
           << "gives " << given << " coordinates for '@" << func.getSymName()
           << "', which has " << names.size() << " dimensions";

  auto arguments = update.getBody().getArguments();
  for (auto [name, argument, coordinate] :
       llvm::zip(names, arguments, update.getCoordinates()))
    if (coordinate != argument && !argument.use_empty())
      return yield.emitOpError()
             << "stores elsewhere than at '" << name
             << "' in its dimension, but the update uses '" << name << "'";
  return success();
}

LogicalResult vitrail::halide::verifyAlgorithm(PipelineOp pipeline) {
  return AlgorithmVerifier(pipeline).verify();
}

LogicalResult PipelineOp::verifyRegions() {
  if (failed(verifyAlgorithm(*this)))
    return failure();
  return verifySchedule(*this);
}
