//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which schedule is picked, by times that are made up, that all compute the
// same, and which are measured for a matrix unit.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/Tune.h"
#include "vitrail/Compiler/Register.h"
#include "vitrail/Conversion/NNToHalide/Schedules.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace vitrail;

static bool hasFailed = false;

static void check(llvm::StringRef what, const Rounds &rounds, size_t expected) {
  size_t picked = pickSchedule(rounds);
  llvm::outs() << what << ": " << picked << "\n";
  hasFailed |= picked != expected;
}

/// A context with the compiler's dialects.
static std::unique_ptr<mlir::MLIRContext> makeContext() {
  auto context = std::make_unique<mlir::MLIRContext>(
      mlir::MLIRContext::Threading::DISABLED);
  mlir::DialectRegistry registry;
  registerDialects(registry);
  context->appendDialectRegistry(registry);
  context->loadAllAvailableDialects();
  context->printOpOnDiagnostic(false);
  return context;
}

static constexpr llvm::StringLiteral text = R"(
func.func private @sum(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {nn.kernel} {
  %0 = nn.add %x, %x : tensor<?x4xf32>, tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func private @narrow(%x: tensor<?x4xf32>) -> tensor<?x4xbf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x4xf32> to tensor<?x4xbf16>
  return %0 : tensor<?x4xbf16>
}
)";

/// Differences of rounding pass, others are reported.
static void compare(double difference) {
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, context.get(),
                                           llvm::outs());
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
  auto get = [&](int64_t rows) {
    return nn::ScheduleAttr::get(context.get(), rows, std::nullopt,
                                 std::nullopt, std::nullopt, std::nullopt,
                                 std::nullopt, std::nullopt);
  };
  for (auto kernel : module->getOps<mlir::func::FuncOp>()) {
    bool agrees = mlir::succeeded(
        checkAgreement(kernel, {get(1), get(2)}, {0, difference}));
    llvm::outs() << kernel.getName() << ", " << difference << ": "
                 << (agrees ? "agrees" : "differs") << "\n";
  }
}

static constexpr llvm::StringLiteral integers = R"(
func.func private @integers(%x: tensor<?x50x64xi8>, %w: tensor<70x64xi8>)
    -> tensor<?x50x70xi32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x50x64xi8>, tensor<70x64xi8>
  return %0 : tensor<?x50x70xi32>
}
)";

/// Prints what is worth measuring of a product on a matrix unit.
static void enumerateForMatrixUnit() {
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(integers, context.get());
  Machine machine;
  machine.multipliesTiles = true;
  for (auto kernel : module->getOps<mlir::func::FuncOp>())
    for (nn::ScheduleAttr schedule : enumerateSchedules(kernel, machine, 1))
      llvm::outs() << "tiles: " << schedule << "\n";
}

int main() {
  check("the fastest by far", {{10, 9, 8}, {10, 9, 8}, {10, 9, 8}}, 2);
  check("none that is slower", {{10, 11, 12}, {10, 11, 12}}, 0);
  check("no gain that is within a percent", {{10, 9.9}, {10, 9.9}}, 0);
  // The machine is slower in some rounds; what counts is the ratio in each.
  check("rounds of a busy machine",
        {{10, 9.5}, {20, 19}, {10, 9.5}, {30, 28.5}, {10, 9.5}}, 1);
  // Faster by the median, and slower in two rounds of five.
  check("none that varies", {{10, 8}, {10, 11}, {10, 8}, {10, 12}, {10, 8}}, 0);
  check("one round that went wrong",
        {{10, 9}, {10, 9}, {10, 9}, {10, 9}, {10, 90}}, 1);
  for (double difference : {1e-6, 1e-3, 0.1})
    compare(difference);
  enumerateForMatrixUnit();
  return hasFailed ? 1 : 0;
}
