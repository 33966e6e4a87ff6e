// Products of short rows: a warp has rows in registers, normalises and multiplies
// them there, and stores chunks of their results.

// RUN: vitrail-opt %s --split-input-file --convert-nn-to-gpu | FileCheck %s

// Two chunks of a group of four threads, of two rows for a fragment; the weight
// is laid out while compiling, 96 columns with those of 16 that there are not.
// Where few rows are spread over blocks, these have three groups of columns.

// CHECK-LABEL: gpu.module @norm_product_device
// CHECK: gpu.func @norm_product_256rows(%{{.*}}: memref<f16> {{.*}}, %{{.*}}: memref<f16> {{.*}}, %{{.*}}: memref<f32> {{.*}}, %{{.*}}: memref<f16>
// CHECK-SAME: nvvm.reqntid = array<i32: 256, 1, 1>
// CHECK: memref.reinterpret_cast {{.*}} to memref<3x4x2x32x8xf16>
// CHECK-COUNT-8: vector.load {{.*}} : memref<?x49x40xf16>, vector<8xf16>
// CHECK: gpu.shuffle xor
// CHECK: math.rsqrt
// CHECK: arith.truncf {{.*}} : f32 to f16
// CHECK: scf.for
// CHECK: vector.load {{.*}} : memref<3x4x2x32x8xf16>, vector<8xf16>
// CHECK-COUNT-32: nvgpu.mma.sync{{.*}} (vector<4x2xf16>, vector<2x2xf16>, vector<2x2xf32>) -> vector<2x2xf32>
// CHECK-NOT: nvgpu.mma.sync
// CHECK: memref.load {{.*}} : memref<80xf32>
// CHECK: memref.store {{.*}} : memref<?x49x80xf16>
// CHECK: gpu.func @norm_product_32rows(

// By wgmma, one product after the other: two chunks of k are four steps.

// CHECK: gpu.module @norm_product_device_sm_90a
// CHECK: gpu.func @norm_product_256rows(
// CHECK: memref.view {{.*}} to memref<12x8x8x8xf16, #gpu.address_space<workgroup>>
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: math.rsqrt
// CHECK: scf.for
// CHECK-COUNT-4: wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16
// CHECK-NOT: wgmma.mma_async
// CHECK: "wgmma.wait_group.sync.aligned 0;"
// CHECK: memref.store {{.*}} : memref<?x49x80xf16>
// CHECK: gpu.func @norm_product_32rows(
// CHECK: func.func private @norm_product(%{{.*}}: memref<?x49x40xf16>, %{{.*}}: memref<3x4x2x32x8xf16>, %{{.*}}: memref<80xf32>, %{{.*}}: memref<?x49x80xf16>)
// CHECK: gpu.launch_func @norm_product_device::@norm_product_256rows
// CHECK: gpu.launch_func @norm_product_device::@norm_product_32rows
// CHECK-LABEL: func.func @run
// CHECK: %[[PANELS:.*]] = nn.parameter "w"
// CHECK: %[[MATRIX:.*]] = nn.transpose %[[PANELS]] [1, 0, 2] : tensor<2x40x48xf16>
// CHECK: %[[FLAT:.*]] = nn.reshape %[[MATRIX]] : {{.*}} to tensor<40x96xf16>
// CHECK: %[[PADDED:.*]] = nn.pad %[[FLAT]] [0, 0] [24, 0]
// CHECK: %[[SPLIT:.*]] = nn.reshape %[[PADDED]] : {{.*}} to tensor<2x4x2x2x2x3x4x2x2x2xf16>
// CHECK: %[[MOVED:.*]] = nn.transpose %[[SPLIT]] [5, 0, 2, 7, 6, 9, 1, 8, 3, 4]
// CHECK: %[[WEIGHT:.*]] = nn.reshape %[[MOVED]] : {{.*}} to tensor<3x4x2x32x8xf16>
// CHECK: halide.launch @norm_product(%{{.*}}, %[[WEIGHT]], %{{.*}}) :
func.func private @norm_product(%x: tensor<?x49x40xf16>, %w: tensor<2x40x48xf16>,
                                %b: tensor<80xf32>) -> tensor<?x49x80xf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x49x40xf16> to tensor<?x49x40xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x49x40xf32>
  %2 = nn.cast %1 : tensor<?x49x40xf32> to tensor<?x49x40xf16>
  %3 = nn.packed_linear %2, %w bias %b features 80
      : tensor<?x49x40xf16>, tensor<2x40x48xf16>, tensor<80xf32>
  %4 = nn.gelu %3 : tensor<?x49x80xf32>
  %5 = nn.cast %4 : tensor<?x49x80xf32> to tensor<?x49x80xf16>
  return %5 : tensor<?x49x80xf16>
}
func.func @run(%x: tensor<?x49x40xf16>) -> tensor<?x49x80xf16> {
  %w = nn.parameter "w" : tensor<2x40x48xf16>
  %b = nn.parameter "b" : tensor<80xf32>
  %y = call @norm_product(%x, %w, %b)
      : (tensor<?x49x40xf16>, tensor<2x40x48xf16>, tensor<80xf32>)
      -> tensor<?x49x80xf16>
  return %y : tensor<?x49x80xf16>
}

// -----

// To multiply still shorter rows takes no time: they have no kernel by wgmma.

// CHECK-LABEL: gpu.module @shortest_device
// CHECK: nvgpu.mma.sync
// CHECK-NOT: gpu.module
// CHECK: func.func private @shortest(
func.func private @shortest(%x: tensor<?x24xf16>, %w: tensor<1x24x32xf16>)
    -> tensor<?x24xf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 24
      : tensor<?x24xf16>, tensor<1x24x32xf16>
  %1 = nn.cast %0 : tensor<?x24xf32> to tensor<?x24xf16>
  return %1 : tensor<?x24xf16>
}

// -----

// Rows of windows are read where they are, and added to in the order of the image.

// CHECK-LABEL: gpu.module @windows_device
// CHECK: vector.load {{.*}} : memref<?x8x8x7x7x96xf16>, vector<8xf16>
// CHECK-NOT: gpu.shuffle
// CHECK: nvgpu.mma.sync
// CHECK: memref.load {{.*}} : memref<?x56x56x96xf16>
func.func private @windows(%x: tensor<?x8x8x7x7x96xf16>, %w: tensor<1x96x96xf16>,
                           %r: tensor<?x56x56x96xf16>) -> tensor<?x56x56x96xf16>
    attributes {nn.kernel} {
  %0 = nn.transpose %x [0, 1, 3, 2, 4, 5] : tensor<?x8x8x7x7x96xf16>
  %1 = nn.reshape %0 : tensor<?x8x7x8x7x96xf16> to tensor<?x56x56x96xf16>
  %2 = nn.packed_linear %1, %w features 96
      : tensor<?x56x56x96xf16>, tensor<1x96x96xf16>
  %3 = nn.cast %r : tensor<?x56x56x96xf16> to tensor<?x56x56x96xf32>
  %4 = nn.add %3, %2 : tensor<?x56x56x96xf32>, tensor<?x56x56x96xf32>
  %5 = nn.cast %4 : tensor<?x56x56x96xf32> to tensor<?x56x56x96xf16>
  return %5 : tensor<?x56x56x96xf16>
}

// -----

// Other products pass through shared memory: with rows of more than 128 elements,
// or such as have to be computed, or whose weight a caller computes.

// CHECK-LABEL: gpu.module @long_device
// CHECK: cp.async
func.func private @long(%x: tensor<?x136xf16>, %w: tensor<1x136x64xf16>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 64 : tensor<?x136xf16>, tensor<1x136x64xf16>
  return %0 : tensor<?x64xf32>
}

// CHECK-LABEL: gpu.module @computed_device
// CHECK: cp.async
func.func private @computed(%x: tensor<?x64xf32>, %w: tensor<1x64x64xf16>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<?x64xf32>
  %1 = nn.cast %0 : tensor<?x64xf32> to tensor<?x64xf16>
  %2 = nn.packed_linear %1, %w features 64 : tensor<?x64xf16>, tensor<1x64x64xf16>
  return %2 : tensor<?x64xf32>
}

// CHECK-LABEL: gpu.module @unknown_device
// CHECK: cp.async
func.func private @unknown(%x: tensor<?x64xf16>, %w: tensor<1x64x64xf16>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 64 : tensor<?x64xf16>, tensor<1x64x64xf16>
  return %0 : tensor<?x64xf32>
}
func.func @call_unknown(%x: tensor<?x64xf16>, %w: tensor<1x64x64xf16>)
    -> tensor<?x64xf32> {
  %0 = call @unknown(%x, %w)
      : (tensor<?x64xf16>, tensor<1x64x64xf16>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
