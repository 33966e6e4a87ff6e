//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors in and out of NumPy's .npy files, by the code of vitrail-run.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_REFERENCE_NPY_H
#define VITRAIL_REFERENCE_NPY_H

#include "vitrail/Weights/Tensor.h"

#include "llvm/Support/Error.h"

namespace vitrail {

/// The array in the file `path`; any element type becomes float64.
llvm::Expected<weights::Tensor> readNpy(const std::string &path);

/// Creates or replaces `path` with `tensor`, as float64.
llvm::Error writeNpy(const std::string &path, const weights::Tensor &tensor);

} // namespace vitrail

#endif // VITRAIL_REFERENCE_NPY_H
