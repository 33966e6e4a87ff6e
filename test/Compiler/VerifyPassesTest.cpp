//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs passes on a module with synthetic weights, each verified, and among them
// one that is wrong: `nn-test-drop`.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/VerifyPasses.h"
#include "vitrail/Compiler/Register.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace vitrail;

namespace {
/// Replaces the first operation of a name by its operand, or, if it has none,
/// by an operation that means nothing.
struct DropOperation : PassWrapper<DropOperation, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(DropOperation)

  DropOperation() = default;
  DropOperation(const DropOperation &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "nn-test-drop"; }

  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (op->getName().getStringRef() != name.getValue())
        return WalkResult::advance();
      OpBuilder builder(op);
      Value replacement =
          op->getNumOperands() != 0
              ? op->getOperand(0)
              : UnrealizedConversionCastOp::create(
                    builder, op->getLoc(), op->getResultTypes(), ValueRange())
                    .getResult(0);
      op->getResult(0).replaceAllUsesWith(replacement);
      op->erase();
      return WalkResult::interrupt();
    });
  }

  Option<std::string> name{*this, "op",
                           llvm::cl::desc("The operation to drop")};
};
} // namespace

static LogicalResult run(llvm::SourceMgr &sources, MLIRContext &context,
                         StringRef pipeline) {
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return failure();
  weights::SyntheticSource parameters;
  PassVerification verification;
  auto log = [](const Twine &line) { llvm::errs() << line << "\n"; };
  verification.log = log;
  PassManager passes(&context, ModuleOp::getOperationName());
  if (failed(parsePassPipeline(pipeline, passes)) ||
      failed(verifyPasses(passes, *module, parameters, verification)))
    return failure();
  return passes.run(*module);
}

/// MODULE.mlir PASSES
int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  DialectRegistry registry;
  registerDialects(registry);
  registerPasses();
  PassRegistration<DropOperation>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  auto buffer = llvm::MemoryBuffer::getFile(argv[1]);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, &context);
  return failed(run(sources, context, argv[2])) ? 1 : 0;
}
