//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Entries of a cache as files, and which go first.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/DiskCache.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Chrono.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <array>
#include <tuple>
#include <vector>

using namespace vitrail;

namespace fs = llvm::sys::fs;

// Nothing else in the folder is touched.
static constexpr llvm::StringLiteral prefix = "vitrail-";

// What an entry is called besides until it is whole. Writing one takes far less
// than an hour; after that its writer is gone.
static constexpr llvm::StringLiteral partialSuffix = ".partial";
static constexpr std::chrono::hours partialLife(1);

using Digest = std::array<uint8_t, 32>;

/// The key is part of it, so that an entry under another's name is none either.
static Digest computeDigest(llvm::StringRef key, llvm::StringRef content) {
  llvm::SHA256 hash;
  hash.update(key);
  hash.update(content);
  return hash.final();
}

std::string DiskCache::getPath(llvm::StringRef key) const {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, prefix + key);
  return path.str().str();
}

std::optional<std::string> DiskCache::read(llvm::StringRef key) const {
  llvm::Expected<fs::file_t> file = fs::openNativeFileForRead(getPath(key));
  if (!file) {
    llvm::consumeError(file.takeError());
    return std::nullopt;
  }
  llvm::scope_exit close([&] { fs::closeFile(*file); });
  // Volatile: read, not mapped, since a mapped file that somebody shortens
  // would crash its reader.
  auto buffer =
      llvm::MemoryBuffer::getOpenFile(*file, getPath(key), /*FileSize=*/-1,
                                      /*RequiresNullTerminator=*/false,
                                      /*IsVolatile=*/true);
  if (!buffer || (*buffer)->getBufferSize() < sizeof(Digest))
    return std::nullopt;
  llvm::StringRef bytes = (*buffer)->getBuffer();
  llvm::StringRef content = bytes.drop_front(sizeof(Digest));
  Digest digest = computeDigest(key, content);
  if (bytes.take_front(sizeof(Digest)) != llvm::toStringRef(digest))
    return std::nullopt;
  // In a folder of somebody else's the time stays as it is.
  (void)fs::setLastAccessAndModificationTime(*file,
                                             std::chrono::system_clock::now());
  return content.str();
}

std::error_code DiskCache::write(llvm::StringRef key,
                                 llvm::StringRef content) const {
  // What is in a cache ends up in programs: a new folder is its owner's alone.
  if (std::error_code error = fs::create_directories(
          folder, /*IgnoreExisting=*/true, fs::owner_all))
    return error;
  std::string path = getPath(key);
  llvm::Expected<fs::TempFile> file =
      fs::TempFile::create(path + ".%%%%%%%%" + partialSuffix);
  if (!file)
    return llvm::errorToErrorCode(file.takeError());
  llvm::raw_fd_ostream os(file->FD, /*shouldClose=*/false);
  Digest digest = computeDigest(key, content);
  os << llvm::toStringRef(digest) << content;
  os.flush();
  if (std::error_code error = os.error()) {
    os.clear_error();
    llvm::consumeError(file->discard());
    return error;
  }
  return llvm::errorToErrorCode(file->keep(path));
}

void DiskCache::prune() const {
  // The time of last use first, so that they sort by it.
  std::vector<std::tuple<llvm::sys::TimePoint<>, std::string, uint64_t>> files;
  uint64_t total = 0;
  auto now = std::chrono::system_clock::now();
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!llvm::sys::path::filename(entry->path()).starts_with(prefix))
      continue;
    // Others may remove entries at the same time.
    llvm::ErrorOr<fs::basic_file_status> status = entry->status();
    if (!status || status->type() != fs::file_type::regular_file)
      continue;
    if (llvm::StringRef(entry->path()).ends_with(partialSuffix)) {
      if (status->getLastModificationTime() < now - partialLife)
        (void)fs::remove(entry->path());
      continue;
    }
    files.emplace_back(status->getLastModificationTime(), entry->path(),
                       status->getSize());
    total += status->getSize();
  }
  llvm::sort(files);
  for (const auto &[time, path, size] : files) {
    if (total <= maxBytes)
      return;
    (void)fs::remove(path);
    total -= size;
  }
}
