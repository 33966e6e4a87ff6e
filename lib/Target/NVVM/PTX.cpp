//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// gpu.module to PTX, by MLIR's conversions and LLVM's NVPTX target.
//
//===----------------------------------------------------------------------===//

#include "Passes.h"
#include "vitrail/Target/NVVM/NVVMTarget.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/ModuleTranslation.h"
#include "mlir/Target/LLVMIR/TypeToLLVM.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

namespace vitrail {

using namespace mlir;

void registerLauncherDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, gpu::GPUDialect,
                  LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
                  nvgpu::NVGPUDialect, NVVM::NVVMDialect, scf::SCFDialect,
                  vector::VectorDialect>();
  NVVM::registerNVVMTargetInterfaceExternalModels(registry);
}

/// What the module says; else capability 8.0, and the version of PTX that
/// drivers of CUDA 12 know.
static NVVM::NVVMTargetAttr getTarget(gpu::GPUModuleOp module) {
  if (ArrayAttr targets = module.getTargetsAttr())
    if (auto target = dyn_cast<NVVM::NVVMTargetAttr>(targets[0]))
      return target;
  return NVVM::NVVMTargetAttr::get(module.getContext(), /*optLevel=*/3,
                                   "nvptx64-nvidia-cuda", "sm_80", "+ptx80");
}

static void addConversions(OpPassManager &passes) {
  passes.addPass(createLowerBF16Products());
  passes.addPass(createConvertNVGPUToNVVMPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createLowerDeviceMath());
  ConvertGpuOpsToNVVMOpsOptions options;
  options.useBarePtrCallConv = true;
  passes.addPass(createConvertGpuOpsToNVVMOps(options));
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertNVVMToLLVMPass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
}

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(NVVM::NVVMTargetAttr wanted) {
  static const bool initialized = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple(wanted.getTriple());
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  assert(target && "LLVM is built with its NVPTX target");
  // A product that is added to is one instruction, rounded once.
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, wanted.getChip(), wanted.getFeatures(), options, std::nullopt));
}

/// As swizzled rows are read that wgmma multiplies: in blocks of this many
/// bytes.
static void alignSharedMemory(llvm::Module &module) {
  constexpr unsigned sharedSpace = 3;
  for (llvm::GlobalVariable &variable : module.globals())
    if (variable.getAddressSpace() == sharedSpace)
      variable.setAlignment(llvm::Align(1024));
}

/// Arguments that kernels of `module` have by value, which tensor maps are,
/// stay where a launch puts them: the conversion to LLVM takes them for
/// pointers, and copies of them would not do.
static void passByValue(gpu::GPUModuleOp module, llvm::Module &translated) {
  llvm::LLVMContext &context = translated.getContext();
  LLVM::TypeToLLVMIRTranslator types(context);
  for (auto kernel : module.getOps<gpu::GPUFuncOp>())
    for (unsigned i = 0; i < kernel.getNumArguments(); ++i) {
      auto type = kernel.getArgAttrOfType<TypeAttr>(
          i, LLVM::LLVMDialect::getByValAttrName());
      if (!type)
        continue;
      llvm::Argument *argument =
          translated.getFunction(kernel.getName())->getArg(i);
      argument->addAttr(llvm::Attribute::getWithByValType(
          context, types.translateType(type.getValue())));
      argument->addAttr(llvm::Attribute::get(context, "nvvm.grid_constant"));
    }
}

/// Numbers of f32 below 2^-126 are 0, as in instructions that approximate:
/// others scale what they are given, and what they return.
static void flushDenormals(llvm::Module &module) {
  for (llvm::Function &function : module)
    function.addFnAttr("denormal-fp-math-f32", "preserve-sign");
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

static std::string emit(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  bool cannotEmit = machine.addPassesToEmitFile(
      passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile);
  assert(!cannotEmit && "the target emits assembly");
  (void)cannotEmit;
  passes.run(module);
  return text.str().str();
}

FailureOr<std::string> translateToPTX(gpu::GPUModuleOp module) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  // What the conversion of gpu.func converts besides gpu's operations.
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertMemRefToLLVMInterface(registry);
  ub::registerConvertUBToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
  module.getContext()->appendDialectRegistry(registry);

  OwningOpRef<ModuleOp> copy = ModuleOp::create(module.getLoc());
  copy->push_back(module->clone());
  PassManager passes(module.getContext());
  addConversions(passes.nest<gpu::GPUModuleOp>());
  if (failed(passes.run(*copy)))
    return failure();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(
      *copy->getOps<gpu::GPUModuleOp>().begin(), context);
  if (!translated)
    return failure();
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(getTarget(module));
  translated->setTargetTriple(machine->getTargetTriple());
  translated->setDataLayout(machine->createDataLayout());
  flushDenormals(*translated);
  alignSharedMemory(*translated);
  passByValue(module, *translated);
  optimize(*translated, *machine);
  return emit(*translated, *machine);
}

} // namespace vitrail
