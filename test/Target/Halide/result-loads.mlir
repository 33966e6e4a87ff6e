// A result that another one is computed from is in the caller's memory, whose
// vectors are not aligned.
// RUN: vitrail-translate --halide-to-asm --target x86-64-v3 %s -o - \
// RUN:   | FileCheck %s --implicit-check-not=vmovaps --implicit-check-not=vmovapd
// RUN: vitrail-translate --halide-to-object %s -o %t.o
// RUN: %cc -std=c11 -I %halide_include %S/Inputs/result-loads.c %t.o -o %t
// RUN: %t

// CHECK: vmovups

halide.pipeline @results {
  halide.input @in : f32 [64]
  halide.func @first ["i"] : f32 {
  ^bb0(%i: i32):
    %x = halide.call @in(%i) : f32
    %y = arith.addf %x, %x : f32
    halide.yield %y : f32
  }
  halide.output @first [64]
  halide.split @first "i" into "o", "l" by 8 tail round_up
  halide.vectorize @first "l"
  halide.func @second ["i"] : f32 {
  ^bb0(%i: i32):
    %x = halide.call @first(%i) : f32
    %y = arith.mulf %x, %x : f32
    halide.yield %y : f32
  }
  halide.output @second [64]
  halide.split @second "i" into "o", "l" by 8 tail round_up
  halide.vectorize @second "l"
}
