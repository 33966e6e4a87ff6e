// Functions of the math dialect, against the C library.
// RUN: vitrail-translate --halide-to-object %s -o %t.o
// RUN: %cc -std=c11 -I %halide_include %S/Inputs/math.c %t.o -lm -o %t
// RUN: %t

halide.pipeline @math_ops {
  halide.input @x : f32 [8]
  halide.input @y : f32 [8]
  halide.func @out ["i", "row"] : f32 {
  ^bb0(%i: i32, %row: i32):
    %nothing = halide.undef : f32
    halide.yield %nothing : f32
  }
  // 0: math.exp
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 0 : i32
    %x = halide.call @x(%i) : f32
    %v = math.exp %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 1: math.log
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 1 : i32
    %x = halide.call @x(%i) : f32
    %v = math.log %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 2: math.sqrt
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 2 : i32
    %x = halide.call @x(%i) : f32
    %v = math.sqrt %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 3: math.rsqrt
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 3 : i32
    %x = halide.call @x(%i) : f32
    %v = math.rsqrt %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 4: math.floor
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 4 : i32
    %x = halide.call @x(%i) : f32
    %v = math.floor %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 5: math.ceil
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 5 : i32
    %x = halide.call @x(%i) : f32
    %v = math.ceil %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 6: math.trunc
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 6 : i32
    %x = halide.call @x(%i) : f32
    %v = math.trunc %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 7: math.roundeven
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 7 : i32
    %x = halide.call @x(%i) : f32
    %v = math.roundeven %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 8: math.absf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 8 : i32
    %x = halide.call @x(%i) : f32
    %v = math.absf %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 9: math.tanh
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 9 : i32
    %x = halide.call @x(%i) : f32
    %v = math.tanh %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 10: math.sin
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 10 : i32
    %x = halide.call @x(%i) : f32
    %v = math.sin %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 11: math.cos
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 11 : i32
    %x = halide.call @x(%i) : f32
    %v = math.cos %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 12: math.erf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 12 : i32
    %x = halide.call @x(%i) : f32
    %v = math.erf %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 13: math.powf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 13 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = math.powf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  halide.output @out [8, 14]
  halide.vectorize @out update 0 "i"
  halide.vectorize @out update 1 "i"
  halide.vectorize @out update 2 "i"
  halide.vectorize @out update 3 "i"
  halide.vectorize @out update 4 "i"
  halide.vectorize @out update 5 "i"
  halide.vectorize @out update 6 "i"
  halide.vectorize @out update 7 "i"
  halide.vectorize @out update 8 "i"
  halide.vectorize @out update 9 "i"
  halide.vectorize @out update 10 "i"
  halide.vectorize @out update 11 "i"
  halide.vectorize @out update 12 "i"
  halide.vectorize @out update 13 "i"
}
