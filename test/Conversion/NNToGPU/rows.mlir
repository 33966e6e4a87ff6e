// Norms, and elements alone, of rows that are stored in f16 or bf16 become kernels
// of their own: a group of threads has a row in registers.

// RUN: vitrail-opt %s --split-input-file --convert-nn-to-gpu \
// RUN:   --remarks-filter=convert-nn-to-gpu --remark-format=emitRemark 2>%t.remarks \
// RUN:   | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --implicit-check-not=remark: <%t.remarks

// Four threads have three chunks of a row each. The variance is that of
// differences from the mean. Few rows have blocks of fewer.

// CHECK-LABEL: gpu.module @norm_device
// CHECK: gpu.func @norm_64rows(
// CHECK-SAME: nvvm.reqntid = array<i32: 256, 1, 1>
// CHECK-COUNT-3: vector.load {{.*}} {alignment = 16 : i64} : memref<?x3136x96xf16>, vector<8xf16>
// CHECK-NOT: vector.load
// CHECK: arith.extf
// CHECK: %[[OTHER:.*]], %{{.*}} = gpu.shuffle xor %[[LANE:.*]], %c1_i32{{.*}}, %c32_i32{{.*}} : f32
// CHECK: %[[SUM:.*]] = arith.addf %[[LANE]], %[[OTHER]]
// CHECK: gpu.shuffle xor %[[SUM]], %c2_i32{{.*}}, %c32_i32{{.*}} : f32
// CHECK: arith.mulf %{{.*}}, %cst{{.*}} : f32
// CHECK: arith.subf
// CHECK: gpu.shuffle xor
// CHECK: gpu.shuffle xor
// CHECK-NOT: gpu.shuffle
// CHECK: math.rsqrt
// CHECK: arith.truncf {{.*}} : f32 to f16
// CHECK: scf.if
// CHECK-COUNT-8: memref.store {{.*}} : memref<?x3136x96xf16>
// CHECK: gpu.func @norm_16rows(
// CHECK-SAME: nvvm.reqntid = array<i32: 64, 1, 1>
// CHECK: func.func private @norm(%{{.*}}: memref<?x3136x96xf16>, %{{.*}}: memref<?x3136x96xf16>) {
// CHECK: gpu.launch_func @norm_device::@norm_64rows
// CHECK: gpu.launch_func @norm_device::@norm_16rows
// CHECK: func.func @run
// CHECK: halide.launch @norm(
func.func private @norm(%x: tensor<?x3136x96xf16>) -> tensor<?x3136x96xf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x3136x96xf16> to tensor<?x3136x96xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x3136x96xf32>
  %2 = nn.cast %1 : tensor<?x3136x96xf32> to tensor<?x3136x96xf16>
  return %2 : tensor<?x3136x96xf16>
}
func.func @run(%x: tensor<?x3136x96xf16>) -> tensor<?x3136x96xf16> {
  %y = call @norm(%x) : (tensor<?x3136x96xf16>) -> tensor<?x3136x96xf16>
  return %y : tensor<?x3136x96xf16>
}

// -----

// Three chunks leave the last of four threads without one: it has the third, too,
// and adds nothing. A thread has three rows, so that loads keep memory busy. What
// the norm multiplies and adds is read as vectors where rows are finished.

// CHECK-LABEL: gpu.module @narrow_device
// CHECK: gpu.func @narrow_192rows(
// CHECK: %[[THERE:.*]] = arith.cmpi slt, %{{.*}}, %c3_i32{{.*}} : i32
// CHECK: arith.minsi %{{.*}}, %c2_i32{{.*}} : i32
// CHECK-COUNT-3: vector.load {{.*}} : memref<?x16x24xf32{{.*}}>, vector<8xf32>
// CHECK: arith.select %{{.*}}, %{{.*}}, %cst{{.*}} : f32
// CHECK: memref.load {{.*}} : memref<24xf32>
// CHECK: memref.load {{.*}} : memref<24xf32>
func.func private @narrow(%x: tensor<?x16x24xf32, #nn.batch<196>>,
                          %g: tensor<24xf32>, %b: tensor<24xf32>)
    -> tensor<?x16x24xf16, #nn.batch<196>> attributes {nn.kernel} {
  %0 = nn.layer_norm %x scale %g : tensor<24xf32> bias %b : tensor<24xf32>
      epsilon 1.0e-5 : tensor<?x16x24xf32, #nn.batch<196>>
  %1 = nn.cast %0 : tensor<?x16x24xf32, #nn.batch<196>>
      to tensor<?x16x24xf16, #nn.batch<196>>
  return %1 : tensor<?x16x24xf16, #nn.batch<196>>
}

// -----

// Chunks of merged patches lie in memory; what is added before the norm is read
// element by element.

// CHECK-LABEL: gpu.module @merge_device
// CHECK-COUNT-3: vector.load {{.*}} : memref<?x28x2x28x2x96xf16>, vector<8xf16>
func.func private @merge(%x: tensor<?x28x2x28x2x96xf16>) -> tensor<?x28x28x384xf16>
    attributes {nn.kernel} {
  %0 = nn.transpose %x [0, 1, 3, 4, 2, 5] : tensor<?x28x2x28x2x96xf16>
  %1 = nn.reshape %0 : tensor<?x28x28x2x2x96xf16> to tensor<?x28x28x384xf16>
  %2 = nn.cast %1 : tensor<?x28x28x384xf16> to tensor<?x28x28x384xf32>
  %3 = nn.layer_norm %2 epsilon 1.0e-5 : tensor<?x28x28x384xf32>
  %4 = nn.cast %3 : tensor<?x28x28x384xf32> to tensor<?x28x28x384xf16>
  return %4 : tensor<?x28x28x384xf16>
}

// CHECK-LABEL: gpu.module @sum_device
// CHECK-NOT: vector.load
// CHECK: memref.load {{.*}} : memref<?x40x64xbf16>
// CHECK: memref.load {{.*}} : memref<40x64xf32>
// CHECK: gpu.shuffle xor
func.func private @sum(%x: tensor<?x40x64xbf16>, %p: tensor<40x64xf32>)
    -> tensor<?x40x64xf32> attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x40x64xbf16> to tensor<?x40x64xf32>
  %1 = nn.add %0, %p : tensor<?x40x64xf32>, tensor<40x64xf32>
  %2 = nn.layer_norm %1 epsilon 1.0e-5 : tensor<?x40x64xf32>
  %3 = nn.relu %2 : tensor<?x40x64xf32>
  return %3 : tensor<?x40x64xf32>
}

// -----

// Elements alone.

// CHECK-LABEL: gpu.module @tokens_device
// CHECK: gpu.func @tokens_16rows(
// CHECK: memref.load {{.*}} : memref<1x1x384xf16>
// CHECK: memref.load {{.*}} : memref<?x196x384xf16>
// CHECK: arith.select
// CHECK-NOT: gpu.shuffle
// CHECK: memref.store {{.*}} : memref<?x197x384xf16>
func.func private @tokens(%c: tensor<1x1x384xf16>, %x: tensor<?x196x384xf16>)
    -> tensor<?x197x384xf16> attributes {nn.kernel} {
  %0 = nn.broadcast %c : tensor<1x1x384xf16> to tensor<?x1x384xf16>
  %1 = nn.concat %0, %x axis 1 : tensor<?x1x384xf16>, tensor<?x196x384xf16>
  return %1 : tensor<?x197x384xf16>
}

// -----

// Rows of tf32 are f32 in memory, and rounded as they are stored.

// CHECK-LABEL: gpu.module @tf32_device
// CHECK-COUNT-3: vector.load {{.*}} {alignment = 16 : i64} : memref<?x192xf32>, vector<8xf32>
// CHECK: gpu.shuffle xor
// CHECK: math.rsqrt
// CHECK: nvvm.convert.float.to.tf32
// CHECK: memref.store {{.*}} : memref<?x192xf32>
func.func private @tf32(%x: tensor<?x192xf32>) -> tensor<?x192xf32>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x192xf32>
  %1 = nn.round_tf32 %0 : tensor<?x192xf32>
  return %1 : tensor<?x192xf32>
}

// -----

// REMARK: rows.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=exact | Reason="nothing of it is stored as f16, bf16, tf32 or i8"

// CHECK-LABEL: func.func private @exact
// CHECK-SAME: attributes {nn.kernel}
func.func private @exact(%x: tensor<?x64xf32>) -> tensor<?x64xf32>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// REMARK: rows.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=odd | Reason="its rows are no multiple of 8 elements"

// CHECK-LABEL: func.func private @odd
// CHECK-SAME: attributes {nn.kernel}
func.func private @odd(%x: tensor<?x50xf32>) -> tensor<?x50xf16>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x50xf32>
  %1 = nn.cast %0 : tensor<?x50xf32> to tensor<?x50xf16>
  return %1 : tensor<?x50xf16>
}

// REMARK: rows.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=long | Reason="its rows are too long for the registers of a warp"

// CHECK-LABEL: func.func private @long
// CHECK-SAME: attributes {nn.kernel}
func.func private @long(%x: tensor<?x2056xf32>) -> tensor<?x2056xf16>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x2056xf32>
  %1 = nn.cast %0 : tensor<?x2056xf32> to tensor<?x2056xf16>
  return %1 : tensor<?x2056xf16>
}

// REMARK: rows.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=twice | Reason="'nn.layer_norm' is no norm of rows"

// CHECK-LABEL: func.func private @twice
// CHECK-SAME: attributes {nn.kernel}
func.func private @twice(%x: tensor<?x64xf32>) -> tensor<?x64xf16>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x64xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x64xf32>
  %2 = nn.cast %1 : tensor<?x64xf32> to tensor<?x64xf16>
  return %2 : tensor<?x64xf16>
}

// -----

// Rows that are moved and rounded are read in vectors of what lies side by side:
// four pixels of each row of a patch, or a chunk.

// CHECK-LABEL: gpu.module @patches_device
// CHECK: gpu.func @patches_{{[0-9]+}}rows(
// CHECK-COUNT-2: vector.load {{.*}} {alignment = 16 : i64} : memref<?x3x32x48xf32{{.*}}>, vector<4xf32>
// CHECK: arith.truncf {{.*}} : f32 to bf16
// CHECK: memref.store {{.*}} : memref<?x8x12x48xbf16{{.*}}>
func.func private @patches(%x: tensor<?x3x32x48xf32>) -> tensor<?x8x12x48xbf16>
    attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [4, 4] strides [4, 4] padding [0, 0]
      : tensor<?x3x32x48xf32>
  %1 = nn.cast %0 : tensor<?x8x12x3x4x4xf32> to tensor<?x8x12x3x4x4xbf16>
  %2 = nn.reshape %1 : tensor<?x8x12x3x4x4xbf16> to tensor<?x8x12x48xbf16>
  return %2 : tensor<?x8x12x48xbf16>
}

// CHECK-LABEL: gpu.module @windows_device
// CHECK: vector.load {{.*}} : memref<?x8x7x8x7x96xf16{{.*}}>, vector<8xf16>
func.func private @windows(%x: tensor<?x8x7x8x7x96xf16>)
    -> tensor<?x8x8x7x7x96xf16> attributes {nn.kernel} {
  %0 = nn.transpose %x [0, 1, 3, 2, 4, 5] : tensor<?x8x7x8x7x96xf16>
  return %0 : tensor<?x8x8x7x7x96xf16>
}

// Patches that reach beyond the image, or what is rounded twice, element by
// element.

// CHECK-LABEL: gpu.module @padded_device
// CHECK-NOT: vector.load
// CHECK: memref.load {{.*}} : memref<?x3x32x48xf32
// CHECK-LABEL: gpu.module @rounded_device
// CHECK-NOT: vector.load
// CHECK: memref.load {{.*}} : memref<?x96xf32
func.func private @padded(%x: tensor<?x3x32x48xf32>) -> tensor<?x9x13x48xf16>
    attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [4, 4] strides [4, 4] padding [2, 2]
      : tensor<?x3x32x48xf32>
  %1 = nn.cast %0 : tensor<?x9x13x3x4x4xf32> to tensor<?x9x13x3x4x4xf16>
  %2 = nn.reshape %1 : tensor<?x9x13x3x4x4xf16> to tensor<?x9x13x48xf16>
  return %2 : tensor<?x9x13x48xf16>
}
func.func private @rounded(%x: tensor<?x96xf32>) -> tensor<?x96xf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x96xf32> to tensor<?x96xbf16>
  %1 = nn.cast %0 : tensor<?x96xbf16> to tensor<?x96xf32>
  %2 = nn.cast %1 : tensor<?x96xf32> to tensor<?x96xf16>
  return %2 : tensor<?x96xf16>
}

// -----

// Booleans that are stored would be so byte by byte.

// CHECK-LABEL: func.func private @positive
// CHECK-SAME: attributes {nn.kernel}
func.func private @positive(%x: tensor<?x40x64xf16>) -> tensor<?x40x64xi1>
    attributes {nn.kernel} {
  %0 = nn.constant dense<0.0> : tensor<f32>
  %1 = nn.cast %x : tensor<?x40x64xf16> to tensor<?x40x64xf32>
  %2 = nn.compare gt %1, %0 : tensor<?x40x64xf32>, tensor<f32>
  return %2 : tensor<?x40x64xi1>
}
