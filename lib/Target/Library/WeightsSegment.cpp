//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Changing the headers of an ELF file, and appending to it.
//
//===----------------------------------------------------------------------===//

#include "WeightsSegment.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;
using llvm::object::ELF64LE;
using llvm::object::ELFFile;

namespace {
/// The headers of the weights' section and segment, and where they are.
struct Headers {
  ELF64LE::Shdr section;
  ELF64LE::Phdr segment;
  uint64_t sectionPosition, segmentPosition;
};
} // namespace

static llvm::Error makeError(const llvm::Twine &text) {
  return llvm::createStringError(text);
}

static llvm::Expected<Headers> findHeaders(StringRef file, StringRef name,
                                           uint64_t size) {
  auto elf = ELFFile<ELF64LE>::create(file);
  if (!elf)
    return elf.takeError();
  auto sections = elf->sections();
  if (!sections)
    return sections.takeError();
  auto segments = elf->program_headers();
  if (!segments)
    return segments.takeError();
  auto getPosition = [&](const auto &header) {
    return reinterpret_cast<const char *>(&header) - file.data();
  };
  for (const ELF64LE::Shdr &section : *sections) {
    llvm::Expected<StringRef> sectionName = elf->getSectionName(section);
    if (!sectionName)
      return sectionName.takeError();
    if (*sectionName != name)
      continue;
    for (const ELF64LE::Phdr &segment : *segments)
      if (segment.p_type == llvm::ELF::PT_LOAD &&
          segment.p_vaddr == section.sh_addr && segment.p_memsz == size &&
          section.sh_size == size && segment.p_filesz == 0)
        return Headers{section, segment, uint64_t(getPosition(section)),
                       uint64_t(getPosition(segment))};
  }
  return makeError("no segment of " + llvm::Twine(size) +
                   " bytes for the weights alone: do the objects of kernels "
                   "have variables?");
}

/// Makes the headers show `offset` of the file, to be read only.
static void redirect(Headers &headers, uint64_t offset) {
  headers.segment.p_offset = offset;
  headers.segment.p_filesz = headers.segment.p_memsz;
  headers.segment.p_flags = llvm::ELF::PF_R;
  headers.section.sh_offset = offset;
  headers.section.sh_type = llvm::ELF::SHT_PROGBITS;
  headers.section.sh_flags &= ~uint64_t(llvm::ELF::SHF_WRITE);
}

template <typename Header>
static void overwrite(llvm::raw_fd_ostream &file, const Header &header,
                      uint64_t position) {
  file.pwrite(reinterpret_cast<const char *>(&header), sizeof(Header),
              position);
}

LogicalResult vitrail::fillWeights(
    StringRef path, StringRef section, uint64_t size,
    llvm::function_ref<LogicalResult(llvm::raw_ostream &)> write,
    Location location) {
  auto fail = [&](const llvm::Twine &text) {
    return emitError(location)
           << "cannot put weights into '" << path << "': " << text;
  };
  auto library = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                             /*RequiresNullTerminator=*/false);
  if (!library)
    return fail(library.getError().message());
  uint64_t librarySize = (*library)->getBufferSize();
  llvm::Expected<Headers> headers =
      findHeaders((*library)->getBuffer(), section, size);
  if (!headers)
    return fail(llvm::toString(headers.takeError()));

  // Pages are mapped whole, so file and memory must agree within a page.
  uint64_t align = headers->segment.p_align;
  uint64_t offset =
      llvm::alignTo(librarySize, align) + headers->segment.p_vaddr % align;
  redirect(*headers, offset);

  int descriptor;
  if (std::error_code error = llvm::sys::fs::openFileForReadWrite(
          path, descriptor, llvm::sys::fs::CD_OpenExisting,
          llvm::sys::fs::OF_None))
    return fail(error.message());
  llvm::raw_fd_ostream file(descriptor, /*shouldClose=*/true);
  file.seek(offset);
  LogicalResult written = write(file);
  file.flush();
  bool complete = file.tell() == offset + size;
  overwrite(file, headers->section, headers->sectionPosition);
  overwrite(file, headers->segment, headers->segmentPosition);
  file.close();
  std::error_code error = file.error();
  file.clear_error();
  if (failed(written))
    return failure();
  if (error)
    return fail(error.message());
  assert(complete && "weights have the size that they were laid out with");
  (void)complete;
  return success();
}
