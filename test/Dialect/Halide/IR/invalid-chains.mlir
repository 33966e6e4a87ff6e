// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Errors of places that depend on the places of other funcs.

// Two funcs that are each to be computed within the other; a third follows
// them.
halide.pipeline @p {
  halide.func @a ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{defined here}}
  halide.func @b ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.call @a(%x) : f32
    halide.yield %0 : f32
  }
  halide.func @c ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.call @b(%x) : f32
    halide.yield %0 : f32
  }
  halide.func @f ["n"] : f32 {
  ^bb0(%n: i32):
    %0 = halide.call @c(%n) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
  halide.compute_at @a at @f "n"
  halide.compute_at @b at @c "x"
  // expected-error@+1 {{'@b' does not call '@c'}}
  halide.compute_at @c at @b "x"
}

// -----

// A caller's place does not exist.
halide.pipeline @p {
  halide.func @a ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.func @b ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.call @a(%x) : f32
    halide.yield %0 : f32
  }
  halide.func @f ["n"] : f32 {
  ^bb0(%n: i32):
    %0 = halide.call @b(%n) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
  halide.compute_at @a at @f "n"
  // expected-error@+1 {{there is no func '@elsewhere' above}}
  halide.compute_at @b at @elsewhere "n"
}
