//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Resizing of images: a separable convolution, rows first, columns second, with
// an 8-bit picture in between. The filter is stretched by the factor of
// reduction, so that every source pixel counts (no aliasing), and its weights
// are normalised and rounded to fixed point. Order, rounding and the cut-off of
// the support follow Pillow: the results are equal to the bit.
//
//===----------------------------------------------------------------------===//

#include "Resample.h"
#include "Error.h"

#include <algorithm>
#include <cmath>

using namespace vitrail::driver;

/// Fraction bits of a weight: 8 bits are left for the pixel, one for weights
/// beyond 1 and one for the sign.
static constexpr int fractionBits = 32 - 8 - 2;

namespace {

/// What one output pixel takes: `weights[i]` times input pixel `first + i`.
struct Taps {
  int first = 0;
  std::vector<int32_t> weights;
};

} // namespace

/// Distance, in output pixels, beyond which the filter is zero.
static double getSupport(vitrail_filter filter) {
  return filter == VITRAIL_BICUBIC ? 2.0 : 1.0;
}

/// The filter's value at a distance of `x` output pixels: the triangle, or
/// Keys's cubic convolution with a = -1/2 (Catmull-Rom).
static double evaluate(vitrail_filter filter, double x) {
  x = std::abs(x);
  if (filter == VITRAIL_BILINEAR)
    return std::max(0.0, 1.0 - x);
  constexpr double a = -0.5;
  if (x < 1.0)
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0)
    return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

static Taps computeTaps(int position, int inSize, double scale,
                        vitrail_filter filter) {
  double stretch = std::max(scale, 1.0);
  double support = getSupport(filter) * stretch;
  double center = (position + 0.5) * scale;
  // Truncation, and the half that makes it rounding, are Pillow's.
  int first = std::max(static_cast<int>(center - support + 0.5), 0);
  int last = std::min(static_cast<int>(center + support + 0.5), inSize);

  std::vector<double> weights;
  double sum = 0.0;
  double perPixel = 1.0 / stretch;
  for (int pixel = first; pixel < last; ++pixel) {
    weights.push_back(evaluate(filter, (pixel - center + 0.5) * perPixel));
    sum += weights.back();
  }
  Taps taps{first, {}};
  for (double weight : weights) {
    double normalised = sum != 0.0 ? weight / sum : weight;
    taps.weights.push_back(static_cast<int32_t>(std::trunc(
        normalised * (1 << fractionBits) + (normalised < 0 ? -0.5 : 0.5))));
  }
  return taps;
}

/// The taps of every output pixel along one axis.
static std::vector<Taps> computeAllTaps(int inSize, int outSize,
                                        vitrail_filter filter) {
  double scale = static_cast<double>(inSize) / outSize;
  std::vector<Taps> all;
  for (int position = 0; position < outSize; ++position) {
    if (filter == VITRAIL_NEAREST) {
      int nearest = static_cast<int>((position + 0.5) * scale);
      all.push_back({std::min(nearest, inSize - 1), {1 << fractionBits}});
    } else {
      all.push_back(computeTaps(position, inSize, scale, filter));
    }
  }
  return all;
}

/// `pixels` is the first input pixel along the axis; the next is `stride` on.
static uint8_t weigh(const uint8_t *pixels, ptrdiff_t stride,
                     const Taps &taps) {
  int32_t sum = 1 << (fractionBits - 1);
  pixels += taps.first * stride;
  for (int32_t weight : taps.weights) {
    sum += *pixels * weight;
    pixels += stride;
  }
  return static_cast<uint8_t>(std::clamp(sum >> fractionBits, 0, 255));
}

static Image resizeRows(const Image &image, int width, vitrail_filter filter) {
  std::vector<Taps> taps = computeAllTaps(image.width, width, filter);
  Image result(width, image.height, image.channels);
  uint8_t *to = result.pixels.data();
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < width; ++x)
      for (int channel = 0; channel < image.channels; ++channel)
        *to++ = weigh(image.row(y) + channel, image.channels,
                      taps[static_cast<size_t>(x)]);
  return result;
}

static Image resizeColumns(const Image &image, int height,
                           vitrail_filter filter) {
  std::vector<Taps> taps = computeAllTaps(image.height, height, filter);
  Image result(image.width, height, image.channels);
  uint8_t *to = result.pixels.data();
  ptrdiff_t stride = static_cast<ptrdiff_t>(image.width) * image.channels;
  for (int y = 0; y < height; ++y)
    for (ptrdiff_t column = 0; column < stride; ++column)
      *to++ =
          weigh(image.row(0) + column, stride, taps[static_cast<size_t>(y)]);
  return result;
}

Image vitrail::driver::resize(const Image &image, int width, int height,
                              vitrail_filter filter) {
  if (filter != VITRAIL_NEAREST && filter != VITRAIL_BILINEAR &&
      filter != VITRAIL_BICUBIC)
    fail("the library uses resize filter {}, which this program does not know",
         static_cast<int>(filter));
  Image result = image;
  if (result.width != width)
    result = resizeRows(result, width, filter);
  if (result.height != height)
    result = resizeColumns(result, height, filter);
  return result;
}
