//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nearest names by edit distance.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/Suggest.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

std::string vitrail::suggest(llvm::StringRef name,
                             llvm::ArrayRef<llvm::StringRef> candidates) {
  // A third of the letters may be wrong, not all; more would be another word.
  if (name.empty())
    return "";
  unsigned bestDistance = std::min(name.size() / 3 + 1, name.size() - 1);
  llvm::StringRef best;
  for (llvm::StringRef candidate : candidates) {
    unsigned distance = name.edit_distance(candidate, true, bestDistance + 1);
    if (distance < bestDistance || (distance == bestDistance && best.empty())) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best.empty())
    return "";
  return ("; did you mean '" + best + "'?").str();
}

std::string vitrail::listNames(llvm::ArrayRef<llvm::StringRef> names) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      names, stream,
      [&](llvm::StringRef name) { stream << "'" << name << "'"; }, ", ");
  return text;
}
