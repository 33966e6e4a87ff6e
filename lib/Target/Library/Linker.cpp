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

static SmallVector<std::string> getArguments(const LinkJob &job,
                                             StringRef versionScript) {
  SmallVector<std::string> arguments = {"ld.lld",
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
  // By their names at run time: the development files need not be installed.
  for (StringRef folder : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                           "/lib64", "/usr/lib64", "/lib", "/usr/lib"})
    arguments.push_back("-L" + folder.str());
  arguments.push_back("-l:libc.so.6");
  arguments.push_back("-l:libm.so.6");
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

  SmallVector<std::string> arguments = getArguments(job, script->getPath());
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
