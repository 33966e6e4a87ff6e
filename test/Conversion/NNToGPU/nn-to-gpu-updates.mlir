// A product that stores what it computes in caches, too: a step of decoding.

// RUN: vitrail-opt %s --split-input-file --convert-nn-to-gpu \
// RUN:   --remarks-filter=convert-nn-to-gpu --remark-format=emitRemark 2>%t.remarks \
// RUN:   | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --implicit-check-not=remark: <%t.remarks

// Threads that store eight sums of a row store them in a cache, too, if they are of
// its columns: of key c, in head c / 64 at the position. What is updated is no
// argument of its own: it is there as a result.

// CHECK-LABEL: gpu.module @linear_device
// CHECK: gpu.func @linear_64x64(%{{.*}}: memref<f16> {{.*}}, %{{.*}}: memref<f16> {{.*}}, %{{.*}}: memref<f32> {{.*}}, %[[AT:.*]]: memref<i32> {{.*}}, %[[Y:.*]]: memref<f16> {{.*}}, %[[K:.*]]: memref<f16> {{.*}}, %[[V:.*]]: memref<f16> {{.*}}, %{{.*}}: index) kernel
// CHECK-DAG: %[[INDEX:.*]] = memref.reinterpret_cast %[[AT]]
// CHECK-DAG: %[[RESULT:.*]] = memref.reinterpret_cast %[[Y]]
// CHECK-DAG: %[[KEYS:.*]] = memref.reinterpret_cast %[[K]]
// CHECK-DAG: %[[VALUES:.*]] = memref.reinterpret_cast %[[V]]
// CHECK: nvgpu.mma.sync
// CHECK: scf.if
// CHECK:   vector.store %{{.*}}, %[[RESULT]][{{.*}} {alignment = 16 : i64} : memref<?x1x1536xf16>, vector<8xf16>
// CHECK:   memref.load %[[INDEX]][]
// CHECK:   scf.if
// CHECK:     vector.store %{{.*}}, %[[KEYS]][{{.*}} {alignment = 16 : i64} : memref<?x8x100x64xf16>, vector<8xf16>
// CHECK:   scf.if
// CHECK:     vector.store %{{.*}}, %[[VALUES]][{{.*}} {alignment = 16 : i64} : memref<?x8x100x64xf16>, vector<8xf16>

// Nothing of it leaves in boxes.

// CHECK: gpu.module @linear_device_sm_90a
// CHECK-NOT: nvvm.cp.async.bulk.tensor.global.shared.cta
// CHECK: vector.store %{{.*}} : memref<?x8x100x64xf16>, vector<8xf16>
// CHECK-NOT: nvvm.cp.async.bulk.tensor.global.shared.cta
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global
// CHECK: func.func private @linear(%{{.*}}: memref<?x1x512xf16>, %{{.*}}: memref<24x512x64xf16>, %{{.*}}: memref<1536xf32>, %{{.*}}: memref<i32>, %{{.*}}: memref<?x1x1536xf16>, %{{.*}}: memref<?x8x100x64xf16>, %{{.*}}: memref<?x8x100x64xf16>)

// CHECK-LABEL: func.func @step
// CHECK: halide.launch @linear(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) into (%{{.*}}, %{{.*}} : tensor<?x8x100x64xf16>, tensor<?x8x100x64xf16>)
func.func private @linear(%x: tensor<?x1x512xf16>, %w: tensor<24x512x64xf16>,
                          %b: tensor<1536xf32>, %position: tensor<i32>,
                          %keys: tensor<?x8x100x64xf16>,
                          %values: tensor<?x8x100x64xf16>)
    -> (tensor<?x1x1536xf16>, tensor<?x8x100x64xf16>, tensor<?x8x100x64xf16>)
    attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w bias %b features 1536
      : tensor<?x1x512xf16>, tensor<24x512x64xf16>, tensor<1536xf32>
  %1 = nn.cast %0 : tensor<?x1x1536xf32> to tensor<?x1x1536xf16>
  %2 = nn.slice %1 [0, 0, 512] [?, 1, 512] [1, 1, 1] : tensor<?x1x1536xf16>
  %3 = nn.reshape %2 : tensor<?x1x512xf16> to tensor<?x8x1x64xf16>
  %4 = nn.update %keys, %3, %position axis 2
      : tensor<?x8x100x64xf16>, tensor<?x8x1x64xf16>
  %5 = nn.slice %1 [0, 0, 1024] [?, 1, 512] [1, 1, 1] : tensor<?x1x1536xf16>
  %6 = nn.reshape %5 : tensor<?x1x512xf16> to tensor<?x8x1x64xf16>
  %7 = nn.update %values, %6, %position axis 2
      : tensor<?x8x100x64xf16>, tensor<?x8x1x64xf16>
  return %1, %4, %7
      : tensor<?x1x1536xf16>, tensor<?x8x100x64xf16>, tensor<?x8x100x64xf16>
}
func.func @step(%x: tensor<?x1x512xf16>, %position: tensor<i32>,
                %keys: tensor<?x8x100x64xf16>, %values: tensor<?x8x100x64xf16>)
    -> (tensor<?x1x1536xf16>, tensor<?x8x100x64xf16>, tensor<?x8x100x64xf16>) {
  %w = nn.parameter "w" : tensor<24x512x64xf16>
  %b = nn.parameter "b" : tensor<1536xf32>
  %y:3 = call @linear(%x, %w, %b, %position, %keys, %values)
      : (tensor<?x1x512xf16>, tensor<24x512x64xf16>, tensor<1536xf32>, tensor<i32>,
         tensor<?x8x100x64xf16>, tensor<?x8x100x64xf16>)
      -> (tensor<?x1x1536xf16>, tensor<?x8x100x64xf16>, tensor<?x8x100x64xf16>)
  return %y#0, %y#1, %y#2
      : tensor<?x1x1536xf16>, tensor<?x8x100x64xf16>, tensor<?x8x100x64xf16>
}

// -----

// Heads of 6 features, in pairs; and features of a cache that lie one position after
// the other, each by itself, rounded to what the cache holds.

// CHECK-LABEL: gpu.module @odd_device
// CHECK: nvgpu.mma.sync
// CHECK: vector.store {{.*}} {alignment = 8 : i64} : memref<?x4x9x6xf32>, vector<2xf32>
// CHECK: arith.truncf
// CHECK: vector.store {{.*}} {alignment = 2 : i64} : memref<?x24x9xf16>, vector<1xf16>
func.func private @odd(%x: tensor<?x200xf16>, %w: tensor<1x200x48xf16>,
                       %position: tensor<i32>, %keys: tensor<?x4x9x6xf32>,
                       %values: tensor<?x24x9xf16>)
    -> (tensor<?x48xf32>, tensor<?x4x9x6xf32>, tensor<?x24x9xf16>)
    attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 48
      : tensor<?x200xf16>, tensor<1x200x48xf16>
  %1 = nn.slice %0 [0, 0] [?, 24] [1, 1] : tensor<?x48xf32>
  %2 = nn.reshape %1 : tensor<?x24xf32> to tensor<?x4x1x6xf32>
  %3 = nn.update %keys, %2, %position axis 2
      : tensor<?x4x9x6xf32>, tensor<?x4x1x6xf32>
  %4 = nn.slice %0 [0, 24] [?, 24] [1, 1] : tensor<?x48xf32>
  %5 = nn.reshape %4 : tensor<?x24xf32> to tensor<?x24x1xf32>
  %6 = nn.cast %5 : tensor<?x24x1xf32> to tensor<?x24x1xf16>
  %7 = nn.update %values, %6, %position axis 2
      : tensor<?x24x9xf16>, tensor<?x24x1xf16>
  return %0, %3, %7 : tensor<?x48xf32>, tensor<?x4x9x6xf32>, tensor<?x24x9xf16>
}

// -----

// What is stored besides has to be in the result as it is.

// REMARK: nn-to-gpu-updates.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=other | Reason="an update stores something else than its result, or where something computed says"

// CHECK-LABEL: func.func private @other
// CHECK-SAME: attributes {nn.kernel}
func.func private @other(%x: tensor<?x200xf16>, %w: tensor<1x200x48xf16>,
                         %position: tensor<i32>, %keys: tensor<?x9x48xf32>)
    -> (tensor<?x48xf32>, tensor<?x9x48xf32>) attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 48
      : tensor<?x200xf16>, tensor<1x200x48xf16>
  %1 = nn.relu %0 : tensor<?x48xf32>
  %2 = nn.reshape %1 : tensor<?x48xf32> to tensor<?x1x48xf32>
  %3 = nn.update %keys, %2, %position axis 1
      : tensor<?x9x48xf32>, tensor<?x1x48xf32>
  return %0, %3 : tensor<?x48xf32>, tensor<?x9x48xf32>
}

// -----

// REMARK: nn-to-gpu-updates.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=alone | Reason="it stores nothing but updates"

// CHECK-LABEL: func.func private @alone
// CHECK-SAME: attributes {nn.kernel}
func.func private @alone(%x: tensor<?x200xf16>, %w: tensor<1x200x48xf16>,
                         %position: tensor<i32>, %keys: tensor<?x9x48xf32>)
    -> tensor<?x9x48xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 48
      : tensor<?x200xf16>, tensor<1x200x48xf16>
  %1 = nn.reshape %0 : tensor<?x48xf32> to tensor<?x1x48xf32>
  %2 = nn.update %keys, %1, %position axis 1
      : tensor<?x9x48xf32>, tensor<?x1x48xf32>
  return %2 : tensor<?x9x48xf32>
}

// -----

// Attention may have several results as well as products; they are no updates of
// its result.

// REMARK: nn-to-gpu-updates.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=attention | Reason="it has more results than one"

// CHECK-LABEL: func.func private @attention
// CHECK-SAME: attributes {nn.kernel}
func.func private @attention(%q: tensor<?x9x16xf16>)
    -> (tensor<?x9x16xf32>, tensor<?x9x16xf32>) attributes {nn.kernel} {
  %0 = nn.attention %q, %q, %q scale 0.25
      : tensor<?x9x16xf16>, tensor<?x9x16xf16>, tensor<?x9x16xf16>
  %1 = nn.neg %0 : tensor<?x9x16xf32>
  return %0, %1 : tensor<?x9x16xf32>, tensor<?x9x16xf32>
}
