//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which build of a program or library is running: what it made is only worth
// keeping for the same build.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_BINARYIDENTITY_H
#define VITRAIL_SUPPORT_BINARYIDENTITY_H

#include <string>

namespace vitrail {

/// Describes the executable or shared library of this process in which
/// `address` lies: its build ID, which linkers compute from its content, or
/// where it has none, the file's size and time. No two builds that differ have
/// the same description.
std::string getBinaryIdentity(const void *address);

} // namespace vitrail

#endif // VITRAIL_SUPPORT_BINARYIDENTITY_H
