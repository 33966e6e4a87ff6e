//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ranges of what linear layers read, measured on samples.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_VITRAILC_CALIBRATE_H
#define VITRAIL_VITRAILC_CALIBRATE_H

#include "llvm/Support/Error.h"

#include <map>
#include <string>

namespace vitrail {

/// By the names of the parameters in a layer's weight.
using LayerRanges = std::map<std::string, double>;

/// Runs the entries of `library`, whose outputs are ranges besides the model's
/// own (see nn-narrow-products), on the samples in `folder`: files of an input
/// are INPUT.npy or in a folder INPUT; where there is neither for any input,
/// all files are of the one input of an entry.
llvm::Expected<LayerRanges> measureRanges(const std::string &library,
                                          const std::string &folder);

/// Writes them as the pass reads them.
llvm::Error writeRanges(const std::string &path, const LayerRanges &ranges);

} // namespace vitrail

#endif // VITRAIL_VITRAILC_CALIBRATE_H
