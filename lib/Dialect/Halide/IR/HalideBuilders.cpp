//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How code builds the operations of the `halide` dialect: from plain names and
// numbers rather than attributes, bodies with their block arguments in place.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace vitrail::halide;

using llvm::StringRef;

/// Gives a new operation its body: one block with `count` i32 arguments.
static void addBody(OpBuilder &builder, OperationState &state, size_t count) {
  auto &block = state.addRegion()->emplaceBlock();
  SmallVector<Type> types(count, builder.getI32Type());
  SmallVector<Location> locations(count, state.location);
  block.addArguments(types, locations);
}

//===----------------------------------------------------------------------===//
// Pipelines and algorithms
//===----------------------------------------------------------------------===//

void PipelineOp::build(OpBuilder &builder, OperationState &state,
                       StringRef name) {
  state.getOrAddProperties<Properties>().setSymName(
      builder.getStringAttr(name));
  addBody(builder, state, 0);
}

void RDomOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                   ArrayRef<StringRef> vars, ArrayRef<int64_t> extents) {
  build(builder, state, name, vars, SmallVector<int64_t>(extents.size(), 0),
        extents);
}

void RDomOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                   ArrayRef<StringRef> vars, ArrayRef<int64_t> mins,
                   ArrayRef<int64_t> extents) {
  auto &properties = state.getOrAddProperties<Properties>();
  properties.setSymName(builder.getStringAttr(name));
  properties.setVars(builder.getStrArrayAttr(vars));
  properties.setMins(builder.getDenseI64ArrayAttr(mins));
  properties.setExtents(builder.getDenseI64ArrayAttr(extents));
}

void FuncOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                   ArrayRef<StringRef> vars, Type elementType) {
  auto &properties = state.getOrAddProperties<Properties>();
  properties.setSymName(builder.getStringAttr(name));
  properties.setVars(builder.getStrArrayAttr(vars));
  properties.setElementType(TypeAttr::get(elementType));
  addBody(builder, state, vars.size());
}

void UpdateOp::build(OpBuilder &builder, OperationState &state, FuncOp func,
                     RDomOp rdom) {
  auto &properties = state.getOrAddProperties<Properties>();
  properties.setFunc(FlatSymbolRefAttr::get(func));
  if (rdom)
    properties.setRdom(FlatSymbolRefAttr::get(rdom));
  addBody(builder, state,
          func.getVars().size() + (rdom ? rdom.getVars().size() : 0));
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

/// Sets what names a stage: `func` and, except for the pure definition,
/// `update`. Returns the properties, for the rest of them.
template <typename OpTy>
static auto &setStage(OpBuilder &builder, OperationState &state, StringRef func,
                      std::optional<int64_t> update) {
  auto &properties = state.getOrAddProperties<typename OpTy::Properties>();
  properties.setFunc(FlatSymbolRefAttr::get(builder.getContext(), func));
  if (update)
    properties.setUpdate(builder.getI64IntegerAttr(*update));
  return properties;
}

void SplitOp::build(OpBuilder &builder, OperationState &state, StringRef func,
                    std::optional<int64_t> update, StringRef var,
                    StringRef outer, StringRef inner, int64_t factor,
                    TailStrategy tail) {
  auto &properties = setStage<SplitOp>(builder, state, func, update);
  properties.setVar(builder.getStringAttr(var));
  properties.setOuter(builder.getStringAttr(outer));
  properties.setInner(builder.getStringAttr(inner));
  properties.setFactor(builder.getI64IntegerAttr(factor));
  properties.setTail(TailStrategyAttr::get(builder.getContext(), tail));
}

void FuseOp::build(OpBuilder &builder, OperationState &state, StringRef func,
                   std::optional<int64_t> update, StringRef inner,
                   StringRef outer, StringRef fused) {
  auto &properties = setStage<FuseOp>(builder, state, func, update);
  properties.setInner(builder.getStringAttr(inner));
  properties.setOuter(builder.getStringAttr(outer));
  properties.setFused(builder.getStringAttr(fused));
}

void ReorderOp::build(OpBuilder &builder, OperationState &state, StringRef func,
                      std::optional<int64_t> update, ArrayRef<StringRef> vars) {
  setStage<ReorderOp>(builder, state, func, update)
      .setVars(builder.getStrArrayAttr(vars));
}

void VectorizeOp::build(OpBuilder &builder, OperationState &state,
                        StringRef func, std::optional<int64_t> update,
                        StringRef var) {
  setStage<VectorizeOp>(builder, state, func, update)
      .setVar(builder.getStringAttr(var));
}

void UnrollOp::build(OpBuilder &builder, OperationState &state, StringRef func,
                     std::optional<int64_t> update, StringRef var) {
  setStage<UnrollOp>(builder, state, func, update)
      .setVar(builder.getStringAttr(var));
}

void ParallelOp::build(OpBuilder &builder, OperationState &state,
                       StringRef func, std::optional<int64_t> update,
                       StringRef var) {
  setStage<ParallelOp>(builder, state, func, update)
      .setVar(builder.getStringAttr(var));
}

void GPUBlocksOp::build(OpBuilder &builder, OperationState &state,
                        StringRef func, std::optional<int64_t> update,
                        StringRef var) {
  setStage<GPUBlocksOp>(builder, state, func, update)
      .setVar(builder.getStringAttr(var));
}

void GPUThreadsOp::build(OpBuilder &builder, OperationState &state,
                         StringRef func, std::optional<int64_t> update,
                         StringRef var) {
  setStage<GPUThreadsOp>(builder, state, func, update)
      .setVar(builder.getStringAttr(var));
}

void GPULanesOp::build(OpBuilder &builder, OperationState &state,
                       StringRef func, std::optional<int64_t> update,
                       StringRef var) {
  setStage<GPULanesOp>(builder, state, func, update)
      .setVar(builder.getStringAttr(var));
}

void GPUSingleThreadOp::build(OpBuilder &builder, OperationState &state,
                              StringRef func, std::optional<int64_t> update) {
  setStage<GPUSingleThreadOp>(builder, state, func, update);
}

void AtomicOp::build(OpBuilder &builder, OperationState &state, StringRef func,
                     std::optional<int64_t> update) {
  setStage<AtomicOp>(builder, state, func, update);
}

void AllowRaceConditionsOp::build(OpBuilder &builder, OperationState &state,
                                  StringRef func,
                                  std::optional<int64_t> update) {
  setStage<AllowRaceConditionsOp>(builder, state, func, update);
}

void MultiplyOnTilesOp::build(OpBuilder &builder, OperationState &state,
                              StringRef func, std::optional<int64_t> update) {
  setStage<MultiplyOnTilesOp>(builder, state, func, update);
}

void ReorderStorageOp::build(OpBuilder &builder, OperationState &state,
                             StringRef func, ArrayRef<StringRef> vars) {
  auto &properties = state.getOrAddProperties<Properties>();
  properties.setFunc(FlatSymbolRefAttr::get(builder.getContext(), func));
  properties.setVars(builder.getStrArrayAttr(vars));
}
