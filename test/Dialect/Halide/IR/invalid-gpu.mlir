// Loops of GPUs that cannot be.
// RUN: vitrail-opt --split-input-file --verify-diagnostics %s

// A loop is not one of threads and of blocks.
halide.pipeline @p {
  // expected-note@+2 {{func defined here}}
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-note@+1 {{given here}}
  halide.gpu_blocks @f "n"
  // expected-error@+1 {{loop 'n' has a kind already}}
  halide.gpu_threads @f "n"
  // expected-error@+1 {{there is no loop 'k'; innermost first, the loops are 'n', 'm'}}
  halide.gpu_lanes @f "k"
  // expected-error@+1 {{there is no update 0 of '@f' above, which has 0}}
  halide.gpu_single_thread @f update 0
}
