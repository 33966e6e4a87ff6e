//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// gpu-overlap-launches: kernels begin while the one before them ends.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/NNToGPU/Passes.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace vitrail {
#define GEN_PASS_DEF_OVERLAPLAUNCHES
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

/// The least compute capability that has programmatic dependent launches.
constexpr int64_t leastCapability = 90;

struct OverlapLaunches : impl::OverlapLaunchesBase<OverlapLaunches> {
  using OverlapLaunchesBase::OverlapLaunchesBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      overlap(function, symbols);
  }

private:
  void overlap(func::FuncOp function, SymbolTable &symbols);
};

/// Arguments of a kernel whose memory no kernel writes.
using Constants = llvm::SmallPtrSet<Value, 8>;

} // namespace

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Whether another kernel may write `memory`, or read it: it is neither a
/// block's own nor a constant.
static bool isOfOthers(Value memory, const Constants &constants) {
  while (auto view = memory.getDefiningOp<ViewLikeOpInterface>())
    memory = view.getViewSource();
  if (gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(
          cast<MemRefType>(memory.getType())))
    return false;
  return !constants.contains(memory);
}

/// Whether `op`, or an operation inside, uses such memory.
static bool usesMemoryOfOthers(Operation &op, const Constants &constants) {
  return op
      .walk([&](Operation *inner) {
        if (isa<ViewLikeOpInterface>(inner))
          return WalkResult::advance();
        for (Value operand : inner->getOperands())
          if (isa<LLVM::LLVMPointerType>(operand.getType()) ||
              (isa<MemRefType>(operand.getType()) &&
               isOfOthers(operand, constants)))
            return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// All threads wait, so that a kernel never ends before those in front of it.
/// The next one may begin when all have, not at once: blocks of several kernels
/// that wait would take the room that those of kernels in front of them leave,
/// many on the few multiprocessors that have any.
static void insertWait(gpu::GPUFuncOp kernel, const Constants &constants) {
  Block &entry = kernel.front();
  Operation *first = &entry.front();
  if (kernel.getBody().hasOneBlock())
    first = &*llvm::find_if(entry, [&](Operation &op) {
      return op.hasTrait<OpTrait::IsTerminator>() ||
             usesMemoryOfOthers(op, constants);
    });
  OpBuilder builder(first);
  NVVM::GriddepcontrolOp::create(builder, kernel.getLoc(),
                                 NVVM::GridDepActionKind::wait);
  NVVM::GriddepcontrolOp::create(builder, kernel.getLoc(),
                                 NVVM::GridDepActionKind::launch_dependents);
}

/// What is written before the wait is not to be read before it, and not by way
/// of a cache that does not see writes: `noalias` would allow both.
static void startEarly(gpu::GPUFuncOp kernel, const Constants &constants) {
  for (BlockArgument argument : kernel.getArguments())
    if (!constants.contains(argument))
      kernel.removeArgAttr(argument.getArgNumber(),
                           LLVM::LLVMDialect::getNoAliasAttrName());
  insertWait(kernel, constants);
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// The module's target is at least of the capability.
static bool canOverlap(gpu::GPUModuleOp module) {
  ArrayAttr targets = module.getTargetsAttr();
  auto target = targets ? dyn_cast<NVVM::NVVMTargetAttr>(targets[0]) : nullptr;
  StringRef chip = target ? target.getChip() : "";
  int64_t capability = 0;
  return chip.consume_front("sm_") && !chip.consumeInteger(10, capability) &&
         capability >= leastCapability;
}

/// Which arguments of `function` are constants wherever it is launched.
static llvm::BitVector findConstants(func::FuncOp function) {
  llvm::BitVector constants(function.getNumArguments(), false);
  auto uses = SymbolTable::getSymbolUses(function,
                                         function->getParentOfType<ModuleOp>());
  bool isFirst = true;
  for (SymbolTable::SymbolUse use : *uses) {
    llvm::BitVector ofUse(function.getNumArguments(), false);
    if (auto launch = dyn_cast<halide::LaunchOp>(use.getUser()))
      for (auto [i, input] : llvm::enumerate(launch.getInputs()))
        ofUse[i] = nn::isConstantExpression(input);
    if (isFirst)
      constants = ofUse;
    constants &= ofUse;
    isFirst = false;
  }
  return constants;
}

/// Of the kernel that `launch` launches.
static Constants findConstants(gpu::LaunchFuncOp launch, gpu::GPUFuncOp kernel,
                               const llvm::BitVector &ofFunction) {
  Constants constants;
  for (auto [operand, argument] :
       llvm::zip(launch.getKernelOperands(), kernel.getArguments())) {
    auto metadata = operand.getDefiningOp<memref::ExtractStridedMetadataOp>();
    auto source =
        metadata ? dyn_cast<BlockArgument>(metadata.getSource()) : nullptr;
    if (source && ofFunction[source.getArgNumber()])
      constants.insert(argument);
  }
  return constants;
}

/// The same kernels for GPUs of the capability and later.
static gpu::GPUModuleOp cloneModule(gpu::GPUModuleOp module,
                                    SymbolTable &symbols) {
  std::string chip = "sm_" + std::to_string(leastCapability);
  auto clone = cast<gpu::GPUModuleOp>(module->clone());
  clone.setName((module.getName() + "_" + chip).str());
  OpBuilder builder(module.getContext());
  Attribute target =
      NVVM::NVVMTargetAttr::get(module.getContext(), /*optLevel=*/3,
                                "nvptx64-nvidia-cuda", chip, "+ptx80");
  clone.setTargetsAttr(builder.getArrayAttr(target));
  symbols.insert(clone, std::next(Block::iterator(module)));
  return clone;
}

/// Launches kernels for the device at hand, where the function has but one form
/// of each.
static void addForms(func::FuncOp function,
                     SmallVectorImpl<gpu::LaunchFuncOp> &launches,
                     SymbolTable &symbols) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
  Location loc = function.getLoc();
  Value isLater = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::uge,
      halide::DeviceCapabilityOp::create(builder, loc, builder.getIndexType()),
      arith::ConstantIndexOp::create(builder, loc, leastCapability));
  llvm::DenseMap<Operation *, gpu::GPUModuleOp> clones;
  for (gpu::LaunchFuncOp &launch : launches) {
    auto module =
        symbols.lookup<gpu::GPUModuleOp>(launch.getKernelModuleName());
    gpu::GPUModuleOp &clone = clones[module];
    if (!clone)
      clone = cloneModule(module, symbols);
    builder.setInsertionPoint(launch);
    auto choice =
        scf::IfOp::create(builder, loc, isLater, /*withElseRegion=*/true);
    launch->moveBefore(choice.elseBlock()->getTerminator());
    builder.setInsertionPointToStart(choice.thenBlock());
    launch = cast<gpu::LaunchFuncOp>(builder.clone(*launch));
    launch.setKernelAttr(SymbolRefAttr::get(
        clone.getNameAttr(), {FlatSymbolRefAttr::get(launch.getKernelName())}));
  }
}

void OverlapLaunches::overlap(func::FuncOp function, SymbolTable &symbols) {
  SmallVector<gpu::LaunchFuncOp> launches;
  function.walk([&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
  if (launches.empty())
    return;
  bool hasForms = function
                      .walk([](halide::DeviceCapabilityOp) {
                        return WalkResult::interrupt();
                      })
                      .wasInterrupted();
  if (!hasForms)
    addForms(function, launches, symbols);
  llvm::BitVector ofFunction = findConstants(function);
  llvm::SmallPtrSet<Operation *, 4> done;
  for (gpu::LaunchFuncOp launch : launches) {
    auto kernel = cast<gpu::GPUFuncOp>(
        symbols.lookupSymbolIn(getOperation(), launch.getKernel()));
    if (!canOverlap(kernel->getParentOfType<gpu::GPUModuleOp>()) ||
        !done.insert(kernel).second)
      continue;
    startEarly(kernel, findConstants(launch, kernel, ofFunction));
    ++overlapped;
  }
}

} // namespace vitrail
