//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Progress, diagnostics and timing around a compilation.
//
//===----------------------------------------------------------------------===//

#include "CompileText.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Pass.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"

#include <utility>

using namespace vitrail;

namespace {

/// A line that is written over as work proceeds, on terminals only.
class Progress {
public:
  Progress() : isShown(llvm::sys::Process::StandardErrIsDisplayed()) {}
  ~Progress() { clear(); }

  void show(llvm::StringRef stage, uint64_t done, uint64_t total) {
    if (!isShown)
      return;
    llvm::errs() << "\r\033[K" << stage;
    if (total != 0)
      llvm::errs() << " " << done * 100 / total << "%";
    isDirty = true;
  }

  void clear() {
    if (isDirty)
      llvm::errs() << "\r\033[K";
    isDirty = false;
  }

private:
  bool isShown;
  bool isDirty = false;
};

} // namespace

int vitrail::compileText(const llvm::MemoryBuffer &text,
                         CompilerOptions options) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(text.getMemBufferRef()), llvm::SMLoc());

  Progress progress;
  auto showProgress = [&](llvm::StringRef stage, uint64_t done,
                          uint64_t total) {
    progress.show(stage, done, total);
  };
  options.progress = showProgress;
  auto logVerification = [&](const llvm::Twine &line) {
    progress.clear();
    llvm::errs() << "verify-passes: " << line << "\n";
  };
  if (options.verification)
    options.verification->log = logVerification;
  auto logTuning = [&](const llvm::Twine &line) {
    progress.clear();
    llvm::errs() << "tune: " << line << "\n";
  };
  if (options.tuning)
    options.tuning->log = logTuning;

  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  // The model's text says more than the operation made of it.
  context.printOpOnDiagnostic(false);
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  mlir::DefaultTimingManager timing;
  // LLVM would add its own report of making the small object of the entry
  // points.
  timing.setEnabled(std::exchange(llvm::TimePassesIsEnabled, false));
  mlir::TimingScope scope = timing.getRootScope();
  mlir::LogicalResult result = compileModel(sources, context, options, scope);
  return mlir::failed(result) ? 1 : 0;
}
