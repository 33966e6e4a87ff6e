//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What compiles the functions that launch kernels.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_NVVM_HOSTMACHINE_H
#define VITRAIL_LIB_TARGET_NVVM_HOSTMACHINE_H

#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace vitrail {

/// For any x86-64 processor.
std::unique_ptr<llvm::TargetMachine> createHostMachine();

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_NVVM_HOSTMACHINE_H
