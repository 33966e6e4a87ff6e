//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a library holds CUDA kernels: PTX, which ends with a zero, then images of
// machine code, each behind a header. The first header, those after it, and the
// images begin at multiples of 16 bytes from the text's first; the last header
// has a size of 0.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUNTIME_KERNELIMAGES_H
#define VITRAIL_RUNTIME_KERNELIMAGES_H

#include <stdint.h>
#include <string.h>

namespace vitrail::runtime {

struct KernelImage {
  uint64_t size; ///< of the machine code that follows
  /// Ten times the major number of the compute capability plus the minor: it
  /// runs on devices of this major number, from this minor number on.
  int32_t capability;
  int32_t reserved;
};

inline constexpr uint64_t kernelImageAlignment = 16;
static_assert(sizeof(KernelImage) % kernelImageAlignment == 0);

/// The next multiple of the alignment.
constexpr uint64_t alignKernelImage(uint64_t bytes) {
  return (bytes + kernelImageAlignment - 1) / kernelImageAlignment *
         kernelImageAlignment;
}

/// Of the images after `source` that run on a device of this capability, the
/// one for the largest; null if there is none.
inline const KernelImage *findKernelImage(const char *source, int capability) {
  const KernelImage *best = nullptr;
  uint64_t offset = alignKernelImage(strlen(source) + 1);
  while (true) {
    auto *image = reinterpret_cast<const KernelImage *>(source + offset);
    if (image->size == 0)
      return best;
    bool runs = image->capability / 10 == capability / 10 &&
                image->capability <= capability;
    if (runs && (!best || image->capability > best->capability))
      best = image;
    offset += sizeof(KernelImage) + alignKernelImage(image->size);
  }
}

} // namespace vitrail::runtime

#endif // VITRAIL_RUNTIME_KERNELIMAGES_H
