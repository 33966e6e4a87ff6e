//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes the result of every kernel an output, named after where it comes from,
// so that a run can be compared with the evaluator kernel by kernel.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_EXPOSEKERNELS
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// The place in the model file that `location` stands for: of operations that
/// share a kernel the last one, which gives the result. Null if unknown.
FileLineColLoc findPlace(Location location) {
  while (auto fused = dyn_cast<FusedLoc>(location)) {
    if (fused.getLocations().empty())
      return nullptr;
    location = fused.getLocations().back();
  }
  return dyn_cast<FileLineColLoc>(location);
}

/// The parameters that the operands of `call` are computed from.
SmallVector<StringRef> findParameters(func::CallOp call) {
  llvm::SetVector<Operation *> sources;
  SmallVector<StringRef> names;
  auto reach = [&](Value value) {
    if (Operation *op = value.getDefiningOp())
      if (!isa<func::CallOp>(op))
        sources.insert(op);
  };
  llvm::for_each(call.getOperands(), reach);
  for (size_t i = 0; i < sources.size(); ++i) {
    if (auto parameter = dyn_cast<ParameterOp>(sources[i]))
      names.push_back(parameter.getName());
    llvm::for_each(sources[i]->getOperands(), reach);
  }
  return names;
}

/// "blocks.0.fc" of "blocks.0.fc.weight" and "blocks.0.fc.bias": the scope that
/// parameters share, or the first of them if they share none.
std::string describeScope(ArrayRef<StringRef> names) {
  if (names.empty())
    return "";
  StringRef scope = names.front().rsplit('.').first;
  auto isInScope = [&](StringRef name) {
    return name.starts_with(scope) &&
           name.substr(scope.size()).starts_with(".");
  };
  while (!scope.empty() && !llvm::all_of(names, isInScope))
    scope = scope.contains('.') ? scope.rsplit('.').first : "";
  return (scope.empty() ? names.front() : scope).str();
}

/// "linear_gelu vit.vit:12:5 blocks.0.fc".
std::string describe(func::CallOp call) {
  std::string text = call.getCallee().str();
  if (FileLineColLoc place = findPlace(call.getLoc()))
    text += llvm::formatv(" {0}:{1}:{2}", place.getFilename().getValue(),
                          place.getLine(), place.getColumn());
  std::string scope = describeScope(findParameters(call));
  return scope.empty() ? text : text + " " + scope;
}

struct ExposeKernels : impl::ExposeKernelsBase<ExposeKernels> {
  void runOnOperation() override {
    // A search wants entries with one result.
    getOperation()->removeAttr("nn.generate");
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        expose(function);
  }

  void expose(func::FuncOp function) {
    SmallVector<func::CallOp> calls;
    function.walk([&](func::CallOp call) {
      if (call.getNumResults() == 1 &&
          !getElementTypeOrSelf(call.getResult(0)).isInteger(1))
        calls.push_back(call);
    });
    Operation *terminator = function.getBody().front().getTerminator();
    size_t digits = std::to_string(calls.size()).size();
    for (auto [i, call] : llvm::enumerate(calls)) {
      std::string number = std::to_string(i + 1);
      number.insert(0, digits - number.size(), '0');
      std::string name = number + " " + describe(call);
      Builder builder(&getContext());
      auto attributes = builder.getDictionaryAttr(
          builder.getNamedAttr("nn.name", builder.getStringAttr(name)));
      Value value = call.getResult(0);
      if (failed(function.insertResult(function.getNumResults(),
                                       value.getType(), attributes)))
        return signalPassFailure();
      terminator->insertOperands(terminator->getNumOperands(), value);
      ++exposed;
    }
  }
};

} // namespace
} // namespace vitrail::nn
