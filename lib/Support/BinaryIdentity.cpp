//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Build IDs are notes in memory, which the dynamic linker leads to.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/BinaryIdentity.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cstdint>
#include <link.h>

using namespace vitrail;

namespace {
/// What is looked for, and what was found.
struct Search {
  uintptr_t address;
  std::string path;
  std::string buildID;
};
} // namespace

/// The build ID among the notes of a segment, or nothing.
static llvm::StringRef findBuildID(llvm::StringRef notes, size_t alignment) {
  alignment = alignment == 8 ? 8 : 4;
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    const auto *note = reinterpret_cast<const ElfW(Nhdr) *>(notes.data());
    size_t content =
        llvm::alignTo(sizeof(ElfW(Nhdr)) + note->n_namesz, alignment);
    llvm::StringRef name =
        notes.substr(sizeof(ElfW(Nhdr)), note->n_namesz).rtrim('\0');
    if (note->n_type == NT_GNU_BUILD_ID && name == "GNU")
      return notes.substr(content, note->n_descsz);
    notes = notes.substr(llvm::alignTo(content + note->n_descsz, alignment));
  }
  return {};
}

/// Looks at a loaded object; returns whether it is the one.
static int inspect(dl_phdr_info *info, size_t, void *data) {
  auto &search = *static_cast<Search *>(data);
  llvm::ArrayRef segments(info->dlpi_phdr, info->dlpi_phnum);
  auto begin = [&](const ElfW(Phdr) & segment) {
    return uintptr_t(info->dlpi_addr + segment.p_vaddr);
  };
  bool isIn = llvm::any_of(segments, [&](const ElfW(Phdr) & segment) {
    return segment.p_type == PT_LOAD && search.address >= begin(segment) &&
           search.address - begin(segment) < segment.p_memsz;
  });
  if (!isIn)
    return 0;
  // The program itself has no name.
  search.path = *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
  for (const ElfW(Phdr) &segment : segments)
    if (segment.p_type == PT_NOTE && search.buildID.empty())
      search.buildID = llvm::toHex(
          findBuildID(
              {reinterpret_cast<const char *>(begin(segment)), segment.p_memsz},
              segment.p_align),
          /*LowerCase=*/true);
  return 1;
}

std::string vitrail::getBinaryIdentity(const void *address) {
  Search search;
  search.address = reinterpret_cast<uintptr_t>(address);
  dl_iterate_phdr(inspect, &search);
  if (!search.buildID.empty())
    return "build ID " + search.buildID;
  llvm::sys::fs::file_status status;
  (void)llvm::sys::fs::status(search.path, status);
  return llvm::formatv(
      "{0} bytes of {1}", status.getSize(),
      status.getLastModificationTime().time_since_epoch().count());
}
