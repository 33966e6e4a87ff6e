// A product with the schedule operations that such kernels use, down to the
// loops that Halide makes of it.
// RUN: vitrail-translate --halide-to-stmt --target x86-64-v3 %s | FileCheck %s
// RUN: vitrail-translate --halide-to-object %s -o %t.o
// RUN: %cc -std=c11 -I %halide_include %S/Inputs/product.c %t.o -lm -o %t
// RUN: %t | FileCheck %s --check-prefix=ERRORS

halide.pipeline @product {
  halide.input @A : f32 [96, 10]
  halide.input @W : f32 [16, 96, 2]
  halide.input @B : f32 [32]
  halide.rdom @r ["k"] min [0] extent [96]

  halide.func @acc ["ni", "no", "m"] : f32 {
  ^bb0(%ni: i32, %no: i32, %m: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.update @acc over @r {
  ^bb0(%ni: i32, %no: i32, %m: i32, %k: i32):
    %old = halide.call @acc(%ni, %no, %m) : f32
    %a = halide.call @A(%k, %m) : f32
    %w = halide.call @W(%ni, %k, %no) : f32
    %product = arith.mulf %a, %w : f32
    %new = arith.addf %old, %product : f32
    halide.yield %new : f32
  }
  halide.func @C ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %tile = arith.constant 16 : i32
    %ni = halide.mod %n, %tile
    %no = arith.floordivsi %n, %tile : i32
    %sum = halide.call @acc(%ni, %no, %m) : f32
    %bias = halide.call @B(%n) : f32
    %biased = arith.addf %sum, %bias : f32
    halide.yield %biased : f32
  }
  halide.output @C [32, 10]

  halide.split @C "n" into "no", "ni" by 16 tail round_up
  halide.split @C "m" into "mo", "mi" by 4 tail guard_with_if
  halide.reorder @C ["ni", "mi", "mo", "no"]
  halide.vectorize @C "ni"
  halide.parallel @C "no"
  halide.bound_extent @acc "ni" extent 16
  halide.compute_at @acc at @C "mo"
  halide.store_in @acc stack
  halide.vectorize @acc "ni"
  halide.split @acc update 0 "m" into "ma", "mb" by 4 tail guard_with_if
  halide.reorder @acc update 0 ["ni", "mb", "k", "ma"]
  halide.vectorize @acc update 0 "ni"
  halide.unroll @acc update 0 "mb"
}

// CHECK-LABEL: produce C {
// CHECK-NEXT:  parallel (C.s0.n.no, 0, 2) {
// CHECK-NEXT:    for (C.s0.m.mo, 0, 2) {
// CHECK-NEXT:      allocate acc[float32 * 64] in Stack
// CHECK:           for (acc.s1.k, 0, 96) {
// CHECK-COUNT-4:     acc[ramp({{[0-9]+}}, 1, 16)] = {{.*}} + (W[ramp({{.*}}, 1, 16)
// CHECK-NEXT:      }
// CHECK:         consume acc {
// CHECK:           C[ramp({{.*}}, 1, 16){{.*}}] = acc[ramp({{.*}}, 1, 16)
// The last two rows of ten are a tile of their own.
// CHECK:         allocate acc[float32 * 32] in Stack
// CHECK:         for (acc.s1.k, 0, 96) {
// CHECK-COUNT-2:     acc[ramp({{[0-9]+}}, 1, 16)] = {{.*}} + (W[ramp({{.*}}, 1, 16)
// CHECK-NEXT:    }

// The program hands in buffers that are wrong, each in one way.
// ERRORS: halide_error_constraint_violated: A.extent.0
// ERRORS-NEXT: halide_error_buffer_argument_is_null: W
// ERRORS-NEXT: halide_error_bad_type: Output buffer C
// ERRORS-NEXT: halide_error_constraint_violated: C.stride.1
// ERRORS-NOT: {{.}}
