//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a user who misspelt a name may have meant.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_SUGGEST_H
#define VITRAIL_SUPPORT_SUGGEST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace vitrail {

/// "; did you mean 'depth'?" with the candidate nearest to `name`, or "" when
/// none is near.
std::string suggest(llvm::StringRef name,
                    llvm::ArrayRef<llvm::StringRef> candidates);

/// "'a', 'b', 'c'", for messages that list what is allowed.
std::string listNames(llvm::ArrayRef<llvm::StringRef> names);

} // namespace vitrail

#endif // VITRAIL_SUPPORT_SUGGEST_H
