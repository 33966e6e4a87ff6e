//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Objects of functions on memory: what they compute of extents, and launches.
//
//===----------------------------------------------------------------------===//

#include "HostMachine.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Support/BinaryIdentity.h"
#include "vitrail/Target/NVVM/NVVMTarget.h"
#include "vitrail/Target/PTX/PTXAssembler.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Target/TargetMachine.h"

namespace vitrail {

using namespace mlir;

namespace {

/// Builds `k_argv`.
class LauncherBuilder {
public:
  /// Makes of kernels what the object holds of them.
  using MakeSource =
      llvm::function_ref<FailureOr<std::string>(gpu::GPUModuleOp)>;

  LauncherBuilder(func::FuncOp function, llvm::Module &module,
                  MakeSource makeSource)
      : function(function), module(module), makeSource(makeSource),
        builder(module.getContext()), pointer(builder.getPtrTy()),
        i32(builder.getInt32Ty()), i64(builder.getInt64Ty()),
        size(llvm::ConstantInt::get(i64, 8)) {}

  LogicalResult build(StringRef name);

private:
  llvm::Value *loadField(llvm::Type *type, llvm::Value *structure,
                         uint64_t offset);
  void bindArguments(llvm::Value *arguments);
  LogicalResult translate(Operation &op);
  LogicalResult translate(Block &block);
  LogicalResult branch(scf::IfOp op);
  llvm::Value *getExtent(memref::DimOp dim);
  llvm::Value *askDevice(StringRef hook);
  void makeTensorMap(halide::TensorMapOp op);
  struct Source {
    llvm::Constant *text = nullptr;
    int32_t size = 0; ///< with the zero at its end
  };
  FailureOr<Source> getSource(gpu::GPUModuleOp kernels);
  LogicalResult launch(gpu::LaunchFuncOp op);
  void check(llvm::Value *code);
  llvm::Value *store(llvm::Value *value, llvm::Type *type);
  llvm::Value *makeArray(llvm::Type *element, ArrayRef<llvm::Value *> values);
  llvm::Constant *getText(StringRef text);
  llvm::FunctionCallee getHook(StringRef name, ArrayRef<llvm::Type *> types) {
    return module.getOrInsertFunction(
        name, llvm::FunctionType::get(i32, types, /*isVarArg=*/false));
  }
  llvm::Value *lookup(Value value) { return values.lookup(value); }

  func::FuncOp function;
  llvm::Module &module;
  MakeSource makeSource;
  llvm::IRBuilder<> builder;
  llvm::PointerType *pointer;
  llvm::IntegerType *i32, *i64;
  llvm::Constant *size; ///< of an address, or of an index
  llvm::Value *userContext = nullptr;
  llvm::BasicBlock *failureBlock = nullptr;
  llvm::PHINode *failureCode = nullptr;
  llvm::DenseMap<Operation *, Source> sources;
  /// Indices; of memory, its halide_buffer_t.
  llvm::DenseMap<Value, llvm::Value *> values;
};

// Of HalideRuntime.h: offsets in halide_buffer_t and halide_dimension_t.
constexpr uint64_t bufferDimOffset = 40;
constexpr uint64_t dimensionSize = 16, dimensionExtentOffset = 4;

// Of the driver's interface.
constexpr uint64_t tensorMapBytes = 128;

} // namespace

llvm::Value *LauncherBuilder::loadField(llvm::Type *type,
                                        llvm::Value *structure,
                                        uint64_t offset) {
  llvm::Value *address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(),
                                                            structure, offset);
  return builder.CreateLoad(type, address);
}

llvm::Value *LauncherBuilder::store(llvm::Value *value, llvm::Type *type) {
  llvm::Value *place = builder.CreateAlloca(type);
  builder.CreateStore(value, place);
  return place;
}

llvm::Value *LauncherBuilder::makeArray(llvm::Type *element,
                                        ArrayRef<llvm::Value *> elements) {
  auto *type = llvm::ArrayType::get(element, elements.size());
  llvm::Value *array = builder.CreateAlloca(type);
  for (auto [i, value] : llvm::enumerate(elements))
    builder.CreateStore(value,
                        builder.CreateConstInBoundsGEP2_64(type, array, 0, i));
  return array;
}

llvm::Constant *LauncherBuilder::getText(StringRef text) {
  return builder.CreateGlobalString(text, "", /*AddressSpace=*/0, &module);
}

void LauncherBuilder::bindArguments(llvm::Value *arguments) {
  userContext = builder.CreateLoad(pointer, loadField(pointer, arguments, 0));
  for (auto [i, argument] : llvm::enumerate(function.getArguments()))
    values[argument] = loadField(pointer, arguments, 8 * (i + 1));
}

/// Buffers have the innermost dimension first.
llvm::Value *LauncherBuilder::getExtent(memref::DimOp dim) {
  int64_t rank = cast<MemRefType>(dim.getSource().getType()).getRank();
  uint64_t index = rank - 1 - *dim.getConstantIndex();
  llvm::Value *dims =
      loadField(pointer, lookup(dim.getSource()), bufferDimOffset);
  llvm::Value *extent =
      loadField(i32, dims, index * dimensionSize + dimensionExtentOffset);
  return builder.CreateZExt(extent, i64);
}

/// A number that the device of the caller's context has.
llvm::Value *LauncherBuilder::askDevice(StringRef hook) {
  return builder.CreateZExt(
      builder.CreateCall(getHook(hook, {pointer}), {userContext}), i64);
}

/// Returns from the function where a hook failed.
void LauncherBuilder::check(llvm::Value *code) {
  llvm::BasicBlock *next = llvm::BasicBlock::Create(
      module.getContext(), "", builder.GetInsertBlock()->getParent());
  failureCode->addIncoming(code, builder.GetInsertBlock());
  builder.CreateCondBr(builder.CreateIsNull(code), next, failureBlock);
  builder.SetInsertPoint(next);
}

/// In this function's frame: launches copy it.
void LauncherBuilder::makeTensorMap(halide::TensorMapOp op) {
  llvm::AllocaInst *map = builder.CreateAlloca(
      llvm::ArrayType::get(builder.getInt8Ty(), tensorMapBytes));
  map->setAlignment(llvm::Align(64));
  SmallVector<llvm::Value *> extents, box;
  for (Value extent : llvm::reverse(op.getExtents()))
    extents.push_back(lookup(extent));
  for (int64_t extent : llvm::reverse(op.getBox()))
    box.push_back(builder.getInt32(extent));
  check(builder.CreateCall(
      getHook("vitrail_cuda_tensor_map",
              {pointer, pointer, pointer, i32, pointer, pointer}),
      {userContext, map, lookup(op.getMemory()), builder.getInt32(box.size()),
       makeArray(i64, extents), makeArray(i32, box)}));
  values[op.getMap()] = map;
}

/// The PTX of all kernels of a module, which is in the object once.
FailureOr<LauncherBuilder::Source>
LauncherBuilder::getSource(gpu::GPUModuleOp kernels) {
  auto [it, isNew] = sources.try_emplace(kernels);
  if (!isNew)
    return it->second;
  FailureOr<std::string> source = makeSource(kernels);
  if (failed(source))
    return failure();
  auto *text = cast<llvm::GlobalVariable>(getText(*source));
  text->setAlignment(llvm::Align(kernelImageAlignment));
  it->second = {text, int32_t(strlen(source->c_str()) + 1)};
  return it->second;
}

LogicalResult LauncherBuilder::launch(gpu::LaunchFuncOp op) {
  auto kernels = SymbolTable::lookupNearestSymbolFrom<gpu::GPUModuleOp>(
      op, op.getKernelModuleName());
  auto kernel =
      SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(op, op.getKernel());
  if (!kernels || !kernel)
    return op.emitOpError("launches a kernel that is not there");
  FailureOr<Source> source = getSource(kernels);
  if (failed(source))
    return failure();
  llvm::Value *state = store(llvm::ConstantPointerNull::get(pointer), pointer);
  check(builder.CreateCall(
      getHook("halide_cuda_initialize_kernels",
              {pointer, pointer, pointer, i32}),
      {userContext, state, source->text, builder.getInt32(source->size)}));

  // For the kernel before it, by itself.
  bool waits =
      llvm::any_of(kernel.getOps<NVVM::GriddepcontrolOp>(), [](auto op) {
        return op.getKind() == NVVM::GridDepActionKind::wait;
      });
  SmallVector<llvm::Value *> sizes, addresses, areBuffers;
  for (Value operand : op.getKernelOperands()) {
    bool isBuffer = isa<MemRefType>(operand.getType());
    bool isMap = isa<LLVM::LLVMPointerType>(operand.getType());
    sizes.push_back(isMap ? llvm::ConstantInt::get(i64, tensorMapBytes) : size);
    addresses.push_back(isBuffer || isMap ? lookup(operand)
                                          : store(lookup(operand), i64));
    areBuffers.push_back(builder.getInt8(isBuffer));
  }
  sizes.push_back(llvm::ConstantInt::get(i64, 0));
  SmallVector<llvm::Value *> arguments = {
      userContext, builder.CreateLoad(pointer, state),
      getText(op.getKernelName().getValue())};
  gpu::KernelDim3 grid = op.getGridSizeOperandValues();
  gpu::KernelDim3 threads = op.getBlockSizeOperandValues();
  for (Value extent : {grid.x, grid.y, grid.z, threads.x, threads.y, threads.z})
    arguments.push_back(builder.CreateTrunc(lookup(extent), i32));
  arguments.push_back(lookup(op.getDynamicSharedMemorySize()));
  arguments.push_back(makeArray(i64, sizes));
  arguments.push_back(makeArray(pointer, addresses));
  arguments.push_back(makeArray(builder.getInt8Ty(), areBuffers));
  check(builder.CreateCall(
      getHook(waits ? "vitrail_cuda_run_early" : "halide_cuda_run",
              {pointer, pointer, pointer, i32, i32, i32, i32, i32, i32, i32,
               pointer, pointer, pointer}),
      arguments));
  return success();
}

LogicalResult LauncherBuilder::translate(Operation &op) {
  auto binary = [&](llvm::Value *result) {
    values[op.getResult(0)] = result;
    return success();
  };
  auto operand = [&](unsigned i) { return lookup(op.getOperand(i)); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](arith::ConstantOp constant) {
        Type type = constant.getType();
        llvm::Type *wanted =
            type.isIndex() ? i64
                           : builder.getIntNTy(type.getIntOrFloatBitWidth());
        int64_t value = cast<IntegerAttr>(constant.getValue()).getInt();
        return binary(llvm::ConstantInt::get(wanted, value));
      })
      .Case([&](memref::DimOp dim) { return binary(getExtent(dim)); })
      .Case([&](halide::DeviceCapabilityOp) {
        return binary(askDevice("vitrail_cuda_capability"));
      })
      .Case([&](halide::DeviceMultiprocessorsOp) {
        return binary(askDevice("vitrail_cuda_multiprocessors"));
      })
      .Case([&](halide::TensorMapOp map) {
        makeTensorMap(map);
        return success();
      })
      .Case([&](memref::ExtractStridedMetadataOp metadata) {
        return binary(lookup(metadata.getSource()));
      })
      .Case([&](arith::AddIOp) {
        return binary(builder.CreateAdd(operand(0), operand(1)));
      })
      .Case([&](arith::MulIOp) {
        return binary(builder.CreateMul(operand(0), operand(1)));
      })
      .Case([&](arith::DivUIOp) {
        return binary(builder.CreateUDiv(operand(0), operand(1)));
      })
      .Case([&](arith::CeilDivUIOp) {
        llvm::Value *divisor = operand(1);
        llvm::Value *most = builder.CreateSub(
            divisor, llvm::ConstantInt::get(divisor->getType(), 1));
        return binary(
            builder.CreateUDiv(builder.CreateAdd(operand(0), most), divisor));
      })
      .Case([&](arith::MinUIOp) {
        return binary(builder.CreateBinaryIntrinsic(llvm::Intrinsic::umin,
                                                    operand(0), operand(1)));
      })
      .Case([&](arith::CmpIOp compare) -> LogicalResult {
        switch (compare.getPredicate()) {
        case arith::CmpIPredicate::eq:
          return binary(builder.CreateICmpEQ(operand(0), operand(1)));
        case arith::CmpIPredicate::uge:
          return binary(builder.CreateICmpUGE(operand(0), operand(1)));
        default:
          return compare.emitOpError("compares as no launcher does");
        }
      })
      .Case([&](scf::IfOp ifOp) { return branch(ifOp); })
      .Case([&](gpu::LaunchFuncOp launchOp) { return launch(launchOp); })
      .Case([&](func::ReturnOp) { return success(); })
      .Case([&](scf::YieldOp) { return success(); })
      .Default([](Operation *other) {
        return other->emitOpError("is no operation of a function on memory");
      });
}

LogicalResult LauncherBuilder::translate(Block &block) {
  for (Operation &op : block)
    if (failed(translate(op)))
      return failure();
  return success();
}

LogicalResult LauncherBuilder::branch(scf::IfOp op) {
  llvm::Function *parent = builder.GetInsertBlock()->getParent();
  auto create = [&] {
    return llvm::BasicBlock::Create(module.getContext(), "", parent);
  };
  llvm::BasicBlock *ifTrue = create(), *ifFalse = create(), *end = create();
  builder.CreateCondBr(lookup(op.getCondition()), ifTrue, ifFalse);
  builder.SetInsertPoint(ifTrue);
  if (failed(translate(*op.thenBlock())))
    return failure();
  builder.CreateBr(end);
  builder.SetInsertPoint(ifFalse);
  if (op.elseBlock() && failed(translate(*op.elseBlock())))
    return failure();
  builder.CreateBr(end);
  builder.SetInsertPoint(end);
  return success();
}

LogicalResult LauncherBuilder::build(StringRef name) {
  auto *type = llvm::FunctionType::get(i32, {pointer}, /*isVarArg=*/false);
  auto *launcher = llvm::Function::Create(type, llvm::Function::ExternalLinkage,
                                          name + "_argv", module);
  launcher->setVisibility(llvm::GlobalValue::HiddenVisibility);
  failureBlock = llvm::BasicBlock::Create(module.getContext(), "failed");
  builder.SetInsertPoint(failureBlock);
  failureCode = builder.CreatePHI(i32, 2);
  builder.CreateRet(failureCode);
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", launcher));
  bindArguments(launcher->getArg(0));
  if (failed(translate(function.front())))
    return failure();
  builder.CreateRet(builder.getInt32(0));
  failureBlock->insertInto(launcher);
  return success();
}

bool isOnMemory(func::FuncOp function) {
  return llvm::any_of(function.getArgumentTypes(), llvm::IsaPred<MemRefType>);
}

/// Writes the object; what there is to warn about is in `problems`.
static LogicalResult compile(func::FuncOp function, StringRef name,
                             StringRef path, const PTXAssembler *assembler,
                             std::string &problems) {
  std::unique_ptr<llvm::TargetMachine> machine = createHostMachine();
  llvm::LLVMContext context;
  llvm::Module module(name, context);
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
  auto makeSource = [&](gpu::GPUModuleOp kernels) -> FailureOr<std::string> {
    FailureOr<std::string> ptx = translateToPTX(kernels);
    if (failed(ptx))
      return failure();
    return addKernelImages(*ptx, assembler, path, problems);
  };
  if (failed(LauncherBuilder(function, module, makeSource).build(name)))
    return failure();
  assert(!llvm::verifyModule(module, &llvm::errs()) && "an invalid launcher");
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (!error) {
    llvm::legacy::PassManager passes;
    machine->addPassesToEmitFile(passes, file, nullptr,
                                 llvm::CodeGenFileType::ObjectFile);
    passes.run(module);
    file.close();
    error = file.error();
    file.clear_error();
  }
  if (!error)
    return success();
  return function.emitError("cannot write '")
         << path << "': " << error.message();
}

//===----------------------------------------------------------------------===//
// Objects of a module
//===----------------------------------------------------------------------===//

/// All that decides the bytes of the object: the function with its kernels, the
/// build of this compiler, and what makes machine code.
static std::string getKey(func::FuncOp function, StringRef name,
                          const PTXAssembler *assembler) {
  static const std::string compiler =
      getBinaryIdentity(reinterpret_cast<const void *>(&compileLaunchers));
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::SmallPtrSet<Operation *, 4> kernels;
  function.print(stream, OpPrintingFlags().useLocalScope());
  function.walk([&](gpu::LaunchFuncOp launch) {
    auto module = SymbolTable::lookupNearestSymbolFrom<gpu::GPUModuleOp>(
        launch, launch.getKernelModuleName());
    if (module && kernels.insert(module).second)
      module.print(stream, OpPrintingFlags().useLocalScope());
  });
  return hashKey({"launcher", compiler, name, text,
                  assembler ? assembler->getIdentity() : ""});
}

/// Says in this process what is wrong with the function itself.
static LogicalResult check(func::FuncOp function) {
  llvm::LLVMContext context;
  llvm::Module module("", context);
  auto makeSource = [](gpu::GPUModuleOp) -> FailureOr<std::string> {
    return std::string();
  };
  return LauncherBuilder(function, module, makeSource).build("checked");
}

/// In the report of a process that made no object.
static constexpr StringLiteral noObject = "none";

static ObjectJob makeJob(func::FuncOp function, StringRef name, StringRef path,
                         const PTXAssembler *assembler) {
  ObjectJob job;
  job.path = path.str();
  job.getKey = [=] { return getKey(function, name, assembler); };
  job.make = [=](const std::string &path) -> std::string {
    std::string problems;
    if (failed(compile(function, name, path, assembler, problems)))
      return noObject.str();
    return problems;
  };
  job.report = [=](const IsolatedOutcome &outcome) mutable -> LogicalResult {
    if (outcome.failure.empty() && outcome.report != noObject) {
      if (!outcome.report.empty())
        function.emitWarning() << outcome.report;
      return success();
    }
    auto diag = function.emitError("cannot compile what launches '")
                << name << "'";
    if (!outcome.failure.empty())
      diag << ": " << outcome.failure;
    if (StringRef said = StringRef(outcome.printed).trim(); !said.empty())
      diag.attachNote() << said;
    return diag;
  };
  job.reportUnwritable = [=](const std::string &message) mutable {
    mlir::emitError(function.getLoc()) << message;
  };
  return job;
}

LogicalResult compileLaunchers(ModuleOp module, const ObjectOptions &options,
                               llvm::SmallVectorImpl<std::string> &objects) {
  llvm::StringSet<> names;
  std::vector<ObjectJob> jobs;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!isOnMemory(function))
      continue;
    auto linkName = function->getAttrOfType<StringAttr>(
        halide::HalideDialect::getLinkNameAttrName());
    StringRef name = linkName ? linkName.getValue() : function.getSymName();
    if (!names.insert(name).second)
      continue;
    if (failed(check(function)))
      return failure();
    llvm::SmallString<128> path(options.directory);
    llvm::sys::path::append(path, name + ".o");
    jobs.push_back(makeJob(function, name, path, options.assembler));
    objects.push_back(path.str().str());
  }
  if (jobs.empty())
    return success();
  std::error_code error;
  LogicalResult result = runObjectJobs(jobs, options, error);
  if (error)
    emitRemark(module.getLoc())
        << "compiled launchers are not kept: cannot write to the cache '"
        << options.cache->getFolder() << "': " << error.message();
  return result;
}

} // namespace vitrail
