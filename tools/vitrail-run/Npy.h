//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NumPy's .npy files, of every version of the format.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_NPY_H
#define VITRAIL_RUN_NPY_H

#include "Array.h"

namespace vitrail::driver {

/// True when `bytes` begin as a .npy file does.
bool isNpy(std::span<const std::byte> bytes);

/// Decodes a .npy file of little-endian floats (f2, f4, f8), integers (i1, u1,
/// i4, i8) or booleans (as u8), in C or Fortran order. `path` is for errors.
Array decodeNpy(std::span<const std::byte> bytes, const std::string &path);

/// Writes `array` as a .npy file of version 1.0. NumPy has no bfloat16: such
/// values are widened to f4, which holds them exactly.
void writeNpy(const std::string &path, const Array &array);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_NPY_H
