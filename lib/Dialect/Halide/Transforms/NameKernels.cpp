//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// halide-name-kernels: what a kernel's functions are called in its object says
// what the kernel is, not what a model calls it.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Dialect/Halide/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

namespace vitrail::halide {
#define GEN_PASS_DEF_NAMEKERNELS
#include "vitrail/Dialect/Halide/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// Whether `function` takes the place of a pipeline (see halide.launch).
bool isOnMemory(func::FuncOp function) {
  return llvm::any_of(function.getArgumentTypes(), llvm::IsaPred<MemRefType>);
}

/// The function and the modules whose kernels it launches, each printed by
/// itself: else all that is around them is verified and numbered each time.
std::string getText(func::FuncOp function) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  auto flags = OpPrintingFlags().useLocalScope();
  function->print(stream, flags);
  llvm::SmallPtrSet<Operation *, 4> modules;
  auto uses = SymbolTable::getSymbolUses(&function.getBody());
  for (SymbolTable::SymbolUse use : *uses)
    if (Operation *module = SymbolTable::lookupNearestSymbolFrom(
            function, use.getSymbolRef().getRootReference()))
      if (modules.insert(module).second)
        module->print(stream, flags);
  return text;
}

struct NameKernels : impl::NameKernelsBase<NameKernels> {
  using NameKernelsBase::NameKernelsBase;

  void runOnOperation() override {
    std::string suffix;
    for (char character : target)
      suffix += llvm::isAlnum(character) ? character : '_';
    if (!suffix.empty())
      suffix.insert(suffix.begin(), '_');
    auto makeName = [&](StringRef text) {
      auto hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
      // 128 bits: no two kernels will ever share them by chance.
      std::string digits =
          llvm::toHex(ArrayRef(hash).take_front(16), /*LowerCase=*/true);
      return "kernel_" + digits + suffix;
    };
    for (auto pipeline : getOperation().getOps<PipelineOp>())
      pipeline.setLinkName(makeName(pipeline.getText(/*name=*/"kernel")));
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (isOnMemory(function))
        function->setAttr(
            HalideDialect::getLinkNameAttrName(),
            StringAttr::get(&getContext(), makeName(getText(function))));
  }
};

} // namespace
} // namespace vitrail::halide
