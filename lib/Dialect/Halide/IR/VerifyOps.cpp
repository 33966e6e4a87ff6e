//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verifiers of single operations of the `halide` dialect. What concerns several
// operations of a pipeline is in VerifyPipeline.cpp and VerifySchedule.cpp.
//
//===----------------------------------------------------------------------===//

#include "Names.h"

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace vitrail::halide;

using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

/// Checks a buffer's extents, and its strides if it has any; a stride of 0,
/// which repeats elements, is for buffers that are only read.
static LogicalResult verifyBuffer(Operation *op, ArrayRef<int64_t> extents,
                                  std::optional<ArrayRef<int64_t>> strides,
                                  int64_t leastStride) {
  for (auto extent : extents)
    if (!ShapedType::isDynamic(extent) && extent <= 0)
      return op->emitOpError() << "extent " << extent << " is not positive";
  if (!strides)
    return success();
  if (strides->size() != extents.size())
    return op->emitOpError() << "has " << extents.size() << " extents but "
                             << strides->size() << " strides";
  for (auto stride : *strides)
    if (!ShapedType::isDynamic(stride) && stride < leastStride)
      return op->emitOpError()
             << "stride " << stride << " is less than " << leastStride;
  return success();
}

LogicalResult InputOp::verify() {
  if (failed(verifyName(*this, "input", getSymName())))
    return failure();
  return verifyBuffer(*this, getExtents(), getStrides(), 0);
}

LogicalResult OutputOp::verify() {
  return verifyBuffer(*this, getExtents(), getStrides(), 1);
}

/// "[64, ?, 12]".
static std::string describeExtents(ArrayRef<int64_t> extents) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(extents, stream, [&](int64_t extent) {
    if (ShapedType::isDynamic(extent))
      stream << '?';
    else
      stream << extent;
  });
  stream << ']';
  return text;
}

/// Checks that a tensor can be the buffer that `buffer` describes: a dynamic
/// extent of the buffer accepts any extent.
static LogicalResult verifyTensor(LaunchOp launch, const Twine &what,
                                  RankedTensorType tensor, Operation *buffer,
                                  Type elementType, ArrayRef<int64_t> extents) {
  auto shape = llvm::to_vector(llvm::reverse(tensor.getShape()));
  auto accepts = [](int64_t extent, int64_t given) {
    return ShapedType::isDynamic(extent) || extent == given;
  };
  if (tensor.getElementType() == elementType &&
      shape.size() == extents.size() &&
      llvm::all_of_zip(extents, shape, accepts))
    return success();
  auto diag = launch.emitOpError()
              << what << " is " << tensor << ", of extents "
              << describeExtents(shape) << ", but the pipeline's buffer is "
              << elementType << ' ' << describeExtents(extents);
  diag.attachNote(buffer->getLoc()) << "buffer described here";
  return diag;
}

/// Whether all of `func` that its updates do not store is undefined.
static bool beginsUndefined(FuncOp func) {
  auto yield = cast<YieldOp>(func.getBodyBlock()->getTerminator());
  return yield.getValue().getDefiningOp<UndefOp>() != nullptr;
}

/// A launch writes into a tensor for each output that its pipeline leaves some
/// of alone. The outputs are known to be right.
static LogicalResult verifyDestinations(LaunchOp launch, PipelineOp pipeline) {
  OperandRange destinations = launch.getDestinations();
  size_t count = 0;
  for (auto [result, output] :
       llvm::zip_equal(launch.getResults(), pipeline.getOutputOps())) {
    FuncOp func = pipeline.lookupFunc(output.getFunc());
    if (!beginsUndefined(func))
      continue;
    if (count == destinations.size()) {
      auto diag = launch.emitOpError()
                  << "writes into " << count
                  << " tensors, but its pipeline's output '@"
                  << func.getSymName() << "' begins undefined, too";
      diag.attachNote(func.getLoc()) << "func defined here";
      return diag;
    }
    Value destination = destinations[count++];
    if (destination.getType() != result.getType())
      return launch.emitOpError()
             << "writes a result " << result.getType()
             << " into a tensor of another type, " << destination.getType();
  }
  if (count == destinations.size())
    return success();
  auto diag = launch.emitOpError()
              << "writes into " << destinations.size()
              << " tensors, but its pipeline defines all of its outputs except "
              << count;
  diag.attachNote(pipeline.getLoc()) << "pipeline defined here";
  return diag;
}

SmallVector<Value> LaunchOp::getResultDestinations() {
  PipelineOp pipeline = lookupPipeline();
  SmallVector<Value> into;
  if (!pipeline) {
    into.resize(getNumResults() - getDestinations().size());
    llvm::append_range(into, getDestinations());
    return into;
  }
  auto next = getDestinations().begin();
  for (OutputOp output : pipeline.getOutputOps())
    into.push_back(beginsUndefined(pipeline.lookupFunc(output.getFunc()))
                       ? *next++
                       : Value());
  return into;
}

PipelineOp LaunchOp::lookupPipeline() {
  return SymbolTable::lookupNearestSymbolFrom<PipelineOp>(*this,
                                                          getPipelineAttr());
}

StringRef LaunchOp::getFunctionName() {
  if (PipelineOp pipeline = lookupPipeline())
    return pipeline.getFunctionName();
  auto function = SymbolTable::lookupNearestSymbolFrom<mlir::func::FuncOp>(
      *this, getPipelineAttr());
  auto name =
      function->getAttrOfType<StringAttr>(HalideDialect::getLinkNameAttrName());
  return name ? name.getValue() : getPipeline();
}

/// Checks a launch of a function on memory.
static LogicalResult verifyLaunch(LaunchOp launch,
                                  mlir::func::FuncOp function) {
  auto tensors = llvm::to_vector(launch.getInputs().getTypes());
  llvm::append_range(tensors, launch.getResultTypes());
  auto isMemoryOf = [](Type tensor, Type memory) {
    auto type = cast<RankedTensorType>(tensor);
    return memory == MemRefType::get(type.getShape(), type.getElementType());
  };
  TypeRange written = launch.getDestinations().getTypes();
  if (llvm::equal(tensors, function.getArgumentTypes(), isMemoryOf) &&
      function.getNumResults() == 0 &&
      written.size() <= launch.getNumResults() &&
      written == launch.getResults().take_back(written.size()).getTypes())
    return success();
  auto diag = launch.emitOpError("does not fit the function on memory that it "
                                 "launches");
  diag.attachNote(function.getLoc()) << "function defined here";
  return diag;
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (auto function = symbols.lookupNearestSymbolFrom<mlir::func::FuncOp>(
          *this, getPipelineAttr()))
    return verifyLaunch(*this, function);
  auto pipeline =
      symbols.lookupNearestSymbolFrom<PipelineOp>(*this, getPipelineAttr());
  if (!pipeline)
    return emitOpError() << "there is no pipeline '@" << getPipeline() << "'";

  auto inputs = pipeline.getInputOps();
  if (inputs.size() != getInputs().size()) {
    auto diag = emitOpError()
                << "passes " << getInputs().size()
                << " tensors to a pipeline of " << inputs.size() << " inputs";
    diag.attachNote(pipeline.getLoc()) << "pipeline defined here";
    return diag;
  }
  for (auto [input, operand] : llvm::zip(inputs, getInputs()))
    if (failed(verifyTensor(*this, "tensor for '@" + input.getSymName() + "'",
                            cast<RankedTensorType>(operand.getType()), input,
                            input.getElementType(), input.getExtents())))
      return failure();

  // A pipeline without these is reported by its own verifier.
  auto outputs = pipeline.getOutputOps();
  if (outputs.empty() || llvm::any_of(outputs, [&](OutputOp output) {
        return !pipeline.lookupFunc(output.getFunc());
      }))
    return success();
  if (outputs.size() != getNumResults()) {
    auto diag = emitOpError()
                << "has " << getNumResults() << " results of a pipeline of "
                << outputs.size() << " outputs";
    diag.attachNote(pipeline.getLoc()) << "pipeline defined here";
    return diag;
  }
  for (auto [i, output] : llvm::enumerate(outputs)) {
    FuncOp func = pipeline.lookupFunc(output.getFunc());
    auto type = cast<RankedTensorType>(getResult(i).getType());
    if (failed(verifyTensor(*this, "result for '@" + func.getSymName() + "'",
                            type, output, func.getElementType(),
                            output.getExtents())))
      return failure();
  }
  return verifyDestinations(*this, pipeline);
}

LogicalResult TensorMapOp::verify() {
  size_t rank = getBox().size();
  if (rank < 1 || rank > 5)
    return emitOpError() << "has a box of " << rank
                         << " extents; there are 1 to 5";
  if (getExtents().size() != rank)
    return emitOpError() << "has a box of " << rank << " extents for a tensor "
                         << "of " << getExtents().size();
  // What the driver takes.
  for (int64_t extent : getBox())
    if (extent < 1 || extent > 256)
      return emitOpError() << "box extent " << extent << " is not 1 to 256";
  auto type = cast<MemRefType>(getMemory().getType()).getElementType();
  if (!type.isIntOrFloat() ||
      !llvm::is_contained({8, 16, 32}, type.getIntOrFloatBitWidth()))
    return emitOpError() << "describes elements of " << type
                         << ", which are not one, two or four bytes";
  if (!llvm::is_contained({32, 64, 128}, getRowBytes()))
    return emitOpError() << "the box's rows are " << getRowBytes()
                         << " bytes wide, not 32, 64 or 128";
  return success();
}

//===----------------------------------------------------------------------===//
// Reduction domains and funcs
//===----------------------------------------------------------------------===//

LogicalResult RDomOp::verify() {
  if (failed(verifyName(*this, "reduction domain", getSymName())) ||
      failed(verifyNames(*this, "variable", getVarNames())))
    return failure();
  auto count = getVars().size();
  if (count == 0)
    return emitOpError("has no variables");
  if (getMins().size() != count || getExtents().size() != count)
    return emitOpError() << "has " << count << " variables but "
                         << getMins().size() << " mins and "
                         << getExtents().size() << " extents";
  for (auto [name, extent] : llvm::zip(getVarNames(), getExtents()))
    if (extent <= 0)
      return emitOpError() << "extent " << extent << " of variable '" << name
                           << "' is not positive";
  return success();
}

/// The types of Halide_Scalar.
static bool isScalar(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.isSignless() &&
           llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
  return type.isF32() || type.isF16() || type.isBF16();
}

/// Checks that a body is one of scalar expressions with i32 arguments. Its
/// terminator can then only be halide.yield.
static LogicalResult verifyBody(Operation *definition, Block &block) {
  for (auto argument : block.getArguments())
    if (!argument.getType().isSignlessInteger(32))
      return definition->emitOpError()
             << "block argument " << argument.getArgNumber() << " is "
             << argument.getType() << ", not i32";
  for (auto &op : block) {
    if (!isa<CallOp, ModOp, UndefOp, YieldOp>(op) &&
        !isa_and_present<arith::ArithDialect, math::MathDialect>(
            op.getDialect()))
      return op.emitOpError("is not a scalar expression of arith, math or "
                            "halide");
    for (auto type : op.getResultTypes())
      if (!isScalar(type))
        return op.emitOpError()
               << "computes " << type << ", which Halide has no scalar for";
  }
  return success();
}

LogicalResult FuncOp::verifyRegions() {
  if (failed(verifyName(*this, "func", getSymName())) ||
      failed(verifyNames(*this, "variable", getVarNames())) ||
      failed(verifyBody(*this, *getBodyBlock())))
    return failure();
  if (getBody().getNumArguments() != getVars().size())
    return emitOpError() << "has " << getBody().getNumArguments()
                         << " block arguments but its variables are "
                         << listNames(getVarNames());
  auto yield = cast<YieldOp>(getBodyBlock()->getTerminator());
  if (!yield.getCoordinates().empty())
    return yield.emitOpError("gives coordinates in a pure definition");
  if (yield.getValue().getType() != getElementType())
    return yield.emitOpError()
           << "yields " << yield.getValue().getType() << " for '@"
           << getSymName() << "', whose elements are " << getElementType();
  return success();
}

LogicalResult UpdateOp::verifyRegions() {
  return verifyBody(*this, *getBodyBlock());
}
