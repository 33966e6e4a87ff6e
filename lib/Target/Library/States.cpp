//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading what concerns a whole model: its states, and how it generates.
//
//===----------------------------------------------------------------------===//

#include "Interface.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vitrail;

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// Appends the state `name`, unless it is there.
static LogicalResult addState(Location location, Attribute name, Type type,
                              std::vector<State> &states) {
  auto nameAttr = dyn_cast_or_null<StringAttr>(name);
  if (!nameAttr || llvm::any_of(states, [&](const State &state) {
        return state.name == nameAttr.getValue();
      }))
    return success();
  auto tensor = cast<RankedTensorType>(type);
  std::optional<vitrail_type> elementType =
      getLibraryType(tensor.getElementType());
  if (!elementType || elementType == VITRAIL_BOOL)
    return emitError(location) << "state " << nameAttr << " has type " << type
                               << ", which libraries cannot keep";
  int64_t size = nn::getElementsPerSample(tensor) *
                 getElementSize(tensor.getElementType());
  states.push_back(
      {nameAttr.getValue(), tensor, *elementType, getStatesSize(states), size});
  return success();
}

int64_t vitrail::getStatesSize(ArrayRef<State> states) {
  if (states.empty())
    return 0;
  return states.back().offset + llvm::alignTo(states.back().size, 64);
}

FailureOr<std::vector<State>> vitrail::getStates(ModuleOp module) {
  std::vector<State> states;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isDeclaration())
      continue;
    for (BlockArgument argument : function.getArguments())
      if (failed(
              addState(argument.getLoc(),
                       function.getArgAttr(argument.getArgNumber(), "nn.state"),
                       argument.getType(), states)))
        return failure();
    for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
      if (failed(addState(function.getLoc(),
                          function.getResultAttr(i, "nn.state"), type, states)))
        return failure();
  }
  return states;
}

//===----------------------------------------------------------------------===//
// Generation
//===----------------------------------------------------------------------===//

FailureOr<std::optional<Generate>>
vitrail::getGenerate(ModuleOp module, ArrayRef<Interface> interfaces) {
  // The verifier knows that all entries are there and fit together.
  auto entries = module->getAttrOfType<DictionaryAttr>("nn.generate");
  if (!entries)
    return std::optional<Generate>();
  auto getNumber = [&](StringRef key) {
    return entries.getAs<IntegerAttr>(key).getInt();
  };
  auto findEntry = [&](StringRef key) {
    StringRef name = entries.getAs<FlatSymbolRefAttr>(key).getValue();
    return llvm::find_if(interfaces, [&](const Interface &interface) {
      return interface.name == name;
    });
  };
  const Interface *encode = findEntry("encode"), *step = findEntry("step");
  for (auto [key, entry] : {std::pair("encode", encode), {"step", step}})
    if (entry == interfaces.end())
      return module.emitError("'")
             << key << "' of 'nn.generate' is no entry of the library";
  Generate generate = {encode - interfaces.begin(),
                       step - interfaces.begin(),
                       getNumber("start"),
                       getNumber("end"),
                       getNumber("pad"),
                       getNumber("max_length"),
                       encode->inputs.front().type.getDimSize(1),
                       step->outputs.front().type.getDimSize(1),
                       {}};
  if (auto vocabulary = entries.getAs<ArrayAttr>("vocabulary"))
    for (auto token : vocabulary.getAsRange<StringAttr>())
      generate.vocabulary.push_back(token.getValue());
  return std::optional<Generate>(std::move(generate));
}
