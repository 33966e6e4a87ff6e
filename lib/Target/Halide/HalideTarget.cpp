//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pipelines to files: each is translated in a process of its own, which hands
// back its findings as JSON; here they become diagnostics, and the files that
// are whole get their names.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Target/Halide/HalideTarget.h"
#include "Translation.h"
#include "vitrail/Support/Isolation.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace vitrail;

namespace {
struct Job {
  halide::PipelineOp pipeline;
  /// The file to be made, and the name that it has until it is whole.
  std::string path;
  std::string partialPath;
};
} // namespace

static Job makeJob(halide::PipelineOp pipeline, llvm::StringRef path) {
  llvm::SmallString<128> partial;
  llvm::sys::fs::createUniquePath(path + ".%%%%%%.partial", partial,
                                  /*MakeAbsolute=*/false);
  return {pipeline, path.str(), partial.str().str()};
}

/// The operations in a pipeline, itself included, so that a process can name
/// one to another by its number.
static std::vector<Operation *> enumerateOps(halide::PipelineOp pipeline) {
  std::vector<Operation *> ops;
  pipeline.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
  return ops;
}

static std::string encode(halide::PipelineOp pipeline,
                          llvm::ArrayRef<Finding> findings) {
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

/// Gives a job's file its name, or removes it if the job failed.
static LogicalResult finish(Job job, const IsolatedOutcome &outcome) {
  if (failed(report(job.pipeline, outcome))) {
    llvm::sys::fs::remove(job.partialPath);
    return failure();
  }
  if (std::error_code error =
          llvm::sys::fs::rename(job.partialPath, job.path)) {
    llvm::sys::fs::remove(job.partialPath);
    return emitError(job.pipeline.getLoc())
           << "cannot write '" << job.path << "': " << error.message();
  }
  return success();
}

static LogicalResult
run(llvm::ArrayRef<Job> jobs, const TargetInfo &target, HalideArtifact artifact,
    unsigned processes,
    llvm::function_ref<void(unsigned done, unsigned total)> progress) {
  std::vector<IsolatedOutcome> outcomes(jobs.size());
  unsigned done = 0;
  runIsolated(
      jobs.size(), processes,
      [&](unsigned index) {
        const Job &job = jobs[index];
        return encode(
            job.pipeline,
            translatePipeline(job.pipeline, target, artifact, job.partialPath));
      },
      [&](unsigned index, IsolatedOutcome outcome) {
        outcomes[index] = std::move(outcome);
        if (progress)
          progress(++done, jobs.size());
      });

  LogicalResult result = success();
  for (auto [job, outcome] : llvm::zip_equal(jobs, outcomes))
    if (failed(finish(job, outcome)))
      result = failure();
  return result;
}

LogicalResult vitrail::compilePipeline(halide::PipelineOp pipeline,
                                       const TargetInfo &target,
                                       HalideArtifact artifact,
                                       llvm::StringRef path) {
  return run(makeJob(pipeline, path), target, artifact, /*processes=*/1,
             /*progress=*/nullptr);
}

LogicalResult vitrail::compilePipelines(
    ModuleOp module, const TargetInfo &target, llvm::StringRef directory,
    unsigned processes,
    llvm::function_ref<void(unsigned done, unsigned total)> progress,
    llvm::SmallVectorImpl<std::string> &objects) {
  std::vector<Job> jobs;
  llvm::StringSet<> names;
  for (auto pipeline : module.getOps<halide::PipelineOp>()) {
    if (!names.insert(pipeline.getFunctionName()).second)
      continue;
    llvm::SmallString<128> path = directory;
    llvm::sys::path::append(path, pipeline.getFunctionName() + ".o");
    jobs.push_back(makeJob(pipeline, path));
    objects.push_back(jobs.back().path);
  }
  return run(jobs, target, HalideArtifact::Object, processes, progress);
}
