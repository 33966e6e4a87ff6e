// A block that loads tiles into shared memory in a loop loads an iteration
// ahead: before the loop, and in it between its only barrier and the work. One
// more barrier stands behind the loop.
//
// RUN: vitrail-translate --halide-to-asm --target cuda %s -o - | FileCheck %s
// LLVM puts the work first.
// CHECK:      .entry
// CHECK-SAME: ld.global
// CHECK-SAME: ld.shared
// CHECK-SAME: st.shared
// CHECK-SAME: bar.sync
// CHECK-SAME: ld.global
// CHECK-SAME: bar.sync
// CHECK-SAME: st.global
//
// RUN: vitrail-translate --halide-to-asm --target opencl %s -o - | FileCheck %s --check-prefix=OPENCL
// OPENCL:      __kernel void
// OPENCL-SAME: for (
// OPENCL-SAME: barrier(
// OPENCL-SAME: barrier(

// Sums that stay in registers while the loop runs are those of each thread.
// What is not, is an error.
// RUN: sed "/own/!s,call @sum(%i),call @sum(%mirrored)," %s | not vitrail-translate --halide-to-asm --target cuda -o - 2>&1 | FileCheck %s --check-prefix=OTHERS
// OTHERS: error: kernel 'mirrored': '@sum' cannot be kept in the registers of threads: threads read each other's elements
// RUN: sed 's,// serial: ,,' %s | not vitrail-translate --halide-to-asm --target cuda -o - 2>&1 | FileCheck %s --check-prefix=SERIAL
// SERIAL: '@sum' cannot be kept in the registers of threads: an index depends on a loop that is neither unrolled nor of threads
// RUN: sed 's/@out ."i". : f32/@out ["i", "j"] : f32/; s/(%i: i32): .. and j/(%i: i32, %j: i32):/; s/@out .64./@out [64, 2]/; s,// rows: ,,' %s | not vitrail-translate --halide-to-asm --target cuda -o - 2>&1 | FileCheck %s --check-prefix=COMMON
// COMMON: '@sum' cannot be kept in the registers of threads: threads have elements in common

halide.pipeline @mirrored {
  halide.input @x : f32 [64, 8]
  halide.rdom @k ["k"] min [0] extent [8]
  halide.func @row ["i", "k"] : f32 {
  ^bb0(%i: i32, %k: i32):
    %x = halide.call @x(%i, %k) : f32
    halide.yield %x : f32
  }
  halide.func @sum ["i"] : f32 {
  ^bb0(%i: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.update @sum over @k {
  ^bb0(%i: i32, %k: i32):
    %old = halide.call @sum(%i) : f32 // own
    %last = arith.constant 63 : i32
    %other = arith.subi %last, %i : i32
    %row = halide.call @row(%other, %k) : f32
    %new = arith.addf %old, %row : f32
    halide.yield %new : f32
  }
  halide.func @out ["i"] : f32 {
  ^bb0(%i: i32): // and j
    %last = arith.constant 63 : i32
    %mirrored = arith.subi %last, %i : i32
    %sum = halide.call @sum(%i) : f32
    halide.yield %sum : f32
  }
  halide.output @out [64]
  halide.split @out "i" into "block", "i" by 64 tail round_up
  halide.gpu_threads @out "i"
  // rows: halide.reorder @out ["i", "j", "block"]
  // rows: halide.gpu_threads @out "j"
  halide.gpu_blocks @out "block"
  halide.compute_at @sum at @out "block"
  halide.store_in @sum register
  // serial: halide.split @sum "i" into "i", "element" by 2 tail round_up
  halide.gpu_threads @sum "i"
  halide.reorder @sum update 0 ["i", "k"]
  halide.gpu_threads @sum update 0 "i"
  halide.compute_at @row at @sum "k"
  halide.store_in @row gpu_shared
  halide.gpu_threads @row "i"
}
