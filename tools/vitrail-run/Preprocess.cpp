//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From an image to a model's input. Sizes and offsets are rounded as
// torchvision rounds them: the longer side down, the margin of the crop to the
// nearest even.
//
//===----------------------------------------------------------------------===//

#include "Preprocess.h"
#include "Error.h"
#include "Resample.h"

#include <algorithm>
#include <cmath>

using namespace vitrail::driver;

static Image resizeShorterSide(const Image &image, int size,
                               vitrail_filter filter, const std::string &name) {
  int64_t width = size;
  int64_t height = size;
  if (image.width <= image.height)
    height = static_cast<int64_t>(size) * image.height / image.width;
  else
    width = static_cast<int64_t>(size) * image.width / image.height;
  if (std::max(width, height) > maxPixels / size)
    fail("'{}' has {}x{} pixels, too narrow for a shorter side of {}", name,
         image.width, image.height, size);
  return resize(image, static_cast<int>(width), static_cast<int>(height),
                filter);
}

static Image cropMiddle(const Image &image, int width, int height,
                        const std::string &name) {
  if (image.width < width || image.height < height)
    fail("'{}' has {}x{} pixels, too few to cut {}x{} out of the middle", name,
         image.width, image.height, width, height);
  int left = static_cast<int>(std::nearbyint((image.width - width) / 2.0));
  int top = static_cast<int>(std::nearbyint((image.height - height) / 2.0));
  Image result(width, height, image.channels);
  size_t rowSize = static_cast<size_t>(width) * image.channels;
  for (int y = 0; y < height; ++y)
    std::memcpy(result.row(y), image.row(top + y) + left * image.channels,
                rowSize);
  return result;
}

/// Entry `channel` of the model's `values`, of which there may be one for all
/// channels, or none.
static double getPerChannel(const float *values, int32_t count, int channel,
                            double otherwise) {
  if (!values || count == 0)
    return otherwise;
  return values[count == 1 ? 0 : channel];
}

/// Scaled, normalised and with each channel a plane of its own.
static Array normalise(const Image &image, const vitrail_preprocess &steps) {
  Array result(ElementType::F32,
               {1, image.channels, image.height, image.width});
  float *to = result.elements<float>().data();
  size_t count = static_cast<size_t>(image.width) * image.height;
  for (int channel = 0; channel < image.channels; ++channel) {
    double mean = getPerChannel(steps.mean, steps.channels, channel, 0.0);
    double std = getPerChannel(steps.std, steps.channels, channel, 1.0);
    const uint8_t *from = image.pixels.data() + channel;
    for (size_t i = 0; i < count; ++i, from += image.channels)
      *to++ = static_cast<float>(
          (*from * static_cast<double>(steps.scale) - mean) / std);
  }
  return result;
}

Array vitrail::driver::preprocess(Image image, const vitrail_tensor_info &info,
                                  const std::string &name) {
  const vitrail_preprocess &steps = *info.preprocess;
  if (info.rank < 3)
    fail("input '{}' is preprocessed from images but has only {} dimensions",
         info.name, info.rank);
  const int64_t *extents = info.shape + info.rank - 3;
  int64_t channels = extents[0];
  if (channels != 1 && channels != 3)
    fail("input '{}' has {} channels; images have 1 or 3", info.name, channels);
  if (steps.channels > 1 && steps.channels != channels)
    fail("input '{}' has {} channels but its preprocessing has {}", info.name,
         channels, steps.channels);

  image = convertChannels(std::move(image), static_cast<int>(channels));
  if (steps.resize > 0)
    image = resizeShorterSide(image, steps.resize, steps.filter, name);
  if (steps.crop_height > 0 && steps.crop_width > 0)
    image = cropMiddle(image, steps.crop_width, steps.crop_height, name);
  if (image.height != extents[1] || image.width != extents[2])
    fail("'{}' has {}x{} pixels after preprocessing; input '{}' takes {}x{}",
         name, image.width, image.height, info.name, extents[2], extents[1]);
  return normalise(image, steps);
}

std::vector<Image> vitrail::driver::splitImages(const Array &array,
                                                const std::string &name) {
  std::vector<int64_t> shape = array.shape;
  if (shape.size() == 2)
    shape.insert(shape.begin(), 1);
  if (shape.size() == 3)
    shape.push_back(1);
  constexpr int64_t maxSide = 1 << 20; // keeps sizes and offsets within an int
  if (shape.size() != 4 || (shape[3] != 1 && shape[3] != 3) || shape[1] < 1 ||
      shape[2] < 1 || shape[1] > maxSide || shape[2] > maxSide)
    fail("'{}' has shape {}; 8-bit images are [height, width], [n, height, "
         "width] or [n, height, width, channels] with 1 or 3 channels",
         name, formatShape(array.shape));

  std::vector<Image> images;
  const uint8_t *from = array.elements<uint8_t>().data();
  for (int64_t i = 0; i < shape[0]; ++i) {
    Image image(static_cast<int>(shape[2]), static_cast<int>(shape[1]),
                static_cast<int>(shape[3]));
    std::memcpy(image.pixels.data(), from, image.pixels.size());
    from += image.pixels.size();
    images.push_back(std::move(image));
  }
  return images;
}
