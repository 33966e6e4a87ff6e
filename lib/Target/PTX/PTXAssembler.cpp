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

/// Sets the machine code, and what ptxas says of it.
llvm::Error PTXAssembler::run(llvm::StringRef ptx, llvm::StringRef chip,
                              llvm::StringRef prefix, std::string &code,
                              std::string &said) const {
  std::string input = (prefix + ".ptx").str(), output = prefix.str() + ".cubin",
              log = prefix.str() + ".ptxas";
  llvm::FileRemover removeInput(input), removeOutput(output), removeLog(log);
  if (llvm::Error error = writeFile(input, ptx))
    return error;
  std::string arch = ("-arch=" + chip).str();
  llvm::SmallVector<llvm::StringRef> arguments = {path, arch,   input,
                                                  "-o", output, "-v"};
  // As the runtime has the driver do it.
  if (!ptx.contains(".reqntid"))
    arguments.push_back("-maxrregcount=168");
  std::optional<llvm::StringRef> streams[] = {"", log, log};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(path, arguments, std::nullopt, streams,
                                         /*SecondsToWait=*/0,
                                         /*MemoryLimit=*/0, &message);
  llvm::Expected<std::string> text = readFile(log);
  if (text)
    said = *text;
  else
    llvm::consumeError(text.takeError());
  if (status != 0)
    return makeError("'" + path + "' for " + chip + ": " + message +
                     llvm::StringRef(said).trim());
  llvm::Expected<std::string> made = readFile(output);
  if (!made)
    return made.takeError();
  code = std::move(*made);
  return llvm::Error::success();
}

llvm::Expected<std::string>
PTXAssembler::assemble(llvm::StringRef ptx, llvm::StringRef chip,
                       llvm::StringRef prefix) const {
  std::string code, said;
  if (llvm::Error error = run(ptx, chip, prefix, code, said))
    return error;
  return code;
}

/// Those that kernels of the text's target run on without the driver's
/// compiler. What is for one architecture alone runs on no other.
static llvm::SmallVector<llvm::StringRef> chooseChips(llvm::StringRef ptx) {
  llvm::StringRef target = ptx.split(".target ").second;
  target = target.take_until([](char c) { return c == ',' || c <= ' '; });
  if (!target.empty() && !llvm::isDigit(target.back()))
    return {target};
  auto getNumber = [](llvm::StringRef chip) {
    int number = 0;
    chip.consume_front("sm_");
    chip.consumeInteger(10, number);
    return number;
  };
  llvm::SmallVector<llvm::StringRef> chips;
  for (llvm::StringRef chip : {"sm_80", "sm_90"})
    if (getNumber(chip) >= getNumber(target))
      chips.push_back(chip);
  return chips;
}

/// The number before `unit` in a line of ptxas, such as "40 registers"; 0
/// without any.
static int64_t findNumber(llvm::StringRef line, llvm::StringRef unit) {
  llvm::StringRef before = line.take_front(line.find(unit)).rtrim();
  llvm::StringRef digits = before.take_back(
      before.size() - (before.find_last_not_of("0123456789") + 1));
  int64_t number = 0;
  bool isThere = line.contains(unit) && !digits.getAsInteger(10, number);
  return isThere ? number : 0;
}

llvm::Expected<std::vector<KernelResources>>
PTXAssembler::measure(llvm::StringRef ptx, llvm::StringRef prefix) const {
  llvm::StringRef chip = chooseChips(ptx).back();
  std::string code, said;
  if (llvm::Error error = run(ptx, chip, prefix, code, said))
    return error;
  std::vector<KernelResources> kernels;
  for (llvm::StringRef line : llvm::split(said, '\n')) {
    if (line.contains("Compiling entry function '")) {
      kernels.push_back(
          {line.split('\'').second.split('\'').first.str(), chip.str()});
      continue;
    }
    if (kernels.empty())
      continue;
    KernelResources &kernel = kernels.back();
    kernel.registers += findNumber(line, " registers");
    kernel.sharedBytes += findNumber(line, " bytes smem");
    kernel.spilledBytes += findNumber(line, " bytes spill stores") +
                           findNumber(line, " bytes spill loads");
  }
  return kernels;
}

std::vector<llvm::StringRef> vitrail::findPTX(llvm::StringRef object) {
  constexpr llvm::StringLiteral heading =
      "//\n// Generated by LLVM NVPTX Back-End\n";
  std::vector<llvm::StringRef> texts;
  for (size_t at = object.find(heading); at != llvm::StringRef::npos;
       at = object.find(heading, at + 1))
    texts.push_back(object.drop_front(at).split('\0').first);
  return texts;
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
