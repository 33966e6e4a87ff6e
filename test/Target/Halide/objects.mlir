// All kernels of a module, one object each. How many processes compile them
// makes no difference to the bytes, and no two objects define the same symbol
// though their funcs have the same names.
// RUN: rm -rf %t && mkdir -p %t/one %t/three
// RUN: split-file --leading-lines %s %t
// RUN: vitrail-translate --halide-to-objects --directory %t/one %t/good.mlir | FileCheck %s --check-prefix=PATHS
// RUN: vitrail-translate --halide-to-objects --directory %t/three --processes 3 %t/good.mlir | FileCheck %s --check-prefix=PATHS
// RUN: cmp %t/one/first.o %t/three/first.o
// RUN: cmp %t/one/second.o %t/three/second.o
// RUN: cmp %t/one/third.o %t/three/third.o
// RUN: llvm-nm --defined-only --extern-only %t/one/first.o | FileCheck %s --check-prefix=SYMBOLS
// RUN: llvm-nm --undefined-only %t/one/first.o | FileCheck %s --check-prefix=HOOKS
// RUN: not vitrail-translate --halide-to-objects --directory %t/three --processes 3 %t/bad.mlir 2>&1 | FileCheck %s --check-prefix=ERRORS
// RUN: not ls %t/three/bad.o
// RUN: ls %t/three/fine.o
// RUN: not vitrail-translate --halide-to-objects --directory %t/nowhere %t/good.mlir 2>&1 | FileCheck %s --check-prefix=NOWHERE

//--- good.mlir
// PATHS: {{one|three}}/first.o
// PATHS-NEXT: {{one|three}}/second.o
// PATHS-NEXT: {{one|three}}/third.o
// SYMBOLS: T first
// SYMBOLS-NEXT: T first_argv
// SYMBOLS-NEXT: T first_par_for_f_s0_i
// SYMBOLS-NOT: {{.}}
// HOOKS-NOT: {{U (__)?(stderr|printf|abort|pthread)}}
// HOOKS: U halide_do_par_for
// HOOKS-NOT: {{U (__)?(stderr|printf|abort|pthread)}}
// NOWHERE: good.mlir:[[# @LINE + 1]]:1: error: kernel 'first': {{.*}}No such file
halide.pipeline @first {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
  halide.parallel @f "i"
}
halide.pipeline @second {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
  halide.parallel @f "i"
}
halide.pipeline @third {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [?]
}

//--- bad.mlir
// ERRORS: error: kernel 'bad': 'math.sinh'
// ERRORS: error: kernel 'worse': 'math.cosh'
halide.pipeline @bad {
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = arith.sitofp %i : i32 to f32
    %y = math.sinh %x : f32
    halide.yield %y : f32
  }
  halide.output @f [8]
}
halide.pipeline @fine {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
}
halide.pipeline @worse {
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = arith.sitofp %i : i32 to f32
    %y = math.cosh %x : f32
    halide.yield %y : f32
  }
  halide.output @f [8]
}
