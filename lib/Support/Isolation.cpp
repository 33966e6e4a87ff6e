//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One child process for each task, with two pipes to the parent: one for the
// report and one for what is printed. A child has ended when both are closed.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/Isolation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace vitrail;

namespace {
/// The parent's end of a pipe and what came through it; closed at its end.
struct Stream {
  int file = -1;
  std::string text;
};

struct Child {
  unsigned index = 0;
  pid_t process = -1;
  Stream report;
  Stream printed;
};
} // namespace

/// "name: what the system says of errno".
static std::string describeError(llvm::StringRef call) {
  return (call + ": " + llvm::sys::StrError()).str();
}

static void writeAll(int file, llvm::StringRef text) {
  while (!text.empty()) {
    ssize_t written = llvm::sys::RetryAfterSignal(-1, ::write, file,
                                                  text.data(), text.size());
    if (written < 0)
      _exit(EXIT_FAILURE);
    text = text.drop_front(written);
  }
}

/// Gives a new process the ways of a task: it dies of a crash at once and
/// silently, without the parent's handlers (which would delete the parent's
/// files) and without a core file; and it does not outlive its parent.
static void leaveParent(int printed) {
  for (int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP, SIGSYS,
                     SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE})
    ::signal(signal, SIG_DFL);
  rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(printed, STDOUT_FILENO);
  dup2(printed, STDERR_FILENO);
}

/// Starts task `index`. On failure the child's process is -1 and errno is set.
static Child start(unsigned index,
                   llvm::function_ref<std::string(unsigned index)> task) {
  Child child;
  child.index = index;
  int report[2];
  int printed[2];
  if (pipe2(report, O_CLOEXEC) != 0)
    return child;
  if (pipe2(printed, O_CLOEXEC) != 0) {
    close(report[0]);
    close(report[1]);
    return child;
  }
  child.process = fork();
  if (child.process == 0) {
    leaveParent(printed[1]);
    writeAll(report[1], task(index));
    // Neither destructors nor buffered output: both belong to the parent.
    _exit(EXIT_SUCCESS);
  }
  // The next child must not inherit these, or the pipes would stay open.
  close(report[1]);
  close(printed[1]);
  if (child.process < 0) {
    close(report[0]);
    close(printed[0]);
    return child;
  }
  child.report.file = report[0];
  child.printed.file = printed[0];
  return child;
}

/// Reads what is there, which may be the end.
static void drain(Stream &stream) {
  std::array<char, 4096> buffer;
  ssize_t size = llvm::sys::RetryAfterSignal(-1, ::read, stream.file,
                                             buffer.data(), buffer.size());
  if (size > 0) {
    stream.text.append(buffer.data(), size);
    return;
  }
  close(stream.file);
  stream.file = -1;
}

/// Waits until some stream of `children` has text or ends, and reads it.
static void drainReady(llvm::MutableArrayRef<Child> children) {
  llvm::SmallVector<pollfd> files;
  llvm::SmallVector<Stream *> streams;
  for (Child &child : children)
    for (Stream *stream : {&child.report, &child.printed})
      if (stream->file >= 0) {
        files.push_back({stream->file, POLLIN, 0});
        streams.push_back(stream);
      }
  if (llvm::sys::RetryAfterSignal(-1, ::poll, files.data(), files.size(), -1) <
      0)
    return;
  for (auto [file, stream] : llvm::zip_equal(files, streams))
    if (file.revents != 0)
      drain(*stream);
}

/// The outcome of a child whose streams have ended.
static IsolatedOutcome finish(Child &child) {
  IsolatedOutcome outcome;
  outcome.report = std::move(child.report.text);
  outcome.printed = std::move(child.printed.text);
  int status = 0;
  if (llvm::sys::RetryAfterSignal(-1, ::waitpid, child.process, &status, 0) < 0)
    outcome.failure = describeError("waitpid");
  else if (WIFSIGNALED(status))
    outcome.failure = llvm::StringRef(strsignal(WTERMSIG(status))).lower();
  else if (WEXITSTATUS(status) != EXIT_SUCCESS)
    outcome.failure =
        "exit status " + llvm::utostr(unsigned(WEXITSTATUS(status)));
  return outcome;
}

void vitrail::runIsolated(
    unsigned count, unsigned processes,
    llvm::function_ref<std::string(unsigned index)> task,
    llvm::function_ref<void(unsigned index, IsolatedOutcome outcome)> done) {
  llvm::SmallVector<Child> running;
  unsigned next = 0;
  while (next < count || !running.empty()) {
    while (next < count && running.size() < std::max(processes, 1u)) {
      Child child = start(next, task);
      if (child.process < 0)
        done(next, {"", "", describeError("cannot start a process")});
      else
        running.push_back(std::move(child));
      ++next;
    }
    if (running.empty())
      continue;
    drainReady(running);
    auto ended = llvm::partition(running, [](const Child &child) {
      return child.report.file >= 0 || child.printed.file >= 0;
    });
    for (Child &child : llvm::make_range(ended, running.end()))
      done(child.index, finish(child));
    running.erase(ended, running.end());
  }
}
