//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime's tables of Program.h: the steps of each entry and their buffers.
//
//===----------------------------------------------------------------------===//

#include "ModelTables.h"

#include "mlir/IR/SymbolTable.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Runtime/Program.h"

using namespace mlir;
using namespace vitrail;

namespace {
/// A tensor as an argument of a step, and where diagnostics about it go.
struct Argument {
  Value value;
  Placement placement;
  /// Of the pipeline's buffer, in elements; absent where it is dense.
  std::optional<ArrayRef<int64_t>> strides;
  Location location;
};

/// Builds the steps of one entry.
class EntryBuilder {
public:
  EntryBuilder(TableBuilder &builder, const LibraryModel &model,
               const MemoryPlan &plan)
      : builder(builder), model(model), plan(plan) {}

  FailureOr<llvm::Constant *>
  build(llvm::function_ref<llvm::Constant *(StringRef)> getKernel);

private:
  Argument getArgument(Value value, Location location,
                       std::optional<ArrayRef<int64_t>> strides) const;
  FailureOr<llvm::Constant *> buildDimensions(const Argument &argument) const;
  LogicalResult addStep(llvm::Constant *kernel, StringRef name,
                        ArrayRef<Argument> arguments);
  LogicalResult
  addLaunch(halide::LaunchOp launch,
            llvm::function_ref<llvm::Constant *(StringRef)> getKernel);
  LogicalResult addCopy(const MemoryPlan::Step &copy);

  TableBuilder &builder;
  const LibraryModel &model;
  const MemoryPlan &plan;
  SmallVector<llvm::Constant *> steps;
};
} // namespace

Argument
EntryBuilder::getArgument(Value value, Location location,
                          std::optional<ArrayRef<int64_t>> strides) const {
  Placement placement = plan.getPlacement(value);
  if (placement.place == runtime::Place::Weights)
    placement = model.constants.getPlacement(value);
  return {value, placement, strides, location};
}

/// Extents and strides, innermost first. A stride is the product of the extents
/// inside of it, so at most one factor of either is the batch.
FailureOr<llvm::Constant *>
EntryBuilder::buildDimensions(const Argument &argument) const {
  auto type = cast<RankedTensorType>(argument.value.getType());
  SmallVector<llvm::Constant *> dimensions;
  nn::Extent dense = {1, false};
  auto encode = [](nn::Extent extent) {
    return extent.timesBatch ? -extent.size : extent.size;
  };
  SmallVector<nn::Extent> extents = nn::getExtents(type);
  for (auto [dim, extent] : llvm::enumerate(llvm::reverse(extents))) {
    nn::Extent stride = dense;
    if (argument.strides && !ShapedType::isDynamic((*argument.strides)[dim]))
      stride = {(*argument.strides)[dim], false};
    for (nn::Extent each : {extent, stride})
      if (each.size > std::numeric_limits<int32_t>::max() /
                          (each.timesBatch ? model.options.maxBatch : 1))
        return emitError(argument.location)
               << "a tensor " << nn::describeShape(type)
               << " is larger than kernels can index with a batch of "
               << model.options.maxBatch;
    dimensions.push_back(builder.getStruct<runtime::Dimension>(
        {builder.getInt64(encode(extent)), builder.getInt64(encode(stride))}));
    dense = {dense.size * extent.size, dense.timesBatch || extent.timesBatch};
  }
  return builder.getArray(dimensions, "dimensions");
}

LogicalResult EntryBuilder::addStep(llvm::Constant *kernel, StringRef name,
                                    ArrayRef<Argument> arguments) {
  SmallVector<llvm::Constant *> buffers;
  for (const Argument &argument : arguments) {
    auto type = cast<RankedTensorType>(argument.value.getType());
    std::optional<vitrail_type> elementType =
        getLibraryType(type.getElementType());
    if (!elementType)
      return emitError(argument.location)
             << "kernels of a library cannot take a tensor of type " << type;
    FailureOr<llvm::Constant *> dimensions = buildDimensions(argument);
    if (failed(dimensions))
      return failure();
    buffers.push_back(builder.getStruct<runtime::Buffer>({
        builder.getInt32(int32_t(argument.placement.place)),
        builder.getInt32(argument.placement.index),
        builder.getInt64(argument.placement.offset),
        builder.getInt32(*elementType),
        builder.getInt32(type.getRank()),
        *dimensions,
    }));
  }
  steps.push_back(builder.getStruct<runtime::Step>({
      kernel,
      builder.getString(name),
      builder.getArray(buffers, "buffers"),
      builder.getInt64(buffers.size()),
  }));
  return success();
}

/// The step has the kernel's name, which people read.
LogicalResult EntryBuilder::addLaunch(
    halide::LaunchOp launch,
    llvm::function_ref<llvm::Constant *(StringRef)> getKernel) {
  SmallVector<Argument> arguments;
  auto add = [&](Value value, std::optional<ArrayRef<int64_t>> strides) {
    arguments.push_back(getArgument(value, launch.getLoc(), strides));
  };
  if (halide::PipelineOp pipeline = launch.lookupPipeline()) {
    for (auto [input, value] :
         llvm::zip_equal(pipeline.getInputOps(), launch.getInputs()))
      add(value, input.getStrides());
    for (auto [output, value] :
         llvm::zip_equal(pipeline.getOutputOps(), launch.getResults()))
      add(value, output.getStrides());
  } else {
    for (Value value : launch.getInputs())
      add(value, std::nullopt);
    for (Value value : launch.getResults())
      add(value, std::nullopt);
  }
  return addStep(getKernel(launch.getFunctionName()), launch.getPipeline(),
                 arguments);
}

LogicalResult EntryBuilder::addCopy(const MemoryPlan::Step &copy) {
  Argument from = {copy.source, copy.from, std::nullopt, copy.location};
  if (copy.from.place == runtime::Place::Weights)
    from.placement = model.constants.getPlacement(copy.source);
  Argument to = {copy.source, copy.to, std::nullopt, copy.location};
  return addStep(builder.getNull(), "copy", {from, to});
}

FailureOr<llvm::Constant *>
EntryBuilder::build(llvm::function_ref<llvm::Constant *(StringRef)> getKernel) {
  for (const MemoryPlan::Step &step : plan.getSteps()) {
    halide::LaunchOp launch = step.launch;
    if (failed(launch ? addLaunch(launch, getKernel) : addCopy(step)))
      return failure();
  }
  return builder.getStruct<runtime::Entry>(
      {builder.getArray(steps, "steps"), builder.getInt64(steps.size())});
}

/// Where each state is, and how much of it there is.
static llvm::Constant *buildStates(TableBuilder &builder,
                                   ArrayRef<State> states) {
  SmallVector<llvm::Constant *> elements;
  for (const State &state : states) {
    bool timesBatch =
        llvm::any_of(nn::getExtents(state.type), nn::dependsOnBatch);
    elements.push_back(builder.getStruct<runtime::State>({
        builder.getInt64(state.offset),
        builder.getInt64(state.size),
        builder.getInt64(timesBatch),
    }));
  }
  return builder.getArray(elements, "state_places");
}

static llvm::Constant *buildExpansions(TableBuilder &builder,
                                       const ConstantPool &constants) {
  SmallVector<llvm::Constant *> elements;
  for (const ConstantPool::Expanded &expanded : constants.getExpanded()) {
    const Expansion &expansion = expanded.expansion;
    elements.push_back(builder.getStruct<runtime::Expansion>({
        builder.getInt64(expanded.offset),
        builder.getInt64(expanded.source),
        builder.getInt64(expanded.indices),
        builder.getInt64(expanded.elementSize),
        builder.getInt64(expansion.outer),
        builder.getInt64(int64_t(expansion.indices.size())),
        builder.getInt64(expansion.inner),
        builder.getInt64(expansion.outerStride),
        builder.getInt64(expansion.innerStride),
    }));
  }
  return builder.getArray(elements, "expansions");
}

/// The runtime's table of a GPU's driver; null for a processor.
static llvm::Constant *getDriver(const TableBuilder &builder,
                                 Accelerator accelerator) {
  switch (accelerator) {
  case Accelerator::None:
    return builder.getNull();
  case Accelerator::CUDA:
    return builder.getHidden(runtime::cudaDriverSymbol);
  case Accelerator::OpenCL:
    return builder.getHidden(runtime::openclDriverSymbol);
  }
  llvm_unreachable("these are all accelerators");
}

static FailureOr<llvm::Constant *>
buildVariant(TableBuilder &builder, const LibraryModel &model,
             const ModelVariant &variant,
             llvm::function_ref<llvm::Constant *(StringRef)> getKernel) {
  SmallVector<llvm::Constant *> entries;
  for (const MemoryPlan &plan : variant.plans) {
    FailureOr<llvm::Constant *> entry =
        EntryBuilder(builder, model, plan).build(getKernel);
    if (failed(entry))
      return failure();
    entries.push_back(*entry);
  }

  SmallVector<llvm::Constant *> features;
  for (const std::string &feature : variant.cpuFeatures)
    features.push_back(builder.getString(feature));
  features.push_back(builder.getNull());
  return builder.getStruct<runtime::Variant>({
      builder.getString(variant.target.name),
      builder.getArray(features, "features"),
      builder.getArray(entries, "programs"),
      getDriver(builder, variant.target.accelerator),
  });
}

FailureOr<llvm::Constant *> vitrail::buildProgram(
    TableBuilder &builder, const LibraryModel &model, llvm::Constant *info,
    llvm::Constant *weights,
    llvm::function_ref<llvm::Constant *(StringRef)> getKernel) {
  SmallVector<llvm::Constant *> variants;
  for (const ModelVariant &variant : model.variants) {
    FailureOr<llvm::Constant *> built =
        buildVariant(builder, model, variant, getKernel);
    if (failed(built))
      return failure();
    variants.push_back(*built);
  }
  const ConstantPool &constants = model.constants;
  return builder.getGlobal(
      builder.getStruct<runtime::Program>({
          info,
          builder.getArray(variants, "variants"),
          builder.getInt64(variants.size()),
          weights,
          builder.getInt64(model.weightsHash),
          buildStates(builder, model.states),
          buildExpansions(builder, constants),
          builder.getInt64(constants.getExpanded().size()),
          builder.getInt64(constants.getExpandedSize()),
          constants.getExpanded().empty()
              ? builder.getNull()
              : builder.getHidden(runtime::expandedWeightsSymbol),
      }),
      "program");
}
