// Attention of short heads becomes one kernel with the product before, of queries,
// keys and values, and the one after.

// RUN: vitrail-opt %s --nn-chain-products | FileCheck %s
// RUN: vitrail-opt %s --nn-chain-products --convert-nn-to-gpu \
// RUN:   | FileCheck %s --check-prefix=GPU

// What lies between in memory is an index map in the kernel.

// CHECK-NOT: @qkv(
// CHECK-LABEL: func.func private @qkv_attention_proj(
// CHECK-SAME: %[[X:.*]]: tensor<?x16x24xf16>, %[[W:.*]]: tensor<1x24x80xf16>, %[[B:.*]]: tensor<72xf32>, %[[V:.*]]: tensor<1x24x32xf16>, %[[R:.*]]: tensor<?x16x24xf16>) -> tensor<?x16x24xf16> attributes {nn.kernel}
// CHECK: nn.layer_norm
// CHECK: nn.packed_linear %{{.*}}, %[[W]] bias %[[B]] features 72
// CHECK: nn.attention
// CHECK: %[[HEADS:.*]] = nn.cast {{.*}} to tensor<?x16x4x6xf16>
// CHECK: %[[ROWS:.*]] = nn.reshape %[[HEADS]] : tensor<?x16x4x6xf16> to tensor<?x16x24xf16>
// CHECK: nn.packed_linear %[[ROWS]], %[[V]] features 24
// CHECK: nn.add
// CHECK-NOT: @attention(
// CHECK: call @qkv_attention_proj(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK-NEXT: return

// Heads of 6 features have a fragment of 8 columns each, so that queries, keys and
// values have 32: 3 times 2 steps of 4 fragments. Of a head there are 16 keys, in two
// fragments, and 8 features, in one; two heads are a step of the second product.

// GPU-LABEL: gpu.module @qkv_attention_proj_device
// GPU: gpu.func @qkv_attention_proj(
// GPU-NOT: memref.view
// GPU: memref.reinterpret_cast {{.*}} to memref<3x2x2x32x8xf16>
// GPU: memref.reinterpret_cast {{.*}} to memref<96xf32>
// GPU: memref.reinterpret_cast {{.*}} to memref<1x2x2x32x8xf16>
// GPU-COUNT-24: nvgpu.mma.sync
// GPU: arith.truncf {{.*}} : vector<2xf32> to vector<2xf16>
// GPU-COUNT-2: nvgpu.mma.sync
// GPU-COUNT-8: math.exp2
// GPU: movmatrix.sync.aligned.m8n8.trans.b16
// GPU: nvgpu.mma.sync
// GPU-COUNT-17: nvgpu.mma.sync
// GPU-NOT: nvgpu.mma.sync
// GPU: memref.store {{.*}} : memref<?x16x24xf16>
// GPU-NOT: gpu.func @qkv_attention_proj
// GPU: func.func private @qkv_attention_proj(
// GPU: gpu.launch_func @qkv_attention_proj_device::@qkv_attention_proj

// Weights and biases are laid out in this order where it is called.

// GPU: func.func @run
// GPU: nn.gather {{.*}} axis 1 : tensor<24x81xf16>, tensor<96xi32>
// GPU: nn.gather {{.*}} axis 0 : tensor<25x32xf16>, tensor<32xi32>
// GPU: nn.gather {{.*}} axis 0 : tensor<73xf32>, tensor<96xi32>
// GPU: halide.launch @qkv_attention_proj(
func.func private @qkv(%x: tensor<?x16x24xf16>, %w: tensor<1x24x80xf16>,
                       %b: tensor<72xf32>) -> tensor<?x16x72xf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x16x24xf16> to tensor<?x16x24xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x16x24xf32>
  %2 = nn.cast %1 : tensor<?x16x24xf32> to tensor<?x16x24xf16>
  %3 = nn.packed_linear %2, %w bias %b features 72
      : tensor<?x16x24xf16>, tensor<1x24x80xf16>, tensor<72xf32>
  %4 = nn.cast %3 : tensor<?x16x72xf32> to tensor<?x16x72xf16>
  return %4 : tensor<?x16x72xf16>
}
func.func private @attention(%x: tensor<?x16x72xf16>) -> tensor<?x16x4x6xf16>
    attributes {nn.kernel} {
  %0 = nn.slice %x [0, 0, 0] [?, 16, 24] [1, 1, 1] : tensor<?x16x72xf16>
  %1 = nn.reshape %0 : tensor<?x16x24xf16> to tensor<?x16x4x6xf16>
  %2 = nn.transpose %1 [0, 2, 1, 3] : tensor<?x16x4x6xf16>
  %3 = nn.slice %x [0, 0, 24] [?, 16, 24] [1, 1, 1] : tensor<?x16x72xf16>
  %4 = nn.reshape %3 : tensor<?x16x24xf16> to tensor<?x16x4x6xf16>
  %5 = nn.transpose %4 [0, 2, 1, 3] : tensor<?x16x4x6xf16>
  %6 = nn.slice %x [0, 0, 48] [?, 16, 24] [1, 1, 1] : tensor<?x16x72xf16>
  %7 = nn.reshape %6 : tensor<?x16x24xf16> to tensor<?x16x4x6xf16>
  %8 = nn.transpose %7 [0, 2, 1, 3] : tensor<?x16x4x6xf16>
  %q = nn.cast %2 : tensor<?x4x16x6xf16> to tensor<?x4x16x6xf32>
  %k = nn.cast %5 : tensor<?x4x16x6xf16> to tensor<?x4x16x6xf32>
  %v = nn.cast %8 : tensor<?x4x16x6xf16> to tensor<?x4x16x6xf32>
  %y = nn.attention %q, %k, %v scale 0.5
      : tensor<?x4x16x6xf32>, tensor<?x4x16x6xf32>, tensor<?x4x16x6xf32>
  %t = nn.transpose %y [0, 2, 1, 3] : tensor<?x4x16x6xf32>
  %c = nn.cast %t : tensor<?x16x4x6xf32> to tensor<?x16x4x6xf16>
  return %c : tensor<?x16x4x6xf16>
}
func.func private @proj(%x: tensor<?x16x24xf16>, %w: tensor<1x24x32xf16>,
                        %r: tensor<?x16x24xf16>) -> tensor<?x16x24xf16>
    attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 24
      : tensor<?x16x24xf16>, tensor<1x24x32xf16>
  %1 = nn.cast %r : tensor<?x16x24xf16> to tensor<?x16x24xf32>
  %2 = nn.add %1, %0 : tensor<?x16x24xf32>, tensor<?x16x24xf32>
  %3 = nn.cast %2 : tensor<?x16x24xf32> to tensor<?x16x24xf16>
  return %3 : tensor<?x16x24xf16>
}
func.func @run(%x: tensor<?x16x24xf16>) -> tensor<?x16x24xf16> {
  %w = nn.parameter "w" : tensor<1x24x80xf16>
  %b = nn.parameter "b" : tensor<72xf32>
  %v = nn.parameter "v" : tensor<1x24x32xf16>
  %0 = call @qkv(%x, %w, %b)
      : (tensor<?x16x24xf16>, tensor<1x24x80xf16>, tensor<72xf32>) -> tensor<?x16x72xf16>
  %1 = call @attention(%0) : (tensor<?x16x72xf16>) -> tensor<?x16x4x6xf16>
  %2 = nn.reshape %1 : tensor<?x16x4x6xf16> to tensor<?x16x24xf16>
  %3 = call @proj(%2, %v, %x)
      : (tensor<?x16x24xf16>, tensor<1x24x32xf16>, tensor<?x16x24xf16>) -> tensor<?x16x24xf16>
  return %3 : tensor<?x16x24xf16>
}

// Four sequences of four tokens are 16 rows: other sequences' keys have no weight.

// GPU-LABEL: gpu.module @four_device
// GPU: gpu.func @four(
// GPU-COUNT-12: nvgpu.mma.sync
// GPU: %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// GPU: arith.select %{{.*}}, %{{.*}}, %[[NONE]] : f32
// GPU: math.exp2
func.func private @four(%x: tensor<?x4x8xf16>, %w: tensor<1x8x24xf16>,
                        %v: tensor<1x8x8xf16>) -> tensor<?x4x8xf16>
    attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 24 : tensor<?x4x8xf16>, tensor<1x8x24xf16>
  %1 = nn.cast %0 : tensor<?x4x24xf32> to tensor<?x4x24xf16>
  %2 = nn.reshape %1 : tensor<?x4x24xf16> to tensor<?x4x3x1x8xf16>
  %3 = nn.transpose %2 [2, 0, 3, 1, 4] : tensor<?x4x3x1x8xf16>
  %4 = nn.slice %3 [0, 0, 0, 0, 0] [1, ?, 1, 4, 8] [1, 1, 1, 1, 1] : tensor<3x?x1x4x8xf16>
  %5 = nn.slice %3 [1, 0, 0, 0, 0] [1, ?, 1, 4, 8] [1, 1, 1, 1, 1] : tensor<3x?x1x4x8xf16>
  %6 = nn.slice %3 [2, 0, 0, 0, 0] [1, ?, 1, 4, 8] [1, 1, 1, 1, 1] : tensor<3x?x1x4x8xf16>
  %q = nn.reshape %4 : tensor<1x?x1x4x8xf16> to tensor<?x1x4x8xf16>
  %k = nn.reshape %5 : tensor<1x?x1x4x8xf16> to tensor<?x1x4x8xf16>
  %u = nn.reshape %6 : tensor<1x?x1x4x8xf16> to tensor<?x1x4x8xf16>
  %y = nn.attention %q, %k, %u scale 0.5
      : tensor<?x1x4x8xf16>, tensor<?x1x4x8xf16>, tensor<?x1x4x8xf16>
  %t = nn.transpose %y [0, 2, 1, 3] : tensor<?x1x4x8xf32>
  %c = nn.cast %t : tensor<?x4x1x8xf32> to tensor<?x4x1x8xf16>
  %r = nn.reshape %c : tensor<?x4x1x8xf16> to tensor<?x4x8xf16>
  %z = nn.packed_linear %r, %v features 8 : tensor<?x4x8xf16>, tensor<1x8x8xf16>
  %o = nn.cast %z : tensor<?x4x8xf32> to tensor<?x4x8xf16>
  return %o : tensor<?x4x8xf16>
}

// Sequences that do not divide a warp's rows stay three kernels.

// CHECK-LABEL: func.func @run_nine
// CHECK: call @qkv9(
// CHECK: call @attention9(
// CHECK: call @proj9(
func.func private @qkv9(%x: tensor<?x9x8xf16>, %w: tensor<1x8x24xf16>)
    -> tensor<?x9x24xf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 24 : tensor<?x9x8xf16>, tensor<1x8x24xf16>
  %1 = nn.cast %0 : tensor<?x9x24xf32> to tensor<?x9x24xf16>
  return %1 : tensor<?x9x24xf16>
}
func.func private @attention9(%x: tensor<?x9x24xf16>) -> tensor<?x9x8xf16>
    attributes {nn.kernel} {
  %q0 = nn.slice %x [0, 0, 0] [?, 9, 8] [1, 1, 1] : tensor<?x9x24xf16>
  %k0 = nn.slice %x [0, 0, 8] [?, 9, 8] [1, 1, 1] : tensor<?x9x24xf16>
  %v0 = nn.slice %x [0, 0, 16] [?, 9, 8] [1, 1, 1] : tensor<?x9x24xf16>
  %q = nn.reshape %q0 : tensor<?x9x8xf16> to tensor<?x1x9x8xf16>
  %k = nn.reshape %k0 : tensor<?x9x8xf16> to tensor<?x1x9x8xf16>
  %v = nn.reshape %v0 : tensor<?x9x8xf16> to tensor<?x1x9x8xf16>
  %y = nn.attention %q, %k, %v scale 0.5
      : tensor<?x1x9x8xf16>, tensor<?x1x9x8xf16>, tensor<?x1x9x8xf16>
  %r = nn.reshape %y : tensor<?x1x9x8xf32> to tensor<?x9x8xf32>
  %c = nn.cast %r : tensor<?x9x8xf32> to tensor<?x9x8xf16>
  return %c : tensor<?x9x8xf16>
}
func.func private @proj9(%x: tensor<?x9x8xf16>, %w: tensor<1x8x8xf16>)
    -> tensor<?x9x8xf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 8 : tensor<?x9x8xf16>, tensor<1x8x8xf16>
  %1 = nn.cast %0 : tensor<?x9x8xf32> to tensor<?x9x8xf16>
  return %1 : tensor<?x9x8xf16>
}
func.func @run_nine(%x: tensor<?x9x8xf16>) -> tensor<?x9x8xf16> {
  %w = nn.parameter "w9" : tensor<1x8x24xf16>
  %v = nn.parameter "v9" : tensor<1x8x8xf16>
  %0 = call @qkv9(%x, %w) : (tensor<?x9x8xf16>, tensor<1x8x24xf16>) -> tensor<?x9x24xf16>
  %1 = call @attention9(%0) : (tensor<?x9x24xf16>) -> tensor<?x9x8xf16>
  %2 = call @proj9(%1, %v) : (tensor<?x9x8xf16>, tensor<1x8x8xf16>) -> tensor<?x9x8xf16>
  return %2 : tensor<?x9x8xf16>
}
