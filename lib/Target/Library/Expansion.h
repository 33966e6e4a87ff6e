//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constants that a library need not hold, since a smaller one has all their
// elements: a table of position biases, say, from which each head's matrix is
// looked up. The runtime makes them when the library is first used.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_EXPANSION_H
#define VITRAIL_LIB_TARGET_LIBRARY_EXPANSION_H

#include "mlir/IR/Value.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace vitrail {

/// What an expanded constant is: of its [outer, indices, inner] elements,
///
///   result[o, i, c] = source[o * outerStride + indices[i] + c * innerStride]
struct Expansion {
  mlir::Value source;
  std::vector<int32_t> indices;
  int64_t outer = 1, outerStride = 0;
  int64_t inner = 1, innerStride = 0;
};

/// How a constant expression follows from a smaller one by operations that only
/// move elements; nothing if it does not, or if source and indices take more
/// than half of its room.
std::optional<Expansion> findExpansion(mlir::Value value);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_EXPANSION_H
