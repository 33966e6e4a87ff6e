//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Checks of the attributes by which functions describe a model: `nn.name` and
// `nn.preprocess` on arguments and results, `nn.kernel` and `nn.schedule` on
// kernels.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"
#include "llvm/Support/MathExtras.h"

#include "VerifyModel.h"

using namespace mlir;
using namespace vitrail::nn;

static LogicalResult verifyName(Operation *op, Attribute value) {
  auto name = dyn_cast<StringAttr>(value);
  if (name && !name.getValue().empty())
    return success();
  return op->emitOpError("'nn.name' must be a string that is not empty, not ")
         << value;
}

//===----------------------------------------------------------------------===//
// nn.preprocess
//===----------------------------------------------------------------------===//

namespace {
/// The check of one `nn.preprocess` against the image that it describes.
class PreprocessVerifier {
public:
  PreprocessVerifier(Operation *op, ArrayRef<Extent> image)
      : op(op), image(image) {}

  LogicalResult verify(NamedAttribute entry) const;

private:
  InFlightDiagnostic error(StringRef key) const {
    return op->emitOpError("'") << key << "' of 'nn.preprocess' ";
  }
  LogicalResult verifyResize(Attribute value) const;
  LogicalResult verifyFilter(Attribute value) const;
  LogicalResult verifyCrop(Attribute value) const;
  LogicalResult verifyScale(Attribute value) const;
  LogicalResult verifyChannels(StringRef key, Attribute value,
                               bool allowZero) const;

  Operation *op;
  /// [samples, channels, height, width].
  ArrayRef<Extent> image;
};
} // namespace

LogicalResult PreprocessVerifier::verify(NamedAttribute entry) const {
  StringRef key = entry.getName();
  Attribute value = entry.getValue();
  if (key == "resize")
    return verifyResize(value);
  if (key == "filter")
    return verifyFilter(value);
  if (key == "crop")
    return verifyCrop(value);
  if (key == "scale")
    return verifyScale(value);
  if (key == "mean")
    return verifyChannels(key, value, /*allowZero=*/true);
  if (key == "std")
    return verifyChannels(key, value, /*allowZero=*/false);
  return op->emitOpError("'nn.preprocess' has no entry '")
         << key << "'; it has resize, filter, crop, scale, mean and std";
}

LogicalResult PreprocessVerifier::verifyResize(Attribute value) const {
  auto resize = dyn_cast<IntegerAttr>(value);
  if (resize && resize.getType().isInteger(64) && resize.getInt() > 0 &&
      llvm::isInt<32>(resize.getInt()))
    return success();
  return error("resize") << "must be a positive i64 below 2^31, not " << value;
}

LogicalResult PreprocessVerifier::verifyFilter(Attribute value) const {
  auto filter = dyn_cast<StringAttr>(value);
  if (filter &&
      llvm::is_contained({"nearest", "bilinear", "bicubic"}, filter.getValue()))
    return success();
  return error("filter")
         << "must be \"nearest\", \"bilinear\" or \"bicubic\", not " << value;
}

LogicalResult PreprocessVerifier::verifyCrop(Attribute value) const {
  auto crop = dyn_cast<DenseI64ArrayAttr>(value);
  if (!crop || crop.size() != 2)
    return error("crop") << "must be array<i64: height, width>, not " << value;
  if (Extent{crop[0], false} == image[2] && Extent{crop[1], false} == image[3])
    return success();
  return error("crop") << "is " << crop[0] << " x " << crop[1]
                       << ", but the image is " << describeShape(image);
}

LogicalResult PreprocessVerifier::verifyScale(Attribute value) const {
  auto scale = dyn_cast<FloatAttr>(value);
  if (scale && scale.getType().isF64() && scale.getValue().isFiniteNonZero() &&
      !scale.getValue().isNegative())
    return success();
  return error("scale") << "must be a positive f64, not " << value;
}

LogicalResult PreprocessVerifier::verifyChannels(StringRef key, Attribute value,
                                                 bool allowZero) const {
  auto values = dyn_cast<DenseF64ArrayAttr>(value);
  if (!values)
    return error(key) << "must be array<f64: ...>, not " << value;
  Extent channels = image[1];
  if (Extent{values.size(), false} != channels)
    return error(key) << "has " << values.size() << " values, but the image "
                      << describeShape(image) << " has "
                      << describeExtent(channels) << " channels";
  for (double number : values.asArrayRef())
    if (!std::isfinite(number) || (!allowZero && number <= 0))
      return error(key) << "must hold " << (allowZero ? "finite" : "positive")
                        << " numbers, not " << value;
  return success();
}

static LogicalResult verifyPreprocess(Operation *op, Type type,
                                      Attribute value) {
  auto entries = dyn_cast<DictionaryAttr>(value);
  if (!entries)
    return op->emitOpError("'nn.preprocess' must be a dictionary, not ")
           << value;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() != 4 || !hasModelShape(tensor))
    return op->emitOpError("'nn.preprocess' describes an image [samples, "
                           "channels, height, width], not ")
           << type;
  SmallVector<Extent> image = getExtents(tensor);
  PreprocessVerifier verifier(op, image);
  for (NamedAttribute entry : entries)
    if (failed(verifier.verify(entry)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// The dialect's hooks
//===----------------------------------------------------------------------===//

LogicalResult NNDialect::verifyRegionArgAttribute(Operation *op,
                                                  unsigned regionIndex,
                                                  unsigned argIndex,
                                                  NamedAttribute attribute) {
  if (attribute.getName() == "nn.name")
    return verifyName(op, attribute.getValue());
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (attribute.getName() == "nn.state" && function)
    return verifyState(function, argIndex, /*isResult=*/false);
  if (attribute.getName() == "nn.preprocess" && function)
    return verifyPreprocess(op, function.getArgumentTypes()[argIndex],
                            attribute.getValue());
  return op->emitOpError("has an argument with the unknown attribute '")
         << attribute.getName().getValue() << "'";
}

LogicalResult NNDialect::verifyRegionResultAttribute(Operation *op,
                                                     unsigned regionIndex,
                                                     unsigned resultIndex,
                                                     NamedAttribute attribute) {
  if (attribute.getName() == "nn.name")
    return verifyName(op, attribute.getValue());
  if (auto function = dyn_cast<FunctionOpInterface>(op);
      function && attribute.getName() == "nn.state")
    return verifyState(function, resultIndex, /*isResult=*/true);
  return op->emitOpError("has a result with the unknown attribute '")
         << attribute.getName().getValue() << "'";
}

static LogicalResult verifyKernel(Operation *op, Attribute value) {
  if (!isa<UnitAttr>(value))
    return op->emitOpError("'nn.kernel' has no value, but here ") << value;
  auto function = dyn_cast<func::FuncOp>(op);
  if (!function || !function.isPrivate())
    return op->emitOpError("'nn.kernel' marks private functions");
  return success();
}

static LogicalResult verifySchedule(Operation *op, Attribute value) {
  if (!isa<ScheduleAttr>(value))
    return op->emitOpError("'nn.schedule' must be a '#nn.schedule', not ")
           << value;
  if (!op->hasAttr("nn.kernel"))
    return op->emitOpError("'nn.schedule' belongs to kernels");
  return success();
}

static LogicalResult verifyPanelColumns(Operation *op, Attribute value) {
  auto columns = dyn_cast<IntegerAttr>(value);
  if (columns && columns.getType().isInteger(64) && columns.getInt() > 0 &&
      op->hasAttr("nn.kernel"))
    return success();
  return op->emitOpError("'nn.panel_columns' is a positive i64 of a kernel, "
                         "not ")
         << value;
}

static LogicalResult verifyPrecision(Operation *op, Attribute value) {
  auto entries = dyn_cast<DictionaryAttr>(value);
  if (!isa<ModuleOp>(op) || !entries)
    return op->emitOpError("'nn.precision' is a dictionary of a module, not ")
           << value;
  for (NamedAttribute entry : entries) {
    auto patterns = dyn_cast<ArrayAttr>(entry.getValue());
    if (entry.getName() != "f32" || !patterns ||
        !llvm::all_of(patterns, llvm::IsaPred<StringAttr>))
      return op->emitOpError("'nn.precision' has 'f32', an array of strings, "
                             "not '")
             << entry.getName().getValue() << "' = " << entry.getValue();
  }
  return success();
}

/// Numbers count something that there is.
LogicalResult ScheduleAttr::verify(
    llvm::function_ref<InFlightDiagnostic()> emitError,
    std::optional<int64_t> rows, std::optional<int64_t> columns,
    std::optional<TaskKind>, std::optional<int64_t> grain,
    std::optional<NormPlace>, std::optional<int64_t> queries,
    std::optional<int64_t> lanes, std::optional<int64_t> blockRows,
    std::optional<int64_t> blockColumns, std::optional<int64_t> depth,
    std::optional<int64_t> slices, std::optional<int64_t> threadRows,
    std::optional<int64_t> threadColumns) {
  const std::pair<StringRef, std::optional<int64_t>> numbers[] = {
      {"rows", rows},
      {"columns", columns},
      {"grain", grain},
      {"queries", queries},
      {"lanes", lanes},
      {"block_rows", blockRows},
      {"block_columns", blockColumns},
      {"depth", depth},
      {"slices", slices},
      {"thread_rows", threadRows},
      {"thread_columns", threadColumns}};
  for (auto [name, number] : numbers)
    if (number && *number < 1)
      return emitError() << "'" << name << "' of a schedule must be positive, "
                         << "not " << *number;
  return success();
}

LogicalResult NNDialect::verifyOperationAttribute(Operation *op,
                                                  NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == "nn.generate")
    return verifyGenerate(op, attribute.getValue());
  if (name == "nn.precision")
    return verifyPrecision(op, attribute.getValue());
  if (name == "nn.name" || name == "nn.preprocess" || name == "nn.state")
    return op->emitOpError("'")
           << name << "' belongs to arguments and results of functions";
  if (name == "nn.kernel")
    return verifyKernel(op, attribute.getValue());
  if (name == "nn.panel_columns")
    return verifyPanelColumns(op, attribute.getValue());
  if (name == "nn.schedule")
    return verifySchedule(op, attribute.getValue());
  return success();
}
