//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From model text to the `nn` dialect. The language is described in
// docs/language.md.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_FRONTEND_FRONTEND_H
#define VITRAIL_FRONTEND_FRONTEND_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"
#include <string>
#include <utility>
#include <vector>

namespace vitrail {

/// What the command line says about a model's configuration.
struct FrontendOptions {
  /// Name of a `preset` of the model file, or empty for the defaults.
  std::string preset;
  /// Config values by name, as text; they win over the preset.
  std::vector<std::pair<std::string, std::string>> defines;
};

/// Compiles the text in the main buffer of `sources` to a module of the `nn`
/// dialect: one `func.func` per `model`, and the attribute `nn.model` with the
/// name of the first one. Imported files are added to `sources`. Every
/// operation carries the line and column that it comes from.
///
/// Errors are diagnostics of `context`, located in the buffers of `sources` (a
/// `mlir::SourceMgrDiagnosticHandler` over it prints line and caret); the
/// result is then null. Loads the dialects that it needs.
mlir::OwningOpRef<mlir::ModuleOp>
compileModelText(llvm::SourceMgr &sources, mlir::MLIRContext &context,
                 const FrontendOptions &options);

/// Prints the syntax tree of the main buffer of `sources`: a line for each
/// declaration and statement, opened by its line and column, expressions in
/// parentheses. Fails, with diagnostics, on text that does not parse.
mlir::LogicalResult printAST(llvm::SourceMgr &sources,
                             mlir::MLIRContext &context,
                             llvm::raw_ostream &output);

} // namespace vitrail

#endif // VITRAIL_FRONTEND_FRONTEND_H
