//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints the identity of this program, then those of the libraries named on the
// command line, which have a function `f`; identity.test knows what they are.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/BinaryIdentity.h"

#include "llvm/Support/raw_ostream.h"

#include <dlfcn.h>

int main(int argc, char **argv) {
  llvm::outs() << vitrail::getBinaryIdentity(
                      reinterpret_cast<const void *>(&main))
               << "\n";
  for (int i = 1; i < argc; ++i) {
    void *library = dlopen(argv[i], RTLD_NOW);
    if (!library)
      return 1;
    llvm::outs() << vitrail::getBinaryIdentity(dlsym(library, "f")) << "\n";
  }
  return 0;
}
