// Every schedule operation, by the loops that it makes and by what is computed.
// RUN: split-file %s %t
// RUN: vitrail-translate --halide-to-stmt %t/loops.mlir | FileCheck %s --check-prefix=LOOPS
// RUN: vitrail-translate --halide-to-stmt %t/storage.mlir | FileCheck %s --check-prefix=STORAGE
// RUN: vitrail-translate --halide-to-stmt %t/sums.mlir | FileCheck %s --check-prefix=SUMS
// RUN: vitrail-translate --halide-to-object %t/loops.mlir -o %t/loops.o
// RUN: vitrail-translate --halide-to-object %t/storage.mlir -o %t/storage.o
// RUN: vitrail-translate --halide-to-object %t/sums.mlir -o %t/sums.o
// RUN: %cc -std=c11 -I %halide_include %S/Inputs/schedules.c %t/loops.o %t/storage.o %t/sums.o -lm -o %t/schedules
// RUN: %t/schedules

// Splits with each tail, on a batch that is known at run time only; rows are
// strided.
//--- loops.mlir
halide.pipeline @loops {
  halide.input @x : f32 [40, 7, ?] strides [1, 48, 336]
  halide.func @a ["i", "j", "n"] : f32 {
  ^bb0(%i: i32, %j: i32, %n: i32):
    // Rounded up, @a is computed beyond the end of @x.
    %end = arith.constant 39 : i32
    %within = arith.minsi %i, %end : i32
    %x = halide.call @x(%within, %j, %n) : f32
    %y = arith.addf %x, %x : f32
    halide.yield %y : f32
  }
  halide.func @b ["i", "j", "n"] : f32 {
  ^bb0(%i: i32, %j: i32, %n: i32):
    %a = halide.call @a(%i, %j, %n) : f32
    %y = arith.mulf %a, %a : f32
    halide.yield %y : f32
  }
  halide.func @c ["i", "j", "n"] : f32 {
  ^bb0(%i: i32, %j: i32, %n: i32):
    %b = halide.call @b(%i, %j, %n) : f32
    %one = arith.constant 1.0 : f32
    %y = arith.addf %b, %one : f32
    halide.yield %y : f32
  }
  halide.func @d ["i", "j", "n"] : f32 {
  ^bb0(%i: i32, %j: i32, %n: i32):
    %c = halide.call @c(%i, %j, %n) : f32
    %y = arith.negf %c : f32
    halide.yield %y : f32
  }
  halide.output @d [40, 7, ?]

  halide.split @a "i" into "io" , "ii" by 16 tail round_up
  halide.vectorize @a "ii"
  halide.compute_at @a at @d "jn"
  halide.split @b "i" into "io" , "ii" by 16 tail predicate
  halide.vectorize @b "ii"
  halide.compute_at @b at @d "jn"
  halide.split @c "i" into "io" , "ii" by 16 tail shift_inwards
  halide.vectorize @c "ii"
  halide.compute_at @c at @d "jn"
  halide.split @d "i" into "io" , "ii" by 20
  halide.unroll @d "io"
  halide.fuse @d "j", "n" into "jn"
  halide.parallel @d "jn"
}
// LOOPS: assert(x.stride.1 == 48
// LOOPS: produce d {
// LOOPS: let [[N:.*]] = d.extent.2*7
// LOOPS-NEXT: parallel (d.s0.j.jn, 0, [[N]]) {
// LOOPS-NEXT: allocate a[float32 * 48
// LOOPS: for (a.s0.i.io, 0, 2) {
// LOOPS-NEXT: a[ramp(a.s0.i.io*16, 1, 16)
// LOOPS: a[ramp(32, 1, 16)] =
// LOOPS: for (b.s0.i.io, 0, 2) {
// LOOPS: predicate (ramp(32, 1, 16) <= x16(39))
// LOOPS: for (c.s0.i.io, 0, 2) {
// LOOPS: c[ramp(24, 1, 16)] =
// LOOPS-COUNT-2: for (d.s0.i.ii, 0, 20) {

// Where funcs are stored, and how.
//--- storage.mlir
halide.pipeline @storage {
  halide.input @x : f32 [24, 7]
  halide.func @root ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %x = halide.call @x(%i, %j) : f32
    %y = arith.addf %x, %x : f32
    halide.yield %y : f32
  }
  halide.func @wide ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %x = halide.call @root(%i, %j) : f32
    %y = arith.mulf %x, %x : f32
    halide.yield %y : f32
  }
  halide.func @out ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %one = arith.constant 1 : i32
    %next = arith.addi %j, %one : i32
    %here = halide.call @wide(%i, %j) : f32
    %there = halide.call @wide(%i, %next) : f32
    %y = arith.addf %here, %there : f32
    halide.yield %y : f32
  }
  halide.output @out [24, 6]

  halide.compute_root @root
  halide.store_in @root heap
  halide.reorder_storage @root ["j", "i"]
  halide.align_storage @root "j" by 8
  halide.bound @root "j" min 0 extent 7
  halide.store_at @wide at @out "io"
  halide.compute_at @wide at @out "j"
  halide.split @out "i" into "io", "ii" by 8 tail guard_with_if
  halide.reorder @out ["ii", "j", "io"]
}
// The rows of @root are columns in memory, a multiple of 8 apart.
// STORAGE: allocate root[float32 * 24 * 8] in Heap
// STORAGE: for (root.s0.j, 0, 7) {
// STORAGE: root[(root.s0.i*8) + root.s0.j] =
// @wide keeps its last row, so that each is computed once.
// STORAGE: for (out.s0.i.io, 0, 3) {
// STORAGE-NEXT: allocate wide[float32 * 16]
// STORAGE: for (out.s0.j
// STORAGE: for (out.s0.i.ii, 0, 8) {
// STORAGE: free wide
// STORAGE: free root

// Reductions: split and fused domains, atomic vectors, computing at a reduction's
// loop, several updates, parallel updates that race.
//--- sums.mlir
halide.pipeline @sums {
  halide.input @x : f32 [64, 5]
  halide.rdom @r ["k"] min [0] extent [64]
  halide.rdom @square ["p", "q"] min [2, 1] extent [8, 3]
  halide.rdom @pair ["t"] min [0] extent [2]
  halide.func @twice ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %x = halide.call @x(%i, %j) : f32
    %y = arith.addf %x, %x : f32
    halide.yield %y : f32
  }
  halide.func @sum ["j"] : f32 {
  ^bb0(%j: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  // 0: over a whole row
  halide.update @sum over @r {
  ^bb0(%j: i32, %k: i32):
    %old = halide.call @sum(%j) : f32
    %x = halide.call @twice(%k, %j) : f32
    %y = arith.addf %old, %x : f32
    halide.yield %y : f32
  }
  // 1: over a square that does not begin at 0
  halide.update @sum over @square {
  ^bb0(%j: i32, %p: i32, %q: i32):
    %old = halide.call @sum(%j) : f32
    %x = halide.call @x(%p, %q) : f32
    %y = arith.addf %old, %x : f32
    halide.yield %y : f32
  }
  // 2: scattered to the first two
  halide.update @sum over @pair {
  ^bb0(%j: i32, %t: i32):
    %old = halide.call @sum(%t) : f32
    %one = arith.constant 1.0 : f32
    %y = arith.addf %old, %one : f32
    halide.yield %y at %t : f32
  }
  // 3: stores what is there already
  halide.update @sum {
  ^bb0(%j: i32):
    %old = halide.call @sum(%j) : f32
    halide.yield %old : f32
  }
  halide.output @sum [5]

  halide.split @sum update 0 "k" into "ko", "ki" by 16
  halide.split @sum update 0 "ki" into "km", "kv" by 8
  halide.reorder @sum update 0 ["kv", "km", "ko", "j"]
  halide.compute_at @twice at @sum "ko"
  halide.atomic @sum update 0
  halide.vectorize @sum update 0 "kv"
  halide.fuse @sum update 1 "p", "q" into "pq"
  halide.split @sum update 1 "pq" into "pqo", "pqi" by 6
  halide.unroll @sum update 1 "pqi"
  halide.allow_race_conditions @sum update 2
  halide.parallel @sum update 2 "t"
}
// SUMS: for (sum.s1.j, 0, 5) {
// SUMS: for (sum.s1.k.ko, 0, 4) {
// SUMS: produce twice {
// SUMS: for (sum.s1.k.ki.km, 0, 2) {
// SUMS-NEXT: sum[sum.s1.j] = {{.*}}vector_reduce_add({{.*}}ramp(
// SUMS: for (sum.s2.p.pq.pqo, 0, 4) {
// SUMS-COUNT-6: sum[sum.s2.j] =
// SUMS: parallel (sum.s3.t, 0, 2) {
