// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Errors of updates that a matrix unit should carry out.

// A pure definition multiplies nothing.
halide.pipeline @p {
  // expected-note@+1 {{func defined here}}
  halide.func @f ["n"] : f32 {
  ^bb0(%n: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
  // expected-error@+1 {{names the pure definition; it is an update that multiplies}}
  halide.multiply_on_tiles @f
}

// -----

// There is no update to multiply.
halide.pipeline @p {
  // expected-note@+1 {{func defined here}}
  halide.func @f ["n"] : f32 {
  ^bb0(%n: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
  // expected-error@+1 {{there is no update 0 of '@f' above, which has 0}}
  halide.multiply_on_tiles @f update 0
}
