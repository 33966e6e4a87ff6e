// Booleans are bytes in memory, read where what depends on them is computed.

// RUN: vitrail-opt %s --convert-nn-to-gpu --remarks-filter=convert-nn-to-gpu \
// RUN:   --remark-format=emitRemark 2>%t.remarks -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: count 0 < %t.remarks
// RUN: vitrail-translate %t.mlir --gpu-to-ptx | FileCheck %s --check-prefix=PTX

// A score that is not kept makes way for a number while scores are in registers,
// whichever instruction multiplies.

// CHECK-LABEL: gpu.module @padded_device
// CHECK: gpu.func @padded(%{{.*}}: memref<f16> {{.*}}, %{{.*}}: memref<i1> {{.*}})
// CHECK: %[[MASKED:.*]] = arith.constant -1.000000e+30 : f32
// CHECK: %[[SCORE:.*]] = arith.mulf
// CHECK: %[[KEPT:.*]] = memref.load %{{.*}} : memref<?x1x1x100xi1>
// CHECK: arith.select %[[KEPT]], %[[SCORE]], %{{.*}} : f32
// CHECK: math.exp2
// CHECK: gpu.module @padded_device_sm_90a
// CHECK: nvvm.wgmma.mma_async
// CHECK: memref.load %{{.*}} : memref<?x1x1x100xi1>
// CHECK: arith.select

// PTX: // padded_device
// PTX: ld.global.nc.b8
// PTX: // padded_device_sm_90a
// PTX: ld.global.nc.b8
func.func private @padded(%q: tensor<?x3x70x32xf16>, %k: tensor<?x3x100x32xf16>,
                          %keep: tensor<?x1x1x100xi1>) -> tensor<?x3x70x32xf16>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %k scale 0.25
      where %keep : tensor<?x1x1x100xi1> else -1.0e30
      : tensor<?x3x70x32xf16>, tensor<?x3x100x32xf16>, tensor<?x3x100x32xf16>
  %1 = nn.cast %0 : tensor<?x3x70x32xf32> to tensor<?x3x70x32xf16>
  return %1 : tensor<?x3x70x32xf16>
}

// Heads in registers, and a mask for each query.

// CHECK-LABEL: gpu.module @short_device
// CHECK: memref.load %{{.*}} : memref<?x9x13xi1>
// CHECK: arith.select
// PTX: // short_device
// PTX: ld.global.nc.b8
func.func private @short(%q: tensor<?x9x6xbf16>, %k: tensor<?x13x6xbf16>,
                         %keep: tensor<?x9x13xi1>) -> tensor<?x9x6xf32>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %k scale 0.25
      where %keep : tensor<?x9x13xi1> else -1.0e30
      : tensor<?x9x6xbf16>, tensor<?x13x6xbf16>, tensor<?x13x6xbf16>
  return %0 : tensor<?x9x6xf32>
}

// Elements that are chosen.

// CHECK-LABEL: gpu.module @choose_device
// CHECK: %[[KEPT:.*]] = memref.load %{{.*}} : memref<?x40x1xi1>
// CHECK: arith.select %[[KEPT]]
// CHECK: memref.store %{{.*}} : memref<?x40x64xf16>
// PTX: // choose_device
// PTX: ld.global.nc.b8
// PTX: st.global.v4.b32
func.func private @choose(%x: tensor<?x40x64xf16>, %keep: tensor<?x40x1xi1>)
    -> tensor<?x40x64xf16> attributes {nn.kernel} {
  %0 = nn.constant dense<0.0> : tensor<f16>
  %1 = nn.select %keep, %x, %0
      : tensor<?x40x1xi1>, tensor<?x40x64xf16>, tensor<f16>
  return %1 : tensor<?x40x64xf16>
}
