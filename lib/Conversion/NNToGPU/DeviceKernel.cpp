//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A gpu.func with its arguments, and the function that launches it.
//
//===----------------------------------------------------------------------===//

#include "DeviceKernel.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/SymbolTable.h"

namespace vitrail {

using namespace mlir;

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

Value DeviceExprBuilder::toMemory(Value i32) {
  return builder.createOrFold<arith::IndexCastUIOp>(loc, builder.getIndexType(),
                                                    i32);
}

SmallVector<Value> DeviceExprBuilder::toMemory(ValueRange i32s) {
  return llvm::map_to_vector(i32s,
                             [this](Value value) { return toMemory(value); });
}

Value DeviceExprBuilder::call(StringRef callee, ValueRange indices, Type type) {
  SmallVector<Value> outermostFirst(llvm::reverse(indices));
  return memref::LoadOp::create(builder, loc, memory.lookup(callee),
                                toMemory(outermostFirst));
}

Value DeviceExprBuilder::xorIndex(Value lhs, Value rhs) {
  return builder.createOrFold<arith::XOrIOp>(loc, lhs, rhs);
}

Value DeviceExprBuilder::minIndex(Value lhs, Value rhs) {
  return builder.createOrFold<arith::MinSIOp>(loc, lhs, rhs);
}

Value DeviceExprBuilder::belowIndex(Value lhs, Value rhs) {
  return builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt,
                                             lhs, rhs);
}

/// As Halide's: not below 0 where the value is.
Value DeviceExprBuilder::createModulo(Value value, int64_t divisor) {
  Value quotient = divideIndex(value, divisor);
  return subIndex(value, scaleIndex(quotient, divisor));
}

Value AddressFinder::call(StringRef callee, ValueRange indices, Type type) {
  assert(!source && "a value of more than one tensor");
  source = memory.lookup(callee);
  SmallVector<Value> outermostFirst(llvm::reverse(indices));
  sourceIndices = toMemory(outermostFirst);
  return number(0, type);
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

static MemRefType getMemoryType(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Of an argument's memory alone, without its extents.
static MemRefType getBaseType(Value tensor) {
  return MemRefType::get({}, getElementTypeOrSelf(tensor));
}

/// The same memory with the type that a tensor has; the batch is its first
/// extent, if it has one that depends on it.
static Value viewMemory(OpBuilder &builder, Location loc, Value base,
                        Value tensor, Value batch) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> sizes, strides;
  int64_t stride = 1;
  SmallVector<nn::Extent> extents = nn::getExtents(type);
  for (nn::Extent extent : llvm::reverse(extents)) {
    strides.push_back(builder.getIndexAttr(stride));
    stride *= extent.size;
    if (!extent.timesBatch) {
      sizes.push_back(builder.getIndexAttr(extent.size));
      continue;
    }
    Value size = arith::ConstantIndexOp::create(builder, loc, extent.size);
    sizes.push_back(builder.createOrFold<arith::MulIOp>(loc, batch, size));
  }
  std::reverse(sizes.begin(), sizes.end());
  std::reverse(strides.begin(), strides.end());
  return memref::ReinterpretCastOp::create(builder, loc, getMemoryType(tensor),
                                           base, builder.getIndexAttr(0), sizes,
                                           strides);
}

DeviceKernel::DeviceKernel(func::FuncOp kernel, int64_t threads)
    : kernel(kernel), builder(kernel), loc(kernel.getLoc()), threads(threads),
      values(kernel.front().getArguments()) {
  values.push_back(kernel.front().getTerminator()->getOperand(0));
  auto module = gpu::GPUModuleOp::create(
      builder, loc, (kernel.getSymName() + "_device").str());
  builder.setInsertionPointToStart(module.getBody());
  SmallVector<Type> types = llvm::map_to_vector(
      values, [](Value value) -> Type { return getBaseType(value); });
  types.push_back(builder.getIndexType());
  device = gpu::GPUFuncOp::create(builder, loc, kernel.getSymName(),
                                  builder.getFunctionType(types, {}));
  device->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                  builder.getUnitAttr());
  device->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                  builder.getDenseI32ArrayAttr({int32_t(threads), 1, 1}));

  builder.setInsertionPointToStart(&device.front());
  batchIndex = device.getArgument(values.size());
  for (auto [i, value] : llvm::enumerate(values)) {
    device.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                      builder.getI64IntegerAttr(16));
    device.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                      builder.getUnitAttr());
    bool isResult = i + 1 == values.size();
    std::string name = isResult ? resultName.str() : "in" + std::to_string(i);
    memory[name] =
        viewMemory(builder, loc, device.getArgument(i), value, batchIndex);
    if (!isResult)
      elements.setSource(value, name);
  }
  Type i32 = builder.getI32Type();
  auto toI32 = [&](Value index) {
    return arith::IndexCastUIOp::create(builder, loc, i32, index);
  };
  batch = toI32(batchIndex);
  thread = toI32(gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x));
  block = toI32(gpu::BlockIdOp::create(builder, loc, gpu::Dimension::x));
  auto space = gpu::AddressSpaceAttr::get(builder.getContext(),
                                          gpu::AddressSpace::Workgroup);
  shared = gpu::DynamicSharedMemoryOp::create(
      builder, loc,
      MemRefType::get({ShapedType::kDynamic}, builder.getI8Type(),
                      MemRefLayoutAttrInterface(), space));
}

Value DeviceKernel::getShared(ArrayRef<int64_t> shape, Type element,
                              int64_t offset) {
  auto space = cast<MemRefType>(shared.getType()).getMemorySpace();
  auto type =
      MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space);
  Value start = arith::ConstantIndexOp::create(builder, loc, offset);
  return memref::ViewOp::create(builder, loc, type, shared, start,
                                ValueRange());
}

/// Sets `hostBatch` to the batch, if the result depends on it.
func::FuncOp DeviceKernel::createHost(Value &hostBatch) {
  SmallVector<Type> types = llvm::map_to_vector(
      values, [](Value value) -> Type { return getMemoryType(value); });
  builder.setInsertionPoint(kernel);
  auto host = func::FuncOp::create(builder, loc, kernel.getSymName(),
                                   builder.getFunctionType(types, {}));
  host.setPrivate();
  builder.setInsertionPointToStart(host.addEntryBlock());
  auto resultType = cast<RankedTensorType>(values.back().getType());
  for (auto [dim, extent] : llvm::enumerate(nn::getExtents(resultType))) {
    if (!extent.timesBatch)
      continue;
    hostBatch = memref::DimOp::create(builder, loc, host.getArguments().back(),
                                      int64_t(dim));
    Value size = arith::ConstantIndexOp::create(builder, loc, extent.size);
    hostBatch = builder.createOrFold<arith::DivUIOp>(loc, hostBatch, size);
    return host;
  }
  hostBatch = arith::ConstantIndexOp::create(builder, loc, 1);
  return host;
}

/// Each call of the kernel launches `host` instead.
void DeviceKernel::replaceCalls(func::FuncOp host) {
  auto uses =
      SymbolTable::getSymbolUses(host, host->getParentOfType<ModuleOp>());
  for (SymbolTable::SymbolUse use : *uses) {
    auto call = dyn_cast<func::CallOp>(use.getUser());
    if (!call)
      continue;
    OpBuilder at(call);
    auto launch = halide::LaunchOp::create(
        at, call.getLoc(), call.getResultTypes(), call.getCalleeAttr(),
        call.getOperands(), ValueRange());
    call.replaceAllUsesWith(launch.getResults());
    call.erase();
  }
}

void DeviceKernel::finish(nn::Extent rows, int64_t rowsPerBlock,
                          int64_t blocksPerRows, int64_t sharedBytes) {
  gpu::ReturnOp::create(builder, loc);
  Value hostBatch;
  func::FuncOp host = createHost(hostBatch);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value count = constant(rows.size);
  if (rows.timesBatch)
    count = builder.createOrFold<arith::MulIOp>(loc, hostBatch, count);
  Value blocks =
      arith::CeilDivUIOp::create(builder, loc, count, constant(rowsPerBlock));
  blocks =
      builder.createOrFold<arith::MulIOp>(loc, blocks, constant(blocksPerRows));
  SmallVector<Value> operands;
  for (auto [argument, value] : llvm::zip_equal(host.getArguments(), values)) {
    auto metadata =
        memref::ExtractStridedMetadataOp::create(builder, loc, argument);
    operands.push_back(metadata.getBaseBuffer());
  }
  operands.push_back(hostBatch);
  Value one = constant(1);
  Value bytes = arith::ConstantIntOp::create(builder, loc, sharedBytes, 32);
  gpu::LaunchFuncOp::create(
      builder, loc, device, gpu::KernelDim3{blocks, one, one},
      gpu::KernelDim3{constant(threads), one, one}, bytes, operands);
  func::ReturnOp::create(builder, loc);
  kernel.erase();
  replaceCalls(host);
}

//===----------------------------------------------------------------------===//
// Which kernels
//===----------------------------------------------------------------------===//

/// The batch has no stride only as the first dimension.
static bool hasPlainMemory(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  ArrayRef<int64_t> inner = type.getShape();
  if (!inner.empty())
    inner = inner.drop_front();
  return !type.getElementType().isInteger(1) &&
         llvm::none_of(inner, ShapedType::isDynamic);
}

std::string describeKernel(func::FuncOp kernel) {
  Operation *end = kernel.front().getTerminator();
  if (end->getNumOperands() != 1)
    return "it has more results than one";
  for (Value argument : kernel.getArguments())
    if (!hasPlainMemory(argument))
      return "the batch is not the first dimension of an operand, or it has an "
             "operand of i1";
  if (!hasPlainMemory(end->getOperand(0)))
    return "the batch is not the first dimension of its result, or it is of i1";
  for (Operation &op : kernel.front())
    if (isa<nn::LogOp, nn::SinOp, nn::CosOp>(op))
      return ("'" + op.getName().getStringRef() +
              "' has no instruction of "
              "enough digits")
          .str();
  return "";
}

/// Whether all that follows `value` computes each element from the one of
/// `value` at the same place.
bool isFollowedByElements(Value value) {
  for (Operation *user : value.getUsers()) {
    if (user->hasTrait<OpTrait::IsTerminator>())
      continue;
    bool isSame = isa<nn::TransposeOp>(user) ||
                  (user->hasTrait<nn::Elementwise>() &&
                   shapeOf(user->getResult(0)) == shapeOf(value));
    if (!isSame || !isFollowedByElements(user->getResult(0)))
      return false;
  }
  return true;
}

} // namespace vitrail
