// Where tensors are while an entry runs.
// RUN: vitrail-translate --model-to-memory-plan -split-input-file %s | FileCheck %s

// A chain needs two tensors at a time: the third takes the place of the first,
// and the last is the caller's. 100 floats take 448 bytes, rounded up to 64.

// CHECK-LABEL: entry @chain: arena of 896 bytes for a sample, at least 896 needed
// CHECK-NEXT:    @k(input 0) -> arena 0 to 399
// CHECK-NEXT:    @k(arena 0 to 399) -> arena 448 to 847
// CHECK-NEXT:    @k(arena 448 to 847) -> arena 0 to 399
// CHECK-NEXT:    @k(arena 0 to 399) -> output 0
// CHECK-NEXT:  weights of 0 bytes
// CHECK-EMPTY:
// CHECK-NEXT:  arena of @chain over time, a line for each kernel: 64 columns of 14 bytes for a sample,
// CHECK-NEXT:  a letter for each tensor, a capital where it is written
// CHECK-NEXT:      1 |{{A+[.]+}}|       448 @k
// CHECK-NEXT:      2 |{{a+B+}}|       896 @k (most)
// CHECK-NEXT:      3 |{{C+b+}}|       896 @k (most)
// CHECK-NEXT:      4 |{{c+[.]+}}|       448 @k
halide.pipeline @k {
  halide.input @a : f32 [100, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %first = arith.constant 0 : i32
    %0 = halide.call @a(%first, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [100, ?]
}
func.func @chain(%x: tensor<?x100xf32> {nn.name = "x"})
    -> (tensor<?x100xf32> {nn.name = "y"}) {
  %0 = halide.launch @k(%x) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  %1 = halide.launch @k(%0) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  %2 = halide.launch @k(%1) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  %3 = halide.launch @k(%2) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  return %3 : tensor<?x100xf32>
}

// -----

// A residual stays until it is added; reshapes are the tensor that they view.

// CHECK-LABEL: entry @residual: arena of 1536 bytes for a sample, at least 1536 needed
// CHECK-NEXT:    @k(input 0) -> arena [[R:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @k(arena [[R]]) -> arena [[A:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @k(arena [[A]]) -> arena [[B:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @add(arena [[B]], arena [[R]]) -> output 0
halide.pipeline @k {
  halide.input @a : f32 [128, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %first = arith.constant 0 : i32
    %0 = halide.call @a(%first, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [128, ?]
}
halide.pipeline @add {
  halide.input @a : f32 [128, ?]
  halide.input @b : f32 [128, ?]
  halide.func @c ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @a(%i, %n) : f32
    %1 = halide.call @b(%i, %n) : f32
    %2 = arith.addf %0, %1 : f32
    halide.yield %2 : f32
  }
  halide.output @c [128, ?]
}
func.func @residual(%x: tensor<?x128xf32> {nn.name = "x"})
    -> (tensor<?x8x16xf32> {nn.name = "y"}) {
  %0 = halide.launch @k(%x) : (tensor<?x128xf32>) -> tensor<?x128xf32>
  %view = nn.reshape %0 : tensor<?x128xf32> to tensor<?x8x16xf32>
  %1 = halide.launch @k(%0) : (tensor<?x128xf32>) -> tensor<?x128xf32>
  %2 = halide.launch @k(%1) : (tensor<?x128xf32>) -> tensor<?x128xf32>
  %back = nn.reshape %view : tensor<?x8x16xf32> to tensor<?x128xf32>
  %3 = halide.launch @add(%2, %back)
      : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<?x128xf32>
  %y = nn.reshape %3 : tensor<?x128xf32> to tensor<?x8x16xf32>
  return %y : tensor<?x8x16xf32>
}

// -----

// Results that no kernel writes in place are copied: an input, a constant, and
// what is another result. A result may be read after it is written.

// CHECK-LABEL: entry @copies: arena of 0 bytes for a sample, at least 0 needed
// CHECK-NEXT:    @k(input 0) -> output 0
// CHECK-NEXT:    @k(output 0) -> output 1
// CHECK-NEXT:    copy output 0 -> output 2
// CHECK-NEXT:    copy input 0 -> output 3
// CHECK-NEXT:    copy weights 0 -> output 4
// CHECK-NEXT:  weights of 64 bytes
// CHECK-NOT:   arena of
halide.pipeline @k {
  halide.input @a : f32 [4, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @a(%i, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [4, ?]
}
func.func @copies(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "a"}, tensor<?x4xf32> {nn.name = "b"},
        tensor<?x4xf32> {nn.name = "c"}, tensor<?x2x2xf32> {nn.name = "d"},
        tensor<3xf32> {nn.name = "e"}) {
  %0 = halide.launch @k(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = halide.launch @k(%0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = nn.reshape %x : tensor<?x4xf32> to tensor<?x2x2xf32>
  %3 = nn.parameter "w" : tensor<3xf32>
  return %0, %1, %0, %2, %3 : tensor<?x4xf32>, tensor<?x4xf32>,
      tensor<?x4xf32>, tensor<?x2x2xf32>, tensor<3xf32>
}

// -----

// Equal constant expressions have one place, in every entry; others and other
// views of one do not multiply it.

// CHECK-LABEL: entry @first:
// CHECK-NEXT:    @k(input 0, weights 0) -> output 0
// CHECK-LABEL: entry @second:
// CHECK-NEXT:    @k(input 0, weights 0) -> arena 0 to 15
// CHECK-NEXT:    @k(arena 0 to 15, weights 64) -> output 0
// CHECK-NEXT:  weights of 128 bytes
halide.pipeline @k {
  halide.input @a : f32 [4, ?]
  halide.input @w : f32 [4]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @a(%i, %n) : f32
    %1 = halide.call @w(%i) : f32
    %2 = arith.addf %0, %1 : f32
    halide.yield %2 : f32
  }
  halide.output @b [4, ?]
}
func.func @first(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "w" : tensor<2x2xf32>
  %t = nn.transpose %w [1, 0] : tensor<2x2xf32>
  %v = nn.reshape %t : tensor<2x2xf32> to tensor<4xf32>
  %0 = halide.launch @k(%x, %v)
      : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func @second(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "w" : tensor<2x2xf32>
  %t = nn.transpose %w [1, 0] : tensor<2x2xf32>
  %u = nn.reshape %t : tensor<2x2xf32> to tensor<1x4xf32>
  %v = nn.reshape %u : tensor<1x4xf32> to tensor<4xf32>
  %0 = halide.launch @k(%x, %v)
      : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %other = nn.reshape %w : tensor<2x2xf32> to tensor<4xf32>
  %1 = halide.launch @k(%0, %other)
      : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

// The largest is placed first and the small ones go into the gap that is left
// when it is no longer in use.

// CHECK-LABEL: entry @gap: arena of 1280 bytes for a sample, at least 1280 needed
// CHECK-NEXT:    @widen(input 0) -> arena 0 to 1023
// CHECK-NEXT:    @narrow(arena 0 to 1023) -> arena 1024 to 1279
// CHECK-NEXT:    @same(arena 1024 to 1279) -> arena 0 to 255
// CHECK-NEXT:    @same(arena 0 to 255) -> output 0
halide.pipeline @widen {
  halide.input @a : f32 [64, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %width = arith.constant 64 : i32
    %j = halide.mod %i, %width
    %0 = halide.call @a(%j, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [256, ?]
}
halide.pipeline @narrow {
  halide.input @a : f32 [256, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @a(%i, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [64, ?]
}
halide.pipeline @same {
  halide.input @a : f32 [64, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %first = arith.constant 0 : i32
    %0 = halide.call @a(%first, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [64, ?]
}
func.func @gap(%x: tensor<?x64xf32> {nn.name = "x"})
    -> (tensor<?x64xf32> {nn.name = "y"}) {
  %0 = halide.launch @widen(%x) : (tensor<?x64xf32>) -> tensor<?x256xf32>
  %1 = halide.launch @narrow(%0) : (tensor<?x256xf32>) -> tensor<?x64xf32>
  %2 = halide.launch @same(%1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %3 = halide.launch @same(%2) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %3 : tensor<?x64xf32>
}
