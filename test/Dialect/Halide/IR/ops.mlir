// RUN: vitrail-opt %s | FileCheck %s
// RUN: vitrail-opt %s | vitrail-opt | FileCheck %s
// RUN: vitrail-opt %s -mlir-print-op-generic | vitrail-opt | FileCheck %s

// A product with packed weights and a bias: all that a kernel is made of.

// CHECK-LABEL: halide.pipeline @linear {
halide.pipeline @linear {
  // CHECK-NEXT: halide.input @A : f32 [768, 197]
  // CHECK-NEXT: halide.input @W : f32 [48, 768, 16]
  // CHECK-NEXT: halide.input @B : f32 [768]
  halide.input @A : f32 [768, 197]
  halide.input @W : f32 [48, 768, 16]
  halide.input @B : f32 [768]
  // CHECK-NEXT: halide.rdom @r ["k"] min [0] extent [768]
  halide.rdom @r ["k"] min [0] extent [768]

  // CHECK-NEXT: halide.func @acc ["ni", "no", "m"] : f32 {
  // CHECK-NEXT: ^bb0(%ni: i32, %no: i32, %m: i32):
  // CHECK-NEXT:   %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
  // CHECK-NEXT:   halide.yield %[[ZERO]] : f32
  // CHECK-NEXT: }
  halide.func @acc ["ni", "no", "m"] : f32 {
  ^bb0(%ni: i32, %no: i32, %m: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  // CHECK-NEXT: halide.update @acc over @r {
  // CHECK-NEXT: ^bb0(%ni: i32, %no: i32, %m: i32, %k: i32):
  // CHECK-NEXT:   %acc = halide.call @acc(%ni, %no, %m) : f32
  // CHECK-NEXT:   %A = halide.call @A(%k, %m) : f32
  // CHECK-NEXT:   %W = halide.call @W(%ni, %k, %no) : f32
  // CHECK-NEXT:   %[[TERM:.*]] = arith.mulf %A, %W : f32
  // CHECK-NEXT:   %[[SUM:.*]] = arith.addf %acc, %[[TERM]] : f32
  // CHECK-NEXT:   halide.yield %[[SUM]] : f32
  halide.update @acc over @r {
  ^bb0(%ni: i32, %no: i32, %m: i32, %k: i32):
    %0 = halide.call @acc(%ni, %no, %m) : f32
    %1 = halide.call @A(%k, %m) : f32
    %2 = halide.call @W(%ni, %k, %no) : f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %0, %3 : f32
    halide.yield %4 : f32
  }
  // CHECK: halide.func @C ["n", "m"] : f32 {
  // CHECK: halide.mod %n, %{{.*}}
  halide.func @C ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %width = arith.constant 48 : i32
    %ni = halide.mod %n, %width
    %no = arith.floordivsi %n, %width : i32
    %0 = halide.call @acc(%ni, %no, %m) : f32
    %1 = halide.call @B(%n) : f32
    %2 = arith.addf %0, %1 : f32
    halide.yield %2 : f32
  }
  // CHECK: halide.output @C [768, 197]
  halide.output @C [768, 197]

  // CHECK-NEXT: halide.split @C "n" into "no", "ni" by 48 tail round_up
  // CHECK-NEXT: halide.split @C "m" into "mo", "mi" by 9 tail guard_with_if
  // CHECK-NEXT: halide.reorder @C ["ni", "mi", "mo", "no"]
  // CHECK-NEXT: halide.vectorize @C "ni"
  // CHECK-NEXT: halide.unroll @C "mi"
  // CHECK-NEXT: halide.parallel @C "no"
  halide.split @C "n" into "no", "ni" by 48 tail round_up
  halide.split @C "m" into "mo", "mi" by 9 tail guard_with_if
  halide.reorder @C ["ni", "mi", "mo", "no"]
  halide.vectorize @C "ni"
  halide.unroll @C "mi"
  halide.parallel @C "no"
  // CHECK-NEXT: halide.bound_extent @acc "ni" extent 48
  // CHECK-NEXT: halide.compute_at @acc at @C "mo"
  // CHECK-NEXT: halide.split @acc "ni" into "nv", "nl" by 16{{$}}
  // CHECK-NEXT: halide.split @acc update 0 "ni" into "nv", "nl" by 16 tail round_up
  // CHECK-NEXT: halide.reorder @acc update 0 ["nl", "nv", "m", "k"]
  // CHECK-NEXT: halide.vectorize @acc update 0 "nl"
  // CHECK-NEXT: halide.unroll @acc update 0 "nv"
  halide.bound_extent @acc "ni" extent 48
  halide.compute_at @acc at @C "mo"
  halide.split @acc "ni" into "nv", "nl" by 16 tail auto
  halide.split @acc update 0 "ni" into "nv", "nl" by 16 tail round_up
  halide.reorder @acc update 0 ["nl", "nv", "m", "k"]
  halide.vectorize @acc update 0 "nl"
  halide.unroll @acc update 0 "nv"
}

// Reductions, scatters, and every place to compute and store.

// CHECK-LABEL: halide.pipeline @scatter {
halide.pipeline @scatter {
  // CHECK-NEXT: halide.input @X : bf16 [96, ?] strides [1, 112]
  // CHECK-NEXT: halide.rdom @window ["dx", "dy"] min [-1, -2] extent [3, 5]
  halide.input @X : bf16 [96, ?] strides [1, 112]
  halide.rdom @window ["dx", "dy"] min [-1, -2] extent [3, 5]

  // CHECK: %[[NOTHING:.*]] = halide.undef : f32
  // CHECK: halide.yield %[[NOTHING]] : f32
  halide.func @sum ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.undef : f32
    halide.yield %0 : f32
  }
  // CHECK: halide.update @sum {
  // CHECK-NEXT: ^bb0(%x: i32, %y: i32):
  // CHECK: halide.yield %{{.*}} : f32
  halide.update @sum {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @X(%x, %y) : bf16
    %1 = arith.extf %0 : bf16 to f32
    halide.yield %1 : f32
  }
  // CHECK: halide.update @sum over @window {
  // CHECK-NEXT: ^bb0(%x: i32, %y: i32, %dx: i32, %dy: i32):
  // CHECK: halide.yield %{{.*}} at %{{.*}}, %y : f32
  halide.update @sum over @window {
  ^bb0(%x: i32, %y: i32, %dx: i32, %dy: i32):
    %i = arith.addi %dx, %dy : i32
    %0 = halide.call @sum(%i, %y) : f32
    %1 = math.exp %0 : f32
    halide.yield %1 at %i, %y : f32
  }
  // CHECK: halide.func @scalar [] : i1 {
  halide.func @scalar [] : i1 {
    %0 = arith.constant true
    halide.yield %0 : i1
  }
  // CHECK: halide.func @out ["x", "y"] : f32 {
  halide.func @out ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @sum(%x, %y) : f32
    %1 = halide.call @scalar() : i1
    %2 = arith.select %1, %0, %0 : f32
    halide.yield %2 : f32
  }
  // CHECK: halide.output @out [96, ?] strides [1, 128]
  halide.output @out [96, ?] strides [1, 128]

  // CHECK-NEXT: halide.compute_root @scalar
  // CHECK-NEXT: halide.fuse @out "x", "y" into "xy"
  // CHECK-NEXT: halide.split @out "xy" into "xy", "lane" by 8 tail shift_inwards
  // CHECK-NEXT: halide.compute_at @sum at @out "lane"
  // CHECK-NEXT: halide.store_at @sum at @out "xy"
  // CHECK-NEXT: halide.store_in @sum stack
  // CHECK-NEXT: halide.bound @sum "x" min -1 extent 96
  // CHECK-NEXT: halide.align_storage @sum "x" by 16
  // CHECK-NEXT: halide.reorder_storage @sum ["y", "x"]
  halide.compute_root @scalar
  halide.fuse @out "x", "y" into "xy"
  halide.split @out "xy" into "xy", "lane" by 8 tail shift_inwards
  halide.compute_at @sum at @out "lane"
  halide.store_at @sum at @out "xy"
  halide.store_in @sum stack
  halide.bound @sum "x" min -1 extent 96
  halide.align_storage @sum "x" by 16
  halide.reorder_storage @sum ["y", "x"]
  // CHECK-NEXT: halide.parallel @sum update 0 "y"
  // CHECK-NEXT: halide.reorder @sum update 1 ["dy", "dx", "y"]
  // CHECK-NEXT: halide.atomic @sum update 1
  // CHECK-NEXT: halide.allow_race_conditions @sum update 1
  // CHECK-NEXT: halide.vectorize @sum update 1 "dx"
  // CHECK-NEXT: halide.multiply_on_tiles @sum update 0
  halide.parallel @sum update 0 "y"
  halide.reorder @sum update 1 ["dy", "dx", "y"]
  halide.atomic @sum update 1
  halide.allow_race_conditions @sum update 1
  halide.vectorize @sum update 1 "dx"
  halide.multiply_on_tiles @sum update 0
}

// Tensors have their extents in the other order.

// CHECK-LABEL: func.func @launches(
// CHECK-SAME:    %[[X:.*]]: tensor<?x96xbf16>)
// CHECK-NEXT:  %[[Y:.*]] = halide.launch @scatter(%[[X]]) : (tensor<?x96xbf16>) -> tensor<?x96xf32>
// CHECK-NEXT:  return %[[Y]]
func.func @launches(%x: tensor<?x96xbf16>) -> tensor<?x96xf32> {
  %y = halide.launch @scatter(%x) : (tensor<?x96xbf16>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// A func inlined in another is computed where that one is, and what is called
// through it can be computed there too.

// CHECK-LABEL: halide.pipeline @through
halide.pipeline @through {
  halide.func @inner ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @inlined ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.call @inner(%x) : f32
    halide.yield %0 : f32
  }
  halide.func @out ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.call @inlined(%x) : f32
    halide.yield %0 : f32
  }
  halide.output @out [64]
  // CHECK: halide.split @out "x" into "xo", "xi" by 8
  // CHECK-NEXT: halide.compute_at @inner at @out "xo"
  // CHECK-NEXT: halide.store_in @inner register
  halide.split @out "x" into "xo", "xi" by 8
  halide.compute_at @inner at @out "xo"
  halide.store_in @inner register
}

// Loops of a GPU, and memory that a block shares.
// CHECK-LABEL: halide.pipeline @on_gpu
halide.pipeline @on_gpu {
  halide.input @x : f32 [64, ?]
  halide.func @row ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @x(%i, %j) : f32
    halide.yield %0 : f32
  }
  halide.func @out ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @row(%i, %j) : f32
    halide.yield %0 : f32
  }
  halide.func @count [] : i32 {
  ^bb0:
    %nothing = halide.undef : i32
    halide.yield %nothing : i32
  }
  halide.update @count {
  ^bb0:
    %one = arith.constant 1 : i32
    halide.yield %one : i32
  }
  halide.output @out [64, ?]
  halide.output @count []
  // CHECK: halide.gpu_blocks @out "j"
  // CHECK-NEXT: halide.gpu_threads @out "i"
  // CHECK-NEXT: halide.compute_at @row at @out "j"
  // CHECK-NEXT: halide.store_in @row gpu_shared
  // CHECK-NEXT: halide.gpu_lanes @row "i"
  // CHECK-NEXT: halide.gpu_single_thread @count update 0
  halide.gpu_blocks @out "j"
  halide.gpu_threads @out "i"
  halide.compute_at @row at @out "j"
  halide.store_in @row gpu_shared
  halide.gpu_lanes @row "i"
  halide.gpu_single_thread @count update 0
}

// A pipeline that leaves most of its output alone.
// CHECK-LABEL: halide.pipeline @clear_first
halide.pipeline @clear_first {
  halide.func @f ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %nothing = halide.undef : f32
    halide.yield %nothing : f32
  }
  halide.update @f {
  ^bb0(%i: i32, %n: i32):
    %zero = arith.constant 0.0 : f32
    %first = arith.constant 0 : i32
    halide.yield %zero at %first, %n : f32
  }
  halide.output @f [96, ?]
}

// CHECK-LABEL: func.func @launch_into(
// CHECK-SAME:  %[[X:.*]]: tensor<?x96xf32>)
// CHECK-NEXT:  %[[Y:.*]] = halide.launch @clear_first() into (%[[X]] : tensor<?x96xf32>) : () -> tensor<?x96xf32>
// CHECK-NEXT:  return %[[Y]]
func.func @launch_into(%x: tensor<?x96xf32>) -> tensor<?x96xf32> {
  %y = halide.launch @clear_first() into (%x : tensor<?x96xf32>)
      : () -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// CHECK-LABEL: func.func private @choose(
// CHECK: %[[CAPABILITY:.*]] = halide.device_capability
// CHECK: arith.cmpi eq, %[[CAPABILITY]], %{{.*}} : index
func.func private @choose(%x: memref<?xf32>) {
  %capability = halide.device_capability
  %hopper = arith.constant 90 : index
  %is_hopper = arith.cmpi eq, %capability, %hopper : index
  return
}

// CHECK-LABEL: func.func private @divide_work(
// CHECK: halide.device_multiprocessors
func.func private @divide_work(%x: memref<?xf32>) {
  %multiprocessors = halide.device_multiprocessors
  return
}

// CHECK-LABEL: func.func private @describe(
// CHECK: halide.tensor_map %{{.*}}[%{{.*}}, %{{.*}}] box [128, 64] : memref<f16> -> !llvm.ptr
func.func private @describe(%x: memref<f16>, %rows: index, %k: index) {
  %map = halide.tensor_map %x[%rows, %k] box [128, 64] : memref<f16> -> !llvm.ptr
  return
}
