// Arithmetic of integers and truth values, against C.
// RUN: vitrail-translate --halide-to-object %s -o %t.o
// RUN: %cc -std=c11 -I %halide_include %S/Inputs/integer.c %t.o -lm -o %t
// RUN: %t

halide.pipeline @integer_ops {
  halide.input @a : i32 [8]
  halide.input @b : i32 [8]
  halide.func @out ["i", "row"] : i32 {
  ^bb0(%i: i32, %row: i32):
    %nothing = halide.undef : i32
    halide.yield %nothing : i32
  }
  // 0: arith.addi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 0 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.addi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 1: arith.subi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 1 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.subi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 2: arith.muli
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 2 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.muli %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 3: arith.floordivsi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 3 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.floordivsi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 4: arith.divsi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 4 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.divsi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 5: arith.remsi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 5 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.remsi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 6: halide.mod
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 6 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = halide.mod %a, %b
    halide.yield %v at %i, %here : i32
  }
  // 7: arith.maxsi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 7 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.maxsi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 8: arith.minsi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 8 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.minsi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 9: math.absi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 9 : i32
    %a = halide.call @a(%i) : i32
    %v = math.absi %a : i32
    halide.yield %v at %i, %here : i32
  }
  // 10: comparisons, one bit each
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 10 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %zero = arith.constant 0 : i32
    %eq = arith.cmpi eq, %a, %b : i32
    %w0 = arith.constant 1 : i32
    %s0 = arith.select %eq, %w0, %zero : i32
    %ne = arith.cmpi ne, %a, %b : i32
    %w1 = arith.constant 2 : i32
    %s1 = arith.select %ne, %w1, %zero : i32
    %t1 = arith.addi %s0, %s1 : i32
    %slt = arith.cmpi slt, %a, %b : i32
    %w2 = arith.constant 4 : i32
    %s2 = arith.select %slt, %w2, %zero : i32
    %t2 = arith.addi %t1, %s2 : i32
    %sle = arith.cmpi sle, %a, %b : i32
    %w3 = arith.constant 8 : i32
    %s3 = arith.select %sle, %w3, %zero : i32
    %t3 = arith.addi %t2, %s3 : i32
    %sgt = arith.cmpi sgt, %a, %b : i32
    %w4 = arith.constant 16 : i32
    %s4 = arith.select %sgt, %w4, %zero : i32
    %t4 = arith.addi %t3, %s4 : i32
    %sge = arith.cmpi sge, %a, %b : i32
    %w5 = arith.constant 32 : i32
    %s5 = arith.select %sge, %w5, %zero : i32
    %t5 = arith.addi %t4, %s5 : i32
    %ult = arith.cmpi ult, %a, %b : i32
    %w6 = arith.constant 64 : i32
    %s6 = arith.select %ult, %w6, %zero : i32
    %t6 = arith.addi %t5, %s6 : i32
    %ule = arith.cmpi ule, %a, %b : i32
    %w7 = arith.constant 128 : i32
    %s7 = arith.select %ule, %w7, %zero : i32
    %t7 = arith.addi %t6, %s7 : i32
    %ugt = arith.cmpi ugt, %a, %b : i32
    %w8 = arith.constant 256 : i32
    %s8 = arith.select %ugt, %w8, %zero : i32
    %t8 = arith.addi %t7, %s8 : i32
    %uge = arith.cmpi uge, %a, %b : i32
    %w9 = arith.constant 512 : i32
    %s9 = arith.select %uge, %w9, %zero : i32
    %v = arith.addi %t8, %s9 : i32
    halide.yield %v at %i, %here : i32
  }
  // 11: arith.andi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 11 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.andi %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 12: arith.ori
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 12 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.ori %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 13: arith.xori
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 13 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %v = arith.xori %a, %b : i32
    halide.yield %v at %i, %here : i32
  }
  // 14: arith.shli
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 14 : i32
    %a = halide.call @a(%i) : i32
    %three = arith.constant 3 : i32
    %v = arith.shli %a, %three : i32
    halide.yield %v at %i, %here : i32
  }
  // 15: arith.shrsi
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 15 : i32
    %a = halide.call @a(%i) : i32
    %three = arith.constant 3 : i32
    %v = arith.shrsi %a, %three : i32
    halide.yield %v at %i, %here : i32
  }
  // 16: arith.shrui
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 16 : i32
    %a = halide.call @a(%i) : i32
    %three = arith.constant 3 : i32
    %v = arith.shrui %a, %three : i32
    halide.yield %v at %i, %here : i32
  }
  // 17: arith.andi of truth values
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 17 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %zero = arith.constant 0 : i32
    %p = arith.cmpi sgt, %a, %zero : i32
    %q = arith.cmpi sgt, %b, %zero : i32
    %r = arith.andi %p, %q : i1
    %v = arith.extui %r : i1 to i32
    halide.yield %v at %i, %here : i32
  }
  // 18: arith.ori of truth values
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 18 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %zero = arith.constant 0 : i32
    %p = arith.cmpi sgt, %a, %zero : i32
    %q = arith.cmpi sgt, %b, %zero : i32
    %r = arith.ori %p, %q : i1
    %v = arith.extui %r : i1 to i32
    halide.yield %v at %i, %here : i32
  }
  // 19: arith.xori of truth values
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 19 : i32
    %a = halide.call @a(%i) : i32
    %b = halide.call @b(%i) : i32
    %zero = arith.constant 0 : i32
    %p = arith.cmpi sgt, %a, %zero : i32
    %q = arith.cmpi sgt, %b, %zero : i32
    %r = arith.xori %p, %q : i1
    %v = arith.extui %r : i1 to i32
    halide.yield %v at %i, %here : i32
  }
  // 20: floordivsi by a constant
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 20 : i32
    %a = halide.call @a(%i) : i32
    %five = arith.constant 5 : i32
    %v = arith.floordivsi %a, %five : i32
    halide.yield %v at %i, %here : i32
  }
  // 21: a product that needs 64 bits
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 21 : i32
    %a = halide.call @a(%i) : i32
    %wide = arith.extsi %a : i32 to i64
    %big = arith.constant 3000000000 : i64
    %product = arith.muli %wide, %big : i64
    %shift = arith.constant 32 : i64
    %high = arith.shrsi %product, %shift : i64
    %v = arith.trunci %high : i64 to i32
    halide.yield %v at %i, %here : i32
  }
  halide.output @out [8, 22]
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
  halide.vectorize @out update 15 "i"
  halide.vectorize @out update 16 "i"
  halide.vectorize @out update 17 "i"
  halide.vectorize @out update 18 "i"
  halide.vectorize @out update 19 "i"
  halide.vectorize @out update 20 "i"
  halide.vectorize @out update 21 "i"
}
