//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM removes files when a signal comes, but no folders. What runs in a signal
// handler here are system calls alone.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/TemporaryFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

using namespace vitrail;

/// The folder that exists, for signal handlers.
static std::atomic<const char *> current = nullptr;

/// Unlinks each file of an open folder.
static void removeFiles(int folder) {
  alignas(dirent64) char entries[4096];
  ssize_t size;
  lseek(folder, 0, SEEK_SET);
  while ((size = getdents64(folder, entries, sizeof(entries))) > 0)
    for (ssize_t offset = 0; offset < size;) {
      auto *entry = reinterpret_cast<const dirent64 *>(entries + offset);
      unlinkat(folder, entry->d_name, 0);
      offset += entry->d_reclen;
    }
}

/// Child processes may still make files, until the folder is gone.
static void removeCurrent() {
  const char *path = current.exchange(nullptr);
  if (!path)
    return;
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return;
  for (int attempts = 0; attempts < 100; ++attempts) {
    removeFiles(folder);
    if (rmdir(path) == 0 || (errno != ENOTEMPTY && errno != EEXIST))
      break;
  }
  close(folder);
}

/// Ends the program as by Ctrl-C; also where a parent had the signal ignored,
/// for without its files the program cannot go on.
static void interrupt() {
  removeCurrent();
  raise(SIGINT); // LLVM has restored what was its effect
  _exit(128 + SIGINT);
}

/// Takes effect once: SIGPIPE then does again what it does by default.
static void stopWriting(int signal) {
  removeCurrent();
  raise(signal);
}

/// Returns whether SIGPIPE has the default effect and so ends the program.
static bool endsByClosedPipe() {
  struct sigaction action = {};
  return sigaction(SIGPIPE, nullptr, &action) == 0 &&
         !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL;
}

std::error_code TemporaryFolder::create(llvm::StringRef prefix) {
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory(prefix, path))
    return error;
  current = path.c_str();
  llvm::sys::SetInterruptFunction(interrupt);
  if (endsByClosedPipe()) {
    struct sigaction action = {};
    action.sa_handler = stopWriting;
    action.sa_flags = SA_RESETHAND;
    catchesClosedPipe = sigaction(SIGPIPE, &action, nullptr) == 0;
  }
  return {};
}

TemporaryFolder::~TemporaryFolder() {
  if (path.empty())
    return;
  current = nullptr;
  llvm::sys::SetInterruptFunction(nullptr);
  if (catchesClosedPipe)
    signal(SIGPIPE, SIG_DFL);
  llvm::sys::fs::remove_directories(path);
}
