//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The linker's command line.
//
//===----------------------------------------------------------------------===//

#include "Linker.h"
#include "TemporaryFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;

/// lld of the LLVM that the compiler was built with, or else any.
static std::string findLinker() {
  if (llvm::sys::fs::can_execute(VITRAIL_LLD))
    return VITRAIL_LLD;
  for (StringRef name : {"ld.lld-22", "ld.lld"})
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return *path;
  return {};
}

/// A version script that exports `symbols` and hides all others.
static LogicalResult writeVersionScript(const TemporaryFile &file,
                                        ArrayRef<std::string> symbols,
                                        Location location) {
  auto write = [&](llvm::raw_ostream &script) {
    script << "{ global:";
    for (const std::string &symbol : symbols)
      script << ' ' << symbol << ';';
    script << " local: *; };\n";
    return success();
  };
  return file.fill(write, location);
}

/// A linker script that makes a section begin a segment: it has an address to
/// be loaded at, its own.
static LogicalResult writeSegmentScript(const TemporaryFile &file,
                                        StringRef section, Location location) {
  auto write = [&](llvm::raw_ostream &script) {
    script << "SECTIONS { " << section << " : AT(ADDR(" << section << ")) { *("
           << section << ' ' << section << ".*) } } INSERT AFTER .bss;\n";
    return success();
  };
  return file.fill(write, location);
}

/// Where the C library of the job's architecture may be.
static SmallVector<std::string> getLibraryFolders(const LinkJob &job) {
  std::string triple = getTriple(job.architecture).str();
  const std::string &root = job.sysroot;
  SmallVector<std::string> folders = {root + "/lib/" + triple,
                                      root + "/usr/lib/" + triple};
  // Folders for one architecture: the system's own is x86-64.
  if (!root.empty() || job.architecture == Architecture::X86_64)
    for (StringRef folder : {"/lib64", "/usr/lib64", "/lib", "/usr/lib"})
      folders.push_back(root + folder.str());
  else
    folders.push_back("/usr/" + triple + "/lib");
  return folders;
}

/// By their names at run time: the development files need not be installed.
static FailureOr<SmallVector<std::string>> findLibraries(const LinkJob &job,
                                                         Location location) {
  SmallVector<std::string> folders = getLibraryFolders(job);
  for (const std::string &folder : folders)
    if (llvm::sys::fs::exists(folder + "/libc.so.6"))
      return SmallVector<std::string>{folder + "/libc.so.6",
                                      folder + "/libm.so.6"};
  return emitError(location)
         << "cannot link the library: no C library for "
         << getTriple(job.architecture) << ": libc.so.6 is in none of "
         << llvm::join(folders, ", ");
}

static SmallVector<std::string> getArguments(const LinkJob &job,
                                             ArrayRef<std::string> libraries,
                                             StringRef versionScript) {
  bool isX86 = job.architecture == Architecture::X86_64;
  SmallVector<std::string> arguments = {"ld.lld",
                                        "-m",
                                        isX86 ? "elf_x86_64" : "aarch64linux",
                                        "-shared",
                                        "--no-undefined",
                                        "--gc-sections",
                                        "--as-needed",
                                        "--hash-style=gnu",
                                        "--strip-debug",
                                        "-z",
                                        "noexecstack",
                                        "-z",
                                        "relro",
                                        "-z",
                                        "now",
                                        "-soname",
                                        job.soname,
                                        "--version-script=" +
                                            versionScript.str(),
                                        "-o",
                                        job.output};
  arguments.append(job.objects);
  arguments.append(libraries.begin(), libraries.end());
  return arguments;
}

LogicalResult vitrail::link(const LinkJob &job, Location location) {
  std::string linker = findLinker();
  if (linker.empty())
    return emitError(location, "cannot link the library: no ld.lld found");
  FailureOr<TemporaryFile> script =
      TemporaryFile::create("vitrail", "version", location);
  FailureOr<TemporaryFile> output =
      TemporaryFile::create("vitrail", "log", location);
  if (failed(script) || failed(output) ||
      failed(writeVersionScript(*script, job.exports, location)))
    return failure();

  FailureOr<SmallVector<std::string>> libraries = findLibraries(job, location);
  if (failed(libraries))
    return failure();
  SmallVector<std::string> arguments =
      getArguments(job, *libraries, script->getPath());
  std::optional<TemporaryFile> segments;
  if (!job.ownSegment.empty()) {
    FailureOr<TemporaryFile> file =
        TemporaryFile::create("vitrail", "segments", location);
    if (failed(file) ||
        failed(writeSegmentScript(*file, job.ownSegment, location)))
      return failure();
    arguments.push_back(file->getPath().str());
    segments.emplace(std::move(*file));
  }
  auto references = llvm::to_vector_of<StringRef>(arguments);
  std::string problem;
  std::optional<StringRef> redirects[] = {StringRef(), output->getPath(),
                                          output->getPath()};
  int status = llvm::sys::ExecuteAndWait(linker, references, std::nullopt,
                                         redirects, 0, 0, &problem);
  if (status == 0)
    return success();
  auto said = llvm::MemoryBuffer::getFile(output->getPath());
  StringRef text = said ? (*said)->getBuffer().trim() : StringRef();
  return emitError(location) << "cannot link the library: "
                             << (text.empty() ? StringRef(problem) : text);
}
