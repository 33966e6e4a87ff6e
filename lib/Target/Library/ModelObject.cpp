//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Entry points, and the object file.
//
//===----------------------------------------------------------------------===//

#include "ModelObject.h"
#include "ModelTables.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

using namespace mlir;
using namespace vitrail;

std::string vitrail::getRunFunction(StringRef modelName,
                                    ArrayRef<Interface> interfaces,
                                    const Interface &interface) {
  StringRef suffix = interfaces.size() == 1 ? "run" : interface.name;
  return (modelName + "_" + suffix).str();
}

SmallVector<std::string>
vitrail::getExportedSymbols(const LibraryModel &model) {
  StringRef name = model.options.modelName;
  SmallVector<std::string> symbols = {"vitrail_model"};
  SmallVector<StringRef> suffixes = {"_create", "_message", "_destroy", "_info",
                                     "_device"};
  if (!model.states.empty())
    llvm::append_range(suffixes, ArrayRef<StringRef>{"_reset", "_reorder"});
  if (model.generate)
    suffixes.push_back("_generate");
  for (StringRef suffix : suffixes)
    symbols.push_back((name + suffix).str());
  for (const Interface &interface : model.interfaces)
    symbols.push_back(getRunFunction(name, model.interfaces, interface));
  return symbols;
}

namespace {
/// Builds the LLVM module of a library.
class ModuleBuilder {
public:
  ModuleBuilder(const LibraryModel &model, llvm::Module &module)
      : model(model), module(module), builder(module.getContext()),
        tables(module), pointer(builder.getPtrTy()),
        int32(builder.getInt32Ty()), int64(builder.getInt64Ty()) {}

  LogicalResult build();

private:
  llvm::Function *getExternal(StringRef name, llvm::Type *result,
                              ArrayRef<llvm::Type *> arguments);
  llvm::Constant *buildWeights();
  llvm::Function *beginEntryPoint(const llvm::Twine &name, llvm::Type *result,
                                  ArrayRef<llvm::Type *> arguments);
  llvm::Value *buildPointerArray(llvm::Function *function, unsigned first,
                                 unsigned count);
  llvm::Constant *buildForProgram(StringRef suffix,
                                  ArrayRef<llvm::Type *> arguments);
  void buildRun(const Interface &interface, unsigned number);
  llvm::Function *buildByNumber(StringRef name, llvm::Function *callee,
                                ArrayRef<llvm::Type *> arguments);
  void buildForwarders();

  const LibraryModel &model;
  llvm::Module &module;
  llvm::IRBuilder<> builder;
  TableBuilder tables;
  llvm::PointerType *pointer;
  llvm::IntegerType *int32, *int64;

  // What entry points refer to.
  llvm::Constant *info = nullptr, *program = nullptr;
  llvm::Function *run = nullptr, *message = nullptr, *destroy = nullptr,
                 *device = nullptr;
};
} // namespace

llvm::Function *ModuleBuilder::getExternal(StringRef name, llvm::Type *result,
                                           ArrayRef<llvm::Type *> arguments) {
  auto *type = llvm::FunctionType::get(result, arguments, /*isVarArg=*/false);
  auto callee = module.getOrInsertFunction(name, type);
  auto *function = cast<llvm::Function>(callee.getCallee());
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return function;
}

/// The weights' place in the library. It is made as memory that starts as
/// zeros, so that neither this object nor the linker carries the weights; see
/// WeightsSegment.h for how they get there.
llvm::Constant *ModuleBuilder::buildWeights() {
  int64_t size = model.constants.getSize();
  if (size == 0 || !model.options.weightsFile.empty())
    return tables.getNull();
  auto *type = llvm::ArrayType::get(builder.getInt8Ty(), size);
  auto *weights = new llvm::GlobalVariable(
      module, type, /*isConstant=*/false, llvm::GlobalValue::InternalLinkage,
      llvm::ConstantAggregateZero::get(type), "weights");
  // Out of the reach of 32-bit offsets from the code, which may have to end
  // below 2 GiB. Only addresses in tables, of 64 bits, lead to the weights. A
  // page of its own, of the largest that the architecture has, lets it be
  // mapped by itself.
  bool isX86 = model.architecture == Architecture::X86_64;
  if (isX86)
    weights->setCodeModel(llvm::CodeModel::Large);
  weights->setAlignment(llvm::Align(isX86 ? 4096 : 65536));
  return weights;
}

/// Makes an exported function and goes to its beginning.
llvm::Function *
ModuleBuilder::beginEntryPoint(const llvm::Twine &name, llvm::Type *result,
                               ArrayRef<llvm::Type *> arguments) {
  auto *type = llvm::FunctionType::get(result, arguments, /*isVarArg=*/false);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, name, module);
  function->setDoesNotThrow();
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", function));
  return function;
}

/// An entry point that passes its arguments on to the runtime's function of the
/// same suffix, the program before them; it returns a status.
llvm::Constant *
ModuleBuilder::buildForProgram(StringRef suffix,
                               ArrayRef<llvm::Type *> arguments) {
  SmallVector<llvm::Type *> types = {pointer};
  llvm::append_range(types, arguments);
  llvm::Function *callee =
      getExternal(("vitrail_runtime" + suffix).str(), int32, types);
  llvm::Function *function =
      beginEntryPoint(model.options.modelName + suffix, int32, arguments);
  SmallVector<llvm::Value *> values = {program};
  for (llvm::Argument &argument : function->args())
    values.push_back(&argument);
  builder.CreateRet(builder.CreateCall(callee, values));
  return function;
}

/// An array on the stack of `count` arguments from `first`.
llvm::Value *ModuleBuilder::buildPointerArray(llvm::Function *function,
                                              unsigned first, unsigned count) {
  llvm::Value *array =
      builder.CreateAlloca(llvm::ArrayType::get(pointer, count));
  for (unsigned i = 0; i < count; ++i)
    builder.CreateStore(function->getArg(first + i),
                        builder.CreateConstGEP1_64(pointer, array, i));
  return array;
}

/// The function of one entry: context, batch, then a typed pointer for each
/// input and output.
void ModuleBuilder::buildRun(const Interface &interface, unsigned number) {
  unsigned numInputs = interface.inputs.size();
  unsigned numOutputs = interface.outputs.size();
  SmallVector<llvm::Type *> types = {pointer, int64};
  types.append(numInputs + numOutputs, pointer);
  llvm::Function *function = beginEntryPoint(
      getRunFunction(model.options.modelName, model.interfaces, interface),
      int32, types);
  llvm::Value *inputs = buildPointerArray(function, 2, numInputs);
  llvm::Value *outputs = buildPointerArray(function, 2 + numInputs, numOutputs);
  builder.CreateRet(builder.CreateCall(
      run, {program, function->getArg(0), tables.getInt32(number),
            function->getArg(1), inputs, outputs}));
}

/// A function of vitrail_model_api that takes an entry's number: `callee`
/// without the program.
llvm::Function *ModuleBuilder::buildByNumber(StringRef name,
                                             llvm::Function *callee,
                                             ArrayRef<llvm::Type *> arguments) {
  llvm::Function *function = beginEntryPoint(name, int32, arguments);
  function->setLinkage(llvm::GlobalValue::PrivateLinkage);
  SmallVector<llvm::Value *> values = {program};
  for (llvm::Argument &argument : function->args())
    values.push_back(&argument);
  builder.CreateRet(builder.CreateCall(callee, values));
  return function;
}

/// The entry points that need no program.
void ModuleBuilder::buildForwarders() {
  const std::string &name = model.options.modelName;
  beginEntryPoint(name + "_info", pointer, {});
  builder.CreateRet(info);
  llvm::Function *function =
      beginEntryPoint(name + "_message", pointer, {pointer});
  builder.CreateRet(builder.CreateCall(message, {function->getArg(0)}));
  function = beginEntryPoint(name + "_destroy", builder.getVoidTy(), {pointer});
  builder.CreateCall(destroy, {function->getArg(0)});
  builder.CreateRetVoid();
  function = beginEntryPoint(name + "_device", builder.getVoidTy(),
                             {pointer, pointer});
  builder.CreateCall(device, {function->getArg(0), function->getArg(1)});
  builder.CreateRetVoid();
}

LogicalResult ModuleBuilder::build() {
  auto getKernel = [&](StringRef name) -> llvm::Constant * {
    return getExternal((name + "_argv").str(), int32, {pointer});
  };
  info = buildModelInfo(tables, model);
  FailureOr<llvm::Constant *> built =
      buildProgram(tables, model, info, buildWeights(), getKernel);
  if (failed(built))
    return failure();
  program = *built;

  // With the program first, and without.
  llvm::Type *types[] = {pointer, pointer, int32,  int64,
                         pointer, pointer, pointer};
  ArrayRef<llvm::Type *> profileTypes = ArrayRef(types).drop_front();
  ArrayRef<llvm::Type *> runTypes = profileTypes.drop_back();
  run = getExternal("vitrail_runtime_run", int32, ArrayRef(types).drop_back());
  llvm::Function *profile =
      getExternal("vitrail_runtime_profile", int32, types);
  message = getExternal("vitrail_runtime_message", pointer, {pointer});
  destroy =
      getExternal("vitrail_runtime_destroy", builder.getVoidTy(), {pointer});
  device = getExternal("vitrail_runtime_device", builder.getVoidTy(),
                       {pointer, pointer});

  llvm::Constant *create = buildForProgram("_create", {pointer, pointer});
  llvm::Constant *reset = tables.getNull(), *reorder = tables.getNull(),
                 *generate = tables.getNull();
  if (!model.states.empty()) {
    reset = buildForProgram("_reset", {pointer});
    reorder = buildForProgram("_reorder", {pointer, int64, pointer});
  }
  if (model.generate)
    generate = buildForProgram("_generate", {pointer, int64, pointer, pointer,
                                             pointer, pointer, pointer});
  for (auto [number, interface] : llvm::enumerate(model.interfaces))
    buildRun(interface, number);
  buildForwarders();
  llvm::GlobalVariable *api = tables.getGlobal(
      tables.getStruct<vitrail_model_api>(
          {info, create, buildByNumber("run_by_number", run, runTypes), message,
           destroy, reset, reorder, generate, device,
           buildByNumber("profile_by_number", profile, profileTypes)}),
      "vitrail_model");
  api->setLinkage(llvm::GlobalValue::ExternalLinkage);
  return success();
}

/// Variables that start as zeros; x86-64 has a section of its own for those
/// that code reaches by 64-bit addresses alone.
StringRef vitrail::getWeightsSection(Architecture architecture) {
  return architecture == Architecture::X86_64 ? ".lbss" : ".bss";
}

/// Code for any processor of the architecture: what needs more is in the
/// kernels.
static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const llvm::Triple &triple) {
  static const bool initialized = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    return true;
  }();
  (void)initialized;
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  assert(target && "LLVM is built with its X86 and AArch64 targets");
  StringRef processor = triple.isX86() ? "x86-64" : "generic";
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, processor, "", llvm::TargetOptions(), llvm::Reloc::PIC_));
}

LogicalResult vitrail::emitModelObject(const LibraryModel &model,
                                       llvm::raw_pwrite_stream &output) {
  llvm::Triple triple(llvm::Triple::normalize(getTriple(model.architecture)));
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(triple);
  llvm::LLVMContext context;
  llvm::Module module(model.options.modelName, context);
  module.setTargetTriple(triple);
  module.setDataLayout(machine->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);

  if (failed(ModuleBuilder(model, module).build()))
    return failure();
  assert(!llvm::verifyModule(module, &llvm::errs()) && "invalid entry points");
  llvm::legacy::PassManager passes;
  bool cannotEmit = machine->addPassesToEmitFile(
      passes, output, nullptr, llvm::CodeGenFileType::ObjectFile);
  assert(!cannotEmit && "both targets emit objects");
  (void)cannotEmit;
  passes.run(module);
  return success();
}
