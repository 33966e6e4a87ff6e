//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constant expressions as the compiler evaluates them: in float32 where
// elements are only moved, through float64 where they are computed with. Prints
// what was tested, or the first difference.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Weights/Evaluator.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

/// The source is 24 columns of 50 features; `panels` packs them for a register
/// tile of 16, as the compiler does.
static constexpr llvm::StringLiteral source = R"mlir(
func.func @main(%x: tensor<50x24xf32>) -> () {
  %0 = nn.parameter "w.weight" : tensor<50x24xf32>
  %1 = nn.pad %0 [0, 0] [14, 0] value 0.0 : tensor<50x24xf32>
  %2 = nn.reshape %1 : tensor<64x24xf32> to tensor<4x16x24xf32>
  %panels = nn.transpose %2 [0, 2, 1] : tensor<4x16x24xf32>
  %third = nn.constant dense<3.0> : tensor<f32>
  %scaled = nn.div %0, %third : tensor<50x24xf32>, tensor<f32>
  %sum = nn.add %0, %x : tensor<50x24xf32>, tensor<50x24xf32>
  %batched = nn.broadcast %0 : tensor<50x24xf32> to tensor<?x50x24xf32>
  return
}
)mlir";

namespace {
/// The values of the module by the order of their operations.
struct Values {
  explicit Values(ModuleOp module) {
    module.walk([&](Operation *op) {
      if (op->getNumResults() == 1)
        all.push_back(op->getResult(0));
    });
  }

  Value parameter() const { return all[0]; }
  Value panels() const { return all[3]; }
  Value scaled() const { return all[5]; }
  Value sum() const { return all[6]; }
  Value batched() const { return all[7]; }

  SmallVector<Value> all;
};
} // namespace

static void check(bool condition, StringRef what) {
  if (condition)
    return;
  llvm::outs() << "failed: " << what << '\n';
  exit(EXIT_FAILURE);
}

static void testConstness(const Values &values) {
  check(nn::isConstantExpression(values.parameter()), "a parameter");
  check(nn::isConstantExpression(values.panels()), "moved elements");
  check(nn::isConstantExpression(values.scaled()), "computed elements");
  check(!nn::isConstantExpression(values.sum()), "an argument");
  check(!nn::isConstantExpression(values.batched()), "an extent of the batch");
  llvm::outs() << "constness\n";
}

static void testPanels(const Values &values,
                       const ParameterSource &parameters) {
  auto weight = evaluateConstantAsFloat(values.parameter(), parameters);
  auto panels = evaluateConstantAsFloat(values.panels(), parameters);
  check(succeeded(weight) && succeeded(panels), "packing");
  check(panels->shape == SmallVector<int64_t>{4, 24, 16}, "shape of panels");
  for (int64_t n = 0; n < 64; ++n)
    for (int64_t k = 0; k < 24; ++k) {
      float expected = n < 50 ? weight->data[n * 24 + k] : 0.0f;
      check(panels->data[(n / 16 * 24 + k) * 16 + n % 16] == expected,
            "an element of the panels");
    }
  llvm::outs() << "panels\n";
}

/// Division by 3 tells one rounding from two.
static void testRounding(const Values &values,
                         const ParameterSource &parameters) {
  auto weight = evaluateConstantAsFloat(values.parameter(), parameters);
  auto scaled = evaluateConstantAsFloat(values.scaled(), parameters);
  auto exact = evaluateConstant(values.scaled(), parameters);
  check(succeeded(weight) && succeeded(scaled) && succeeded(exact), "scaling");
  for (size_t i = 0; i < weight->data.size(); ++i) {
    double quotient = static_cast<double>(weight->data[i]) / 3.0;
    check(exact->data[i] == quotient, "a quotient");
    check(scaled->data[i] == static_cast<float>(quotient), "its rounding");
  }
  llvm::outs() << "rounding\n";
}

/// An evaluator uses what is bound, and reports what is not.
static void testBinding(const Values &values,
                        const ParameterSource &parameters) {
  Value argument = values.sum().getDefiningOp()->getOperand(1);
  std::string message;
  ScopedDiagnosticHandler handler(
      argument.getContext(),
      [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  Evaluator evaluator(parameters, /*batch=*/2);
  check(failed(evaluator.evaluate(values.sum())), "an unbound argument");
  check(message == "the value of this argument is unknown", message);

  Tensor ones({50, 24});
  llvm::fill(ones.data, 1.0);
  evaluator.bind(argument, ones);
  auto results = evaluator.evaluate({values.sum(), values.batched()});
  check(succeeded(results), "two values");
  check(results->back().shape == SmallVector<int64_t>{2, 50, 24}, "a batch");
  for (size_t i = 0; i < ones.data.size(); ++i)
    check(results->front().data[i] == results->back().data[i] + 1, "a sum");
  llvm::outs() << "binding\n";
}

/// Inputs of another number or shape than the arguments are reported.
static void testInputs(ModuleOp module, const ParameterSource &parameters) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  std::string message;
  ScopedDiagnosticHandler handler(
      module.getContext(),
      [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  check(failed(evaluateFunction(function, {}, parameters)), "no inputs");
  check(message == "'func.func' op expected 1 inputs, got 0", message);
  check(failed(evaluateFunction(function, Tensor({50, 25}), parameters)),
        "another shape");
  check(message == "argument 0 is 'tensor<50x24xf32>', but the input has shape "
                   "[50, 25] for a batch of 1",
        message);
  check(succeeded(evaluateFunction(function, Tensor({50, 24}), parameters)),
        "its shape");
  llvm::outs() << "inputs\n";
}

int main() {
  DialectRegistry registry;
  registry.insert<func::FuncDialect, nn::NNDialect>();
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(source, &context);
  check(bool(module), "parsing");
  Values values(*module);
  SyntheticSource parameters;
  testConstness(values);
  testPanels(values, parameters);
  testRounding(values, parameters);
  testBinding(values, parameters);
  testInputs(*module, parameters);
  return EXIT_SUCCESS;
}
