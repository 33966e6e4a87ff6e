//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Does to a cache, in the folder that the command line names, what happens to
// caches, and prints what came of it; disk-cache.test knows what that is.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/DiskCache.h"
#include "vitrail/Support/Isolation.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <vector>

using namespace vitrail;

namespace fs = llvm::sys::fs;

static std::string folder;

/// The file of an entry. That it is called so is nobody's business but that of
/// those who damage it.
static std::string getFile(llvm::StringRef key) {
  return (folder + "/vitrail-" + key).str();
}

static std::string describe(std::optional<std::string> content) {
  return content ? "'" + *content + "'" : "nothing";
}

/// Prints which of the entries "a" to "d" there are.
static void printEntries(llvm::StringRef when, const DiskCache &cache) {
  llvm::outs() << when << ":";
  for (llvm::StringRef key : {"a", "b", "c", "d"})
    if (fs::exists(getFile(key)))
      llvm::outs() << " " << key;
  llvm::outs() << "\n";
}

/// Makes a file the way nobody should.
static void overwrite(llvm::StringRef path, llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream(path, error) << bytes;
}

/// The number of those changes of an entry's bytes after which there still is
/// an entry: none, whichever byte is another, and wherever the file ends.
static unsigned countUnnoticedDamage(const DiskCache &cache) {
  const std::string bytes =
      (*llvm::MemoryBuffer::getFile(getFile("a")))->getBuffer().str();
  unsigned count = 0;
  for (size_t place = 0; place < bytes.size(); ++place) {
    std::string changed = bytes;
    changed[place] ^= 1;
    overwrite(getFile("a"), changed);
    count += cache.read("a").has_value();
    overwrite(getFile("a"), bytes.substr(0, place));
    count += cache.read("a").has_value();
  }
  overwrite(getFile("a"), bytes);
  return count;
}

static void testEntries() {
  DiskCache cache(folder, /*maxBytes=*/1000);
  llvm::outs() << "no folder: " << describe(cache.read("a")) << "\n";
  cache.prune();
  cache.write("a", "one");
  llvm::outs() << "written: " << describe(cache.read("a")) << "\n";
  cache.write("a", "two");
  llvm::outs() << "replaced: " << describe(cache.read("a")) << "\n";
  cache.write("b", "");
  llvm::outs() << "empty: " << describe(cache.read("b")) << "\n";
  fs::copy_file(getFile("a"), getFile("b"));
  llvm::outs() << "another's: " << describe(cache.read("b")) << "\n";
  llvm::outs() << "unnoticed damage: " << countUnnoticedDamage(cache) << "\n";
  llvm::outs() << "intact: " << describe(cache.read("a")) << "\n";
}

/// Sets when a file was last used.
static void setAge(llvm::StringRef path, int seconds) {
  int file = -1;
  fs::openFileForWrite(path, file, fs::CD_OpenExisting, fs::OF_Append);
  fs::setLastAccessAndModificationTime(file, std::chrono::system_clock::now() -
                                                 std::chrono::seconds(seconds));
  llvm::raw_fd_ostream(file, /*shouldClose=*/true);
}

/// Entries of 100 bytes and their hashes, of which two fit.
static void testPruning() {
  DiskCache cache(folder, /*maxBytes=*/2 * 132);
  for (auto [key, age] : {std::pair("a", 400), {"b", 300}, {"c", 200}}) {
    cache.write(key, std::string(100, 'x'));
    setAge(getFile(key), age);
  }
  overwrite(folder + "/notes.txt", std::string(1000, 'x'));
  for (auto [name, age] :
       {std::pair("d.1.partial", 600), {"d.2.partial", 6000}}) {
    overwrite(getFile(name), std::string(1000, 'x'));
    setAge(getFile(name), age);
  }
  cache.read("a");
  printEntries("before", cache);
  cache.prune();
  printEntries("after", cache);
  for (const std::string &file :
       {folder + "/notes.txt", getFile("d.1.partial"), getFile("d.2.partial")})
    llvm::outs() << llvm::sys::path::filename(file) << " is "
                 << (fs::exists(file) ? "there" : "gone") << "\n";
  DiskCache(folder, /*maxBytes=*/1).prune();
  printEntries("no room", cache);
}

/// One of several processes that read, write and prune entries that are all too
/// large to be there together. An entry's content is its key, many times.
static std::string work(unsigned index) {
  constexpr size_t size = 1 << 16;
  DiskCache cache(folder, /*maxBytes=*/2 * size);
  unsigned wrong = 0, found = 0;
  for (unsigned round = 0; round < 200; ++round) {
    std::string key(1, char('a' + (index + round) % 4));
    if (std::optional<std::string> content = cache.read(key)) {
      ++found;
      wrong += *content != std::string(size, key[0]);
    }
    wrong += bool(cache.write(key, std::string(size, key[0])));
    if (round % 5 == index)
      cache.prune();
  }
  return std::to_string(wrong) + " wrong, " +
         (found ? "some found" : "none found");
}

static void testConcurrency() {
  runIsolated(4, 4, work, [](unsigned, const IsolatedOutcome &outcome) {
    llvm::outs() << "together: " << outcome.report << outcome.failure << "\n";
  });
}

int main(int argc, char **argv) {
  folder = argv[1];
  testEntries();
  testPruning();
  testConcurrency();
  overwrite(folder + "/file", "");
  llvm::outs() << "not in a file: "
               << DiskCache(folder + "/file/folder", 1).write("a", "").message()
               << "\n";
  return 0;
}
