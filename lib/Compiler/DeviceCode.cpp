//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceCode.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Support/Isolation.h"
#include "vitrail/Target/NVVM/NVVMTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace vitrail {

using namespace mlir;
namespace json = llvm::json;

/// The names of kernels by those of their objects.
static llvm::StringMap<StringRef> nameObjects(ModuleOp module) {
  llvm::StringMap<StringRef> names;
  for (auto pipeline : module.getOps<halide::PipelineOp>())
    names.try_emplace(pipeline.getFunctionName(), pipeline.getSymName());
  for (auto function : module.getOps<func::FuncOp>())
    if (auto linkName = function->getAttrOfType<StringAttr>(
            halide::HalideDialect::getLinkNameAttrName()))
      names.try_emplace(linkName.getValue(), function.getSymName());
  return names;
}

/// The shared memory that launches give functions, beyond what these state.
static llvm::StringMap<int64_t> findDynamicMemory(ModuleOp module) {
  llvm::StringMap<int64_t> bytes;
  module.walk([&](gpu::LaunchFuncOp launch) {
    APInt size;
    Value memory = launch.getDynamicSharedMemorySize();
    if (memory && matchPattern(memory, m_ConstantInt(&size)))
      bytes[launch.getKernelName().getValue()] = size.getSExtValue();
  });
  return bytes;
}

static json::Array measure(StringRef object, StringRef prefix,
                           const PTXAssembler &assembler) {
  json::Array functions;
  for (StringRef ptx : findPTX(object)) {
    auto kernels = assembler.measure(ptx, prefix);
    if (!kernels) {
      llvm::consumeError(kernels.takeError());
      continue;
    }
    for (const KernelResources &kernel : *kernels)
      functions.push_back(json::Object{{"function", kernel.function},
                                       {"architecture", kernel.chip},
                                       {"registers", kernel.registers},
                                       {"spilled", kernel.spilledBytes},
                                       {"shared", kernel.sharedBytes}});
  }
  return functions;
}

json::Array measureDeviceCode(ModuleOp module, ArrayRef<std::string> objects,
                              const PTXAssembler &assembler,
                              unsigned processes) {
  std::vector<std::string> measured(objects.size());
  runIsolated(
      objects.size(), processes,
      [&](unsigned index) -> std::string {
        auto object = llvm::MemoryBuffer::getFile(objects[index]);
        if (!object)
          return "[]";
        return llvm::formatv("{0}",
                             json::Value(measure((*object)->getBuffer(),
                                                 objects[index], assembler)));
      },
      [&](unsigned index, IsolatedOutcome outcome) {
        measured[index] = outcome.failure.empty() ? outcome.report : "[]";
      });

  llvm::StringMap<StringRef> names = nameObjects(module);
  llvm::StringMap<int64_t> memory = findDynamicMemory(module);
  json::Array all;
  for (auto [path, text] : llvm::zip_equal(objects, measured)) {
    json::Value functions = llvm::cantFail(json::parse(text));
    StringRef stem = llvm::sys::path::stem(path);
    auto name = names.find(stem);
    for (json::Value &value : *functions.getAsArray()) {
      json::Object &function = *value.getAsObject();
      function["kernel"] = name == names.end() ? stem : name->second;
      function["shared"] = *function.getInteger("shared") +
                           memory.lookup(*function.getString("function"));
      all.push_back(std::move(value));
    }
  }
  return all;
}

} // namespace vitrail
