// A product on tensor cores has the tile that its schedule says, of mma.sync or of
// wgmma; of the other one, those of the model.
// RUN: vitrail-opt %s --nn-split-norms --convert-nn-to-gpu --split-input-file | FileCheck %s

// CHECK-LABEL: gpu.module @mma_device {
// CHECK:         gpu.func @mma_32x64(
// CHECK-NOT:     gpu.func
// CHECK-LABEL: gpu.module @mma_device_sm_90a
// CHECK-COUNT-2: gpu.func
func.func private @mma(%x: tensor<?x17x768xf16>, %w: tensor<36x768x64xf16>)
    -> tensor<?x17x2304xf32> attributes {nn.kernel,
      nn.schedule = #nn.schedule<block_rows = 32, block_columns = 64, depth = 64>} {
  %0 = nn.packed_linear %x, %w features 2304 : tensor<?x17x768xf16>, tensor<36x768x64xf16>
  return %0 : tensor<?x17x2304xf32>
}

// -----

// What a norm before it becomes has no part in it.
// CHECK-LABEL: gpu.module @wgmma_norm_device
// CHECK-LABEL: gpu.module @wgmma_device_sm_90a
// CHECK:         gpu.func @wgmma_64x128(
// CHECK-NOT:     gpu.func @wgmma_{{[0-9]}}
// CHECK:       func.func
func.func private @wgmma(%x: tensor<?x17x768xf32>, %w: tensor<36x768x64xf16>)
    -> tensor<?x17x2304xf32> attributes {nn.kernel,
      nn.schedule = #nn.schedule<block_rows = 64, block_columns = 128, depth = 64>} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x17x768xf32>
  %1 = nn.cast %0 : tensor<?x17x768xf32> to tensor<?x17x768xf16>
  %2 = nn.packed_linear %1, %w features 2304 : tensor<?x17x768xf16>, tensor<36x768x64xf16>
  return %2 : tensor<?x17x2304xf32>
}

// -----

// Tiles of tf32 have as many bytes of k, which are half as many elements.
// CHECK-LABEL: gpu.module @tf32_device {
// CHECK:         gpu.func @tf32_32x64(
// CHECK:         memref.view {{.*}} to memref<8x32x32xf32
// CHECK-NOT:     gpu.func
// CHECK-LABEL: gpu.module @tf32_device_sm_90a
func.func private @tf32(%x: tensor<?x17x768xf32>, %w: tensor<36x768x64xf32>)
    -> tensor<?x17x2304xf32> attributes {nn.kernel,
      nn.schedule = #nn.schedule<block_rows = 32, block_columns = 64, depth = 32>} {
  %0 = nn.packed_linear %x, %w features 2304 tf32 : tensor<?x17x768xf32>, tensor<36x768x64xf32>
  return %0 : tensor<?x17x2304xf32>
}

// -----

// Of 8-bit integers twice as many.
// CHECK-LABEL: gpu.module @int8_device {
// CHECK-LABEL: gpu.module @int8_device_sm_90a
// CHECK:         gpu.func @int8_128x192(
// CHECK:         memref.view {{.*}} to memref<4x128x128xi8
// CHECK-NOT:     gpu.func @int8_{{[0-9]}}
// CHECK:       func.func
func.func private @int8(%x: tensor<?x17x768xi8>, %w: tensor<36x768x64xi8>)
    -> tensor<?x17x2304xi32> attributes {nn.kernel,
      nn.schedule = #nn.schedule<block_rows = 128, block_columns = 192, depth = 128>} {
  %0 = nn.packed_linear %x, %w features 2304 : tensor<?x17x768xi8>, tensor<36x768x64xi8>
  return %0 : tensor<?x17x2304xi32>
}
