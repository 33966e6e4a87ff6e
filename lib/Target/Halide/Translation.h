//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the translation of one pipeline offers to those who do not know Halide.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_HALIDE_TRANSLATION_H
#define VITRAIL_LIB_TARGET_HALIDE_TRANSLATION_H

#include "vitrail/Target/Halide/HalideTarget.h"

#include <vector>

namespace vitrail {

/// Something to tell the user about `op`.
struct Finding {
  mlir::Operation *op;
  mlir::DiagnosticSeverity severity;
  std::string message;
};

/// Translates and compiles `pipeline` into the file `path`, in this process,
/// and returns what went wrong. It may crash if Halide does. It makes no
/// attribute, type or diagnostic, hence takes no lock of the MLIR context's.
/// `assembler` makes machine code of PTX in an object, unless it is null.
std::vector<Finding> translatePipeline(halide::PipelineOp pipeline,
                                       const TargetInfo &target,
                                       HalideArtifact artifact,
                                       const std::string &path,
                                       const PTXAssembler *assembler);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_HALIDE_TRANSLATION_H
