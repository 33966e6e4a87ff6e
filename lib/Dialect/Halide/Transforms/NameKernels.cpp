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

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

namespace vitrail::halide {
#define GEN_PASS_DEF_NAMEKERNELS
#include "vitrail/Dialect/Halide/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

struct NameKernels : impl::NameKernelsBase<NameKernels> {
  using NameKernelsBase::NameKernelsBase;

  void runOnOperation() override {
    std::string suffix;
    for (char character : target)
      suffix += llvm::isAlnum(character) ? character : '_';
    if (!suffix.empty())
      suffix.insert(suffix.begin(), '_');
    for (auto pipeline : getOperation().getOps<PipelineOp>()) {
      std::string text = pipeline.getText(/*name=*/"kernel");
      auto hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
      // 128 bits: no two kernels will ever share them by chance.
      std::string digits =
          llvm::toHex(ArrayRef(hash).take_front(16), /*LowerCase=*/true);
      pipeline.setLinkName("kernel_" + digits + suffix);
    }
  }
};

} // namespace
} // namespace vitrail::halide
