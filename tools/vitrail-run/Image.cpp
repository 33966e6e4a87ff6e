//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What does not depend on an image's file format.
//
//===----------------------------------------------------------------------===//

#include "Image.h"

using namespace vitrail::driver;

Image vitrail::driver::convertChannels(Image image, int channels) {
  if (image.channels == channels)
    return image;
  Image result(image.width, image.height, channels);
  size_t count = static_cast<size_t>(image.width) * image.height;
  const uint8_t *from = image.pixels.data();
  uint8_t *to = result.pixels.data();
  if (channels == 3) {
    for (size_t i = 0; i < count; ++i)
      for (int channel = 0; channel < 3; ++channel)
        *to++ = from[i];
    return result;
  }
  // 0.299, 0.587 and 0.114 in units of 1/65536, rounded to nearest.
  for (size_t i = 0; i < count; ++i, from += 3)
    *to++ = (from[0] * 19595 + from[1] * 38470 + from[2] * 7471 + 0x8000) >> 16;
  return result;
}
