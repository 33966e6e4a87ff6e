//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From `halide.pipeline` operations to files: the end of the compiler's road
// for kernels. Each operation becomes the Halide call that it is named after,
// and Halide does the rest.
//
// The object of a pipeline whose link name (see halide.pipeline) is `k` defines
// the C functions `k` and
//
//   int k_argv(void **args);
//
// `args` holds the address of the user's context (a `void *`, handed to every
// hook of Halide's runtime), then the `halide_buffer_t *` of each halide.input
// in order, then that of the output. The result is 0, or that of the
// `halide_error_*` hook that was called: the buffers are checked against all
// that the pipeline says of them. Objects contain nothing of Halide's runtime;
// they call the hooks that HalideRuntime.h declares. Any alignment of buffers
// is good enough.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TARGET_HALIDE_HALIDETARGET_H
#define VITRAIL_TARGET_HALIDE_HALIDETARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Support/ObjectJobs.h"
#include "vitrail/Support/TargetInfo.h"

namespace vitrail {

/// What a pipeline is turned into.
enum class HalideArtifact {
  Object,   ///< An object file.
  Assembly, ///< The object's text, in the assembler's language.
  Stmt      ///< The loop nest that Halide makes of the schedule.
};

/// Compiles `pipeline` to the file `path`, which is replaced only on success.
/// Halide runs in a process of its own, so that whatever happens in there (an
/// error, a crash, an exhausted stack) is a diagnostic at the pipeline's
/// location, or at that of the operation being translated. Halide's warning
/// that the code cannot run without failing is an error; its others are
/// warnings.
mlir::LogicalResult compilePipeline(halide::PipelineOp pipeline,
                                    const TargetInfo &target,
                                    HalideArtifact artifact,
                                    llvm::StringRef path);

/// Compiles every pipeline of `module` to an object `name`.o in a folder, where
/// `name` is that of its functions, and adds the paths to `objects` in the
/// order of the module; pipelines of one link name share an object. Diagnostics
/// come in the order of the module; an error in one pipeline does not keep the
/// others from being compiled. The same pipeline gives the same object every
/// time.
///
/// What the cache has is not compiled. Objects about which there was anything
/// to say do not go there, so that it is said each time; that they cannot go
/// there is worth a remark, no failure.
mlir::LogicalResult
compilePipelines(mlir::ModuleOp module, const TargetInfo &target,
                 const ObjectOptions &options,
                 llvm::SmallVectorImpl<std::string> &objects);

} // namespace vitrail

#endif // VITRAIL_TARGET_HALIDE_HALIDETARGET_H
