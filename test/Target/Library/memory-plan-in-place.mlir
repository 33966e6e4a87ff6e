// Which results are written over an operand.
// RUN: vitrail-translate --model-to-memory-plan -split-input-file %s | FileCheck %s

// A sum is written over the residual, of which it reads an element where it
// writes one (in a dimension of 1 at the constant 0); over the left-hand side of
// the product, which it reads elsewhere, it is not.

// CHECK-LABEL: entry @residual: arena of 1024 bytes for a sample, at least 1024 needed
// CHECK-NEXT:    @first(input 0) -> arena [[R:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @first(arena [[R]]) -> arena [[X:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @linear_add(arena [[X]], arena [[R]]) -> arena [[R]]
// CHECK-NEXT:    @linear_add(arena [[R]], arena [[R]]) -> arena [[X]]
// CHECK-NEXT:    @linear_add(input 0, arena [[X]]) -> output 0
halide.pipeline @first {
  halide.input @a : f32 [128, 1, ?]
  halide.func @b ["i", "j", "n"] : f32 {
  ^bb0(%i: i32, %j: i32, %n: i32):
    %first = arith.constant 0 : i32
    %0 = halide.call @a(%first, %j, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [128, 1, ?]
}
halide.pipeline @linear_add {
  halide.input @x : f32 [128, 1, ?]
  halide.input @r : f32 [128, 1, ?]
  halide.rdom @k ["k"] min [0] extent [128]
  halide.func @sums ["i", "j", "n"] : f32 {
  ^bb0(%i: i32, %j: i32, %n: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.update @sums over @k {
  ^bb0(%i: i32, %j: i32, %n: i32, %k: i32):
    %sum = halide.call @sums(%i, %j, %n) : f32
    %x = halide.call @x(%k, %j, %n) : f32
    %next = arith.addf %sum, %x : f32
    halide.yield %next : f32
  }
  halide.func @out ["i", "j", "n"] : f32 {
  ^bb0(%i: i32, %j: i32, %n: i32):
    %zero = arith.constant 0 : i32
    %sum = halide.call @sums(%i, %j, %n) : f32
    %r = halide.call @r(%i, %zero, %n) : f32
    %y = arith.addf %sum, %r : f32
    halide.yield %y : f32
  }
  halide.output @out [128, 1, ?]
  halide.split @out "i" into "io", "ii" by 48 tail guard_with_if
  halide.split @out "ii" into "iv", "il" by 16 tail round_up
  halide.vectorize @out "il"
  halide.compute_at @sums at @out "io"
}
func.func @residual(%x: tensor<?x1x128xf32> {nn.name = "x"})
    -> (tensor<?x1x128xf32> {nn.name = "y"}) {
  %0 = halide.launch @first(%x) : (tensor<?x1x128xf32>) -> tensor<?x1x128xf32>
  %1 = halide.launch @first(%0) : (tensor<?x1x128xf32>) -> tensor<?x1x128xf32>
  %2 = halide.launch @linear_add(%1, %0)
      : (tensor<?x1x128xf32>, tensor<?x1x128xf32>) -> tensor<?x1x128xf32>
  // One tensor as both: the product reads it elsewhere.
  %3 = halide.launch @linear_add(%2, %2)
      : (tensor<?x1x128xf32>, tensor<?x1x128xf32>) -> tensor<?x1x128xf32>
  // A result goes to the caller, not over the residual.
  %4 = halide.launch @linear_add(%x, %3)
      : (tensor<?x1x128xf32>, tensor<?x1x128xf32>) -> tensor<?x1x128xf32>
  return %4 : tensor<?x1x128xf32>
}

// -----

// Not over an operand that is needed afterwards, nor over one that is transposed
// or also read by another func, nor where the loops compute elements twice.

// CHECK-LABEL: entry @kept: arena of 512 bytes for a sample, at least 512 needed
// CHECK-NEXT:    @mirror(input 0) -> arena 0 to 255
// CHECK-NEXT:    @mirror(arena 0 to 255) -> arena 256 to 511
// CHECK-NEXT:    @norm(arena 256 to 511) -> arena 0 to 255
// CHECK-NEXT:    @twice(arena 0 to 255) -> arena 256 to 511
// CHECK-NEXT:    @uneven(arena 256 to 511) -> arena 0 to 255
// CHECK-NEXT:    @once(arena 0 to 255) -> arena 0 to 255
// CHECK-NEXT:    @once(arena 0 to 255) -> arena 256 to 511
// CHECK-NEXT:    @add(arena 256 to 511, arena 0 to 255) -> output 0
halide.pipeline @mirror {
  halide.input @a : f32 [8, 8]
  halide.func @b ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @a(%j, %i) : f32
    halide.yield %0 : f32
  }
  halide.output @b [8, 8]
}
halide.pipeline @norm {
  halide.input @a : f32 [8, 8]
  halide.func @row ["j"] : f32 {
  ^bb0(%j: i32):
    %zero = arith.constant 0 : i32
    %0 = halide.call @a(%zero, %j) : f32
    halide.yield %0 : f32
  }
  halide.func @b ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @a(%i, %j) : f32
    %1 = halide.call @row(%j) : f32
    %2 = arith.subf %0, %1 : f32
    halide.yield %2 : f32
  }
  halide.output @b [8, 8]
  halide.compute_at @row at @b "j"
}
halide.pipeline @twice {
  halide.input @a : f32 [8, 8]
  halide.func @b ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @a(%i, %j) : f32
    halide.yield %0 : f32
  }
  halide.output @b [8, 8]
  halide.split @b "i" into "io", "ii" by 5 tail shift_inwards
}
// A chunk of 5 rounded up to 6 reaches into the next one.
halide.pipeline @uneven {
  halide.input @a : f32 [8, 8]
  halide.func @b ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @a(%i, %j) : f32
    halide.yield %0 : f32
  }
  halide.output @b [8, 8]
  halide.split @b "i" into "io", "ii" by 5 tail guard_with_if
  halide.split @b "ii" into "im", "in" by 2 tail round_up
}
halide.pipeline @once {
  halide.input @a : f32 [8, 8]
  halide.func @b ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @a(%i, %j) : f32
    halide.yield %0 : f32
  }
  halide.output @b [8, 8]
  halide.split @b "i" into "io", "ii" by 4 tail round_up
}
halide.pipeline @add {
  halide.input @a : f32 [8, 8]
  halide.input @b : f32 [8, 8]
  halide.func @c ["i", "j"] : f32 {
  ^bb0(%i: i32, %j: i32):
    %0 = halide.call @a(%i, %j) : f32
    %1 = halide.call @b(%i, %j) : f32
    %2 = arith.addf %0, %1 : f32
    halide.yield %2 : f32
  }
  halide.output @c [8, 8]
}
func.func @kept(%x: tensor<8x8xf32> {nn.name = "x"})
    -> (tensor<8x8xf32> {nn.name = "y"}) {
  %0 = halide.launch @mirror(%x) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = halide.launch @mirror(%0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = halide.launch @norm(%1) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = halide.launch @twice(%2) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %4 = halide.launch @uneven(%3) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %5 = halide.launch @once(%4) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %6 = halide.launch @once(%5) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %7 = halide.launch @add(%6, %5)
      : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %7 : tensor<8x8xf32>
}
