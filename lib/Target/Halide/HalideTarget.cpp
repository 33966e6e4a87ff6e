//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pipelines to files: each is translated in a process of its own, which hands
// back its findings as JSON; here they become diagnostics.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Target/Halide/HalideTarget.h"
#include "CacheKey.h"
#include "Translation.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace vitrail;

/// The operations in a pipeline, itself included, so that a process can name
/// one to another by its number.
static std::vector<Operation *> enumerateOps(halide::PipelineOp pipeline) {
  std::vector<Operation *> ops;
  pipeline.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
  return ops;
}

/// Nothing if there are none.
static std::string encode(halide::PipelineOp pipeline,
                          llvm::ArrayRef<Finding> findings) {
  if (findings.empty())
    return "";
  std::vector<Operation *> ops = enumerateOps(pipeline);
  llvm::json::Array array;
  for (const Finding &finding : findings)
    array.push_back(llvm::json::Object{
        {"op", int64_t(llvm::find(ops, finding.op) - ops.begin())},
        {"severity", int64_t(finding.severity)},
        {"message", llvm::json::fixUTF8(finding.message)}});
  return llvm::formatv("{0}", llvm::json::Value(std::move(array)));
}

static std::vector<Finding> decode(halide::PipelineOp pipeline,
                                   llvm::StringRef report) {
  if (report.empty())
    return {};
  std::vector<Operation *> ops = enumerateOps(pipeline);
  llvm::json::Value value = llvm::cantFail(llvm::json::parse(report));
  std::vector<Finding> findings;
  for (const llvm::json::Value &element : *value.getAsArray()) {
    const llvm::json::Object &object = *element.getAsObject();
    findings.push_back(
        {ops[*object.getInteger("op")],
         static_cast<DiagnosticSeverity>(*object.getInteger("severity")),
         object.getString("message")->str()});
  }
  return findings;
}

/// Emits what came of a job. Returns failure if there was an error.
static LogicalResult report(halide::PipelineOp pipeline,
                            const IsolatedOutcome &outcome) {
  if (!outcome.failure.empty()) {
    auto diag = emitError(pipeline.getLoc())
                << "Halide crashed while compiling kernel '"
                << pipeline.getSymName() << "': " << outcome.failure;
    if (llvm::StringRef printed = llvm::StringRef(outcome.printed).trim();
        !printed.empty())
      diag.attachNote() << "it printed: " << printed;
    return diag;
  }
  LogicalResult result = success();
  for (const Finding &finding : decode(pipeline, outcome.report)) {
    bool isError = finding.severity == DiagnosticSeverity::Error;
    if (isError)
      result = failure();
    (isError ? emitError(finding.op->getLoc())
             : emitWarning(finding.op->getLoc()))
        << "kernel '" << pipeline.getSymName() << "': " << finding.message;
  }
  return result;
}

static ObjectJob makeJob(halide::PipelineOp pipeline, const TargetInfo &target,
                         HalideArtifact artifact, llvm::StringRef path,
                         const PTXAssembler *assembler) {
  ObjectJob job;
  job.path = path.str();
  job.getKey = [=, &target] {
    return getCacheKey(pipeline, target, assembler);
  };
  job.make = [=, &target](const std::string &path) {
    return encode(pipeline, translatePipeline(pipeline, target, artifact, path,
                                              assembler));
  };
  job.report = [=](const IsolatedOutcome &outcome) {
    return report(pipeline, outcome);
  };
  job.reportUnwritable = [=](const std::string &message) mutable {
    emitError(pipeline.getLoc()) << message;
  };
  return job;
}

LogicalResult vitrail::compilePipeline(halide::PipelineOp pipeline,
                                       const TargetInfo &target,
                                       HalideArtifact artifact,
                                       llvm::StringRef path) {
  std::error_code error;
  return runObjectJobs(
      makeJob(pipeline, target, artifact, path, /*assembler=*/nullptr),
      ObjectOptions(), error);
}

LogicalResult
vitrail::compilePipelines(ModuleOp module, const TargetInfo &target,
                          const ObjectOptions &options,
                          llvm::SmallVectorImpl<std::string> &objects) {
  std::vector<ObjectJob> jobs;
  llvm::StringSet<> names;
  for (auto pipeline : module.getOps<halide::PipelineOp>()) {
    if (!names.insert(pipeline.getFunctionName()).second)
      continue;
    llvm::SmallString<128> path(options.directory);
    llvm::sys::path::append(path, pipeline.getFunctionName() + ".o");
    jobs.push_back(makeJob(pipeline, target, HalideArtifact::Object, path,
                           options.assembler));
    objects.push_back(path.str().str());
  }
  std::error_code error;
  LogicalResult result = runObjectJobs(jobs, options, error);
  if (error)
    emitRemark(module.getLoc())
        << "compiled kernels are not kept: cannot write to the cache '"
        << options.cache->getFolder() << "': " << error.message();
  return result;
}
