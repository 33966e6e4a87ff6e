// Few queries with keys of their own do not fill tensor cores' rows: threads
// multiply keys and values as they come from memory.

// RUN: vitrail-opt %s --convert-nn-to-gpu -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: vitrail-translate %t.mlir --gpu-to-ptx | FileCheck %s --check-prefix=PTX

// A step of decoding. Eight threads share a row of 64 features, and a warp has 16
// keys: four warps, whose largest scores, sums of weights and weighted values meet
// in shared memory. All keys and values are asked for before anything else.

// CHECK-LABEL: gpu.module @step_device
// CHECK: gpu.func @step_4warps
// CHECK-SAME: nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK-COUNT-4: vector.load %[[K:[a-z0-9_]*]][{{.*}} : memref<?x8x64x64xf16>, vector<8xf16>
// CHECK-COUNT-4: vector.load %[[V:[a-z0-9_]*]][{{.*}} : memref<?x8x64x64xf16>, vector<8xf16>
// CHECK-COUNT-4: memref.load %{{.*}} : memref<64xf16>
// CHECK: vector.load %{{.*}} : memref<?x8x1x64xf16>, vector<8xf16>
// CHECK-COUNT-14: gpu.shuffle xor
// CHECK: math.exp2
// CHECK: memref.store {{.*}} : memref<1x4x2xf32, #gpu.address_space<workgroup>>
// CHECK: gpu.barrier
// CHECK: vector.store {{.*}} : memref<4x1x72xf32, #gpu.address_space<workgroup>>, vector<8xf32>
// CHECK: gpu.barrier
// CHECK: vector.store {{.*}} : memref<?x8x1x64xf16>, vector<8xf16>
// CHECK-NOT: vector.load %[[K]]
// CHECK-NOT: nvgpu.mma.sync
// CHECK: func.func private @step
// CHECK: %[[HEADS:.*]] = arith.ceildivui
// CHECK: gpu.launch_func @step_device::@step_4warps blocks in (%[[HEADS]],
// PTX-LABEL: // step_device
// PTX-NOT: mma.sync
// PTX-COUNT-9: ld.global.nc.v4.b32
// PTX: shfl.sync.bfly.b32
// PTX: ex2.approx.ftz.f32
// PTX: st.global.v4.b32
func.func private @step(%q: tensor<?x8x1x64xf16>, %k: tensor<?x8x64x64xf16>,
                        %v: tensor<?x8x64x64xf16>, %seen: tensor<64xf16>)
    -> tensor<?x8x1x64xf16> attributes {nn.kernel} {
  %0 = nn.cast %q : tensor<?x8x1x64xf16> to tensor<?x8x1x64xf32>
  %1 = nn.cast %k : tensor<?x8x64x64xf16> to tensor<?x8x64x64xf32>
  %2 = nn.cast %v : tensor<?x8x64x64xf16> to tensor<?x8x64x64xf32>
  %3 = nn.cast %seen : tensor<64xf16> to tensor<64xf32>
  %4 = nn.attention %0, %1, %2 scale 0.125 add %3
      : tensor<?x8x1x64xf32>, tensor<?x8x64x64xf32>, tensor<?x8x64x64xf32>,
        tensor<64xf32>
  %5 = nn.cast %4 : tensor<?x8x1x64xf32> to tensor<?x8x1x64xf16>
  return %5 : tensor<?x8x1x64xf16>
}

// Of a long cache, each warp has several steps, the next of which is read while one
// is attended to. Before, threads find how masks leave each key; what these hide is
// not read. Where there are few heads, blocks are larger.

// CHECK-LABEL: gpu.module @long_device
// CHECK: gpu.func @long_8warps
// CHECK-SAME: nvvm.reqntid = array<i32: 256, 1, 1>
// CHECK-COUNT-8: vector.load
// CHECK: scf.for {{.*}} to %c1000_i32 step %c256_i32
// CHECK:   memref.load {{.*}} : memref<?x1x1000xi1>
// CHECK:   memref.store {{.*}} : memref<1000xf32, #gpu.address_space<workgroup>>
// CHECK: memref.store {{.*}} : memref<1x8xf32, #gpu.address_space<workgroup>>
// CHECK: gpu.barrier
// CHECK: %[[BOUND:.*]] = arith.subf %{{.*}}, %{{.*}} : f32
// CHECK: scf.for {{.*}} to %c63_i32 step %c8_i32
// CHECK:   memref.load {{.*}} : memref<1000xf32, #gpu.address_space<workgroup>>
// CHECK:   %[[SEEN:.*]] = arith.cmpf uge, %{{.*}}, %[[BOUND]] : f32
// CHECK:   %[[ANY:.*]] = nvvm.vote.sync any %{{.*}}, %[[SEEN]] -> i1
// CHECK:   %[[NEXT:.*]] = arith.andi %{{.*}}, %[[ANY]] : i1
// CHECK:   scf.if %[[NEXT]]
// CHECK-COUNT-8: vector.load
// CHECK:   } else {
// CHECK:   scf.if
// CHECK:     math.exp2
// CHECK: gpu.func @long_16warps
// CHECK: func.func private @long
// CHECK: scf.if
// CHECK:   gpu.launch_func @long_device::@long_8warps
// CHECK: } else {
// CHECK:   gpu.launch_func @long_device::@long_16warps
// PTX-LABEL: // long_device
// PTX: vote.sync.any.pred
func.func private @long(%q: tensor<?x1x64xbf16>, %k: tensor<?x1000x64xbf16>,
                        %seen: tensor<?x1x1000xi1>) -> tensor<?x1x64xf32>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %k scale 0.125
      where %seen : tensor<?x1x1000xi1> else -1.0e30
      : tensor<?x1x64xbf16>, tensor<?x1000x64xbf16>, tensor<?x1000x64xbf16>
  return %0 : tensor<?x1x64xf32>
}

// Without masks there is nothing to find, and no step to leave out.

// CHECK-LABEL: gpu.module @plain_device
// CHECK: gpu.func @plain_8warps
// CHECK-NOT: gpu.barrier
// CHECK: scf.for
// CHECK-NOT: nvvm.vote.sync
// CHECK: gpu.barrier
func.func private @plain(%q: tensor<?x1x64xf16>, %k: tensor<?x1000x64xf16>)
    -> tensor<?x1x64xf32> attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %k scale 0.125
      : tensor<?x1x64xf16>, tensor<?x1000x64xf16>, tensor<?x1000x64xf16>
  return %0 : tensor<?x1x64xf32>
}

// Rows that are no whole chunks are read by as many neighbours as there are. What is
// read beyond the last feature counts for nothing, and so does a key beyond the last.

// CHECK-LABEL: gpu.module @odd_device
// CHECK: gpu.func @odd_3warps
// CHECK: vector.load {{.*}} {alignment = 8 : i64} : memref<?x81x20xf16>, vector<4xf16>
// CHECK: vector.load {{.*}} {alignment = 4 : i64} : memref<?x81x6xf16>, vector<2xf16>
// CHECK: vector.load {{.*}} : memref<?x3x20xf16>, vector<4xf16>
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: %[[THERE:.*]] = arith.cmpi slt, %{{.*}}, %c81_i32
// CHECK: arith.select %[[THERE]], %{{.*}}, %{{.*}} : f32
func.func private @odd(%q: tensor<?x3x20xf16>, %k: tensor<?x81x20xf16>,
                       %v: tensor<?x81x6xf16>) -> tensor<?x3x6xf16>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %v scale 0.25
      : tensor<?x3x20xf16>, tensor<?x81x20xf16>, tensor<?x81x6xf16>
  %1 = nn.cast %0 : tensor<?x3x6xf32> to tensor<?x3x6xf16>
  return %1 : tensor<?x3x6xf16>
}

// tf32 is f32 in memory; what is computed on the way is so element by element.

// CHECK-LABEL: gpu.module @rounded_device
// CHECK: gpu.func @rounded_4warps
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : memref<?x49x64xf32>, vector<8xf32>
// CHECK: memref.load {{.*}} : memref<?x49x64xf32>
// CHECK: nvvm.convert.float.to.tf32
func.func private @rounded(%q: tensor<?x1x64xf32>, %k: tensor<?x49x64xf32>,
                           %v: tensor<?x49x64xf32>) -> tensor<?x1x64xf32>
    attributes {nn.kernel} {
  %0 = nn.round_tf32 %v : tensor<?x49x64xf32>
  %1 = nn.attention %q, %k, %0 scale 0.125 tf32
      : tensor<?x1x64xf32>, tensor<?x49x64xf32>, tensor<?x49x64xf32>
  return %1 : tensor<?x1x64xf32>
}

// f32 is multiplied as it is, whatever a model's precision.

// CHECK-LABEL: gpu.module @exact_device
// CHECK: gpu.func @exact_4warps
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : memref<?x49x64xf32>, vector<8xf32>
// CHECK-NOT: nvvm.convert.float.to.tf32
// CHECK: func.func private @exact
func.func private @exact(%q: tensor<?x1x64xf32>, %k: tensor<?x49x64xf32>)
    -> tensor<?x1x64xf32> attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %k scale 0.125
      : tensor<?x1x64xf32>, tensor<?x49x64xf32>, tensor<?x49x64xf32>
  return %0 : tensor<?x1x64xf32>
}
