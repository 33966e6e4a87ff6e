// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Errors of schedules of stages.

//===----------------------------------------------------------------------===//
// Which stage
//===----------------------------------------------------------------------===//

// A misspelt func.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no func '@fu' above; did you mean 'f'?}}
  halide.unroll @fu "n"
}

// -----

// A reduction domain has no schedule.
halide.pipeline @p {
  // expected-note@+1 {{symbol defined here}}
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no func '@r' above}}
  halide.unroll @r "k"
}

// -----

// There is but one update.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{func defined here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no update 1 of '@f' above, which has 1}}
  halide.unroll @f update 1 "n"
}

// -----

// No update is before the first.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{attribute 'update' failed to satisfy constraint}}
  halide.unroll @f update -1 "n"
}

// -----

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

// A misspelt loop.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.split @f "n" into "no", "ni" by 2
  // expected-error@+1 {{there is no loop 'nj'; innermost first, the loops are 'ni', 'no', 'm'; did you mean 'ni'?}}
  halide.vectorize @f "nj"
}

// -----

// A loop that has been split.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-note@+1 {{'n' ended here}}
  halide.split @f "n" into "no", "ni" by 2
  // expected-error@+1 {{there is no loop 'n'; innermost first, the loops are 'ni', 'no', 'm'}}
  halide.vectorize @f "n"
}

// -----

// Reductions are innermost in updates, and absent from pure definitions.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{scheduled definition is here}}
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no loop 'z'; innermost first, the loops are 'k', 'n', 'm'}}
  halide.reorder @f update 0 ["m", "z"]
}

// -----

// A pure definition has no reduction.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no loop 'k'; innermost first, the loops are 'n', 'm'}}
  halide.unroll @f "k"
}

// -----

// A new loop may not have the name of another.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is a loop 'm' already}}
  halide.split @f "n" into "m", "ni" by 2
}

// -----

// Nor may the inner one.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is a loop 'm' already}}
  halide.split @f "n" into "no", "m" by 2
}

// -----

// A name that Halide would misread.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{name of new loop 'n.o' is not a letter followed by letters, digits and underscores}}
  halide.split @f "n" into "n.o", "ni" by 2
}

// -----

// A split in two of one name.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{outer and inner loop are both named 'n'}}
  halide.split @f "n" into "n", "n" by 2
}

// -----

// A split into nothing.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{factor 0 is not positive}}
  halide.split @f "n" into "no", "ni" by 0
}

// -----

// A reduction may not overshoot.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{tail round_up would run over 'k' of a reduction inexactly; use auto, guard_with_if or predicate}}
  halide.split @f update 0 "k" into "ko", "ki" by 2 tail round_up
}

// -----

// Nor may a loop that a reduction is fused into.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.fuse @f update 0 "k", "n" into "kn"
  // expected-error@+1 {{tail predicate_stores would run over 'kn' of a reduction inexactly}}
  halide.split @f update 0 "kn" into "ko", "ki" by 2 tail predicate_stores
}

// -----

// An update may not be repeated.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{tail shift_inwards would repeat parts of an update}}
  halide.split @f update 0 "n" into "no", "ni" by 2 tail shift_inwards
}

// -----

// Two loops make one.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{fuses the loop 'n' with itself}}
  halide.fuse @f "n", "n" into "t"
}

// -----

// The first loop to fuse is missing.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no loop 'a'}}
  halide.fuse @f "a", "m" into "t"
}

// -----

// The second loop to fuse is missing.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no loop 'a'}}
  halide.fuse @f "n", "a" into "t"
}

// -----

// The fused loop needs a name of its own.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.split @f "n" into "no", "ni" by 2
  // expected-error@+1 {{there is a loop 'no' already}}
  halide.fuse @f "ni", "m" into "no"
}

// -----

// Fused loops are no more.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{scheduled definition is here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-note@+1 {{'m' ended here}}
  halide.fuse @f "n", "m" into "t"
  // expected-error@+1 {{there is no loop 'm'; innermost first, the loops are 't'}}
  halide.parallel @f "m"
}

// -----

// A loop has one place.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{loop 'n' occurs twice}}
  halide.reorder @f ["n", "m", "n"]
}

// -----

// A loop is of one kind.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%n: i32, %m: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-note@+1 {{given here}}
  halide.vectorize @f "n"
  // expected-error@+1 {{loop 'n' has a kind already}}
  halide.unroll @f "n"
}
