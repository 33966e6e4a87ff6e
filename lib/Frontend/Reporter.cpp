//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counts, completes and filters the diagnostics of one compilation.
//
//===----------------------------------------------------------------------===//

#include "Reporter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace vitrail::frontend;

Reporter::Reporter(llvm::SourceMgr &sources, mlir::MLIRContext &context)
    : sources(sources), context(context),
      handler(&context, [this](mlir::Diagnostic &diagnostic) {
        return handle(diagnostic);
      }) {}

mlir::Location Reporter::getLocation(llvm::SMLoc loc) const {
  unsigned buffer = sources.FindBufferContainingLoc(loc);
  if (buffer == 0)
    return mlir::UnknownLoc::get(&context);
  auto [line, column] = sources.getLineAndColumn(loc, buffer);
  return mlir::FileLineColLoc::get(
      &context, sources.getMemoryBuffer(buffer)->getBufferIdentifier(), line,
      column);
}

mlir::InFlightDiagnostic Reporter::error(llvm::SMLoc loc) const {
  return mlir::emitError(getLocation(loc));
}

/// Runs before the handlers that print: success drops the diagnostic.
llvm::LogicalResult Reporter::handle(mlir::Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
    return llvm::failure();
  std::string text;
  llvm::raw_string_ostream(text)
      << diagnostic.getLocation() << ": " << diagnostic;
  if (isFull() || !reported.insert(text).second)
    return llvm::success();
  ++numErrors;
  attachCalls(diagnostic);
  if (isFull())
    diagnostic.attachNote() << "too many errors; giving up here";
  return llvm::failure();
}

/// Of a long chain of calls, the innermost and the outermost ones tell enough.
void Reporter::attachCalls(mlir::Diagnostic &diagnostic) const {
  constexpr size_t shown = 4;
  for (auto [index, call] : llvm::enumerate(llvm::reverse(calls))) {
    if (index >= shown && index + shown < calls.size())
      continue;
    diagnostic.attachNote(getLocation(call.loc))
        << "in block '" << call.block << "' called from here";
  }
}
