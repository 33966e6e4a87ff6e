//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "vitrail/Target/PTX/PTXAssembler.h"
#include "vitrail/Runtime/KernelImages.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace vitrail;
using runtime::KernelImage;
static_assert(kernelImageAlignment == runtime::kernelImageAlignment);

std::optional<PTXAssembler> PTXAssembler::find() {
  for (llvm::StringRef folder : {"", "/usr/local/cuda/bin"}) {
    auto path = folder.empty()
                    ? llvm::sys::findProgramByName("ptxas")
                    : llvm::sys::findProgramByName("ptxas", {folder});
    if (path)
      return PTXAssembler(*path);
  }
  return std::nullopt;
}

std::string PTXAssembler::getIdentity() const {
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(path, status))
    return path;
  return llvm::formatv(
      "{0} {1} {2}", path, status.getSize(),
      status.getLastModificationTime().time_since_epoch().count());
}

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Expected<std::string> readFile(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

static llvm::Error writeFile(llvm::StringRef path, llvm::StringRef text) {
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (!error) {
    file << text;
    file.close();
    error = file.error();
    file.clear_error();
  }
  if (error)
    return makeError("cannot write '" + path + "': " + error.message());
  return llvm::Error::success();
}

llvm::Expected<std::string>
PTXAssembler::assemble(llvm::StringRef ptx, llvm::StringRef chip,
                       llvm::StringRef prefix) const {
  std::string input = (prefix + ".ptx").str(), output = prefix.str() + ".cubin",
              said = prefix.str() + ".ptxas";
  llvm::FileRemover removeInput(input), removeOutput(output), removeSaid(said);
  if (llvm::Error error = writeFile(input, ptx))
    return error;
  std::string arch = ("-arch=" + chip).str();
  llvm::SmallVector<llvm::StringRef> arguments = {path, arch, input, "-o",
                                                  output};
  // As the runtime has the driver do it.
  if (!ptx.contains(".reqntid"))
    arguments.push_back("-maxrregcount=168");
  std::optional<llvm::StringRef> streams[] = {"", said, said};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(path, arguments, std::nullopt, streams,
                                         /*SecondsToWait=*/0,
                                         /*MemoryLimit=*/0, &message);
  if (status == 0)
    return readFile(output);
  if (llvm::Expected<std::string> text = readFile(said))
    message += llvm::StringRef(*text).trim();
  else
    llvm::consumeError(text.takeError());
  return makeError("'" + path + "' for " + chip + ": " + message);
}

/// Those that kernels of the text's target run on without the driver's
/// compiler. What is for one architecture alone runs on no other.
static llvm::SmallVector<llvm::StringRef> chooseChips(llvm::StringRef ptx) {
  llvm::StringRef target = ptx.split(".target ").second;
  target = target.take_until([](char c) { return c == ',' || c <= ' '; });
  if (!target.empty() && !llvm::isDigit(target.back()))
    return {target};
  return {"sm_80", "sm_90"};
}

static void append(std::string &images, KernelImage header,
                   llvm::StringRef code) {
  images.append(reinterpret_cast<const char *>(&header), sizeof(header));
  images += code;
  images.resize(runtime::alignKernelImage(images.size()));
}

std::string vitrail::addKernelImages(llvm::StringRef ptx,
                                     const PTXAssembler *assembler,
                                     llvm::StringRef prefix,
                                     std::string &problems) {
  std::string images = ptx.str();
  images.resize(runtime::alignKernelImage(images.size() + 1));
  if (assembler)
    for (llvm::StringRef chip : chooseChips(ptx)) {
      llvm::Expected<std::string> code = assembler->assemble(ptx, chip, prefix);
      if (!code) {
        problems += llvm::toString(code.takeError());
        break;
      }
      int32_t capability = 0;
      chip.drop_front(strlen("sm_")).consumeInteger(10, capability);
      append(images, {code->size(), capability, 0}, *code);
    }
  append(images, {0, 0, 0}, "");
  return images;
}
