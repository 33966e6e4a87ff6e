//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How far the functions of kernels for devices are from exact ones: the kernel
// of a constant is folded as it is built, so that it holds the function's value
// in f32 where it is rounded to 16 bits. Prints what was tested, or the first
// value that is too far off.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/NNToGPU/Passes.h"
#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace vitrail;

static constexpr llvm::StringLiteral source = R"mlir(
func.func private @rounded() -> tensor<8xf16> attributes {{nn.kernel} {{
  %x = nn.constant dense<{0:e9}> : tensor<8xf32>
  %y = nn.gelu %x : tensor<8xf32>
  %z = nn.cast %y : tensor<8xf32> to tensor<8xf16>
  return %z : tensor<8xf16>
}
)mlir";

/// What the kernel rounds.
static double findRounded(MLIRContext &context, double x) {
  auto module = parseSourceString<ModuleOp>(
      llvm::formatv(source.data(), x).str(), &context);
  PassManager passes(&context);
  passes.addPass(createConvertNNToGPU());
  double rounded = NAN;
  if (!module || failed(passes.run(*module)))
    return rounded;
  module->walk([&](arith::TruncFOp op) {
    FloatAttr value;
    if (matchPattern(op.getIn(), m_Constant(&value)))
      rounded = value.getValueAsDouble();
  });
  return rounded;
}

/// The absolute error at `x` is at most `tolerance`; a value that was not found
/// is none of these.
static void checkGelu(MLIRContext &context, double x, double tolerance) {
  double expected = x * std::erfc(-x / std::sqrt(2.0)) / 2;
  double actual = findRounded(context, x);
  if (std::abs(actual - expected) <= tolerance)
    return;
  llvm::outs() << "failed: gelu(" << x << ") is " << actual << " instead of "
               << expected << '\n';
  exit(EXIT_FAILURE);
}

int main() {
  DialectRegistry registry;
  registry.insert<func::FuncDialect, nn::NNDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  for (int i = -600; i <= 600; ++i)
    checkGelu(context, i / 97.0, 2.6e-5);
  llvm::outs() << "gelu\n";
  for (double x : {-60000.0, -100.0, -20.0})
    checkGelu(context, x, 1e-20);
  // One f32 in 2^24: the sum of 1 and a power of two that vanishes beside it.
  for (double x : {20.0, 100.0, 60000.0})
    checkGelu(context, x, x * 0x1p-23);
  llvm::outs() << "far from 0\n";
  return EXIT_SUCCESS;
}
