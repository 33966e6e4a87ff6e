// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Errors of updates.

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

// A misspelt func.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{there is no func '@g' above}}
  halide.update @g over @r {
  ^bb0(%x: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// A misspelt reduction domain.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{there is no reduction domain '@s' above}}
  halide.update @f over @s {
  ^bb0(%x: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// What has been called can change no more.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @g ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.call @f(%x) : f32 // expected-note {{called here}}
    halide.yield %0 : f32
  }
  // expected-error@+1 {{'@f' is updated after another func called it}}
  halide.update @f over @r {
  ^bb0(%x: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// One name for two variables.
halide.pipeline @p {
  // expected-note@+1 {{reduction domain defined here}}
  halide.rdom @r ["x"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{variable 'x' is both of '@f' and of '@r'}}
  halide.update @f over @r {
  ^bb0(%x: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// A variable without block argument.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{func defined here}}
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{has 1 block arguments but its variables are 'x', 'k'}}
  halide.update @f over @r {
  ^bb0(%x: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// The reduction domain would be lost.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{uses no variable of its reduction domain '@r'}}
  halide.update @f over @r {
  ^bb0(%x: i32, %k: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// The value is of another type.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  // expected-note@+1 {{func defined here}}
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%x: i32, %k: i32):
    %0 = arith.addi %x, %k : i32
    // expected-error@+1 {{yields 'i32' for '@f', whose elements are 'f32'}}
    halide.yield %0 : i32
  }
  halide.output @f [4]
}

// -----

// A coordinate too many.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%x: i32, %k: i32):
    %0 = arith.sitofp %k : i32 to f32
    // expected-error@+1 {{gives 2 coordinates for '@f', which has 1 dimensions}}
    halide.yield %0 at %x, %k : f32
  }
  halide.output @f [4]
}

// -----

// A variable that nothing runs over.
halide.pipeline @p {
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.update @f over @r {
  ^bb0(%x: i32, %k: i32):
    %i = arith.addi %x, %k : i32
    %0 = arith.sitofp %i : i32 to f32
    // expected-error@+1 {{stores elsewhere than at 'x' in its dimension, but the update uses 'x'}}
    halide.yield %0 at %k : f32
  }
  halide.output @f [4]
}
