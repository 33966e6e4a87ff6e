//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/ObjectJobs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace vitrail;

namespace {
/// A job that is run, and the name that its file has until it is whole.
struct Task {
  const ObjectJob *job;
  std::string key;
  std::string partialPath;
};
} // namespace

static Task makeTask(const ObjectJob &job, std::string key) {
  llvm::SmallString<128> partial;
  llvm::sys::fs::createUniquePath(job.path + ".%%%%%%.partial", partial,
                                  /*MakeAbsolute=*/false);
  return {&job, std::move(key), partial.str().str()};
}

/// Makes a job's file of what the cache has; returns whether it did.
static bool copyFromCache(const ObjectJob &job, llvm::StringRef key,
                          const DiskCache &cache) {
  std::optional<std::string> object = cache.read(key);
  if (!object)
    return false;
  std::error_code error;
  llvm::raw_fd_ostream file(job.path, error);
  if (error)
    return false; // Making it will say so.
  file << *object;
  file.close();
  bool isWhole = !file.has_error();
  file.clear_error();
  return isWhole;
}

/// Keeps the object of a job about which there is nothing to say.
static std::error_code copyToCache(const Task &task,
                                   const IsolatedOutcome &outcome,
                                   const DiskCache &cache) {
  if (!outcome.failure.empty() || !outcome.report.empty())
    return {};
  auto object = llvm::MemoryBuffer::getFile(task.partialPath);
  return object ? cache.write(task.key, (*object)->getBuffer())
                : object.getError();
}

/// Gives a job's file its name, or removes it if the job failed.
static llvm::LogicalResult finish(const Task &task,
                                  const IsolatedOutcome &outcome) {
  if (failed(task.job->report(outcome))) {
    llvm::sys::fs::remove(task.partialPath);
    return llvm::failure();
  }
  std::error_code error =
      llvm::sys::fs::rename(task.partialPath, task.job->path);
  if (!error)
    return llvm::success();
  llvm::sys::fs::remove(task.partialPath);
  task.job->reportUnwritable("cannot write '" + task.job->path +
                             "': " + error.message());
  return llvm::failure();
}

/// Of the jobs whose files the cache does not have.
static std::vector<Task> makeTasks(llvm::ArrayRef<ObjectJob> jobs,
                                   const DiskCache *cache) {
  std::vector<Task> tasks;
  for (const ObjectJob &job : jobs) {
    std::string key = cache ? job.getKey() : "";
    if (!cache || !copyFromCache(job, key, *cache))
      tasks.push_back(makeTask(job, std::move(key)));
  }
  return tasks;
}

llvm::LogicalResult vitrail::runObjectJobs(llvm::ArrayRef<ObjectJob> jobs,
                                           const ObjectOptions &options,
                                           std::error_code &cacheError) {
  std::vector<Task> tasks = makeTasks(jobs, options.cache);
  ObjectProgress progress;
  progress.total = jobs.size();
  progress.done = progress.cached = jobs.size() - tasks.size();
  auto tell = [&] {
    if (options.progress)
      options.progress(progress);
  };
  tell();
  std::vector<IsolatedOutcome> outcomes(tasks.size());
  runIsolated(
      tasks.size(), options.processes,
      [&](unsigned index) {
        return tasks[index].job->make(tasks[index].partialPath);
      },
      [&](unsigned index, IsolatedOutcome outcome) {
        if (options.cache && !cacheError)
          cacheError = copyToCache(tasks[index], outcome, *options.cache);
        outcomes[index] = std::move(outcome);
        ++progress.done;
        tell();
      });
  if (options.cache && !tasks.empty())
    options.cache->prune();
  llvm::LogicalResult result = llvm::success();
  for (auto [task, outcome] : llvm::zip_equal(tasks, outcomes))
    if (failed(finish(task, outcome)))
      result = llvm::failure();
  return result;
}

std::string vitrail::hashKey(llvm::ArrayRef<llvm::StringRef> parts) {
  llvm::SHA256 hash;
  for (llvm::StringRef part : parts) {
    // No part can be taken for the end of the one before.
    hash.update(llvm::utostr(part.size()) + ":");
    hash.update(part);
  }
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}
