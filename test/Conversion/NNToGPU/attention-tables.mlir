// What is added to scores and known while compiling is laid out in the order in
// which threads have scores, so that each reads eight at a time.

// RUN: vitrail-opt %s --convert-nn-to-gpu | FileCheck %s

// A table of biases with keys first, and one of masks that windows choose from:
// both are of tiles of 16 queries and 16 keys, 32 threads and 8 elements.

// CHECK-LABEL: gpu.module @windows_device
// CHECK: gpu.func @windows
// CHECK: %[[BIAS:.*]] = memref.reinterpret_cast {{.*}} : memref<f16> to memref<3x2x2x32x8xf16>
// CHECK: %[[MASK:.*]] = memref.reinterpret_cast {{.*}} : memref<f32> to memref<2x1x2x2x32x8xf32>
// CHECK: nvgpu.mma.sync
// CHECK: memref.load %[[BIAS]]
// CHECK: memref.load %[[MASK]]
// CHECK: math.exp2

// CHECK: func.func private @windows(%{{.*}}: memref<?x4x20x72xf16>, %{{.*}}: memref<3x2x2x32x8xf16>, %{{.*}}: memref<2x1x2x2x32x8xf32>, %{{.*}}: memref<4xi32>,
// CHECK: func.func @run
// CHECK: nn.transpose {{.*}} : tensor<3x20x20xf16>
// CHECK: nn.pad {{.*}} : tensor<3x20x20xf16>
// CHECK: nn.transpose {{.*}} [0, 1, 4, 3, 6, 5, 2, 7]
// CHECK: %[[PACKED:.*]] = nn.reshape {{.*}} to tensor<3x2x2x32x8xf16>
// CHECK: halide.launch @windows(%{{.*}}, %[[PACKED]],

func.func private @windows(%x: tensor<?x4x20x72xf16>, %b: tensor<3x20x20xf16>,
                           %m: tensor<2x1x20x20xf32>, %i: tensor<4xi32>)
    -> tensor<?x4x3x20x8xf16> attributes {nn.kernel} {
  %0 = nn.reshape %x : tensor<?x4x20x72xf16> to tensor<?x4x20x3x3x8xf16>
  %1 = nn.transpose %0 [3, 0, 1, 4, 2, 5] : tensor<?x4x20x3x3x8xf16>
  %q0 = nn.slice %1 [0, 0, 0, 0, 0, 0] [1, ?, 4, 3, 20, 8] [1, 1, 1, 1, 1, 1] : tensor<3x?x4x3x20x8xf16>
  %k0 = nn.slice %1 [1, 0, 0, 0, 0, 0] [1, ?, 4, 3, 20, 8] [1, 1, 1, 1, 1, 1] : tensor<3x?x4x3x20x8xf16>
  %v0 = nn.slice %1 [2, 0, 0, 0, 0, 0] [1, ?, 4, 3, 20, 8] [1, 1, 1, 1, 1, 1] : tensor<3x?x4x3x20x8xf16>
  %q1 = nn.reshape %q0 : tensor<1x?x4x3x20x8xf16> to tensor<?x4x3x20x8xf16>
  %k1 = nn.reshape %k0 : tensor<1x?x4x3x20x8xf16> to tensor<?x4x3x20x8xf16>
  %v1 = nn.reshape %v0 : tensor<1x?x4x3x20x8xf16> to tensor<?x4x3x20x8xf16>
  %q = nn.cast %q1 : tensor<?x4x3x20x8xf16> to tensor<?x4x3x20x8xf32>
  %k = nn.cast %k1 : tensor<?x4x3x20x8xf16> to tensor<?x4x3x20x8xf32>
  %v = nn.cast %v1 : tensor<?x4x3x20x8xf16> to tensor<?x4x3x20x8xf32>
  %bt = nn.transpose %b [0, 2, 1] : tensor<3x20x20xf16>
  %bc = nn.cast %bt : tensor<3x20x20xf16> to tensor<3x20x20xf32>
  %mt = nn.gather %m, %i axis 0 : tensor<2x1x20x20xf32>, tensor<4xi32>
  %y = nn.attention %q, %k, %v scale 0.5 add %bc, %mt
      : tensor<?x4x3x20x8xf32>, tensor<?x4x3x20x8xf32>, tensor<?x4x3x20x8xf32>,
        tensor<3x20x20xf32>, tensor<4x1x20x20xf32>
  %c = nn.cast %y : tensor<?x4x3x20x8xf32> to tensor<?x4x3x20x8xf16>
  return %c : tensor<?x4x3x20x8xf16>
}
func.func @run(%x: tensor<?x4x20x72xf16>) -> tensor<?x4x3x20x8xf16> {
  %b = nn.parameter "b" : tensor<3x20x20xf16>
  %m = nn.parameter "m" : tensor<2x1x20x20xf32>
  %i = nn.parameter "i" : tensor<4xi32>
  %y = call @windows(%x, %b, %m, %i)
      : (tensor<?x4x20x72xf16>, tensor<3x20x20xf16>, tensor<2x1x20x20xf32>, tensor<4xi32>)
      -> tensor<?x4x3x20x8xf16>
  return %y : tensor<?x4x3x20x8xf16>
}

// What a caller computes stays as it is.

// CHECK-LABEL: gpu.module @computed_device
// CHECK: func.func private @computed({{.*}}memref<?x1x20x20xf32>,
func.func private @computed(%x: tensor<?x3x20x8xf16>, %b: tensor<?x1x20x20xf32>)
    -> tensor<?x3x20x8xf16> attributes {nn.kernel} {
  %0 = nn.attention %x, %x, %x scale 0.5 add %b
      : tensor<?x3x20x8xf16>, tensor<?x3x20x8xf16>, tensor<?x3x20x8xf16>, tensor<?x1x20x20xf32>
  %1 = nn.cast %0 : tensor<?x3x20x8xf32> to tensor<?x3x20x8xf16>
  return %1 : tensor<?x3x20x8xf16>
}
func.func @compute(%x: tensor<?x3x20x8xf16>, %b: tensor<?x1x20x20xf32>)
    -> tensor<?x3x20x8xf16> {
  %y = call @computed(%x, %b) : (tensor<?x3x20x8xf16>, tensor<?x1x20x20xf32>)
      -> tensor<?x3x20x8xf16>
  return %y : tensor<?x3x20x8xf16>
}
