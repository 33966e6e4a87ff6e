//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Machine code of PTX, which NVIDIA's assembler makes while compiling, so that
// the driver need not when kernels are first run.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TARGET_PTX_PTXASSEMBLER_H
#define VITRAIL_TARGET_PTX_PTXASSEMBLER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace vitrail {

/// What a kernel takes of a multiprocessor.
struct KernelResources {
  std::string function, chip;
  int64_t registers = 0;    ///< of a thread
  int64_t spilledBytes = 0; ///< of a thread, stored and loaded
  int64_t sharedBytes = 0;  ///< of a block, known while compiling
};

class PTXAssembler {
public:
  /// The program at `path`.
  explicit PTXAssembler(std::string path) : path(std::move(path)) {}

  /// ptxas among the programs that can be called by name, or where NVIDIA's
  /// toolkit is commonly installed.
  static std::optional<PTXAssembler> find();

  /// The machine code of PTX for `chip`, such as "sm_90"; an error has what
  /// ptxas says. Files whose names begin with `prefix` come and go.
  llvm::Expected<std::string> assemble(llvm::StringRef ptx,
                                       llvm::StringRef chip,
                                       llvm::StringRef prefix) const;

  /// What the kernels of PTX take of the newest architecture that they are
  /// assembled for.
  llvm::Expected<std::vector<KernelResources>>
  measure(llvm::StringRef ptx, llvm::StringRef prefix) const;

  /// What decides the machine code besides PTX: the program and its version.
  std::string getIdentity() const;

private:
  llvm::Error run(llvm::StringRef ptx, llvm::StringRef chip,
                  llvm::StringRef prefix, std::string &code,
                  std::string &said) const;

  std::string path;
};

/// Where what `addKernelImages` returns has to begin.
inline constexpr unsigned kernelImageAlignment = 16;

/// PTX as the library holds it (KernelImages.h): the text, then machine code
/// for the architectures that it can run on of those that are common, made by
/// `assembler` unless that is null. What keeps it from being made is appended
/// to `problems`; the driver will have to.
std::string addKernelImages(llvm::StringRef ptx, const PTXAssembler *assembler,
                            llvm::StringRef prefix, std::string &problems);

/// The texts of PTX in the bytes of an object.
std::vector<llvm::StringRef> findPTX(llvm::StringRef object);

} // namespace vitrail

#endif // VITRAIL_TARGET_PTX_PTXASSEMBLER_H
