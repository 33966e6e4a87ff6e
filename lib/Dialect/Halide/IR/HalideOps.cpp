//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Look-ups, printed names and syntax of the `halide` dialect's operations.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace vitrail::halide;

using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Syntax of extents: [64, 12, ?]
//===----------------------------------------------------------------------===//

static ParseResult parseExtents(OpAsmParser &parser,
                                DenseI64ArrayAttr &extents) {
  SmallVector<int64_t> values;
  auto parseExtent = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalQuestion())) {
      values.push_back(ShapedType::kDynamic);
      return success();
    }
    return parser.parseInteger(values.emplace_back());
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square,
                                     parseExtent))
    return failure();
  extents = parser.getBuilder().getDenseI64ArrayAttr(values);
  return success();
}

static void printExtents(OpAsmPrinter &printer, Operation *,
                         DenseI64ArrayAttr extents) {
  printer << '[';
  llvm::interleaveComma(extents.asArrayRef(), printer, [&](int64_t extent) {
    if (ShapedType::isDynamic(extent))
      printer << '?';
    else
      printer << extent;
  });
  printer << ']';
}

//===----------------------------------------------------------------------===//
// PipelineOp
//===----------------------------------------------------------------------===//

InputOp PipelineOp::lookupInput(StringRef name) {
  return lookupSymbol<InputOp>(name);
}

FuncOp PipelineOp::lookupFunc(StringRef name) {
  return lookupSymbol<FuncOp>(name);
}

RDomOp PipelineOp::lookupRDom(StringRef name) {
  return lookupSymbol<RDomOp>(name);
}

std::vector<InputOp> PipelineOp::getInputOps() {
  auto inputs = getBody().getOps<InputOp>();
  return {inputs.begin(), inputs.end()};
}

std::vector<OutputOp> PipelineOp::getOutputOps() {
  auto outputs = getBody().getOps<OutputOp>();
  return {outputs.begin(), outputs.end()};
}

bool PipelineOp::isOutput(StringRef func) {
  return llvm::any_of(getBody().getOps<OutputOp>(), [&](OutputOp output) {
    return output.getFunc() == func;
  });
}

std::vector<UpdateOp> PipelineOp::getUpdateOps(StringRef func) {
  std::vector<UpdateOp> updates;
  for (auto update : getBody().getOps<UpdateOp>())
    if (update.getFunc() == func)
      updates.push_back(update);
  return updates;
}

std::string PipelineOp::getText(StringRef name) {
  OwningOpRef<PipelineOp> copy = clone();
  copy->setSymName(name);
  copy->removeLinkNameAttr();
  (*copy)->setDiscardableAttrs(ArrayRef<NamedAttribute>());
  // The command line may ask for less in what people read.
  constexpr auto unlimited = std::numeric_limits<int64_t>::max();
  OpPrintingFlags flags;
  flags.enableDebugInfo(false)
      .elideLargeElementsAttrs(unlimited)
      .elideLargeResourceString(unlimited)
      .skipRegions(false)
      .printGenericOpForm()
      .useLocalScope();
  std::string text;
  llvm::raw_string_ostream os(text);
  (*copy)->print(os, flags);
  return text;
}

//===----------------------------------------------------------------------===//
// FuncOp and UpdateOp
//===----------------------------------------------------------------------===//

/// Names the block arguments after the variables that they stand for.
static void nameVariables(Region &region, ArrayRef<StringRef> names,
                          OpAsmSetValueNameFn setName) {
  if (region.empty())
    return;
  for (auto [argument, name] : llvm::zip(region.getArguments(), names))
    setName(argument, name);
}

/// The position of `name` in `names`, which must have it.
static unsigned getPosition(ArrayRef<StringRef> names, StringRef name) {
  const auto *found = llvm::find(names, name);
  assert(found != names.end() && "no variable of this name");
  return found - names.begin();
}

SmallVector<StringRef> FuncOp::getVarNames() {
  return llvm::to_vector(getVars().getAsValueRange<StringAttr>());
}

BlockArgument FuncOp::getVariable(StringRef name) {
  return getBody().getArgument(getPosition(getVarNames(), name));
}

void FuncOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  nameVariables(region, getVarNames(), setName);
}

FuncOp UpdateOp::getFuncOp() {
  auto pipeline = (*this)->getParentOfType<PipelineOp>();
  return pipeline ? pipeline.lookupFunc(getFunc()) : FuncOp();
}

RDomOp UpdateOp::getRDomOp() {
  auto pipeline = (*this)->getParentOfType<PipelineOp>();
  if (!pipeline || !getRdom())
    return {};
  return pipeline.lookupRDom(*getRdom());
}

SmallVector<StringRef> UpdateOp::getVarNames() {
  SmallVector<StringRef> names;
  if (auto func = getFuncOp())
    names = func.getVarNames();
  if (auto rdom = getRDomOp())
    llvm::append_range(names, rdom.getVarNames());
  return names;
}

BlockArgument UpdateOp::getVariable(StringRef name) {
  return getBody().getArgument(getPosition(getVarNames(), name));
}

SmallVector<Value> UpdateOp::getCoordinates() {
  auto yield = cast<YieldOp>(getBodyBlock()->getTerminator());
  if (!yield.getCoordinates().empty())
    return llvm::to_vector(yield.getCoordinates());
  auto variables = getBody().getArguments();
  return llvm::to_vector_of<Value>(
      variables.take_front(getFuncOp().getVars().size()));
}

void UpdateOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  nameVariables(region, getVarNames(), setName);
}

//===----------------------------------------------------------------------===//
// RDomOp and CallOp
//===----------------------------------------------------------------------===//

SmallVector<StringRef> RDomOp::getVarNames() {
  return llvm::to_vector(getVars().getAsValueRange<StringAttr>());
}

void CallOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getCallee());
}

#define GET_OP_CLASSES
#include "vitrail/Dialect/Halide/IR/HalideOps.cpp.inc"
