//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints what is known of the targets named on the command line, or why nothing
// is; targets.test knows what that is.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/TargetInfo.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    llvm::Expected<vitrail::TargetInfo> target = vitrail::parseTarget(argv[i]);
    if (!target) {
      llvm::outs() << llvm::toString(target.takeError()) << "\n";
      continue;
    }
    llvm::outs() << target->name << ": " << target->vectorRegisters
                 << " registers of " << target->vectorLanes << " lanes, "
                 << target->halideTarget << ", needs "
                 << llvm::join(target->cpuFeatures, " ") << "\n";
  }
  return 0;
}
