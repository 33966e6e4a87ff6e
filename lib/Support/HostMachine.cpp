//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the system says of its processor.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/HostMachine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"

using namespace vitrail;

llvm::Error vitrail::checkRunsHere(const TargetInfo &target) {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (llvm::StringRef feature : target.cpuFeatures)
    if (!host.lookup(feature))
      return llvm::createStringError("target '" + target.name +
                                     "' does not run on this machine, which "
                                     "has no '" +
                                     feature + "'");
  return llvm::Error::success();
}

std::string vitrail::getMachineName() {
  if (auto info = llvm::MemoryBuffer::getFileAsStream("/proc/cpuinfo"))
    for (llvm::StringRef line : llvm::split((*info)->getBuffer(), '\n'))
      if (auto [name, value] = line.split(':'); name.trim() == "model name")
        return value.trim().str();
  return llvm::sys::getHostCPUName().str();
}
