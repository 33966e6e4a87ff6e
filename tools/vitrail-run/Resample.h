//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Resizing of images.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_RESAMPLE_H
#define VITRAIL_RUN_RESAMPLE_H

#include "Image.h"

#include "vitrail/Runtime/vitrail.h"

namespace vitrail::driver {

/// The image at `width` x `height` pixels, equal to what Pillow's `resize`
/// gives, which is what published models were trained and measured with.
Image resize(const Image &image, int width, int height, vitrail_filter filter);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_RESAMPLE_H
