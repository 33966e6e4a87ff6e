//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors out of safetensors files.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_SAFETENSORS_H
#define VITRAIL_RUN_SAFETENSORS_H

#include "Array.h"

namespace vitrail::driver {

/// Decodes the tensor `name` of a safetensors file, or the file's only tensor,
/// whatever its name. `path` is for errors.
Array decodeSafetensors(std::span<const std::byte> bytes,
                        const std::string &path, const std::string &name);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_SAFETENSORS_H
