//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading entries: names, types and preprocessing of inputs and outputs.
//
//===----------------------------------------------------------------------===//

#include "Interface.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace vitrail;

std::optional<vitrail_type> vitrail::getLibraryType(Type type) {
  if (type.isF32())
    return VITRAIL_F32;
  if (type.isF16())
    return VITRAIL_F16;
  if (type.isBF16())
    return VITRAIL_BF16;
  if (type.isUnsignedInteger(8))
    return VITRAIL_U8;
  if (type.isInteger(8))
    return VITRAIL_I8;
  if (type.isInteger(32))
    return VITRAIL_I32;
  if (type.isInteger(64))
    return VITRAIL_I64;
  if (type.isInteger(1))
    return VITRAIL_BOOL;
  return std::nullopt;
}

int64_t vitrail::getElementSize(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

SmallVector<int64_t> vitrail::getLibraryShape(RankedTensorType type) {
  return llvm::map_to_vector(nn::getExtents(type), [](nn::Extent extent) {
    return extent.timesBatch ? -extent.size : extent.size;
  });
}

static Preprocess readPreprocess(DictionaryAttr attributes) {
  Preprocess preprocess;
  if (auto resize = attributes.getAs<IntegerAttr>("resize"))
    preprocess.resize = resize.getInt();
  if (auto filter = attributes.getAs<StringAttr>("filter"))
    preprocess.filter = llvm::StringSwitch<vitrail_filter>(filter.getValue())
                            .Case("nearest", VITRAIL_NEAREST)
                            .Case("bicubic", VITRAIL_BICUBIC)
                            .Default(VITRAIL_BILINEAR);
  if (auto crop = attributes.getAs<DenseI64ArrayAttr>("crop")) {
    preprocess.cropHeight = crop[0];
    preprocess.cropWidth = crop[1];
  }
  if (auto scale = attributes.getAs<FloatAttr>("scale"))
    preprocess.scale = scale.getValueAsDouble();
  return preprocess;
}

/// What `nn.preprocess` says of an image [samples, channels, height, width].
static std::optional<Preprocess> getPreprocess(Attribute attribute,
                                               RankedTensorType image) {
  auto attributes = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!attributes)
    return std::nullopt;
  Preprocess preprocess = readPreprocess(attributes);
  auto mean = attributes.getAs<DenseF64ArrayAttr>("mean");
  auto std = attributes.getAs<DenseF64ArrayAttr>("std");
  int64_t channels = image.getDimSize(1);
  preprocess.mean = mean ? SmallVector<double>(mean.asArrayRef())
                         : SmallVector<double>(channels, 0.0);
  preprocess.std = std ? SmallVector<double>(std.asArrayRef())
                       : SmallVector<double>(channels, 1.0);
  return preprocess;
}

/// Appends one input or output; `what` calls it by its kind and number.
static LogicalResult addTensor(func::FuncOp function, const Twine &what,
                               Location location, Attribute name, Type type,
                               Attribute preprocess, llvm::StringSet<> &names,
                               SmallVectorImpl<InterfaceTensor> &tensors) {
  auto nameAttr = dyn_cast_or_null<StringAttr>(name);
  if (!nameAttr || nameAttr.getValue().empty())
    return emitError(location) << what << " of entry '@" << function.getName()
                               << "' has no 'nn.name'";
  if (!names.insert(nameAttr.getValue()).second)
    return emitError(location)
           << what << " of entry '@" << function.getName() << "' has the name '"
           << nameAttr.getValue() << "', which another input or output has";
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::optional<vitrail_type> elementType =
      tensor ? getLibraryType(tensor.getElementType()) : std::nullopt;
  if (!elementType || elementType == VITRAIL_BOOL)
    return emitError(location)
           << what << " '" << nameAttr.getValue() << "' of entry '@"
           << function.getName() << "' has type " << type
           << ", which libraries cannot take";
  tensors.push_back({nameAttr.getValue(), tensor, *elementType,
                     getPreprocess(preprocess, tensor)});
  return success();
}

static FailureOr<Interface> getInterface(func::FuncOp function) {
  Interface result{function, function.getName(), {}, {}};
  llvm::StringSet<> names;
  FunctionType type = function.getFunctionType();
  for (auto [i, input] : llvm::enumerate(type.getInputs()))
    if (!function.getArgAttr(i, "nn.state") &&
        failed(addTensor(
            function, "input " + Twine(i), function.getArgument(i).getLoc(),
            function.getArgAttr(i, "nn.name"), input,
            function.getArgAttr(i, "nn.preprocess"), names, result.inputs)))
      return failure();
  for (auto [i, output] : llvm::enumerate(type.getResults()))
    if (!function.getResultAttr(i, "nn.state") &&
        failed(addTensor(function, "output " + Twine(i), function.getLoc(),
                         function.getResultAttr(i, "nn.name"), output, nullptr,
                         names, result.outputs)))
      return failure();
  return result;
}

FailureOr<std::vector<Interface>> vitrail::getInterfaces(ModuleOp module) {
  std::vector<Interface> interfaces;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isDeclaration())
      continue;
    FailureOr<Interface> interface = getInterface(function);
    if (failed(interface))
      return failure();
    interfaces.push_back(std::move(*interface));
  }
  if (interfaces.empty())
    return module.emitError("no public function: a library needs an entry");
  return interfaces;
}
