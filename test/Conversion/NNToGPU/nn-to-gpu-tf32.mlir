// Products of tf32, which is stored as f32. The weight, which its caller knows, lies
// in rows of k: no instruction transposes elements of four bytes.

// RUN: vitrail-opt %s --split-input-file --convert-nn-to-gpu \
// RUN:   --remarks-filter=convert-nn-to-gpu --remark-format=emitRemark 2>%t.remarks \
// RUN:   | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --implicit-check-not=remark: <%t.remarks

// Stages are as many bytes as those of f16, and an instruction has as many bytes of k.

// CHECK-LABEL: gpu.module @linear_device
// CHECK: gpu.func @linear_128x128(
// CHECK: memref.view {{.*}} to memref<4x128x16xf32, #gpu.address_space<workgroup>>
// CHECK: memref.view {{.*}} to memref<4x128x16xf32, #gpu.address_space<workgroup>>
// CHECK: nvgpu.device_async_copy {{.*}}, 4 {bypassL1} : memref<2304x768xf32
// CHECK: nvgpu.device_async_copy {{.*}}, 4 {bypassL1} : memref<?x17x768xf32
// CHECK: nvgpu.ldmatrix {{.*}} {numTiles = 4 : i32, transpose = false} : memref<4x128x16xf32{{.*}}> -> vector<4x1xf32>
// CHECK-NOT: transpose = true
// CHECK: nvgpu.mma.sync{{.*}} {mmaShape = [16, 8, 8], tf32Enabled} : (vector<4x1xf32>, vector<2x1xf32>, vector<2x2xf32>) -> vector<2x2xf32>

// A result that products of tf32 read is rounded by an instruction, and its
// activation has no more digits.
// CHECK: math.exp2
// CHECK: nvvm.convert.float.to.tf32 %{{.*}} {rnd = #nvvm.fp_rnd_mode<rna>}
// CHECK: vector.store {{.*}} : memref<?x17x2304xf32>, vector<8xf32>

// CHECK: gpu.module @linear_device_sm_90a
// CHECK: gpu.func @linear_128x192(
// CHECK: memref.view {{.*}} to memref<4x128x32xf32, #gpu.address_space<workgroup>>
// CHECK: memref.view {{.*}} to memref<4x192x32xf32, #gpu.address_space<workgroup>>
// CHECK: nvvm.wgmma.mma_async {{.*}}, <m = 64, n = 192, k = 8>, D[<f32>, <zero>], A[<tf32>, <one>, <row>], B[<tf32>, <one>, <col>]
// CHECK-COUNT-3: nvvm.wgmma.mma_async {{.*}}, <m = 64, n = 192, k = 8>, D[<f32>, <one>]
// CHECK: nvvm.wgmma.commit.group.sync.aligned
// CHECK: nvvm.convert.float.to.tf32 %{{.*}} {rnd = #nvvm.fp_rnd_mode<rna>}
// CHECK: llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr<3>
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta

// CHECK: func.func private @linear(%{{.*}}: memref<?x17x768xf32>, %{{.*}}: memref<2304x768xf32>, %{{.*}}: memref<?x17x2304xf32>) {
// CHECK: halide.tensor_map %{{.*}}[%{{.*}}, %{{.*}}] box [128, 32] : memref<f32> -> !llvm.ptr
// CHECK: halide.tensor_map %{{.*}}[%{{.*}}, %{{.*}}] box [192, 32] : memref<f32> -> !llvm.ptr
// CHECK: gpu.launch_func @linear_device_sm_90a::@linear_128x192

// CHECK: func.func @run
// CHECK: %[[W:.*]] = nn.parameter "w"
// CHECK-NEXT: %[[PANELS:.*]] = nn.reshape %[[W]] : tensor<36x768x64xf32> to tensor<36x768x64xf32>
// CHECK-NEXT: %[[ROWS:.*]] = nn.transpose %[[PANELS]] [0, 2, 1] : tensor<36x768x64xf32>
// CHECK-NEXT: %[[WEIGHT:.*]] = nn.reshape %[[ROWS]] : tensor<36x64x768xf32> to tensor<2304x768xf32>
// CHECK-NEXT: halide.launch @linear(%{{.*}}, %[[WEIGHT]])
func.func private @linear(%x: tensor<?x17x768xf32>, %w: tensor<36x768x64xf32>)
    -> tensor<?x17x2304xf32> attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w features 2304 tf32
      : tensor<?x17x768xf32>, tensor<36x768x64xf32>
  %z = nn.gelu %y : tensor<?x17x2304xf32>
  %r = nn.round_tf32 %z : tensor<?x17x2304xf32>
  return %r : tensor<?x17x2304xf32>
}
func.func @run(%x: tensor<?x17x768xf32>) -> tensor<?x17x2304xf32> {
  %w = nn.parameter "w" : tensor<36x768x64xf32>
  %y = call @linear(%x, %w)
      : (tensor<?x17x768xf32>, tensor<36x768x64xf32>) -> tensor<?x17x2304xf32>
  return %y : tensor<?x17x2304xf32>
}

// -----

// Rows that are rounded where they are read are computed, those of the weight end in
// whole chunks.

// CHECK-LABEL: gpu.module @odd_device
// CHECK: gpu.func @odd_64x32(
// CHECK: memref.view {{.*}} to memref<4x64x32xf32
// CHECK: memref.view {{.*}} to memref<4x32x32xf32
// CHECK: nvgpu.device_async_copy {{.*}}, 4{{.*}} {bypassL1} : memref<16x40xf32
// CHECK: nvvm.convert.float.to.tf32
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : memref<4x64x32xf32, #gpu.address_space<workgroup>>, vector<4xf32>
// CHECK: nvgpu.mma.sync{{.*}}tf32Enabled
// CHECK: gpu.module @odd_device_sm_90a
// CHECK-NOT: cp.async.bulk
// CHECK: nvvm.wgmma.mma_async {{.*}}, k = 8>, {{.*}}A[<tf32>, <one>, <row>], B[<tf32>, <one>, <col>]
// CHECK: func.func @run_odd
// CHECK: nn.reshape %{{.*}} : tensor<1x16x37xf32> to tensor<16x37xf32>
// CHECK-NEXT: nn.pad %{{.*}} [0, 0] [0, 3] value 0.000000e+00 : tensor<16x37xf32>
func.func private @odd(%x: tensor<?x37xf32>, %w: tensor<1x37x16xf32>)
    -> tensor<?x10xf32> attributes {nn.kernel} {
  %r = nn.round_tf32 %x : tensor<?x37xf32>
  %y = nn.packed_linear %r, %w features 10 tf32
      : tensor<?x37xf32>, tensor<1x37x16xf32>
  return %y : tensor<?x10xf32>
}
func.func @run_odd(%x: tensor<?x37xf32>) -> tensor<?x10xf32> {
  %w = nn.parameter "w" : tensor<1x37x16xf32>
  %y = call @odd(%x, %w)
      : (tensor<?x37xf32>, tensor<1x37x16xf32>) -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}

// -----

// What was rounded to fewer digits on the way from memory is no copy of it.

// CHECK-LABEL: gpu.module @through_f16_device
// CHECK: arith.truncf
// CHECK: vector.store
func.func private @through_f16(%x: tensor<?x64xf32>, %w: tensor<1x64x64xf32>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x64xf32> to tensor<?x64xf16>
  %1 = nn.cast %0 : tensor<?x64xf16> to tensor<?x64xf32>
  %y = nn.packed_linear %1, %w features 64 tf32
      : tensor<?x64xf32>, tensor<1x64x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @run_through_f16(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %w = nn.parameter "w" : tensor<1x64x64xf32>
  %y = call @through_f16(%x, %w)
      : (tensor<?x64xf32>, tensor<1x64x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Other weights stay in panels, and are multiplied as f32.

// REMARK: nn-to-gpu-tf32.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=unknown_weight | Reason="a caller does not know its weight"

// CHECK-LABEL: func.func private @unknown_weight
// CHECK-SAME: attributes {nn.kernel}
func.func private @unknown_weight(%x: tensor<?x64xf32>, %w: tensor<1x64x64xf32>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w features 64 tf32
      : tensor<?x64xf32>, tensor<1x64x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @run_unknown(%x: tensor<?x64xf32>, %w: tensor<1x64x64xf32>)
    -> tensor<?x64xf32> {
  %y = call @unknown_weight(%x, %w)
      : (tensor<?x64xf32>, tensor<1x64x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Attention of tf32 has weights of the softmax as a left-hand side, too: their keys are
// those of the sums' columns, of which a thread has two neighbours; so it reads two
// neighbouring values.

// CHECK-LABEL: gpu.module @attention_device
// CHECK: gpu.func @attention(
// CHECK: memref.view {{.*}} to memref<1x64x64xf32
// CHECK: memref.view {{.*}} to memref<2x32x64xf32
// CHECK: memref.view {{.*}} to memref<2x32x64xf32
// CHECK: nvgpu.device_async_copy {{.*}}, 4{{.*}} : memref<?x197x192xf32
// CHECK: nvgpu.ldmatrix {{.*}}transpose = false{{.*}} -> vector<4x1xf32>
// CHECK: nvgpu.mma.sync{{.*}}tf32Enabled
// CHECK: math.exp2
// CHECK-COUNT-4: nvvm.convert.float.to.tf32
// CHECK: vector.from_elements {{.*}} : vector<4x1xf32>
// CHECK-COUNT-2: memref.load %{{.*}} : memref<2x32x64xf32, #gpu.address_space<workgroup>>
// CHECK: vector.from_elements {{.*}} : vector<2x1xf32>
// CHECK: nvgpu.mma.sync{{.*}}tf32Enabled
// CHECK-NOT: gpu.module @attention_device_sm_90a
// CHECK: func.func private @attention
func.func private @attention(%x: tensor<?x197x192xf32>) -> tensor<?x197x64xf32>
    attributes {nn.kernel} {
  %q = nn.slice %x [0, 0, 0] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xf32>
  %k = nn.slice %x [0, 0, 64] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xf32>
  %v = nn.slice %x [0, 0, 128] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xf32>
  %z = nn.attention %q, %k, %v scale 0.125 tf32
      : tensor<?x197x64xf32>, tensor<?x197x64xf32>, tensor<?x197x64xf32>
  %r = nn.round_tf32 %z : tensor<?x197x64xf32>
  return %r : tensor<?x197x64xf32>
}
