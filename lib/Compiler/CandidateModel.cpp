//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The versions of a kernel that are measured.
//
//===----------------------------------------------------------------------===//

#include "CandidateModel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/Sequence.h"

namespace vitrail {

using namespace mlir;

/// The parameter that is argument `index`, in the type of the argument, or as
/// 8-bit integers in the range of each feature. Its name begins with what its
/// values depend on.
static Value makeParameter(OpBuilder &builder, Location loc, Type type,
                           size_t index, int64_t width) {
  auto tensor = cast<RankedTensorType>(type);
  StringRef kind = tensor.getRank() > 1 ? "weight" : "bias";
  std::string name =
      ("argument" + llvm::Twine(index) + "." + kind + "/" + llvm::Twine(width))
          .str();
  auto stored = tensor.clone(builder.getF32Type());
  Value parameter = nn::ParameterOp::create(builder, loc, stored, name);
  if (stored == tensor)
    return parameter;
  if (isa<FloatType>(tensor.getElementType()))
    return nn::CastOp::create(builder, loc, tensor, parameter);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(1, tensor.getRank()));
  Value range =
      nn::ReduceOp::create(builder, loc, parameter, nn::ReduceKind::MaxAbs,
                           axes, /*keep_dims=*/true);
  return nn::QuantizeOp::create(builder, loc, parameter, range);
}

OwningOpRef<ModuleOp> buildCandidates(func::FuncOp kernel,
                                      const llvm::BitVector &constants,
                                      ArrayRef<nn::ScheduleAttr> schedules) {
  Location loc = kernel.getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  SmallVector<Type> inputs;
  for (auto [index, type] : llvm::enumerate(kernel.getArgumentTypes()))
    if (!constants.test(index))
      inputs.push_back(type);
  for (auto [number, schedule] : llvm::enumerate(schedules)) {
    auto version = cast<func::FuncOp>(builder.clone(*kernel));
    version.setSymName("kernel" + std::to_string(number));
    if (schedule)
      version->setAttr("nn.schedule", schedule);

    auto entry = func::FuncOp::create(
        builder, loc, "candidate" + std::to_string(number),
        builder.getFunctionType(inputs, kernel.getResultTypes()));
    Block *block = entry.addEntryBlock();
    OpBuilder body = OpBuilder::atBlockEnd(block);
    SmallVector<Value> operands;
    std::optional<int64_t> width;
    if (schedule)
      width = schedule.getColumns();
    size_t input = 0;
    for (auto [index, type] : llvm::enumerate(kernel.getArgumentTypes())) {
      if (constants.test(index)) {
        operands.push_back(
            makeParameter(body, loc, type, index, width.value_or(0)));
        continue;
      }
      entry.setArgAttr(input, "nn.name",
                       builder.getStringAttr("in" + std::to_string(index)));
      operands.push_back(block->getArgument(input++));
    }
    entry.setResultAttr(0, "nn.name", builder.getStringAttr("out"));
    auto call = func::CallOp::create(body, loc, version, operands);
    func::ReturnOp::create(body, loc, call.getResults());
  }
  return module;
}

std::string CandidateParameters::getArgument(StringRef name) const {
  return std::to_string(seed) + "." + name.split('/').first.str();
}

std::optional<weights::StoredTensor>
CandidateParameters::lookup(StringRef name, RankedTensorType type) const {
  return source.lookup(getArgument(name), type);
}

void CandidateParameters::read(StringRef name, RankedTensorType type,
                               MutableArrayRef<float> out) const {
  source.read(getArgument(name), type, out);
}

void CandidateParameters::read(StringRef name, RankedTensorType type,
                               MutableArrayRef<double> out) const {
  source.read(getArgument(name), type, out);
}

} // namespace vitrail
