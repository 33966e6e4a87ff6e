// Conversions between types, against C.
// RUN: vitrail-translate --halide-to-object %s -o %t.o
// RUN: %cc -std=c11 -I %halide_include %S/Inputs/conversions.c %t.o -lm -o %t
// RUN: %t

halide.pipeline @conversion_ops {
  halide.input @a : i32 [8]
  halide.input @c : i8 [8]
  halide.input @x : f32 [8]
  halide.input @h : f16 [8]
  halide.input @g : bf16 [8]
  halide.func @out ["i", "row"] : f32 {
  ^bb0(%i: i32, %row: i32):
    %nothing = halide.undef : f32
    halide.yield %nothing : f32
  }
  // 0: arith.extsi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 0 : i32
    %c = halide.call @c(%i) : i8
    %r = arith.extsi %c : i8 to i32
    %v = arith.sitofp %r : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 1: arith.extui
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 1 : i32
    %c = halide.call @c(%i) : i8
    %r = arith.extui %c : i8 to i32
    %v = arith.sitofp %r : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 2: arith.trunci
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 2 : i32
    %a = halide.call @a(%i) : i32
    %t = arith.trunci %a : i32 to i8
    %r = arith.extsi %t : i8 to i32
    %v = arith.sitofp %r : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 3: arith.trunci to a truth value
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 3 : i32
    %a = halide.call @a(%i) : i32
    %t = arith.trunci %a : i32 to i1
    %r = arith.extui %t : i1 to i32
    %v = arith.sitofp %r : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 4: arith.extsi of a truth value
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 4 : i32
    %a = halide.call @a(%i) : i32
    %t = arith.trunci %a : i32 to i1
    %r = arith.extsi %t : i1 to i32
    %v = arith.sitofp %r : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 5: a signed comparison of truth values
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 5 : i32
    %a = halide.call @a(%i) : i32
    %t = arith.trunci %a : i32 to i1
    %false = arith.constant false
    %less = arith.cmpi slt, %t, %false : i1
    %r = arith.extui %less : i1 to i32
    %v = arith.sitofp %r : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 6: arith.sitofp
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 6 : i32
    %a = halide.call @a(%i) : i32
    %v = arith.sitofp %a : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 7: arith.sitofp of a truth value
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 7 : i32
    %a = halide.call @a(%i) : i32
    %t = arith.trunci %a : i32 to i1
    %v = arith.sitofp %t : i1 to f32
    halide.yield %v at %i, %here : f32
  }
  // 8: arith.uitofp
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 8 : i32
    %c = halide.call @c(%i) : i8
    %v = arith.uitofp %c : i8 to f32
    halide.yield %v at %i, %here : f32
  }
  // 9: arith.fptosi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 9 : i32
    %x = halide.call @x(%i) : f32
    %r = arith.fptosi %x : f32 to i32
    %v = arith.sitofp %r : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  // 10: arith.truncf and arith.extf through f16
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 10 : i32
    %x = halide.call @x(%i) : f32
    %t = arith.truncf %x : f32 to f16
    %v = arith.extf %t : f16 to f32
    halide.yield %v at %i, %here : f32
  }
  // 11: arith.truncf and arith.extf through bf16
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 11 : i32
    %x = halide.call @x(%i) : f32
    %t = arith.truncf %x : f32 to bf16
    %v = arith.extf %t : bf16 to f32
    halide.yield %v at %i, %here : f32
  }
  // 12: an input of f16
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 12 : i32
    %h = halide.call @h(%i) : f16
    %v = arith.extf %h : f16 to f32
    halide.yield %v at %i, %here : f32
  }
  // 13: an input of bf16
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 13 : i32
    %g = halide.call @g(%i) : bf16
    %v = arith.extf %g : bf16 to f32
    halide.yield %v at %i, %here : f32
  }
  // 14: arith.bitcast: the sign flipped
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 14 : i32
    %x = halide.call @x(%i) : f32
    %t = arith.bitcast %x : f32 to i32
    %sign = arith.constant -2147483648 : i32
    %u = arith.xori %t, %sign : i32
    %v = arith.bitcast %u : i32 to f32
    halide.yield %v at %i, %here : f32
  }
  halide.output @out [8, 15]
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
  halide.vectorize @out update 14 "i"
}
