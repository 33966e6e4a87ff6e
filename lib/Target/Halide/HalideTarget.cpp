//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pipelines to files: each is translated in a process of its own, which hands
// back its findings as JSON; here they become diagnostics, and the files that
// are whole get their names. Objects may come from a cache, too.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Target/Halide/HalideTarget.h"
#include "CacheKey.h"
#include "Translation.h"
#include "vitrail/Support/Isolation.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
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

/// Compiles the jobs, whose indices `ended` is told as they end.
static LogicalResult
run(llvm::ArrayRef<Job> jobs, const TargetInfo &target, HalideArtifact artifact,
    unsigned processes,
    llvm::function_ref<void(unsigned index, const IsolatedOutcome &)> ended) {
  std::vector<IsolatedOutcome> outcomes(jobs.size());
  runIsolated(
      jobs.size(), processes,
      [&](unsigned index) {
        const Job &job = jobs[index];
        return encode(
            job.pipeline,
            translatePipeline(job.pipeline, target, artifact, job.partialPath));
      },
      [&](unsigned index, IsolatedOutcome outcome) {
        ended(index, outcome);
        outcomes[index] = std::move(outcome);
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
             [](unsigned, const IsolatedOutcome &) {});
}

//===----------------------------------------------------------------------===//
// Objects of a module
//===----------------------------------------------------------------------===//

/// One for each object that the module needs.
static std::vector<Job> makeJobs(ModuleOp module, llvm::StringRef directory) {
  std::vector<Job> jobs;
  llvm::StringSet<> names;
  for (auto pipeline : module.getOps<halide::PipelineOp>()) {
    if (!names.insert(pipeline.getFunctionName()).second)
      continue;
    llvm::SmallString<128> path = directory;
    llvm::sys::path::append(path, pipeline.getFunctionName() + ".o");
    jobs.push_back(makeJob(pipeline, path));
  }
  return jobs;
}

/// Makes a job's file of what the cache has; returns whether it did.
static bool copyFromCache(const Job &job, llvm::StringRef key,
                          const DiskCache &cache) {
  std::optional<std::string> object = cache.read(key);
  if (!object)
    return false;
  std::error_code error;
  llvm::raw_fd_ostream file(job.path, error);
  if (error)
    return false; // Compiling it will say so.
  file << *object;
  file.close();
  bool isWhole = !file.has_error();
  file.clear_error();
  return isWhole;
}

/// Keeps the object of a job that ended without findings.
static std::error_code copyToCache(const Job &job,
                                   const IsolatedOutcome &outcome,
                                   llvm::StringRef key,
                                   const DiskCache &cache) {
  if (!outcome.failure.empty() || !decode(job.pipeline, outcome.report).empty())
    return {};
  auto object = llvm::MemoryBuffer::getFile(job.partialPath);
  return object ? cache.write(key, (*object)->getBuffer()) : object.getError();
}

/// As `run`, with a cache: compiles only the jobs that it does not have.
static LogicalResult runCached(ModuleOp module, llvm::ArrayRef<Job> allJobs,
                               const TargetInfo &target,
                               const ObjectOptions &options) {
  const DiskCache *cache = options.cache;
  ObjectProgress progress;
  progress.total = allJobs.size();
  std::vector<Job> jobs;
  std::vector<std::string> keys;
  for (const Job &job : allJobs) {
    std::string key = cache ? getCacheKey(job.pipeline, target) : "";
    if (cache && copyFromCache(job, key, *cache))
      continue;
    jobs.push_back(job);
    keys.push_back(std::move(key));
  }
  progress.done = progress.cached = progress.total - jobs.size();
  if (options.progress)
    options.progress(progress);

  std::error_code error;
  auto ended = [&](unsigned index, const IsolatedOutcome &outcome) {
    if (cache && !error)
      error = copyToCache(jobs[index], outcome, keys[index], *cache);
    ++progress.done;
    if (options.progress)
      options.progress(progress);
  };
  LogicalResult result =
      run(jobs, target, HalideArtifact::Object, options.processes, ended);
  if (error)
    emitRemark(module.getLoc())
        << "compiled kernels are not kept: cannot write to the cache '"
        << cache->getFolder() << "': " << error.message();
  if (cache && !jobs.empty())
    cache->prune();
  return result;
}

LogicalResult
vitrail::compilePipelines(ModuleOp module, const TargetInfo &target,
                          const ObjectOptions &options,
                          llvm::SmallVectorImpl<std::string> &objects) {
  std::vector<Job> jobs = makeJobs(module, options.directory);
  for (const Job &job : jobs)
    objects.push_back(job.path);
  return runCached(module, jobs, target, options);
}
