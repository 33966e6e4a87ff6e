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

#include "UpdateStore.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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

Value DeviceExprBuilder::notAboveIndex(Value lhs, Value rhs) {
  return builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::sle,
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

static ValueRange getResults(func::FuncOp kernel) {
  return kernel.front().getTerminator()->getOperands();
}

/// What `kernel` has in memory: its operands but for what it updates, which is
/// there as a result, then its results.
static SmallVector<Value> getTensors(func::FuncOp kernel) {
  SmallVector<Value> tensors(
      kernel.getArguments().drop_back(countUpdates(kernel)));
  llvm::append_range(tensors, getResults(kernel));
  return tensors;
}

gpu::GPUModuleOp createDeviceModule(func::FuncOp kernel, bool isHopper) {
  OpBuilder builder(kernel);
  std::string name = (kernel.getSymName() + "_device").str();
  if (!isHopper)
    return gpu::GPUModuleOp::create(builder, kernel.getLoc(), name);
  // `a`: instructions that no other architecture has.
  Attribute target =
      NVVM::NVVMTargetAttr::get(builder.getContext(), /*optLevel=*/3,
                                "nvptx64-nvidia-cuda", "sm_90a", "+ptx80");
  return gpu::GPUModuleOp::create(builder, kernel.getLoc(), name + "_sm_90a",
                                  builder.getArrayAttr(target));
}

static gpu::GPUFuncOp createDevice(OpBuilder &builder, Location loc,
                                   StringRef name, ArrayRef<Value> tensors,
                                   int64_t threads) {
  SmallVector<Type> types = llvm::map_to_vector(
      tensors, [](Value tensor) -> Type { return getBaseType(tensor); });
  types.push_back(builder.getIndexType());
  auto device = gpu::GPUFuncOp::create(builder, loc, name,
                                       builder.getFunctionType(types, {}));
  device->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                  builder.getUnitAttr());
  device->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                  builder.getDenseI32ArrayAttr({int32_t(threads), 1, 1}));
  for (size_t i = 0; i < tensors.size(); ++i) {
    device.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                      builder.getI64IntegerAttr(16));
    device.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                      builder.getUnitAttr());
  }
  return device;
}

DeviceKernel::DeviceKernel(func::FuncOp kernel, gpu::GPUModuleOp module,
                           StringRef name, int64_t threads)
    : builder(OpBuilder::atBlockEnd(module.getBody())), loc(kernel.getLoc()) {
  SmallVector<Value> tensors = getTensors(kernel);
  device = createDevice(builder, loc, name, tensors, threads);
  builder.setInsertionPointToStart(&device.front());
  Value batchIndex = device.getArgument(tensors.size());
  size_t operands = tensors.size() - getResults(kernel).size();
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    bool isResult = i >= operands;
    std::string source = isResult ? getResultName(i - operands) : getName(i);
    memory[source] =
        viewMemory(builder, loc, device.getArgument(i), tensor, batchIndex);
    if (!isResult)
      elements.setSource(tensor, source);
  }
  auto toI32 = [&](Value index) {
    return arith::IndexCastUIOp::create(builder, loc, builder.getI32Type(),
                                        index);
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
  computeRounded(kernel);
}

/// The map itself is in the memory of arguments, aligned as instructions want
/// it.
Value DeviceKernel::addMap(TensorMap map) {
  constexpr int64_t bytes = 128, alignment = 64;
  unsigned index = device.getNumArguments();
  (void)device.insertArgument(
      index, LLVM::LLVMPointerType::get(builder.getContext()), {}, loc);
  device.setArgAttr(
      index, LLVM::LLVMDialect::getByValAttrName(),
      TypeAttr::get(LLVM::LLVMArrayType::get(builder.getI8Type(), bytes)));
  device.setArgAttr(index, LLVM::LLVMDialect::getAlignAttrName(),
                    builder.getI64IntegerAttr(alignment));
  maps.push_back(std::move(map));
  return device.getArgument(index);
}

gpu::GPUFuncOp DeviceKernel::finish() {
  gpu::ReturnOp::create(builder, loc);
  return device;
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

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

namespace {
/// Builds the function on memory that takes the place of a kernel.
class HostBuilder {
public:
  HostBuilder(func::FuncOp kernel, nn::Extent rows)
      : kernel(kernel), builder(kernel), loc(kernel.getLoc()), rows(rows) {}

  void build(ArrayRef<DeviceLaunch> launches,
             ArrayRef<DeviceLaunch> hopperLaunches);

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value multiply(Value value, int64_t factor) {
    return builder.createOrFold<arith::MulIOp>(loc, value, constant(factor));
  }
  void createHost();
  Value computeBatch();
  Value multiplyByBatch(nn::Extent extent);
  Value countBlocks(const DeviceLaunch &launch);
  Value countBlocksOfTurn(const DeviceLaunch &launch) {
    return multiply(multiprocessors, launch.blocksAtOnce);
  }
  Value createMap(const TensorMap &map);
  void launch(const DeviceLaunch &launch, Value blocks);
  void branch(Value condition, function_ref<void()> ifTrue,
              function_ref<void()> ifFalse);
  void launchFirstFull(ArrayRef<DeviceLaunch> launches);
  void launchFastest(ArrayRef<DeviceLaunch> launches);
  void replaceCalls(size_t updates);

  func::FuncOp kernel, host;
  OpBuilder builder;
  Location loc;
  nn::Extent rows;
  Value batch, multiprocessors;
  SmallVector<Value> operands;
};
} // namespace

/// Blocks that keep a GPU busy: multiprocessors are about as many.
static constexpr int64_t fullBlocks = 128;

void HostBuilder::createHost() {
  SmallVector<Type> types =
      llvm::map_to_vector(getTensors(kernel), [](Value tensor) -> Type {
        return getMemoryType(tensor);
      });
  host = func::FuncOp::create(builder, loc, kernel.getSymName(),
                              builder.getFunctionType(types, {}));
  host.setPrivate();
  builder.setInsertionPointToStart(host.addEntryBlock());
}

/// From an extent of the last result that depends on it; 1 if none does.
Value HostBuilder::computeBatch() {
  Value result = getTensors(kernel).back();
  auto extents = nn::getExtents(cast<RankedTensorType>(result.getType()));
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    if (!extent.timesBatch)
      continue;
    Value size = memref::DimOp::create(builder, loc, host.getArguments().back(),
                                       int64_t(dim));
    return builder.createOrFold<arith::DivUIOp>(loc, size,
                                                constant(extent.size));
  }
  return constant(1);
}

Value HostBuilder::multiplyByBatch(nn::Extent extent) {
  return extent.timesBatch ? multiply(batch, extent.size)
                           : constant(extent.size);
}

Value HostBuilder::countBlocks(const DeviceLaunch &launch) {
  Value count = arith::CeilDivUIOp::create(builder, loc, multiplyByBatch(rows),
                                           constant(launch.rowsPerBlock));
  return multiply(count, launch.blocksPerRows);
}

Value HostBuilder::createMap(const TensorMap &map) {
  SmallVector<Value> extents;
  for (nn::Extent extent : map.extents)
    extents.push_back(multiplyByBatch(extent));
  return halide::TensorMapOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()),
      operands[map.operand], extents, map.box);
}

void HostBuilder::launch(const DeviceLaunch &launch, Value blocks) {
  Value one = constant(1);
  if (launch.isPersistent)
    blocks =
        arith::MinUIOp::create(builder, loc, blocks, countBlocksOfTurn(launch));
  SmallVector<Value> arguments(operands);
  for (const TensorMap &map : launch.maps)
    arguments.push_back(createMap(map));
  Value bytes =
      arith::ConstantIntOp::create(builder, loc, launch.sharedBytes, 32);
  gpu::LaunchFuncOp::create(
      builder, loc, launch.device, gpu::KernelDim3{blocks, one, one},
      gpu::KernelDim3{constant(launch.threads), one, one}, bytes, arguments);
}

void HostBuilder::branch(Value condition, function_ref<void()> ifTrue,
                         function_ref<void()> ifFalse) {
  auto choice =
      scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  ifTrue();
  builder.setInsertionPointToStart(choice.elseBlock());
  ifFalse();
}

void HostBuilder::launchFirstFull(ArrayRef<DeviceLaunch> launches) {
  Value blocks = countBlocks(launches.front());
  if (launches.size() == 1)
    return launch(launches.front(), blocks);
  Value isFull = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge,
                                       blocks, constant(fullBlocks));
  branch(
      isFull, [&] { launch(launches.front(), blocks); },
      [&] { launchFirstFull(launches.drop_front()); });
}

/// Times are compared from the last to the first.
void HostBuilder::launchFastest(ArrayRef<DeviceLaunch> launches) {
  SmallVector<Value> blocks, leastTimes;
  for (const DeviceLaunch &launch : llvm::reverse(launches)) {
    blocks.push_back(countBlocks(launch));
    Value turns = arith::CeilDivUIOp::create(builder, loc, blocks.back(),
                                             countBlocksOfTurn(launch));
    Value time =
        arith::AddIOp::create(builder, loc, multiply(turns, launch.turnTime),
                              constant(launch.startTime));
    if (!leastTimes.empty())
      time = arith::MinUIOp::create(builder, loc, time, leastTimes.back());
    leastTimes.push_back(time);
  }
  std::function<void(size_t)> choose = [&](size_t begin) {
    size_t back = launches.size() - 1 - begin;
    if (back == 0)
      return launch(launches.back(), blocks.front());
    // The least of all from here on is less than that of the rest.
    Value isSlower =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge,
                              leastTimes[back], leastTimes[back - 1]);
    branch(
        isSlower, [&] { choose(begin + 1); },
        [&] { launch(launches[begin], blocks[back]); });
  };
  choose(0);
}

/// Each call of the kernel launches the function instead, with results that are
/// updates in the tensors that they update.
void HostBuilder::replaceCalls(size_t updates) {
  auto uses =
      SymbolTable::getSymbolUses(host, host->getParentOfType<ModuleOp>());
  for (SymbolTable::SymbolUse use : *uses) {
    auto call = dyn_cast<func::CallOp>(use.getUser());
    if (!call)
      continue;
    OpBuilder at(call);
    ValueRange inputs = call.getOperands();
    auto launch = halide::LaunchOp::create(
        at, call.getLoc(), call.getResultTypes(), call.getCalleeAttr(),
        inputs.drop_back(updates), inputs.take_back(updates));
    call.replaceAllUsesWith(launch.getResults());
    call.erase();
  }
}

void HostBuilder::build(ArrayRef<DeviceLaunch> launches,
                        ArrayRef<DeviceLaunch> hopperLaunches) {
  createHost();
  batch = computeBatch();
  for (Value argument : host.getArguments())
    operands.push_back(
        memref::ExtractStridedMetadataOp::create(builder, loc, argument)
            .getBaseBuffer());
  operands.push_back(batch);
  if (hopperLaunches.empty()) {
    launchFirstFull(launches);
  } else {
    constexpr int64_t hopper = 90;
    Value isHopper =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                              halide::DeviceCapabilityOp::create(
                                  builder, loc, builder.getIndexType()),
                              constant(hopper));
    branch(
        isHopper,
        [&] {
          multiprocessors = halide::DeviceMultiprocessorsOp::create(
              builder, loc, builder.getIndexType());
          launchFastest(hopperLaunches);
        },
        [&] { launchFirstFull(launches); });
  }
  func::ReturnOp::create(builder, loc);
  size_t updates = countUpdates(kernel);
  kernel.erase();
  replaceCalls(updates);
}

void replaceKernel(func::FuncOp kernel, nn::Extent rows,
                   ArrayRef<DeviceLaunch> launches,
                   ArrayRef<DeviceLaunch> hopperLaunches) {
  HostBuilder(kernel, rows).build(launches, hopperLaunches);
}

} // namespace vitrail
