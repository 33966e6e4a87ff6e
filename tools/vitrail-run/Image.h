//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// 8-bit images and the files that they come from.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_IMAGE_H
#define VITRAIL_RUN_IMAGE_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vitrail::driver {

/// More pixels than any photograph has: a file that claims them is damaged, and
/// must not take all memory.
inline constexpr int64_t maxPixels = int64_t(1) << 28;

/// `channels` is 1 (gray) or 3 (red, green, blue), interleaved; rows run from
/// top to bottom without padding.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<uint8_t> pixels;

  Image() = default;
  /// All black.
  Image(int width, int height, int channels)
      : width(width), height(height), channels(channels),
        pixels(static_cast<size_t>(width) * height * channels) {}

  uint8_t *row(int y) {
    return pixels.data() + static_cast<size_t>(y) * width * channels;
  }
  const uint8_t *row(int y) const {
    return pixels.data() + static_cast<size_t>(y) * width * channels;
  }
};

/// True when `bytes` begin as a PNG file does.
bool isPng(std::span<const std::byte> bytes);

/// True when `bytes` begin as a JPEG file does.
bool isJpeg(std::span<const std::byte> bytes);

/// Decodes a PNG file. Palettes become RGB, fewer bits are widened to 8, 16 are
/// rounded to 8, alpha is dropped and gamma is left alone. `path` is for
/// errors.
Image decodePng(std::span<const std::byte> bytes, const std::string &path);

/// Decodes a gray or colour JPEG file. The orientation that a camera notes in
/// it is not applied. `path` is for errors.
Image decodeJpeg(std::span<const std::byte> bytes, const std::string &path);

/// The image with 1 or 3 channels. Gray is ITU-R 601 luma in 16-bit fixed point
/// as Pillow's mode "L" has it; colour from gray repeats the channel.
Image convertChannels(Image image, int channels);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_IMAGE_H
