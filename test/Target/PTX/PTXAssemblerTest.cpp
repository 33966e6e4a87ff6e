//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// vitrail-ptx-assembler-test ASSEMBLER REFUSING PREFIX: prints which image
// devices get of PTX that these programs assemble.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Target/PTX/PTXAssembler.h"
#include "vitrail/Runtime/KernelImages.h"

#include "llvm/Support/raw_ostream.h"

using namespace vitrail;

static void print(llvm::StringRef ptx, const std::string &images,
                  llvm::ArrayRef<int> capabilities) {
  if (llvm::StringRef(images.c_str()) != ptx)
    llvm::outs() << "another text\n";
  for (int capability : capabilities) {
    llvm::outs() << capability << ": ";
    const runtime::KernelImage *image =
        runtime::findKernelImage(images.data(), capability);
    if (image)
      llvm::outs() << llvm::StringRef(reinterpret_cast<const char *>(image + 1),
                                      image->size)
                   << "\n";
    else
      llvm::outs() << "PTX\n";
  }
}

int main(int, char **argv) {
  llvm::StringRef prefix = argv[3];
  PTXAssembler assembler(argv[1]), refusing(argv[2]), missing("missing");
  std::string problems;
  const char any[] = ".version 8.0\n.target sm_80\n.address_size 64";
  llvm::outs() << "any device\n";
  print(any, addKernelImages(any, &assembler, prefix, problems),
        {75, 80, 89, 90, 100});
  const char later[] = ".version 8.0\n.target sm_90\n.address_size 64";
  llvm::outs() << "later devices\n";
  print(later, addKernelImages(later, &assembler, prefix, problems),
        {80, 90, 100});
  const char one[] = ".version 8.0\n.target sm_90a, debug\n.address_size "
                     "64\n.reqntid 128, 1, 1";
  llvm::outs() << "one architecture\n";
  print(one, addKernelImages(one, &assembler, prefix, problems), {80, 90, 100});
  llvm::outs() << "no assembler\n" << problems;
  print(any, addKernelImages(any, nullptr, prefix, problems), {90});
  for (const PTXAssembler *other : {&refusing, &missing}) {
    problems.clear();
    std::string images = addKernelImages(any, other, prefix, problems);
    llvm::outs() << (other == &refusing ? "refused: " : "missing: ") << problems
                 << "\n";
    print(any, images, {90});
  }
  return 0;
}
