// Heads whose queries, keys and features fit into fragments of one instruction:
// four warps of a block have one each, and read it without shared memory.

// RUN: vitrail-opt %s --convert-nn-to-gpu | FileCheck %s

// Keys beyond the last have no weight, and features beyond it are 0.

// CHECK-LABEL: gpu.module @patches_device
// CHECK: gpu.func @patches
// CHECK-SAME: nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK-NOT: memref.view
// CHECK: memref.load {{.*}} : memref<?x15x72xf16
// CHECK-COUNT-2: nvgpu.mma.sync
// CHECK-NOT: nvgpu.mma.sync
// CHECK: %[[LAST:.*]] = arith.constant 0xFF800000 : f32
// CHECK: gpu.shuffle xor
// CHECK: math.exp2
// CHECK-COUNT-2: nvgpu.mma.sync
// CHECK-NOT: nvgpu.mma.sync
// CHECK-NOT: gpu.barrier
// CHECK: scf.if
// CHECK-NEXT: arith.index_cast
// CHECK: memref.store {{.*}} : memref<?x15x4x6xf16
// CHECK: memref.store {{.*}} : memref<?x15x4x6xf16
// CHECK: func.func private @patches
// CHECK: %[[FOUR:.*]] = arith.constant 4 : index
// CHECK: arith.ceildivui %{{.*}}, %[[FOUR]]
func.func private @patches(%x: tensor<?x15x72xf16>) -> tensor<?x15x4x6xf16>
    attributes {nn.kernel} {
  %0 = nn.slice %x [0, 0, 0] [?, 15, 24] [1, 1, 1] : tensor<?x15x72xf16>
  %1 = nn.reshape %0 : tensor<?x15x24xf16> to tensor<?x15x4x6xf16>
  %2 = nn.transpose %1 [0, 2, 1, 3] : tensor<?x15x4x6xf16>
  %3 = nn.slice %x [0, 0, 24] [?, 15, 24] [1, 1, 1] : tensor<?x15x72xf16>
  %4 = nn.reshape %3 : tensor<?x15x24xf16> to tensor<?x15x4x6xf16>
  %5 = nn.transpose %4 [0, 2, 1, 3] : tensor<?x15x4x6xf16>
  %6 = nn.slice %x [0, 0, 48] [?, 15, 24] [1, 1, 1] : tensor<?x15x72xf16>
  %7 = nn.reshape %6 : tensor<?x15x24xf16> to tensor<?x15x4x6xf16>
  %8 = nn.transpose %7 [0, 2, 1, 3] : tensor<?x15x4x6xf16>
  %q = nn.cast %2 : tensor<?x4x15x6xf16> to tensor<?x4x15x6xf32>
  %k = nn.cast %5 : tensor<?x4x15x6xf16> to tensor<?x4x15x6xf32>
  %v = nn.cast %8 : tensor<?x4x15x6xf16> to tensor<?x4x15x6xf32>
  %y = nn.attention %q, %k, %v scale 0.5
      : tensor<?x4x15x6xf32>, tensor<?x4x15x6xf32>, tensor<?x4x15x6xf32>
  %t = nn.transpose %y [0, 2, 1, 3] : tensor<?x4x15x6xf32>
  %c = nn.cast %t : tensor<?x15x4x6xf32> to tensor<?x15x4x6xf16>
  return %c : tensor<?x15x4x6xf16>
}

// An odd width is stored element by element.

// CHECK-LABEL: gpu.module @odd_device
// CHECK-NOT: nvgpu.device_async_copy
// CHECK: scf.if
// CHECK: memref.store {{.*}} : memref<?x3x9x5xf16>
// CHECK: scf.if
// CHECK: memref.store {{.*}} : memref<?x3x9x5xf16>
func.func private @odd(%q: tensor<?x3x9x5xf16>) -> tensor<?x3x9x5xf16>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %q, %q scale 0.5
      : tensor<?x3x9x5xf16>, tensor<?x3x9x5xf16>, tensor<?x3x9x5xf16>
  %1 = nn.cast %0 : tensor<?x3x9x5xf32> to tensor<?x3x9x5xf16>
  return %1 : tensor<?x3x9x5xf16>
}
