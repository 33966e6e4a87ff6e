//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints what is known of the targets named on the command line, or why nothing
// is, and in which order a list separated by commas is; targets.test knows what
// that is.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/TargetInfo.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

static void printOrder(llvm::StringRef list) {
  llvm::Expected<std::vector<vitrail::TargetInfo>> targets =
      vitrail::parseTargets(list);
  if (!targets) {
    llvm::outs() << llvm::toString(targets.takeError()) << "\n";
    return;
  }
  for (const vitrail::TargetInfo &target : *targets)
    llvm::outs() << target.name << " ";
  llvm::outs() << "\n";
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    if (llvm::StringRef(argv[i]).contains(',')) {
      printOrder(argv[i]);
      continue;
    }
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
