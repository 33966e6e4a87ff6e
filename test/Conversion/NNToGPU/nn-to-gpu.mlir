// Products and attention become kernels for tensor cores, of two kinds of GPUs; the
// rest stays.

// RUN: vitrail-opt %s --split-input-file --convert-nn-to-gpu \
// RUN:   --remarks-filter=convert-nn-to-gpu --remark-format=emitRemark 2>%t.remarks \
// RUN:   | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --implicit-check-not=remark: <%t.remarks

// A block for each tile of 128 rows and 128 columns, or of fewer if these are too
// few blocks; the left-hand side and the panels are copied to a ring of four stages
// while older ones are multiplied.

// CHECK-LABEL: gpu.module @linear_device
// CHECK: gpu.func @linear_128x128(%{{.*}}: memref<bf16> {llvm.align = 16 : i64, llvm.noalias}, %{{.*}}: memref<bf16> {{.*}}, %{{.*}}: memref<f32> {{.*}}, %{{.*}}: memref<bf16> {{.*}}, %[[BATCH:.*]]: index) kernel
// CHECK-SAME: nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK: memref.reinterpret_cast {{.*}} sizes: [%[[BATCH]], 197, 768], strides: [151296, 768, 1]
// CHECK: memref.view {{.*}} to memref<4x128x32xbf16, #gpu.address_space<workgroup>>
// CHECK: memref.view {{.*}} to memref<4x32x128xbf16, #gpu.address_space<workgroup>>
// CHECK: nvgpu.device_async_copy {{.*}}, 8 {bypassL1} : memref<36x768x64xbf16
// CHECK: nvgpu.device_async_copy {{.*}}, 8 {bypassL1} : memref<?x197x768xbf16
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.wait.group 2
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: nvgpu.ldmatrix {{.*}} {numTiles = 4 : i32, transpose = false} : memref<4x128x32xbf16
// CHECK: nvgpu.ldmatrix {{.*}} {numTiles = 4 : i32, transpose = true} : memref<4x32x128xbf16
// CHECK: nvgpu.mma.sync{{.*}} {mmaShape = [16, 8, 16]} : (vector<4x2xbf16>, vector<2x2xbf16>, vector<2x2xf32>) -> vector<2x2xf32>
// CHECK: scf.for
// CHECK: arith.truncf {{.*}} : f32 to bf16
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : memref<?x197x2304xbf16>, vector<8xbf16>
// CHECK: gpu.func @linear_64x64(
// CHECK: gpu.func @linear_32x64(

// GPUs of compute capability 9.0 have tiles of their own. Boxes of both operands
// are copied by one thread of the last warp; two sets of four warps take turns, of
// which each has the tensor cores while the other stores a tile.

// CHECK: gpu.module @linear_device_sm_90a [#nvvm.target<O = 3, chip = "sm_90a", features = "+ptx80">]
// CHECK: gpu.func @linear_128x128(
// CHECK-SAME: %[[LEFTMAP:[a-z0-9]*]]: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>}, %[[RIGHTMAP:[a-z0-9]*]]: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>}, %[[RESULTMAP:[a-z0-9]*]]: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>}) kernel
// CHECK-SAME: nvvm.reqntid = array<i32: 288, 1, 1>
// CHECK: %[[LEFT:.*]] = memref.view {{.*}} to memref<5x128x64xbf16, #gpu.address_space<workgroup>>
// CHECK: %[[RIGHT:.*]] = memref.view {{.*}} to memref<5x128x64xbf16, #gpu.address_space<workgroup>>
// CHECK: memref.view {{.*}} to memref<10xi64, #gpu.address_space<workgroup>>
// CHECK: %[[BOXES:.*]] = memref.view {{.*}} to memref<16x16x64xbf16, #gpu.address_space<workgroup>>
// CHECK-COUNT-10: nvvm.mbarrier.init
// CHECK-NOT: nvvm.mbarrier.init
// CHECK: nvvm.fence.mbarrier.init
// CHECK: gpu.barrier
// CHECK: memref.extract_aligned_pointer_as_index %[[LEFT]]
// CHECK: %[[A:.*]] = arith.ori %{{.*}}, %{{.*}} : i64
// CHECK: memref.extract_aligned_pointer_as_index %[[RIGHT]]
// CHECK: %[[B:.*]] = arith.ori %{{.*}}, %{{.*}} : i64
// CHECK: nvvm.barrier.arrive id = %{{.*}} number_of_threads = %c256
// CHECK: scf.for
// CHECK: nvvm.barrier id = %{{.*}} number_of_threads = %c256
// CHECK: nvvm.mbarrier.try_wait.parity
// CHECK: arith.addi %[[A]],
// CHECK: arith.addi %[[B]],
// CHECK: nvvm.wgmma.fence.aligned
// CHECK-COUNT-2: nvvm.wgmma.mma_async {{.*}}, <m = 64, n = 128, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <row>]
// CHECK-COUNT-6: nvvm.wgmma.mma_async {{.*}}, <m = 64, n = 128, k = 16>, D[<f32>, <one>]
// CHECK: nvvm.wgmma.commit.group.sync.aligned
// CHECK: scf.for
// CHECK: nvvm.mbarrier.try_wait.parity
// CHECK-COUNT-8: nvvm.wgmma.mma_async
// CHECK: nvvm.wgmma.wait.group.sync.aligned 1
// CHECK: nvvm.mbarrier.arrive %
// CHECK: nvvm.barrier.arrive id = %{{.*}} number_of_threads = %c256
// CHECK-COUNT-2: llvm.inline_asm has_side_effects asm_dialect = att "wgmma.wait_group.sync.aligned 0;"
// CHECK: nvvm.mbarrier.arrive %

// A warp has two boxes of the result in shared memory, one of which it computes
// while the other leaves: matrices of 8 x 8, as threads have them.

// CHECK: scf.if
// CHECK: nvvm.cp.async.bulk.wait_group 1 {read}
// CHECK: nvvm.bar.warp.sync
// CHECK: arith.truncf {{.*}} : f32 to bf16
// CHECK: memref.extract_aligned_pointer_as_index %[[BOXES]]
// CHECK-COUNT-4: nvvm.stmatrix {{.*}} layout = #nvvm.mma_layout<row>
// CHECK: nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
// CHECK: nvvm.bar.warp.sync
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta %[[RESULTMAP]], %{{.*}}, box[%{{.*}}, %{{.*}}]
// CHECK: nvvm.cp.async.bulk.commit.group
// CHECK-COUNT-3: nvvm.cp.async.bulk.tensor.global.shared.cta %[[RESULTMAP]]
// CHECK: nvvm.cp.async.bulk.wait_group 0 {read}
// CHECK: nvvm.mbarrier.try_wait.parity
// CHECK: nvvm.mbarrier.arrive.expect_tx %{{.*}}, %c32768
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %[[LEFTMAP]], %{{.*}}, box[%{{.*}}, %{{.*}}] :
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %[[RIGHTMAP]], %{{.*}}, box[%{{.*}}, %{{.*}}, %{{.*}}] :
// CHECK: gpu.func @linear_128x64(
// CHECK-SAME: nvvm.reqntid = array<i32: 288, 1, 1>

// The function that launches them asks which GPU it is. The tile whose turns take
// the least time is that of as many rows as there are; blocks are no more than run
// at a time.

// CHECK: func.func private @linear(%[[X:.*]]: memref<?x197x768xbf16>, %{{.*}}: memref<36x768x64xbf16>, %{{.*}}: memref<2304xf32>, %[[Y:.*]]: memref<?x197x2304xbf16>) {
// CHECK: %[[N:.*]] = memref.dim %[[Y]], %{{.*}}
// CHECK: %[[CAPABILITY:.*]] = halide.device_capability
// CHECK: %[[HOPPER:.*]] = arith.cmpi eq, %[[CAPABILITY]], %{{.*}} : index
// CHECK: scf.if %[[HOPPER]] {
// CHECK:   %[[COUNT:.*]] = halide.device_multiprocessors
// CHECK:   %[[TIME:.*]] = arith.minui
// CHECK:   %[[SLOWER:.*]] = arith.cmpi uge, %[[TIME]], %{{.*}}
// CHECK:   scf.if %[[SLOWER]] {
// CHECK:     gpu.launch_func @linear_device_sm_90a::@linear_128x64 blocks in
// CHECK:   } else {
// CHECK:     %[[LAUNCHED:.*]] = arith.minui %{{.*}}, %{{.*}} : index
// CHECK:     %[[MAP:.*]] = halide.tensor_map %{{.*}}[%{{.*}}, %{{.*}}] box [128, 64] : memref<bf16> -> !llvm.ptr
// CHECK:     %[[PANELS:.*]] = halide.tensor_map %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] box [2, 64, 64] : memref<bf16> -> !llvm.ptr
// CHECK:     %[[STORED:.*]] = halide.tensor_map %{{.*}}[%{{.*}}, %{{.*}}] box [16, 64] : memref<bf16> -> !llvm.ptr
// CHECK:     gpu.launch_func @linear_device_sm_90a::@linear_128x128 blocks in (%[[LAUNCHED]], %{{.*}}, %{{.*}}) {{.*}}%[[MAP]] : !llvm.ptr, %[[PANELS]] : !llvm.ptr, %[[STORED]] : !llvm.ptr)
// CHECK: } else {
// CHECK: %[[COUNT:.*]] = arith.ceildivui
// CHECK: %[[BLOCKS:.*]] = arith.muli %[[COUNT]],
// CHECK: %[[FULL:.*]] = arith.cmpi uge, %[[BLOCKS]]
// CHECK: scf.if %[[FULL]] {
// CHECK:   gpu.launch_func @linear_device::@linear_128x128 blocks in (%[[BLOCKS]],
// CHECK: } else {
// CHECK:   gpu.launch_func @linear_device::@linear_64x64 blocks in
// CHECK:   gpu.launch_func @linear_device::@linear_32x64 blocks in
// CHECK: func.func @run
// CHECK: halide.launch @linear(%{{.*}}, %{{.*}}, %{{.*}}) :
func.func private @linear(%x: tensor<?x197x768xbf16>, %w: tensor<36x768x64xbf16>,
                          %b: tensor<2304xf32>) -> tensor<?x197x2304xbf16>
    attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w bias %b features 2304
      : tensor<?x197x768xbf16>, tensor<36x768x64xbf16>, tensor<2304xf32>
  %z = nn.gelu %y : tensor<?x197x2304xf32>
  %c = nn.cast %z : tensor<?x197x2304xf32> to tensor<?x197x2304xbf16>
  return %c : tensor<?x197x2304xbf16>
}
func.func @run(%x: tensor<?x197x768xbf16>) -> tensor<?x197x2304xbf16> {
  %w = nn.parameter "w" : tensor<36x768x64xbf16>
  %b = nn.parameter "b" : tensor<2304xf32>
  %y = call @linear(%x, %w, %b)
      : (tensor<?x197x768xbf16>, tensor<36x768x64xbf16>, tensor<2304xf32>)
      -> tensor<?x197x2304xbf16>
  return %y : tensor<?x197x2304xbf16>
}

// -----

// Where panels have rows that are no whole boxes, all threads copy chunks, and
// products of a stage run until those of the next have begun.

// CHECK-LABEL: gpu.module @narrow_device_sm_90a
// CHECK: gpu.func @narrow_128x96(
// CHECK-SAME: nvvm.reqntid = array<i32: 256, 1, 1>
// CHECK: %[[LEFT:.*]] = memref.view {{.*}} to memref<4x128x64xf16, #gpu.address_space<workgroup>>
// CHECK: %[[RIGHT:.*]] = memref.view {{.*}} to memref<4x192x32xf16, #gpu.address_space<workgroup>>
// CHECK: nvvm.cp.async.commit.group
// CHECK: memref.extract_aligned_pointer_as_index %[[LEFT]]
// CHECK: memref.extract_aligned_pointer_as_index %[[RIGHT]]
// CHECK: scf.for
// CHECK: nvvm.cp.async.wait.group 2
// CHECK: nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
// CHECK: gpu.barrier
// CHECK: nvvm.wgmma.fence.aligned
// CHECK-COUNT-4: nvvm.wgmma.mma_async {{.*}}, <m = 64, n = 96, k = 16>, D[<f32>, <one>]
// CHECK: nvvm.wgmma.commit.group.sync.aligned
// CHECK: nvvm.wgmma.wait.group.sync.aligned 1
// CHECK: gpu.barrier
// CHECK: nvgpu.device_async_copy
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "wgmma.wait_group.sync.aligned 0;"
// CHECK-NOT: cp.async.bulk
func.func private @narrow(%x: tensor<?x3136x384xf16>, %w: tensor<2x384x48xf16>,
                          %r: tensor<?x3136x96xf32>) -> tensor<?x3136x96xf32>
    attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w features 96
      : tensor<?x3136x384xf16>, tensor<2x384x48xf16>
  %z = nn.add %r, %y : tensor<?x3136x96xf32>, tensor<?x3136x96xf32>
  return %z : tensor<?x3136x96xf32>
}

// -----

// Boxes of a panel that has all columns: beyond the last, there are zeros.

// CHECK-LABEL: gpu.module @whole_device_sm_90a
// CHECK: nvvm.cp.async.bulk.tensor
// CHECK: func.func private @whole(
// CHECK: halide.tensor_map %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] box [1, 64, 64] : memref<f16> -> !llvm.ptr
func.func private @whole(%x: tensor<?x197x256xf16>, %w: tensor<1x256x200xf16>)
    -> tensor<?x197x200xf32> attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w features 200
      : tensor<?x197x256xf16>, tensor<1x256x200xf16>
  return %y : tensor<?x197x200xf32>
}

// -----

// What is added to sums comes to the boxes where the result is computed, three of
// the six of a warp before the products of its tile begin, the others when one has
// left.

// CHECK-LABEL: gpu.module @residual_device_sm_90a
// CHECK: gpu.func @residual_64x192(
// CHECK-SAME: %[[RESULTMAP:[a-z0-9]*]]: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>}, %[[ADDENDMAP:[a-z0-9]*]]: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>}) kernel
// CHECK: memref.view {{.*}} to memref<10xi64, #gpu.address_space<workgroup>>
// CHECK: memref.view {{.*}} to memref<24x16x32xf32, #gpu.address_space<workgroup>>
// CHECK: memref.view {{.*}} to memref<24xi64, #gpu.address_space<workgroup>>
// CHECK-COUNT-34: nvvm.mbarrier.init
// CHECK: scf.for
// CHECK: nvvm.cp.async.bulk.wait_group 0 {read}
// CHECK: nvvm.mbarrier.arrive.expect_tx %{{.*}}, %c2048
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %[[ADDENDMAP]], %{{.*}}, box[%{{.*}}, %{{.*}}]
// CHECK-COUNT-2: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %[[ADDENDMAP]],
// CHECK: nvvm.barrier id =
// CHECK: nvvm.wgmma.mma_async
// CHECK: nvvm.mbarrier.try_wait.parity
// CHECK: %[[ADDENDS:.*]] = llvm.load %[[PAIR:.*]] : !llvm.ptr<3> -> vector<2xf32>
// CHECK: vector.extract %[[ADDENDS]][0] : f32 from vector<2xf32>
// CHECK: arith.addf
// CHECK: llvm.store %{{.*}}, %[[PAIR]] : vector<2xf32>, !llvm.ptr<3>
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta %[[RESULTMAP]], %{{.*}}, box[%{{.*}}, %{{.*}}]
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta %[[RESULTMAP]],
// CHECK: nvvm.cp.async.bulk.wait_group 1 {read}
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %[[ADDENDMAP]],
// CHECK: func.func private @residual(
// CHECK: halide.tensor_map %{{.*}}[%{{.*}}, %c768{{.*}}] box [16, 32] : memref<f32> -> !llvm.ptr
// CHECK: halide.tensor_map %{{.*}}[%{{.*}}, %c768{{.*}}] box [16, 32] : memref<f32> -> !llvm.ptr
func.func private @residual(%x: tensor<?x197x768xf16>, %w: tensor<12x768x64xf16>,
                            %r: tensor<?x197x768xf32>) -> tensor<?x197x768xf32>
    attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w features 768
      : tensor<?x197x768xf16>, tensor<12x768x64xf16>
  %z = nn.add %r, %y : tensor<?x197x768xf32>, tensor<?x197x768xf32>
  return %z : tensor<?x197x768xf32>
}

// -----

// If it has other bytes than the result, it is on its way to the second-level cache
// before the products of its tile begin; sums pass through shared memory.

// CHECK-LABEL: gpu.module @rounded_device_sm_90a
// CHECK: gpu.func @rounded_64x192(
// CHECK: scf.for
// CHECK-COUNT-3: nvvm.prefetch level = L2, %{{.*}} : !llvm.ptr<1>
// CHECK: nvvm.barrier id =
// CHECK: memref.view {{.*}} to memref<8x16x72xf32, #gpu.address_space<workgroup>>
// CHECK: vector.store {{.*}} : memref<?x197x768xf16>, vector<8xf16>
func.func private @rounded(%x: tensor<?x197x768xf16>, %w: tensor<12x768x64xf16>,
                           %r: tensor<?x197x768xf32>) -> tensor<?x197x768xf16>
    attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w features 768
      : tensor<?x197x768xf16>, tensor<12x768x64xf16>
  %z = nn.add %r, %y : tensor<?x197x768xf32>, tensor<?x197x768xf32>
  %c = nn.cast %z : tensor<?x197x768xf32> to tensor<?x197x768xf16>
  return %c : tensor<?x197x768xf16>
}

// -----

// A warp of attention has 16 queries; keys and values are copied in tiles of 64, the
// last of what is left. Weights of the softmax are the left-hand side of the second
// product as they are in registers.

// CHECK-LABEL: gpu.module @attention_device
// CHECK: gpu.func @attention
// CHECK-SAME: nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK: memref.view {{.*}} to memref<1x64x32xf16
// CHECK: memref.view {{.*}} to memref<2x64x32xf16
// CHECK: nvgpu.device_async_copy {{.*}} : memref<?x197x288xf16
// CHECK: scf.for {{.*}} to %c3
// CHECK: nvgpu.ldmatrix {{.*}}transpose = false
// CHECK: nvgpu.mma.sync
// CHECK: gpu.shuffle xor
// CHECK: math.exp2
// CHECK: nvgpu.ldmatrix {{.*}}transpose = true
// CHECK: nvgpu.mma.sync
// CHECK: scf.yield
// CHECK: math.exp2

// By wgmma, four warps have 64 queries and the scores of all keys.

// CHECK: gpu.module @attention_device_sm_90a
// CHECK: gpu.func @attention_64
// CHECK-SAME: nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK: memref.view {{.*}} to memref<1x64x32xf16
// CHECK: memref.view {{.*}} to memref<1x208x32xf16
// CHECK-COUNT-2: nvvm.wgmma.mma_async {{.*}}, <m = 64, n = 208, k = 16>, D[<f32>, {{.*}}], A[<f16>, <one>, <row>], B[<f16>, <one>, <col>]
// CHECK-NOT: scf.for
// CHECK: math.exp2
// CHECK: arith.truncf {{.*}} : vector<2xf32> to vector<2xf16>
// CHECK-COUNT-13: wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16

// CHECK: func.func private @attention
// CHECK: gpu.launch_func @attention_device_sm_90a::@attention_64
// CHECK: gpu.launch_func @attention_device::@attention
func.func private @attention(%x: tensor<?x197x288xf16>) -> tensor<?x197x3x32xf16>
    attributes {nn.kernel} {
  %0 = nn.reshape %x : tensor<?x197x288xf16> to tensor<?x197x3x3x32xf16>
  %1 = nn.transpose %0 [2, 0, 3, 1, 4] : tensor<?x197x3x3x32xf16>
  %2 = nn.cast %1 : tensor<3x?x3x197x32xf16> to tensor<3x?x3x197x32xf32>
  %q0 = nn.slice %2 [0, 0, 0, 0, 0] [1, ?, 3, 197, 32] [1, 1, 1, 1, 1] : tensor<3x?x3x197x32xf32>
  %k0 = nn.slice %2 [1, 0, 0, 0, 0] [1, ?, 3, 197, 32] [1, 1, 1, 1, 1] : tensor<3x?x3x197x32xf32>
  %v0 = nn.slice %2 [2, 0, 0, 0, 0] [1, ?, 3, 197, 32] [1, 1, 1, 1, 1] : tensor<3x?x3x197x32xf32>
  %q = nn.reshape %q0 : tensor<1x?x3x197x32xf32> to tensor<?x3x197x32xf32>
  %k = nn.reshape %k0 : tensor<1x?x3x197x32xf32> to tensor<?x3x197x32xf32>
  %v = nn.reshape %v0 : tensor<1x?x3x197x32xf32> to tensor<?x3x197x32xf32>
  %z = nn.attention %q, %k, %v scale 0.25
      : tensor<?x3x197x32xf32>, tensor<?x3x197x32xf32>, tensor<?x3x197x32xf32>
  %t = nn.transpose %z [0, 2, 1, 3] : tensor<?x3x197x32xf32>
  %c = nn.cast %t : tensor<?x197x3x32xf32> to tensor<?x197x3x32xf16>
  return %c : tensor<?x197x3x32xf16>
}

// -----

// Of more keys than registers have room for, tiles come by, four ahead, for two
// warpgroups where there are many heads, else for one; few queries are no work for
// 64 rows.

// CHECK-LABEL: gpu.module @long_device
// CHECK: gpu.module @long_device_sm_90a
// CHECK: gpu.func @long_128
// CHECK-SAME: nvvm.reqntid = array<i32: 256, 1, 1>
// CHECK: memref.view {{.*}} to memref<4x64x16xf16
// CHECK: nvvm.cp.async.wait.group 2
// CHECK: gpu.func @long_64
// CHECK-SAME: nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK: memref.view {{.*}} to memref<2x160x16xf16
func.func private @long(%q: tensor<?x300x16xf16>) -> tensor<?x300x16xf16>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %q, %q scale 0.25
      : tensor<?x300x16xf16>, tensor<?x300x16xf16>, tensor<?x300x16xf16>
  %1 = nn.cast %0 : tensor<?x300x16xf32> to tensor<?x300x16xf16>
  return %1 : tensor<?x300x16xf16>
}

// CHECK-LABEL: gpu.module @few_device
// CHECK-NOT: sm_90a
// CHECK: func.func private @few
func.func private @few(%q: tensor<?x9x16xf16>, %k: tensor<?x300x16xf16>)
    -> tensor<?x9x16xf16> attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %k scale 0.25
      : tensor<?x9x16xf16>, tensor<?x300x16xf16>, tensor<?x300x16xf16>
  %1 = nn.cast %0 : tensor<?x9x16xf32> to tensor<?x9x16xf16>
  return %1 : tensor<?x9x16xf16>
}

// -----

// f32 is exact, and stays so.

// REMARK: nn-to-gpu.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=exact | Reason="its operands are not of f16, bf16, tf32 or i8"

// CHECK-LABEL: func.func private @exact
// CHECK-SAME: attributes {nn.kernel}
func.func private @exact(%x: tensor<?x64xf32>, %w: tensor<1x64x64xf32>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %y = nn.packed_linear %x, %w features 64 : tensor<?x64xf32>, tensor<1x64x64xf32>
  return %y : tensor<?x64xf32>
}

// REMARK: nn-to-gpu.mlir:[[#@LINE+4]]:1: remark: [Missed] {{.*}} Function=exact_attention | Reason="its operands are not tf32, nor stored as f16 or bf16, and its queries are not few"

// CHECK-LABEL: func.func private @exact_attention
// CHECK-SAME: attributes {nn.kernel}
func.func private @exact_attention(%x: tensor<?x49x64xf32>) -> tensor<?x49x64xf32>
    attributes {nn.kernel} {
  %y = nn.attention %x, %x, %x scale 0.125
      : tensor<?x49x64xf32>, tensor<?x49x64xf32>, tensor<?x49x64xf32>
  return %y : tensor<?x49x64xf32>
}
