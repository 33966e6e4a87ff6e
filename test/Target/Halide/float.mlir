// Arithmetic and comparisons of floats, against C.
// RUN: vitrail-translate --halide-to-object %s -o %t.o
// RUN: %cc -std=c11 -I %halide_include %S/Inputs/float.c %t.o -lm -o %t
// RUN: %t

halide.pipeline @float_ops {
  halide.input @x : f32 [8]
  halide.input @y : f32 [8]
  halide.func @out ["i", "row"] : f32 {
  ^bb0(%i: i32, %row: i32):
    %nothing = halide.undef : f32
    halide.yield %nothing : f32
  }
  // 0: arith.addf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 0 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.addf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 1: arith.subf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 1 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.subf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 2: arith.mulf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 2 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.mulf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 3: arith.divf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 3 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.divf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 4: arith.negf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 4 : i32
    %x = halide.call @x(%i) : f32
    %v = arith.negf %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 5: arith.maximumf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 5 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.maximumf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 6: arith.maxnumf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 6 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.maxnumf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 7: arith.minimumf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 7 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.minimumf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 8: arith.minnumf
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 8 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %v = arith.minnumf %x, %y : f32
    halide.yield %v at %i, %here : f32
  }
  // 9: ordered comparisons, one bit each
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 9 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %zero = arith.constant 0.0 : f32
    %oeq = arith.cmpf oeq, %x, %y : f32
    %w0 = arith.constant 1.0 : f32
    %s0 = arith.select %oeq, %w0, %zero : f32
    %one = arith.cmpf one, %x, %y : f32
    %w1 = arith.constant 2.0 : f32
    %s1 = arith.select %one, %w1, %zero : f32
    %t1 = arith.addf %s0, %s1 : f32
    %olt = arith.cmpf olt, %x, %y : f32
    %w2 = arith.constant 4.0 : f32
    %s2 = arith.select %olt, %w2, %zero : f32
    %t2 = arith.addf %t1, %s2 : f32
    %ole = arith.cmpf ole, %x, %y : f32
    %w3 = arith.constant 8.0 : f32
    %s3 = arith.select %ole, %w3, %zero : f32
    %t3 = arith.addf %t2, %s3 : f32
    %ogt = arith.cmpf ogt, %x, %y : f32
    %w4 = arith.constant 16.0 : f32
    %s4 = arith.select %ogt, %w4, %zero : f32
    %t4 = arith.addf %t3, %s4 : f32
    %oge = arith.cmpf oge, %x, %y : f32
    %w5 = arith.constant 32.0 : f32
    %s5 = arith.select %oge, %w5, %zero : f32
    %v = arith.addf %t4, %s5 : f32
    halide.yield %v at %i, %here : f32
  }
  // 10: unordered comparisons, one bit each
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 10 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %zero = arith.constant 0.0 : f32
    %ueq = arith.cmpf ueq, %x, %y : f32
    %w0 = arith.constant 1.0 : f32
    %s0 = arith.select %ueq, %w0, %zero : f32
    %une = arith.cmpf une, %x, %y : f32
    %w1 = arith.constant 2.0 : f32
    %s1 = arith.select %une, %w1, %zero : f32
    %t1 = arith.addf %s0, %s1 : f32
    %ult = arith.cmpf ult, %x, %y : f32
    %w2 = arith.constant 4.0 : f32
    %s2 = arith.select %ult, %w2, %zero : f32
    %t2 = arith.addf %t1, %s2 : f32
    %ule = arith.cmpf ule, %x, %y : f32
    %w3 = arith.constant 8.0 : f32
    %s3 = arith.select %ule, %w3, %zero : f32
    %t3 = arith.addf %t2, %s3 : f32
    %ugt = arith.cmpf ugt, %x, %y : f32
    %w4 = arith.constant 16.0 : f32
    %s4 = arith.select %ugt, %w4, %zero : f32
    %t4 = arith.addf %t3, %s4 : f32
    %uge = arith.cmpf uge, %x, %y : f32
    %w5 = arith.constant 32.0 : f32
    %s5 = arith.select %uge, %w5, %zero : f32
    %v = arith.addf %t4, %s5 : f32
    halide.yield %v at %i, %here : f32
  }
  // 11: an infinite constant
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 11 : i32
    %x = halide.call @x(%i) : f32
    %low = arith.constant 0xFF800000 : f32
    %v = arith.maximumf %low, %x : f32
    halide.yield %v at %i, %here : f32
  }
  // 12: one addend, shared sixty-four times over
  halide.update @out {
  ^bb0(%i: i32, %row: i32):
    %here = arith.constant 12 : i32
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %one = arith.addf %x, %y : f32
    %two = arith.addf %one, %one : f32
    %t0 = arith.addf %two, %two : f32
    %t1 = arith.addf %t0, %t0 : f32
    %t2 = arith.addf %t1, %t1 : f32
    %t3 = arith.addf %t2, %t2 : f32
    %t4 = arith.addf %t3, %t3 : f32
    %t5 = arith.addf %t4, %t4 : f32
    %t6 = arith.addf %t5, %t5 : f32
    %t7 = arith.addf %t6, %t6 : f32
    %t8 = arith.addf %t7, %t7 : f32
    %t9 = arith.addf %t8, %t8 : f32
    %t10 = arith.addf %t9, %t9 : f32
    %t11 = arith.addf %t10, %t10 : f32
    %t12 = arith.addf %t11, %t11 : f32
    %t13 = arith.addf %t12, %t12 : f32
    %t14 = arith.addf %t13, %t13 : f32
    %t15 = arith.addf %t14, %t14 : f32
    %t16 = arith.addf %t15, %t15 : f32
    %t17 = arith.addf %t16, %t16 : f32
    %t18 = arith.addf %t17, %t17 : f32
    %t19 = arith.addf %t18, %t18 : f32
    %t20 = arith.addf %t19, %t19 : f32
    %t21 = arith.addf %t20, %t20 : f32
    %t22 = arith.addf %t21, %t21 : f32
    %t23 = arith.addf %t22, %t22 : f32
    %t24 = arith.addf %t23, %t23 : f32
    %t25 = arith.addf %t24, %t24 : f32
    %t26 = arith.addf %t25, %t25 : f32
    %t27 = arith.addf %t26, %t26 : f32
    %t28 = arith.addf %t27, %t27 : f32
    %t29 = arith.addf %t28, %t28 : f32
    %t30 = arith.addf %t29, %t29 : f32
    %t31 = arith.addf %t30, %t30 : f32
    %t32 = arith.addf %t31, %t31 : f32
    %t33 = arith.addf %t32, %t32 : f32
    %t34 = arith.addf %t33, %t33 : f32
    %t35 = arith.addf %t34, %t34 : f32
    %t36 = arith.addf %t35, %t35 : f32
    %t37 = arith.addf %t36, %t36 : f32
    %t38 = arith.addf %t37, %t37 : f32
    %t39 = arith.addf %t38, %t38 : f32
    %t40 = arith.addf %t39, %t39 : f32
    %t41 = arith.addf %t40, %t40 : f32
    %t42 = arith.addf %t41, %t41 : f32
    %t43 = arith.addf %t42, %t42 : f32
    %t44 = arith.addf %t43, %t43 : f32
    %t45 = arith.addf %t44, %t44 : f32
    %t46 = arith.addf %t45, %t45 : f32
    %t47 = arith.addf %t46, %t46 : f32
    %t48 = arith.addf %t47, %t47 : f32
    %t49 = arith.addf %t48, %t48 : f32
    %t50 = arith.addf %t49, %t49 : f32
    %t51 = arith.addf %t50, %t50 : f32
    %t52 = arith.addf %t51, %t51 : f32
    %t53 = arith.addf %t52, %t52 : f32
    %t54 = arith.addf %t53, %t53 : f32
    %t55 = arith.addf %t54, %t54 : f32
    %t56 = arith.addf %t55, %t55 : f32
    %t57 = arith.addf %t56, %t56 : f32
    %t58 = arith.addf %t57, %t57 : f32
    %t59 = arith.addf %t58, %t58 : f32
    %t60 = arith.addf %t59, %t59 : f32
    %t61 = arith.addf %t60, %t60 : f32
    %v = arith.addf %t61, %t61 : f32
    halide.yield %v at %i, %here : f32
  }
  halide.output @out [8, 13]
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
}
