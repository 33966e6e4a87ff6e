//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws elements by the generator of synthetic tensors, seeded.
//
//===----------------------------------------------------------------------===//

#include "DrawInputs.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Support/Synthetic.h"
#include "vitrail/Weights/Evaluator.h"

#include "llvm/ADT/SetVector.h"

#include <cmath>

namespace vitrail {

using namespace mlir;
using weights::Tensor;

StringRef getArgumentName(func::FuncOp function, unsigned argument) {
  for (StringRef key : {"nn.name", "nn.state"})
    if (auto name = function.getArgAttrOfType<StringAttr>(argument, key))
      return name;
  return "";
}

/// Numbers in [0, 1), one after the other.
namespace {
class Generator {
public:
  Generator(uint64_t seed, StringRef name)
      : hash(fnv1a64(name) ^ splitmix64(seed)) {}

  double next() { return syntheticUniform(hash, index++) / 2 + 0.5; }

  /// An integer in [0, limit).
  int64_t next(int64_t limit) {
    return static_cast<int64_t>(next() * static_cast<double>(limit));
  }

private:
  uint64_t hash;
  uint64_t index = 0;
};
} // namespace

/// Pixels as `preprocess` makes them, [samples, channels, height, width].
static void drawImage(Generator &generator, DictionaryAttr preprocess,
                      Tensor &image) {
  auto scale = preprocess.getAs<FloatAttr>("scale");
  auto mean = preprocess.getAs<DenseF64ArrayAttr>("mean");
  auto std = preprocess.getAs<DenseF64ArrayAttr>("std");
  double factor = scale ? scale.getValueAsDouble() : 1.0 / 255;
  int64_t channels = image.shape[1];
  int64_t pixels = image.shape[2] * image.shape[3];
  for (auto [i, element] : llvm::enumerate(image.data)) {
    int64_t channel = i / pixels % channels;
    element = generator.next(256) * factor - (mean ? mean[channel] : 0.0);
    element /= std ? std[channel] : 1.0;
  }
}

/// How many different integers make sense for `value`: the least extent that
/// it, or an integer computed from it, is a position in.
static int64_t countPositions(Value value) {
  constexpr int64_t unused = 16;
  int64_t count = INT64_MAX;
  auto limit = [&](RankedTensorType type, int64_t axis) {
    count = std::min(count, nn::getExtents(type)[axis].size);
  };
  llvm::SetVector<Value> reached;
  reached.insert(value);
  for (size_t i = 0; i < reached.size(); ++i) {
    for (OpOperand &use : reached[i].getUses()) {
      Operation *user = use.getOwner();
      auto gather = dyn_cast<nn::GatherOp>(user);
      auto update = dyn_cast<nn::UpdateOp>(user);
      if (gather && use.get() == gather.getIndices())
        limit(gather.getTable().getType(), gather.getAxis());
      else if (update && use.get() == update.getIndex())
        limit(update.getInput().getType(), update.getAxis());
      else
        for (Value result : user->getResults())
          if (getElementTypeOrSelf(result).isInteger())
            reached.insert(result);
    }
  }
  return count == INT64_MAX ? unused : count;
}

static int64_t getPadding(func::FuncOp function) {
  auto generate =
      function->getParentOfType<ModuleOp>()->getAttrOfType<DictionaryAttr>(
          "nn.generate");
  auto pad = generate ? generate.getAs<IntegerAttr>("pad") : IntegerAttr();
  return pad ? pad.getInt() : 0;
}

Tensor drawArgument(func::FuncOp function, unsigned argument, int64_t batch,
                    uint64_t seed) {
  BlockArgument value = function.getArgument(argument);
  auto type = cast<RankedTensorType>(value.getType());
  Tensor tensor(weights::getShape(type, batch));
  Generator generator(seed, getArgumentName(function, argument));
  if (auto preprocess = function.getArgAttrOfType<DictionaryAttr>(
          argument, "nn.preprocess")) {
    drawImage(generator, preprocess, tensor);
  } else if (type.getElementType().isInteger(1)) {
    for (double &element : tensor.data)
      element = generator.next(2);
  } else if (type.getElementType().isInteger()) {
    int64_t limit = countPositions(value);
    int64_t padding = getPadding(function);
    for (double &element : tensor.data)
      element = generator.next(8) == 0 ? padding : generator.next(limit);
  } else {
    for (double &element : tensor.data)
      element = std::sqrt(3.0) * (2 * generator.next() - 1);
  }
  return tensor;
}

} // namespace vitrail
