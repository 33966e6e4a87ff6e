// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Errors of funcs, pipelines and calls.

//===----------------------------------------------------------------------===//
// Funcs
//===----------------------------------------------------------------------===//

// Two variables of one name.
halide.pipeline @p {
  // expected-error@+1 {{variable 'x' occurs twice}}
  halide.func @f ["x", "x"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// A variable without block argument.
halide.pipeline @p {
  // expected-error@+1 {{has 1 block arguments but its variables are 'x', 'y'}}
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// Coordinates are i32 in Halide.
halide.pipeline @p {
  // expected-error@+1 {{block argument 0 is 'index', not i32}}
  halide.func @f ["x"] : f32 {
  ^bb0(%x: index):
    %0 = arith.constant 0.0 : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// Only updates choose where they store.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.constant 0.0 : f32
    // expected-error@+1 {{gives coordinates in a pure definition}}
    halide.yield %0 at %x : f32
  }
  halide.output @f [4]
}

// -----

// The value is of another type.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{yields 'i32' for '@f', whose elements are 'f32'}}
    halide.yield %x : i32
  }
  halide.output @f [4]
}

// -----

// A body computes by scalar expressions.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{is not a scalar expression of arith, math or halide}}
    %0 = func.call @g() : () -> f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// A body computes scalars that Halide has.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{computes 'index', which Halide has no scalar for}}
    %0 = arith.index_cast %x : i32 to index
    halide.yield %x : i32
  }
  halide.output @f [4]
}

// -----

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

// Pipelines do not nest.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{does not belong in a pipeline}}
  halide.pipeline @q {
    halide.func @f [] : i1 {
      %0 = arith.constant true
      halide.yield %0 : i1
    }
    halide.output @f []
  }
  halide.output @f [4]
}

// -----

// Expressions are in definitions.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{does not belong in a pipeline}}
  %0 = arith.constant 0.0 : f32
  halide.output @f [4]
}

// -----

// A call is in a definition.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{expects parent op to be one of 'halide.func, halide.update'}}
  %0 = halide.call @f() : f32
  halide.output @f [4]
}

// -----

// A func is in a pipeline.
// expected-error@+1 {{expects parent op 'halide.pipeline'}}
halide.func @f ["x"] : f32 {
^bb0(%x: i32):
  %0 = arith.sitofp %x : i32 to f32
  halide.yield %0 : f32
}

// -----

// No output.
// expected-error@+1 {{has no output}}
halide.pipeline @p {
}

// -----

// An output twice.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-note@+1 {{the first is here}}
  halide.output @f [4]
  // expected-error@+1 {{'@f' is an output already}}
  halide.output @f [4]
}

// -----

// No such output.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{there is no func '@g'}}
  halide.output @g [4]
}

// -----

// The output has another rank.
halide.pipeline @p {
  // expected-note@+1 {{func defined here}}
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{has 2 extents but '@f' has 1 variables}}
  halide.output @f [4, 4]
}

// -----

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

// A pure definition cannot be recursive.
halide.pipeline @p {
  halide.input @a : f32 [4]
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{a pure definition calls its own func '@f'; only updates may}}
    %0 = halide.call @f(%x) : f32
    %1 = arith.constant 0.0 : f32
    halide.yield %1 : f32
  }
  halide.output @f [4]
}

// -----

// Funcs are defined before they are called.
halide.pipeline @p {
  halide.input @a : f32 [4]
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{'@g' is called before its definition}}
    %0 = halide.call @g(%x) : f32
    %1 = arith.constant 0.0 : f32
    halide.yield %1 : f32
  }
  // expected-note@+1 {{defined here}}
  halide.func @g ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// A misspelt input.
halide.pipeline @p {
  halide.input @imago : f32 [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{there is no func or input '@image'; did you mean 'imago'?}}
    %0 = halide.call @image(%x) : f32
    %1 = arith.constant 0.0 : f32
    halide.yield %1 : f32
  }
  halide.output @f [4]
}

// -----

// A name unlike all others.
halide.pipeline @p {
  halide.input @a : f32 [4]
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{there is no func or input '@zebra'}}
    %0 = halide.call @zebra(%x) : f32
    %1 = arith.constant 0.0 : f32
    halide.yield %1 : f32
  }
  halide.output @f [4]
}

// -----

// A reduction domain has no values.
halide.pipeline @p {
  halide.input @a : f32 [4]
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{'@r' is a reduction domain, not a func or input}}
    %0 = halide.call @r(%x) : f32
    %1 = arith.constant 0.0 : f32
    halide.yield %1 : f32
  }
  halide.output @f [4]
}

// -----

// An index too many.
halide.pipeline @p {
  // expected-note@+1 {{defined here}}
  halide.input @a : f32 [4]
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{gives 2 indices to '@a', which has 1 dimensions}}
    %0 = halide.call @a(%x, %x) : f32
    %1 = arith.constant 0.0 : f32
    halide.yield %1 : f32
  }
  halide.output @f [4]
}

// -----

// Another element type.
halide.pipeline @p {
  // expected-note@+1 {{defined here}}
  halide.input @a : f32 [4]
  halide.rdom @r ["k"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    // expected-error@+1 {{reads 'f16' from '@a', whose elements are 'f32'}}
    %0 = halide.call @a(%x) : f16
    %1 = arith.constant 0.0 : f32
    halide.yield %1 : f32
  }
  halide.output @f [4]
}
