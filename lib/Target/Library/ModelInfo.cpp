//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The introspection tables of vitrail.h.
//
//===----------------------------------------------------------------------===//

#include "ModelTables.h"

#include "llvm/Support/Path.h"

using namespace mlir;
using namespace vitrail;

static llvm::Constant *buildPreprocess(TableBuilder &builder,
                                       const Preprocess &preprocess) {
  return builder.getGlobal(builder.getStruct<vitrail_preprocess>({
                               builder.getInt32(preprocess.resize),
                               builder.getInt32(preprocess.filter),
                               builder.getInt32(preprocess.cropHeight),
                               builder.getInt32(preprocess.cropWidth),
                               builder.getFloat(preprocess.scale),
                               builder.getInt32(preprocess.mean.size()),
                               builder.getFloatArray(preprocess.mean, "mean"),
                               builder.getFloatArray(preprocess.std, "std"),
                           }),
                           "preprocess");
}

static llvm::Constant *buildTensors(TableBuilder &builder,
                                    ArrayRef<InterfaceTensor> tensors) {
  SmallVector<llvm::Constant *> elements;
  for (const InterfaceTensor &tensor : tensors)
    elements.push_back(builder.getStruct<vitrail_tensor_info>({
        builder.getString(tensor.name),
        builder.getInt32(tensor.elementType),
        builder.getInt32(tensor.type.getRank()),
        builder.getInt64Array(getLibraryShape(tensor.type), "shape"),
        tensor.preprocess ? buildPreprocess(builder, *tensor.preprocess)
                          : builder.getNull(),
    }));
  return builder.getArray(elements, "tensors");
}

static llvm::Constant *buildStates(TableBuilder &builder,
                                   ArrayRef<State> states) {
  SmallVector<InterfaceTensor> tensors;
  for (const State &state : states)
    tensors.push_back(
        {state.name, state.type, state.elementType, std::nullopt});
  return buildTensors(builder, tensors);
}

static llvm::Constant *buildGenerate(TableBuilder &builder,
                                     const std::optional<Generate> &generate) {
  if (!generate)
    return builder.getNull();
  SmallVector<llvm::Constant *> vocabulary;
  for (StringRef token : generate->vocabulary)
    vocabulary.push_back(builder.getString(token));
  return builder.getGlobal(builder.getStruct<vitrail_generate_info>({
                               builder.getInt32(generate->encode),
                               builder.getInt32(generate->step),
                               builder.getInt32(generate->start),
                               builder.getInt32(generate->end),
                               builder.getInt32(generate->pad),
                               builder.getInt32(generate->maxLength),
                               builder.getInt64(generate->sourceLength),
                               builder.getInt64(generate->vocabularySize),
                               builder.getArray(vocabulary, "vocabulary"),
                           }),
                           "generate");
}

llvm::Constant *vitrail::buildModelInfo(TableBuilder &builder,
                                        const LibraryModel &model) {
  SmallVector<llvm::Constant *> entries;
  for (const Interface &interface : model.interfaces)
    entries.push_back(builder.getStruct<vitrail_entry_info>({
        builder.getString(interface.name),
        builder.getInt32(interface.inputs.size()),
        builder.getInt32(interface.outputs.size()),
        buildTensors(builder, interface.inputs),
        buildTensors(builder, interface.outputs),
    }));

  // The entries of one context run one at a time and share its arena.
  int64_t arenaSize = 0;
  for (const ModelVariant &variant : model.variants)
    for (const MemoryPlan &plan : variant.plans)
      arenaSize = std::max(arenaSize, plan.getArenaSize());

  const LibraryOptions &options = model.options;
  StringRef weightsFile = llvm::sys::path::filename(options.weightsFile);
  return builder.getGlobal(
      builder.getStruct<vitrail_model_info>({
          builder.getInt32(VITRAIL_ABI),
          builder.getString(options.modelName),
          builder.getString("vitrail " VITRAIL_VERSION),
          builder.getString(options.targetName),
          builder.getInt64(options.maxBatch),
          builder.getInt64(model.constants.getSize()),
          builder.getInt64(arenaSize),
          weightsFile.empty() ? builder.getNull()
                              : builder.getString(weightsFile),
          builder.getInt32(model.interfaces.size()),
          builder.getArray(entries, "entries"),
          builder.getInt64(getStatesSize(model.states)),
          builder.getInt32(model.states.size()),
          buildStates(builder, model.states),
          buildGenerate(builder, model.generate),
      }),
      "info");
}
