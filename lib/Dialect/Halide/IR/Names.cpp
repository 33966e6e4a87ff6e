//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names in diagnostics of the `halide` dialect, and which names Halide accepts.
//
//===----------------------------------------------------------------------===//

#include "Names.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

using llvm::StringRef;

LogicalResult vitrail::halide::verifyName(Operation *op, StringRef what,
                                          StringRef name) {
  auto continues = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (!name.empty() && llvm::isAlpha(name.front()) &&
      llvm::all_of(name, continues))
    return success();
  return op->emitOpError() << "name of " << what << " '" << name
                           << "' is not a letter followed by letters, digits "
                              "and underscores";
}

LogicalResult vitrail::halide::verifyNames(Operation *op, StringRef what,
                                           ArrayRef<StringRef> names) {
  llvm::StringSet<> seen;
  for (auto name : names) {
    if (failed(verifyName(op, what, name)))
      return failure();
    if (!seen.insert(name).second)
      return op->emitOpError() << what << " '" << name << "' occurs twice";
  }
  return success();
}

std::string vitrail::halide::suggestName(StringRef name,
                                         ArrayRef<StringRef> names) {
  // A third of the letters may differ, one in short names, but not the whole.
  unsigned bound = std::max<unsigned>(1, name.size() / 3) + 1;
  bound = std::min<unsigned>(bound, name.size());
  StringRef nearest;
  for (auto candidate : names) {
    auto distance = name.edit_distance(candidate, true, bound);
    if (distance < bound) {
      bound = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : ("; did you mean '" + nearest + "'?").str();
}

std::string vitrail::halide::listNames(ArrayRef<StringRef> names) {
  if (names.empty())
    return "none";
  auto quoted = llvm::map_range(
      names, [](StringRef name) { return ("'" + name + "'").str(); });
  return llvm::join(quoted, ", ");
}
