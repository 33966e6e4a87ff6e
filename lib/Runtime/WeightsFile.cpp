//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mapping and checking the file of weights.
//
//===----------------------------------------------------------------------===//

#include "WeightsFile.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace vitrail::runtime;

/// Writes to `path` (PATH_MAX bytes) the name of the program's file in the
/// folder of the library that holds `program`; returns whether it fits.
static bool findBesideLibrary(const Program &program, char *path) {
  Dl_info library;
  if (!dladdr(&program, &library) || !library.dli_fname)
    return false;
  const char *slash = strrchr(library.dli_fname, '/');
  int folder = slash ? static_cast<int>(slash - library.dli_fname + 1) : 0;
  int length = snprintf(path, PATH_MAX, "%.*s%s", folder, library.dli_fname,
                        program.info->weights_file);
  return length < PATH_MAX;
}

/// Reports what is wrong with `header` or the file's size.
static bool check(const Program &program, const WeightsHeader &header,
                  uint64_t fileSize, const char *path, Message &message) {
  if (memcmp(header.magic, weightsMagic, sizeof(weightsMagic)) != 0) {
    message.report("'%s' is not a file of vitrail weights", path);
    return false;
  }
  if (header.version != weightsVersion ||
      header.headerSize != sizeof(WeightsHeader)) {
    message.report("weights file '%s' has format version %u, expected %u", path,
                   header.version, weightsVersion);
    return false;
  }
  if (header.size != program.info->weights_size ||
      header.hash != program.weightsHash) {
    message.report("weights file '%s' belongs to another library: it holds "
                   "%llu bytes with hash %016llx, expected %llu bytes with "
                   "hash %016llx",
                   path, static_cast<unsigned long long>(header.size),
                   static_cast<unsigned long long>(header.hash),
                   static_cast<unsigned long long>(program.info->weights_size),
                   static_cast<unsigned long long>(program.weightsHash));
    return false;
  }
  if (fileSize != sizeof(WeightsHeader) + header.size) {
    message.report(
        "weights file '%s' has %llu bytes, expected %llu", path,
        static_cast<unsigned long long>(fileSize),
        static_cast<unsigned long long>(sizeof(WeightsHeader) + header.size));
    return false;
  }
  return true;
}

vitrail_status WeightsFile::open(const Program &program, const char *path,
                                 Message &message) {
  char besideLibrary[PATH_MAX];
  if (!path) {
    if (!findBesideLibrary(program, besideLibrary)) {
      message.report("cannot tell where the library is, to find '%s' beside it",
                     program.info->weights_file);
      return VITRAIL_WEIGHTS_ERROR;
    }
    path = besideLibrary;
  }

  int file = ::open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    char buffer[128];
    message.report("cannot open weights file '%s': %s", path,
                   strerror_r(errno, buffer, sizeof(buffer)));
    if (file >= 0)
      ::close(file);
    return VITRAIL_WEIGHTS_ERROR;
  }
  uint64_t fileSize = status.st_size;
  if (!S_ISREG(status.st_mode) || fileSize < sizeof(WeightsHeader)) {
    message.report("'%s' is not a file of vitrail weights", path);
    ::close(file);
    return VITRAIL_WEIGHTS_ERROR;
  }

  void *pages = mmap(nullptr, fileSize, PROT_READ, MAP_PRIVATE, file, 0);
  int error = errno;
  ::close(file);
  if (pages == MAP_FAILED) {
    char buffer[128];
    message.report("cannot map weights file '%s': %s", path,
                   strerror_r(error, buffer, sizeof(buffer)));
    return error == ENOMEM ? VITRAIL_OUT_OF_MEMORY : VITRAIL_WEIGHTS_ERROR;
  }
  mapping = pages;
  size = fileSize;
  const auto &header = *static_cast<const WeightsHeader *>(pages);
  return check(program, header, fileSize, path, message)
             ? VITRAIL_OK
             : VITRAIL_WEIGHTS_ERROR;
}

void WeightsFile::close() {
  if (mapping)
    munmap(mapping, size);
  mapping = nullptr;
}
