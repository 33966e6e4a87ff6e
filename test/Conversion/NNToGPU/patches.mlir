// Products of patches of an image: a warp reads them as short rows, and normalises
// results where it has whole rows of these.

// RUN: vitrail-opt %s --split-input-file --convert-nn-to-gpu | FileCheck %s

// A chunk has two rows of a patch, which are vectors of four pixels. The norm is of
// all columns: 36 sums a row are those of two groups, of which a thread has none of
// the last ones.

// CHECK-LABEL: gpu.module @normed_device
// CHECK: gpu.func @normed_64rows(%{{.*}}: memref<f32> {{.*}}, %{{.*}}: memref<f16>
// CHECK-COUNT-8: vector.load {{.*}} {alignment = 16 : i64} : memref<?x3x24x100xf32{{.*}}>, vector<4xf32>
// CHECK-NOT: vector.load {{.*}} : memref<?x3x24x100xf32
// CHECK-COUNT-32: nvgpu.mma.sync
// CHECK-NOT: nvgpu.mma.sync
// CHECK: gpu.shuffle xor
// CHECK: math.rsqrt
// CHECK: memref.load {{.*}} : memref<40xf32{{.*}}>
// CHECK: memref.store {{.*}} : memref<?x6x25x40xf16{{.*}}>
// CHECK: gpu.func @normed_32rows(
// CHECK-LABEL: func.func @run
// CHECK: %[[PANELS:.*]] = nn.parameter "w"
// CHECK: %[[JOINED:.*]] = nn.reshape %[[PANELS]] : {{.*}} to tensor<1x48x64xf16>
// CHECK: nn.transpose %[[JOINED]] [1, 0, 2]
func.func private @normed(%x: tensor<?x3x24x100xf32>,
                          %w: tensor<1x3x4x4x64xf16>, %b: tensor<40xf32>,
                          %g: tensor<40xf32>) -> tensor<?x6x25x40xf16>
    attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [4, 4] strides [4, 4] padding [0, 0]
      : tensor<?x3x24x100xf32>
  %1 = nn.cast %0 : tensor<?x6x25x3x4x4xf32> to tensor<?x6x25x3x4x4xf16>
  %2 = nn.packed_linear %1, %w bias %b features 40
      : tensor<?x6x25x3x4x4xf16>, tensor<1x3x4x4x64xf16>, tensor<40xf32>
  %3 = nn.layer_norm %2 scale %g : tensor<40xf32> epsilon 1.0e-5
      : tensor<?x6x25x40xf32>
  %4 = nn.cast %3 : tensor<?x6x25x40xf32> to tensor<?x6x25x40xf16>
  return %4 : tensor<?x6x25x40xf16>
}
func.func @run(%x: tensor<?x3x24x100xf32>) -> tensor<?x6x25x40xf16> {
  %w = nn.parameter "w" : tensor<1x3x4x4x64xf16>
  %b = nn.parameter "b" : tensor<40xf32>
  %y = call @normed(%x, %w, %b, %b)
      : (tensor<?x3x24x100xf32>, tensor<1x3x4x4x64xf16>, tensor<40xf32>,
         tensor<40xf32>) -> tensor<?x6x25x40xf16>
  return %y : tensor<?x6x25x40xf16>
}

// -----

// Patches that overlap, and reach beyond the image: a row of 7 pixels has a zero
// before it, so that it is two vectors of four, each in the image or outside. The
// weight has zeros there, too.

// CHECK-LABEL: gpu.module @overlapping_device
// CHECK: gpu.func @overlapping_128rows(
// CHECK: arith.cmpi sge
// CHECK: arith.minsi
// CHECK: %[[PIXELS:.*]] = vector.load {{.*}} {alignment = 16 : i64} : memref<?x3x20x28xf32{{.*}}>, vector<4xf32>
// CHECK: vector.extract %[[PIXELS]][1]
// CHECK: arith.truncf
// CHECK: arith.select
// CHECK: memref.store {{.*}} : memref<?x24x5x7xbf16{{.*}}>
// CHECK-LABEL: func.func @run
// CHECK: %[[PANELS:.*]] = nn.parameter "w"
// CHECK: %[[PADDED:.*]] = nn.pad %[[PANELS]] [0, 0, 0, 1, 0] [0, 0, 0, 0, 0]
// CHECK: nn.reshape %[[PADDED]] : {{.*}} to tensor<1x168x32xbf16>
func.func private @overlapping(%x: tensor<?x3x20x28xf32>,
                               %w: tensor<1x3x7x7x32xbf16>)
    -> tensor<?x24x5x7xbf16> attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [7, 7] strides [4, 4] padding [3, 3]
      : tensor<?x3x20x28xf32>
  %1 = nn.cast %0 : tensor<?x5x7x3x7x7xf32> to tensor<?x5x7x3x7x7xbf16>
  %2 = nn.packed_linear %1, %w features 24
      : tensor<?x5x7x3x7x7xbf16>, tensor<1x3x7x7x32xbf16>
  %3 = nn.transpose %2 [0, 3, 1, 2] : tensor<?x5x7x24xf32>
  %4 = nn.cast %3 : tensor<?x24x5x7xf32> to tensor<?x24x5x7xbf16>
  return %4 : tensor<?x24x5x7xbf16>
}
func.func @run(%x: tensor<?x3x20x28xf32>) -> tensor<?x24x5x7xbf16> {
  %w = nn.parameter "w" : tensor<1x3x7x7x32xbf16>
  %y = call @overlapping(%x, %w)
      : (tensor<?x3x20x28xf32>, tensor<1x3x7x7x32xbf16>) -> tensor<?x24x5x7xbf16>
  return %y : tensor<?x24x5x7xbf16>
}

// -----

// Rows of an odd width are read pixel by pixel; those of 9 are two chunks, whose
// last pixels are none of the patch's.

// CHECK-LABEL: gpu.module @wide_device
// CHECK: vector.load {{.*}} {alignment = 4 : i64} : memref<?x1x15x27xf32{{.*}}>, vector<1xf32>
// CHECK: arith.cmpi slt, %{{.*}}, %c9_i32
// CHECK: arith.select
// CHECK: func.func private @wide(%{{.*}}: memref<?x1x15x27xf32>, %{{.*}}: memref<1x4x2x32x8xf16>
// CHECK-LABEL: func.func @run
// CHECK: nn.pad %{{.*}} [0, 0, 0, 0, 0] [0, 0, 0, 7, 0]
func.func private @wide(%x: tensor<?x1x15x27xf32>, %w: tensor<1x1x4x9x16xf16>)
    -> tensor<?x3x3x16xf32> attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [4, 9] strides [4, 9] padding [0, 0]
      : tensor<?x1x15x27xf32>
  %1 = nn.cast %0 : tensor<?x3x3x1x4x9xf32> to tensor<?x3x3x1x4x9xf16>
  %2 = nn.packed_linear %1, %w features 16
      : tensor<?x3x3x1x4x9xf16>, tensor<1x1x4x9x16xf16>
  return %2 : tensor<?x3x3x16xf32>
}
func.func @run(%x: tensor<?x1x15x27xf32>) -> tensor<?x3x3x16xf32> {
  %w = nn.parameter "w" : tensor<1x1x4x9x16xf16>
  %y = call @wide(%x, %w)
      : (tensor<?x1x15x27xf32>, tensor<1x1x4x9x16xf16>) -> tensor<?x3x3x16xf32>
  return %y : tensor<?x3x3x16xf32>
}

// -----

// Patches of more than 192 pixels pass through shared memory.

// CHECK-LABEL: gpu.module @large_device
// CHECK: nvgpu.ldmatrix
func.func private @large(%x: tensor<?x4x28x28xf32>, %w: tensor<1x4x7x7x64xf16>)
    -> tensor<?x4x4x64xf32> attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [7, 7] strides [7, 7] padding [0, 0]
      : tensor<?x4x28x28xf32>
  %1 = nn.cast %0 : tensor<?x4x4x4x7x7xf32> to tensor<?x4x4x4x7x7xf16>
  %2 = nn.packed_linear %1, %w features 64
      : tensor<?x4x4x4x7x7xf16>, tensor<1x4x7x7x64xf16>
  return %2 : tensor<?x4x4x64xf32>
}
func.func @run(%x: tensor<?x4x28x28xf32>) -> tensor<?x4x4x64xf32> {
  %w = nn.parameter "w" : tensor<1x4x7x7x64xf16>
  %y = call @large(%x, %w)
      : (tensor<?x4x28x28xf32>, tensor<1x4x7x7x64xf16>) -> tensor<?x4x4x64xf32>
  return %y : tensor<?x4x4x64xf32>
}
