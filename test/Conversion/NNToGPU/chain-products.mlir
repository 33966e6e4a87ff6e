// Two kernels of short rows become one, if the second alone multiplies what the
// first stores.

// RUN: vitrail-opt %s --nn-chain-products | FileCheck %s
// RUN: vitrail-opt %s --nn-chain-products --convert-nn-to-gpu \
// RUN:   | FileCheck %s --check-prefix=GPU
// RUN: vitrail-opt %s --nn-chain-products --convert-nn-to-gpu \
// RUN:   | FileCheck %s --check-prefix=HOPPER

// What follows the first product, its norm and its bias stay; the kernels are
// gone, since nothing calls them, but for one that a caller still reads.

// CHECK-NOT: func.func private @up(
// CHECK-LABEL: func.func private @up_down(
// CHECK-SAME: %[[X:.*]]: tensor<?x96xf16>, %[[W:.*]]: tensor<6x96x64xf16>, %[[B:.*]]: tensor<384xf32>, %[[V:.*]]: tensor<1x384x96xf16>, %[[R:.*]]: tensor<?x96xf16>) -> tensor<?x96xf16> attributes {nn.kernel}
// CHECK: nn.layer_norm
// CHECK: %[[SUMS:.*]] = nn.packed_linear %{{.*}}, %[[W]] bias %[[B]] features 384
// CHECK-NEXT: %[[GELU:.*]] = nn.gelu %[[SUMS]]
// CHECK-NEXT: %[[HIDDEN:.*]] = nn.cast %[[GELU]]
// CHECK-NEXT: nn.packed_linear %[[HIDDEN]], %[[V]] features 96
// CHECK: func.func private @down(

// In 12 turns of 32 columns, each of which is 32 k of the second product: 2 steps
// of 3 times 4 fragments. A warp has 16 rows, since sums of 96 columns fill the
// registers of a thread.

// GPU-LABEL: gpu.module @up_down_device
// GPU: gpu.func @up_down_128rows(
// GPU: %[[LAST:.*]] = arith.constant 12 : i32
// GPU: scf.for %{{.*}} = %{{.*}} to %[[LAST]] {{.*}} -> (vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>, vector<2x2xf32>)
// GPU-COUNT-24: nvgpu.mma.sync
// GPU: arith.divf {{.*}} fastmath<afn>
// GPU-COUNT-24: nvgpu.mma.sync
// GPU-NOT: nvgpu.mma.sync
// GPU: scf.yield
// GPU: memref.store {{.*}} : memref<?x96xf16>

// Few rows have more threads: four warps have the same rows, each every fourth turn.
// Their sums, 12 fragments a thread, meet in shared memory, and each stores columns.

// GPU: gpu.func @up_down_32rows(
// GPU-SAME: nvvm.reqntid = array<i32: 256, 1, 1>
// GPU: arith.floordivsi %{{.*}}, %c64{{.*}} : i32
// GPU: %[[SHARE:.*]] = arith.floordivsi %{{.*}}, %c64{{.*}} : i32
// GPU: scf.for %{{.*}} = %[[SHARE]] to %c12{{.*}} step %c4
// GPU: scf.yield
// GPU: %[[ALL:.*]] = memref.view {{.*}} to memref<48x64x4xf32, #gpu.address_space<workgroup>>
// GPU-COUNT-24: vector.store {{.*}}, %[[ALL]]
// GPU: gpu.barrier
// GPU: scf.for %{{.*}} = %[[SHARE]] to %c3{{.*}} step %c4
// GPU-COUNT-16: vector.load %[[ALL]]
// GPU-NOT: vector.load %[[ALL]]
// GPU: memref.store {{.*}} : memref<?x96xf16>
// GPU: func.func private @up_down(
// GPU: arith.constant 49152 : i32
// GPU: gpu.launch_func @up_down_device::@up_down_32rows
// GPU: gpu.module @down_device

// By wgmma four warpgroups have 64 rows each, after their weights are in shared
// memory. The second product of a group of columns, from registers, runs while
// the activation of the next is computed.

// HOPPER-LABEL: gpu.module @up_down_device_sm_90a
// HOPPER: gpu.func @up_down_256rows(
// HOPPER-SAME: nvvm.reqntid = array<i32: 512, 1, 1>
// HOPPER: %[[FIRST:.*]] = memref.view {{.*}} to memref<48x12x8x8xf16, #gpu.address_space<workgroup>>
// HOPPER-COUNT-36: vector.store {{.*}}, %[[FIRST]]{{.*}}, vector<2xf16>
// HOPPER: %[[SECOND:.*]] = memref.view {{.*}} to memref<12x48x8x8xf16, #gpu.address_space<workgroup>>
// HOPPER-COUNT-36: vector.store {{.*}}, %[[SECOND]]{{.*}}, vector<2xf16>
// HOPPER: nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>
// HOPPER-NEXT: gpu.barrier
// HOPPER: scf.for
// HOPPER: gpu.shuffle xor
// HOPPER: scf.for %{{.*}} = %{{.*}} to %c12{{.*}} -> (!llvm.struct<
// HOPPER: nvvm.wgmma.fence.aligned
// HOPPER-COUNT-6: wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16
// HOPPER: nvvm.wgmma.commit.group.sync.aligned
// HOPPER-COUNT-2: wgmma.mma_async.sync.aligned.m64n96k16.f32.f16.f16
// HOPPER: nvvm.wgmma.commit.group.sync.aligned
// HOPPER: "wgmma.wait_group.sync.aligned 1;"
// HOPPER: arith.divf {{.*}} fastmath<afn>
// HOPPER: "wgmma.wait_group.sync.aligned 0;"
// HOPPER: scf.yield
// HOPPER-COUNT-2: wgmma.mma_async.sync.aligned.m64n96k16.f32.f16.f16
// HOPPER: "wgmma.wait_group.sync.aligned 0;"
// HOPPER: memref.store {{.*}} : memref<?x96xf16>
// HOPPER: gpu.func @up_down_32rows(
// HOPPER: func.func private @up_down(
// HOPPER: halide.device_multiprocessors
// HOPPER: gpu.launch_func @up_down_device_sm_90a::@up_down_32rows
// HOPPER: %[[BYTES:.*]] = arith.constant 147456 : i32
// HOPPER: gpu.launch_func @up_down_device_sm_90a::@up_down_256rows {{.*}} dynamic_shared_memory_size %[[BYTES]]
func.func private @up(%x: tensor<?x96xf16>, %w: tensor<6x96x64xf16>,
                      %b: tensor<384xf32>) -> tensor<?x384xf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x96xf16> to tensor<?x96xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x96xf32>
  %2 = nn.cast %1 : tensor<?x96xf32> to tensor<?x96xf16>
  %3 = nn.packed_linear %2, %w bias %b features 384
      : tensor<?x96xf16>, tensor<6x96x64xf16>, tensor<384xf32>
  %4 = nn.gelu %3 : tensor<?x384xf32>
  %5 = nn.cast %4 : tensor<?x384xf32> to tensor<?x384xf16>
  return %5 : tensor<?x384xf16>
}
func.func private @down(%x: tensor<?x384xf16>, %w: tensor<1x384x96xf16>,
                        %r: tensor<?x96xf16>) -> tensor<?x96xf16>
    attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 96
      : tensor<?x384xf16>, tensor<1x384x96xf16>
  %1 = nn.cast %r : tensor<?x96xf16> to tensor<?x96xf32>
  %2 = nn.add %1, %0 : tensor<?x96xf32>, tensor<?x96xf32>
  %3 = nn.cast %2 : tensor<?x96xf32> to tensor<?x96xf16>
  return %3 : tensor<?x96xf16>
}

// A wide second product stays by itself.

// CHECK-LABEL: func.func private @narrow(
// CHECK: func.func private @widen(
func.func private @narrow(%x: tensor<?x96xf16>, %w: tensor<1x96x64xf16>)
    -> tensor<?x64xf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 64 : tensor<?x96xf16>, tensor<1x96x64xf16>
  %1 = nn.cast %0 : tensor<?x64xf32> to tensor<?x64xf16>
  return %1 : tensor<?x64xf16>
}
func.func private @widen(%x: tensor<?x64xf16>, %w: tensor<2x64x64xf16>)
    -> tensor<?x128xf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 128
      : tensor<?x64xf16>, tensor<2x64x64xf16>
  %1 = nn.cast %0 : tensor<?x128xf32> to tensor<?x128xf16>
  return %1 : tensor<?x128xf16>
}

// CHECK-LABEL: func.func @run(
// CHECK-SAME: %[[X:.*]]: tensor<?x96xf16>, %[[H:.*]]: tensor<?x384xf16>)
// CHECK-DAG: %[[W:.*]] = nn.parameter "w"
// CHECK-DAG: %[[B:.*]] = nn.parameter "b"
// CHECK-DAG: %[[V:.*]] = nn.parameter "v"
// CHECK: %[[Y:.*]] = call @up_down(%[[X]], %[[W]], %[[B]], %[[V]], %[[X]])
// CHECK: %[[Z:.*]] = call @down(%[[H]], %[[V]], %[[X]])
// CHECK: %[[N:.*]] = call @narrow
// CHECK: call @widen(%[[N]],
func.func @run(%x: tensor<?x96xf16>, %h: tensor<?x384xf16>)
    -> (tensor<?x96xf16>, tensor<?x96xf16>, tensor<?x128xf16>) {
  %w = nn.parameter "w" : tensor<6x96x64xf16>
  %b = nn.parameter "b" : tensor<384xf32>
  %v = nn.parameter "v" : tensor<1x384x96xf16>
  %u = nn.parameter "u" : tensor<1x96x64xf16>
  %t = nn.parameter "t" : tensor<2x64x64xf16>
  %0 = call @up(%x, %w, %b)
      : (tensor<?x96xf16>, tensor<6x96x64xf16>, tensor<384xf32>)
      -> tensor<?x384xf16>
  %1 = call @down(%0, %v, %x)
      : (tensor<?x384xf16>, tensor<1x384x96xf16>, tensor<?x96xf16>)
      -> tensor<?x96xf16>
  %2 = call @down(%h, %v, %x)
      : (tensor<?x384xf16>, tensor<1x384x96xf16>, tensor<?x96xf16>)
      -> tensor<?x96xf16>
  %3 = call @narrow(%x, %u)
      : (tensor<?x96xf16>, tensor<1x96x64xf16>) -> tensor<?x64xf16>
  %4 = call @widen(%3, %t)
      : (tensor<?x64xf16>, tensor<2x64x64xf16>) -> tensor<?x128xf16>
  return %1, %2, %4 : tensor<?x96xf16>, tensor<?x96xf16>, tensor<?x128xf16>
}
