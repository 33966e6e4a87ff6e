//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A folder of things that were costly to make, each found by its key. Any
// number of programs may use a folder at once, also one that has gone or is
// full: a cache never fails, it only does not have something.
//
// An entry is a file. It is written under another name and renamed when it is
// whole, so that readers see all of it or nothing; and it begins with a hash of
// its key and content, so that one which is damaged is no entry.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_DISKCACHE_H
#define VITRAIL_SUPPORT_DISKCACHE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace vitrail {

class DiskCache {
public:
  /// Entries are in `folder`, which is made when the first is written, and
  /// together have at most `maxBytes` after `prune`.
  DiskCache(llvm::StringRef folder, uint64_t maxBytes)
      : folder(folder), maxBytes(maxBytes) {}

  llvm::StringRef getFolder() const { return folder; }

  /// The content of an entry, which then counts as used now. A key is part of a
  /// file's name.
  std::optional<std::string> read(llvm::StringRef key) const;

  /// Makes or replaces an entry.
  std::error_code write(llvm::StringRef key, llvm::StringRef content) const;

  /// Removes the entries that have not been used for longest, as many as are
  /// too much, and with them what programs that were stopped left of theirs.
  void prune() const;

private:
  std::string getPath(llvm::StringRef key) const;

  std::string folder;
  uint64_t maxBytes;
};

} // namespace vitrail

#endif // VITRAIL_SUPPORT_DISKCACHE_H
