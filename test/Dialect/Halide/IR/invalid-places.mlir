// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Errors of schedules of funcs.

//===----------------------------------------------------------------------===//
// Funcs
//===----------------------------------------------------------------------===//

// A func is computed in one place.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-note@+1 {{given here}}
  halide.compute_root @acc
  // expected-error@+1 {{'@acc' has a halide.compute_root already}}
  halide.compute_at @acc at @f "m"
}

// -----

// A func is stored in one place.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-note@+1 {{given here}}
  halide.store_in @acc stack
  // expected-error@+1 {{'@acc' has a halide.store_in already}}
  halide.store_in @acc heap
}

// -----

// A func is stored at one loop.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.compute_at @acc at @f "n"
  // expected-note@+1 {{given here}}
  halide.store_at @acc at @f "m"
  // expected-error@+1 {{'@acc' has a halide.store_at already}}
  halide.store_at @acc at @f "m"
}

// -----

// Bounds are of variables, not loops.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{func defined here}}
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.split @acc "x" into "xo", "xi" by 2
  // expected-error@+1 {{'@acc' has no variable 'xi'; its variables are 'x', 'y'; did you mean 'x'?}}
  halide.bound_extent @acc "xi" extent 2
}

// -----

// An empty bound.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{extent 0 is not positive}}
  halide.bound @acc "x" min 0 extent 0
}

// -----

// An empty bound, by its extent.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{extent -4 is not positive}}
  halide.bound_extent @acc "x" extent -4
}

// -----

// Storage is aligned to something.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{alignment 0 is not positive}}
  halide.align_storage @acc "x" by 0
}

// -----

// A variable has one place in memory.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{variable 'y' occurs twice}}
  halide.reorder_storage @acc ["y", "y"]
}

// -----

// A misspelt variable.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{func defined here}}
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{'@acc' has no variable 'z'}}
  halide.reorder_storage @acc ["y", "z"]
}

// -----

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

// No such loop in the end.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{func defined here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.split @f "m" into "mo", "mi" by 2
  // expected-error@+1 {{'@f' has no loop 'mx'; innermost first, its loops are 'n', 'mi', 'mo'; did you mean 'mi'?}}
  halide.compute_at @acc at @f "mx"
}

// -----

// A misspelt func to compute at.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{there is no func '@g' above}}
  halide.compute_at @acc at @g "m"
}

// -----

// An inlined func has no loops to compute at.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{func defined here}}
  halide.func @mid ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @mid(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{'@mid' is inlined and has no loops}}
  halide.compute_at @acc at @mid "m"
}

// -----

// An inlined func has no loops to vectorize.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{func defined here}}
  halide.func @mid ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @mid(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{'@mid' is inlined and has no loops: it has neither halide.compute_at nor halide.compute_root}}
  halide.vectorize @mid "n"
}

// -----

// Nothing there needs the func.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{defined here}}
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{'@acc' does not call '@f'}}
  halide.compute_at @f at @acc "x"
}

// -----

// A func needs itself only in its updates.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{defined here}}
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{'@acc' does not call '@acc'}}
  halide.compute_at @acc at @acc "x"
}

// -----

// Not all that need the func are there.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{caller defined here}}
  halide.func @mid ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @mid(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.compute_root @mid
  // expected-error@+1 {{'@mid', which calls '@acc', is not computed inside the loops of '@f'}}
  halide.compute_at @acc at @f "m"
}

// -----

// Storage alone is no place to compute.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  // expected-error@+1 {{'@acc' has no halide.compute_at}}
  halide.store_at @acc at @f "m"
}

// -----

// No such loop to store at.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @acc ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.update @acc over @r {
  ^bb0(%x: i32, %y: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{func defined here}}
  halide.func @f ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %0 = halide.call @acc(%n, %m) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, 8]
  halide.compute_at @acc at @f "n"
  // expected-error@+1 {{'@f' has no loop 'mo'; innermost first, its loops are 'n', 'm'; did you mean 'm'?}}
  halide.store_at @acc at @f "mo"
}
