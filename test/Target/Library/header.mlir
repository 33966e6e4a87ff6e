// The header of a library: it says all of every input and output, and any C or
// C++ compiler takes it.
// RUN: rm -rf %t && mkdir -p %t
// RUN: vitrail-translate --model-to-header --model-name=see --max-batch=8 \
// RUN:   --target=x86-64-v3 --library=lib/see.so \
// RUN:   -allow-unregistered-dialect %s -o %t/see.h
// RUN: FileCheck %s --input-file=%t/see.h
// RUN: %cc -std=c99 -Wall -Wextra -Werror -pedantic -I%t -fsyntax-only %S/Inputs/header.c
// RUN: %cc -std=c11 -Wall -Wextra -Werror -pedantic -I%t -fsyntax-only %S/Inputs/header.c
// RUN: %cxx -x c++ -std=c++11 -Wall -Wextra -Werror -pedantic -I%t -fsyntax-only %S/Inputs/header.c

// CHECK:      /* The model 'see', compiled by vitrail {{[0-9.]+}} for x86-64-v3.
// CHECK-NEXT:  * Link with see.so. Generated; do not edit. */
// CHECK-NEXT: #ifndef VITRAIL_MODEL_SEE
// CHECK:      #define VITRAIL_ABI 4
// CHECK:      #define SEE_MAX_BATCH 8

// CHECK:      /* Input 'image' of 'main': 32-bit floats,
// CHECK-NEXT:  * shape [batch, 3, 224, 160], row-major, the last dimension contiguous.
// CHECK-NEXT:  * Made from an 8-bit image:
// CHECK-NEXT:  *   the shorter side is resized to 256 pixels (bicubic),
// CHECK-NEXT:  *   the middle 224 x 160 pixels are kept,
// CHECK-NEXT:  *   each value v of channel c becomes (v * scale - mean[c]) / std[c] with
// CHECK-NEXT:  *     scale = 0.00392156863
// CHECK-NEXT:  *     mean = {0.5, 0.25, 0.125}
// CHECK-NEXT:  *     std = {1, 1, 1}
// CHECK-NEXT:  */
// CHECK-NEXT: #define SEE_IMAGE_RANK 4
// CHECK-NEXT: #define SEE_IMAGE_SHAPE(batch) {(batch), 3, 224, 160}
// CHECK-NEXT: #define SEE_IMAGE_SIZE(batch) /* elements */ ((size_t)107520 * (size_t)(batch))

// CHECK:      /* Input 'class' of 'main': 64-bit integers,
// CHECK-NEXT:  * shape [2], row-major
// CHECK:      #define SEE_CLASS_SIZE(batch) /* elements */ ((size_t)2)

// CHECK:      /* Output 'top-5' of 'main': 16-bit floats (bfloat16) as their bits,
// CHECK-NEXT:  * shape [4 * batch, 5], row-major
// CHECK:      #define SEE_TOP_5_SHAPE(batch) {4 * (batch), 5}

// CHECK:      vitrail_status see_create(vitrail_context **context,
// CHECK:      vitrail_status see_run(vitrail_context *context,
// CHECK-NEXT:     int64_t batch,
// CHECK-NEXT:     const float *image,
// CHECK-NEXT:     const int64_t *class_,
// CHECK-NEXT:     uint16_t *top_5);
// CHECK:      const char *see_message(const vitrail_context *context);
// CHECK:      void see_destroy(vitrail_context *context);
// CHECK:      const vitrail_model_info *see_info(void);
// CHECK:      void see_device(const vitrail_context *context,
// CHECK-NEXT:     vitrail_device_info *info);

func.func @main(
    %x: tensor<?x3x224x160xf32> {nn.name = "image", nn.preprocess = {
        resize = 256 : i64, filter = "bicubic", crop = array<i64: 224, 160>,
        mean = array<f64: 0.5, 0.25, 0.125>}},
    %c: tensor<2xi64> {nn.name = "class"})
    -> (tensor<?x5xbf16, #nn.batch<4>> {nn.name = "top-5"}) {
  %0 = "test.see"(%x, %c) : (tensor<?x3x224x160xf32>, tensor<2xi64>)
      -> tensor<?x5xbf16, #nn.batch<4>>
  return %0 : tensor<?x5xbf16, #nn.batch<4>>
}
