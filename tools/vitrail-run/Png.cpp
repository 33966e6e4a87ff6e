//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PNG files, by libpng. It reports errors by longjmp, so the functions that
// call it hold nothing that needs a destructor; what they fill belongs to the
// caller.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "Image.h"

#include <png.h>

#include <csetjmp>
#include <cstring>

using namespace vitrail::driver;

namespace {

struct PngReader {
  std::span<const std::byte> rest;
  char message[200] = "";
};

} // namespace

static void handleError(png_structp png, png_const_charp message) {
  auto *reader = static_cast<PngReader *>(png_get_error_ptr(png));
  std::strncpy(reader->message, message, sizeof(reader->message) - 1);
  png_longjmp(png, 1);
}

static void ignoreWarning(png_structp, png_const_charp) {}

static void readBytes(png_structp png, png_bytep to, size_t size) {
  auto *reader = static_cast<PngReader *>(png_get_io_ptr(png));
  if (size > reader->rest.size())
    png_error(png, "the file ends too early");
  std::memcpy(to, reader->rest.data(), size);
  reader->rest = reader->rest.subspan(size);
}

/// Decodes into `image`; false with a message in `reader` on failure. `rows` is
/// room for the row pointers that interlaced files need.
static bool decode(png_structp png, png_infop info, Image &image,
                   std::vector<png_bytep> &rows) {
  if (setjmp(png_jmpbuf(png)))
    return false;
  png_read_info(png, info);
  if (int64_t(png_get_image_width(png, info)) *
          png_get_image_height(png, info) >
      maxPixels)
    png_error(png, "the image is too large");
  // 8-bit gray or RGB, whatever the file holds. Transparency of a palette or of
  // one colour becomes alpha by the first step and vanishes with the third.
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);

  image = Image(static_cast<int>(png_get_image_width(png, info)),
                static_cast<int>(png_get_image_height(png, info)),
                png_get_channels(png, info));
  rows.resize(static_cast<size_t>(image.height));
  for (int y = 0; y < image.height; ++y)
    rows[static_cast<size_t>(y)] = image.row(y);
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  return true;
}

bool vitrail::driver::isPng(std::span<const std::byte> bytes) {
  constexpr size_t signatureSize = 8;
  return bytes.size() >= signatureSize &&
         png_sig_cmp(reinterpret_cast<const png_byte *>(bytes.data()), 0,
                     signatureSize) == 0;
}

Image vitrail::driver::decodePng(std::span<const std::byte> bytes,
                                 const std::string &path) {
  PngReader reader{bytes};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader,
                                           handleError, ignoreWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  if (!info) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    fail("cannot read '{}': out of memory", path);
  }
  png_set_read_fn(png, &reader, readBytes);

  Image image;
  std::vector<png_bytep> rows;
  bool decoded = decode(png, info, image, rows);
  png_destroy_read_struct(&png, &info, nullptr);
  if (!decoded)
    fail("cannot read '{}': {}", path, reader.message);
  return image;
}
