// What Halide cannot do is an error at the operation that asks for it, in the
// name of the kernel; nothing is written then.
// RUN: split-file --leading-lines %s %t
// RUN: not vitrail-translate --halide-to-object %t/unsupported.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=SINH
// RUN: not vitrail-translate --halide-to-object %t/race.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=RACE
// RUN: not vitrail-translate --halide-to-object %t/vectorize.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=VECTORIZE
// RUN: not vitrail-translate --halide-to-object %t/beyond.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=BEYOND
// RUN: not vitrail-translate --halide-to-object %t/smaller.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=SMALLER
// RUN: not vitrail-translate --halide-to-object %t/two.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not vitrail-translate --halide-to-object %t/extent.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=EXTENT
// RUN: not vitrail-translate --halide-to-object %t/stride.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=STRIDE
// RUN: not vitrail-translate --halide-to-object %t/factor.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=FACTOR
// RUN: not vitrail-translate --halide-to-object --target zen9 %t/beyond.mlir -o %t/none.o 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not ls %t/none.o

//--- unsupported.mlir
// SINH: unsupported.mlir:[[# @LINE + 5]]:10: error: kernel 'unsupported': 'math.sinh' has no counterpart in Halide
halide.pipeline @unsupported {
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = arith.sitofp %i : i32 to f32
    %y = math.sinh %x : f32
    halide.yield %y : f32
  }
  halide.output @f [8]
}

// A parallel loop over a reduction, neither atomic nor allowed to race.
//--- race.mlir
// RACE: race.mlir:[[# @LINE + 16]]:3: error: kernel 'race': In schedule for f.update(0), marking var k as parallel or vectorized may introduce a race condition
halide.pipeline @race {
  halide.rdom @r ["k"] min [0] extent [8]
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.update @f over @r {
  ^bb0(%i: i32, %k: i32):
    %old = halide.call @f(%i) : f32
    %x = arith.sitofp %k : i32 to f32
    %new = arith.addf %old, %x : f32
    halide.yield %new : f32
  }
  halide.output @f [8]
  halide.parallel @f update 0 "k"
}

// An error of Halide's compiler concerns the pipeline.
//--- vectorize.mlir
// VECTORIZE: vectorize.mlir:[[# @LINE + 1]]:1: error: kernel 'vectorize': Can only vectorize for loops over a constant extent. Loop over f.s0.i has extent f.extent.0.
halide.pipeline @vectorize {
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = arith.sitofp %i : i32 to f32
    halide.yield %x : f32
  }
  halide.output @f [?]
  halide.vectorize @f "i"
}

// The input has 8 elements and one more is read.
//--- beyond.mlir
// BEYOND: beyond.mlir:[[# @LINE + 1]]:1: error: kernel 'beyond': guaranteed to fail an assertion: {{.*}}halide_error_access_out_of_bounds("Input buffer x", 0, 1, 8, 0, 7)
halide.pipeline @beyond {
  halide.input @x : f32 [8]
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %one = arith.constant 1 : i32
    %next = arith.addi %i, %one : i32
    %x = halide.call @x(%next) : f32
    halide.yield %x : f32
  }
  halide.output @f [8]
}
// TARGET: error: unknown target 'zen9'; targets are native, x86-64-v2,

// 2^32 + 8, whose lower half is 8.
//--- extent.mlir
// EXTENT: extent.mlir:[[# @LINE + 7]]:3: error: kernel 'extent': 4294967304 does not fit into the 32 bits of Halide's integers
halide.pipeline @extent {
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = arith.sitofp %i : i32 to f32
    halide.yield %x : f32
  }
  halide.output @f [4294967304]
}

// Each extent fits, but not the distance of rows.
//--- stride.mlir
// STRIDE: stride.mlir:[[# @LINE + 2]]:3: error: kernel 'stride': 4294967296 does not fit into the 32 bits of Halide's integers
halide.pipeline @stride {
  halide.input @x : f32 [65536, 65536, 2]
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %zero = arith.constant 0 : i32
    %x = halide.call @x(%i, %zero, %zero) : f32
    halide.yield %x : f32
  }
  halide.output @f [8]
}

//--- factor.mlir
// FACTOR: factor.mlir:[[# @LINE + 8]]:3: error: kernel 'factor': 4294967304 does not fit into the 32 bits of Halide's integers
halide.pipeline @factor {
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = arith.sitofp %i : i32 to f32
    halide.yield %x : f32
  }
  halide.output @f [16]
  halide.split @f "i" into "o", "v" by 4294967304
}

// The bound is less than what is needed.
//--- smaller.mlir
// SMALLER: smaller.mlir:[[# @LINE + 2]]:1: error: kernel 'smaller': {{.*}}guaranteed to fail an assertion{{.*}}: halide_error_explicit_bounds_too_small("i", "f", 0, 7, 0, 15)
// SMALLER-NOT: error:
halide.pipeline @smaller {
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = arith.sitofp %i : i32 to f32
    halide.yield %x : f32
  }
  halide.func @g ["i"] : f32 {
  ^bb0(%i: i32):
    %x = halide.call @f(%i) : f32
    halide.yield %x : f32
  }
  halide.output @g [16]
  halide.compute_root @f
  halide.bound @f "i" min 0 extent 8
}

//--- two.mlir
// TWO: error: expected one halide.pipeline, found 2
halide.pipeline @one {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
}
halide.pipeline @two {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
}
