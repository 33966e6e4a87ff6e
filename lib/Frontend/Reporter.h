//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where diagnostics of the front-end come from: positions in the model text
// become MLIR locations, errors are counted, and each error is told which block
// calls led to it.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_REPORTER_H
#define VITRAIL_LIB_FRONTEND_REPORTER_H

#include "vitrail/Support/Suggest.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/SourceMgr.h"

namespace vitrail::frontend {

/// The diagnostics of one compilation. While it lives, every error in the
/// context (those of `nn` operations included) gains notes that name the block
/// calls in progress, and is dropped if it says again what was already said.
class Reporter {
public:
  Reporter(llvm::SourceMgr &sources, mlir::MLIRContext &context);

  /// The file, line and column of a position in one of the sources' buffers.
  mlir::Location getLocation(llvm::SMLoc loc) const;

  mlir::InFlightDiagnostic error(llvm::SMLoc loc) const;

  /// Adds a note at `loc`, to be filled in with `<<`.
  mlir::Diagnostic &note(mlir::InFlightDiagnostic &diagnostic,
                         llvm::SMLoc loc) const {
    return diagnostic.attachNote(getLocation(loc));
  }

  bool hasErrors() const { return numErrors != 0; }

  /// True after so many errors that work should stop.
  bool isFull() const { return numErrors >= maxErrors; }

  llvm::SourceMgr &getSources() const { return sources; }
  mlir::MLIRContext &getContext() const { return context; }

  /// Errors reported while this lives are inside `block`, called at `loc`.
  class CallScope {
  public:
    CallScope(Reporter &reporter, llvm::StringRef block, llvm::SMLoc loc)
        : reporter(reporter) {
      reporter.calls.push_back({block, loc});
    }
    ~CallScope() { reporter.calls.pop_back(); }

  private:
    Reporter &reporter;
  };

  /// Number of block calls in progress.
  size_t getCallDepth() const { return calls.size(); }

private:
  static constexpr unsigned maxErrors = 20;

  struct Call {
    llvm::StringRef block;
    llvm::SMLoc loc;
  };

  llvm::LogicalResult handle(mlir::Diagnostic &diagnostic);
  void attachCalls(mlir::Diagnostic &diagnostic) const;

  llvm::SourceMgr &sources;
  mlir::MLIRContext &context;
  std::vector<Call> calls;
  llvm::StringSet<> reported;
  unsigned numErrors = 0;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_REPORTER_H
