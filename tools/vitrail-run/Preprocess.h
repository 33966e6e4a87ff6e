//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From an image to a model's input, as the model's preprocessing describes.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_PREPROCESS_H
#define VITRAIL_RUN_PREPROCESS_H

#include "Array.h"
#include "Image.h"

namespace vitrail::driver {

/// The pixels of `image` as one sample f32[1, channels, height, width] of the
/// input `info`, whose last three extents are these and which has a preprocess
/// description: channels converted, the shorter side resized, the middle cut
/// out, each value scaled and normalised. `name` is for errors.
Array preprocess(Image image, const vitrail_tensor_info &info,
                 const std::string &name);

/// The images of an 8-bit array: [height, width], [n, height, width] or
/// [n, height, width, channels], with 1 or 3 channels. `name` is for errors.
std::vector<Image> splitImages(const Array &array, const std::string &name);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_PREPROCESS_H
