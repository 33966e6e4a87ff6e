//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Patterns by which users name parameters.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_NAMEPATTERN_H
#define VITRAIL_SUPPORT_NAMEPATTERN_H

#include "llvm/Support/GlobPattern.h"

namespace vitrail {

/// The pattern of names that `text` is: with `*`, `?`, `[a-z]` and `{a,b}`.
inline llvm::Expected<llvm::GlobPattern>
parseNamePattern(llvm::StringRef text) {
  // What braces may stand for: more is no pattern that somebody wrote.
  constexpr size_t maxAlternatives = 1024;
  return llvm::GlobPattern::create(text, maxAlternatives);
}

} // namespace vitrail

#endif // VITRAIL_SUPPORT_NAMEPATTERN_H
