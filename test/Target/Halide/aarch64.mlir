// Kernels for AArch64 use its vectors, and what its extensions have. `//` begins
// comments in the assembly.
// RUN: split-file %s %t
// RUN: vitrail-translate --halide-to-asm --target aarch64 %t/axpy.mlir | FileCheck %s --check-prefix=AXPY
// AXPY: fmla{{.*}}.4s

// RUN: vitrail-translate --halide-to-asm --target aarch64 %t/dot.mlir | FileCheck %s --check-prefix=NO-DOT
// RUN: vitrail-translate --halide-to-asm --target aarch64+dotprod %t/dot.mlir | FileCheck %s --check-prefix=DOT
// NO-DOT-NOT: sdot
// NO-DOT: smull
// NO-DOT-NOT: sdot
// DOT: sdot{{.*}}.4s, v{{.*}}.16b, v{{.*}}.16b

// RUN: vitrail-translate --halide-to-asm --target aarch64 %t/halves.mlir | FileCheck %s --check-prefix=NO-FP16
// RUN: vitrail-translate --halide-to-asm --target aarch64+fp16 %t/halves.mlir | FileCheck %s --check-prefix=FP16
// NO-FP16-NOT: fcvtl
// NO-FP16: .size halves
// FP16: fcvtl{{.*}}.4s, v{{.*}}.4h

//--- axpy.mlir
halide.pipeline @axpy {
  halide.input @x : f32 [256]
  halide.input @y : f32 [256]
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %a = arith.constant 3.0 : f32
    %product = arith.mulf %a, %x : f32
    %sum = arith.addf %product, %y : f32
    halide.yield %sum : f32
  }
  halide.output @f [256]
  halide.split @f "i" into "io", "ii" by 16
  halide.vectorize @f "ii"
}
//--- dot.mlir
halide.pipeline @dot {
  halide.input @a : i8 [64]
  halide.input @b : i8 [64, 8]
  halide.rdom @r ["k"] min [0] extent [64]
  halide.func @sum ["i"] : i32 {
  ^bb0(%i: i32):
    %zero = arith.constant 0 : i32
    halide.yield %zero : i32
  }
  halide.update @sum over @r {
  ^bb0(%i: i32, %k: i32):
    %old = halide.call @sum(%i) : i32
    %a = halide.call @a(%k) : i8
    %b = halide.call @b(%k, %i) : i8
    %wide_a = arith.extsi %a : i8 to i32
    %wide_b = arith.extsi %b : i8 to i32
    %product = arith.muli %wide_a, %wide_b : i32
    %new = arith.addi %old, %product : i32
    halide.yield %new : i32
  }
  halide.output @sum [8]
  halide.split @sum update 0 "k" into "ko", "ki" by 16
  halide.atomic @sum update 0
  halide.vectorize @sum update 0 "ki"
}
//--- halves.mlir
halide.pipeline @halves {
  halide.input @h : f16 [64]
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %h = halide.call @h(%i) : f16
    %x = arith.extf %h : f16 to f32
    halide.yield %x : f32
  }
  halide.output @f [64]
  halide.split @f "i" into "io", "ii" by 8
  halide.vectorize @f "ii"
}
