//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The front-end's two entries: text to module, and text to syntax tree.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Frontend/Frontend.h"
#include "Elaborator.h"
#include "Parser.h"
#include "Program.h"

using namespace vitrail;
using namespace vitrail::frontend;

mlir::OwningOpRef<mlir::ModuleOp>
vitrail::compileModelText(llvm::SourceMgr &sources, mlir::MLIRContext &context,
                          const FrontendOptions &options) {
  context.loadDialect<mlir::func::FuncDialect, nn::NNDialect>();
  Reporter reporter(sources, context);
  std::optional<File> program = loadProgram(reporter);
  if (!program)
    return nullptr;
  return Elaborator(*program, reporter).run(options);
}

mlir::LogicalResult vitrail::printAST(llvm::SourceMgr &sources,
                                      mlir::MLIRContext &context,
                                      llvm::raw_ostream &output) {
  Reporter reporter(sources, context);
  const llvm::MemoryBuffer *buffer =
      sources.getMemoryBuffer(sources.getMainFileID());
  File file = parseFile(buffer->getBuffer(), reporter);
  if (reporter.hasErrors())
    return mlir::failure();
  printFile(file, reporter, output);
  return mlir::success();
}
