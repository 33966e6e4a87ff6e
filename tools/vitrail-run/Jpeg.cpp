//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// JPEG files, by libjpeg. It reports errors by a callback that must not return,
// so the function that calls it holds nothing that needs a destructor; what it
// fills belongs to the caller.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "Image.h"

#include <cstdio>

#include <jpeglib.h>

#include <csetjmp>
#include <cstring>

using namespace vitrail::driver;

namespace {

struct JpegErrors {
  jpeg_error_mgr manager; // first: libjpeg knows this part alone
  jmp_buf target;
  char message[JMSG_LENGTH_MAX] = "";
};

} // namespace

static void handleError(j_common_ptr info) {
  auto *errors = reinterpret_cast<JpegErrors *>(info->err);
  errors->manager.format_message(info, errors->message);
  longjmp(errors->target, 1);
}

/// libjpeg fills what is missing or damaged with gray and warns: a wrong
/// picture, hence an error here. Negative levels are warnings.
static void handleMessage(j_common_ptr info, int level) {
  if (level < 0)
    handleError(info);
}

/// Decodes into `image`; false with a message in `errors` on failure.
static bool decode(jpeg_decompress_struct &info, JpegErrors &errors,
                   std::span<const std::byte> bytes, Image &image) {
  if (setjmp(errors.target))
    return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&info, TRUE);
  if (int64_t(info.image_width) * info.image_height > maxPixels) {
    std::strcpy(errors.message, "the image is too large");
    return false;
  }
  bool isGray = info.jpeg_color_space == JCS_GRAYSCALE;
  info.out_color_space = isGray ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&info);

  image = Image(static_cast<int>(info.output_width),
                static_cast<int>(info.output_height), info.output_components);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = image.row(static_cast<int>(info.output_scanline));
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

bool vitrail::driver::isJpeg(std::span<const std::byte> bytes) {
  return bytes.size() >= 3 && bytes[0] == std::byte{0xFF} &&
         bytes[1] == std::byte{0xD8} && bytes[2] == std::byte{0xFF};
}

Image vitrail::driver::decodeJpeg(std::span<const std::byte> bytes,
                                  const std::string &path) {
  JpegErrors errors;
  jpeg_decompress_struct info = {};
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = handleError;
  errors.manager.emit_message = handleMessage;

  Image image;
  bool decoded = decode(info, errors, bytes, image);
  jpeg_destroy_decompress(&info);
  if (!decoded)
    fail("cannot read '{}': {}", path, errors.message);
  return image;
}
