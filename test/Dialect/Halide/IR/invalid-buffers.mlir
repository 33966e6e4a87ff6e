// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Errors of inputs, outputs, launches, tensor maps and reduction domains.

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

// Halide reserves `.`, `$` and leading underscores.
halide.pipeline @p {
  // expected-error@+1 {{name of input 'a.b' is not a letter followed by letters, digits and underscores}}
  halide.input @a.b : f32 [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// An empty buffer.
halide.pipeline @p {
  // expected-error@+1 {{extent 0 is not positive}}
  halide.input @a : f32 [4, 0]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// A stride is missing.
halide.pipeline @p {
  // expected-error@+1 {{has 2 extents but 1 strides}}
  halide.input @a : f32 [4, 4] strides [1]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// Inputs may repeat elements, but not run backwards.
halide.pipeline @p {
  // expected-error@+1 {{stride -1 is less than 0}}
  halide.input @a : f32 [4, 4] strides [0, -1]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// An output may not repeat elements.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  // expected-error@+1 {{stride 0 is less than 1}}
  halide.output @f [4] strides [0]
}

// -----

// An element type that Halide lacks.
halide.pipeline @p {
  // expected-error@+1 {{attribute 'element_type' failed to satisfy constraint}}
  halide.input @a : i3 [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

// A misspelt pipeline.
halide.pipeline @p {
  halide.input @a : f32 [4, ?]
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @a(%x, %y) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, ?]
}
func.func @launch(%a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{there is no pipeline '@q'}}
  %0 = halide.launch @q(%a) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// A tensor too many.
// expected-note@+1 {{pipeline defined here}}
halide.pipeline @p {
  halide.input @a : f32 [4, ?]
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @a(%x, %y) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, ?]
}
func.func @launch(%a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{passes 2 tensors to a pipeline of 1 inputs}}
  %0 = halide.launch @p(%a, %a) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// The extents are in the wrong order.
halide.pipeline @p {
  halide.input @a : f32 [4, ?] // expected-note {{buffer described here}}
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @a(%x, %y) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, ?]
}
func.func @launch(%a: tensor<4x8xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{tensor for '@a' is 'tensor<4x8xf32>', of extents [8, 4], but the pipeline's buffer is 'f32' [4, ?]}}
  %0 = halide.launch @p(%a) : (tensor<4x8xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// An extent known only at run time may not be 4.
halide.pipeline @p {
  halide.input @a : f32 [4, ?] // expected-note {{buffer described here}}
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @a(%x, %y) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, ?]
}
func.func @launch(%a: tensor<8x?xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{of extents [?, 8], but the pipeline's buffer is 'f32' [4, ?]}}
  %0 = halide.launch @p(%a) : (tensor<8x?xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// The rank differs.
halide.pipeline @p {
  halide.input @a : f32 [4, ?] // expected-note {{buffer described here}}
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @a(%x, %y) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, ?]
}
func.func @launch(%a: tensor<4xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{of extents [4], but the pipeline's buffer is 'f32' [4, ?]}}
  %0 = halide.launch @p(%a) : (tensor<4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// The element type differs.
halide.pipeline @p {
  halide.input @a : f32 [4, ?] // expected-note {{buffer described here}}
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @a(%x, %y) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, ?]
}
func.func @launch(%a: tensor<?x4xf16>) -> tensor<?x4xf32> {
  // expected-error@+1 {{tensor for '@a' is 'tensor<?x4xf16>'}}
  %0 = halide.launch @p(%a) : (tensor<?x4xf16>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// The result differs.
halide.pipeline @p {
  halide.input @a : f32 [4, ?]
  halide.func @f ["x", "y"] : f32 {
  ^bb0(%x: i32, %y: i32):
    %0 = halide.call @a(%x, %y) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4, ?] // expected-note {{buffer described here}}
}
func.func @launch(%a: tensor<?x4xf32>) -> tensor<?x5xf32> {
  // expected-error@+1 {{result for '@f' is 'tensor<?x5xf32>', of extents [5, ?], but the pipeline's buffer is 'f32' [4, ?]}}
  %0 = halide.launch @p(%a) : (tensor<?x4xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Reduction domains
//===----------------------------------------------------------------------===//

// A variable without an extent.
halide.pipeline @p {
  // expected-error@+1 {{has 2 variables but 2 mins and 1 extents}}
  halide.rdom @r ["i", "j"] min [0, 0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// A tensor to write into, where everything is written.
// expected-note@+1 {{pipeline defined here}}
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}
func.func @launch(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{writes into 1 tensors, but its pipeline defines all of its outputs except 0}}
  %0 = halide.launch @p() into (%a : tensor<4xf32>) : () -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// A tensor to write into that is not the result's.
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.undef : f32
    halide.yield %0 : f32
  }
  halide.update @f {
  ^bb0(%x: i32):
    %0 = arith.constant 0.0 : f32
    %1 = arith.constant 3 : i32
    halide.yield %0 at %1 : f32
  }
  halide.output @f [?]
}
func.func @launch(%a: tensor<5xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{writes a result 'tensor<4xf32>' into a tensor of another type, 'tensor<5xf32>'}}
  %0 = halide.launch @p() into (%a : tensor<5xf32>) : () -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Fewer results than outputs.
// expected-note@+1 {{pipeline defined here}}
halide.pipeline @p {
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.func @g ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.call @f(%x) : f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
  halide.output @g [4]
}
func.func @launch() -> tensor<4xf32> {
  // expected-error@+1 {{has 1 results of a pipeline of 2 outputs}}
  %0 = halide.launch @p() : () -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// No tensor to write into.
halide.pipeline @p {
  // expected-note@+1 {{func defined here}}
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = halide.undef : f32
    halide.yield %0 : f32
  }
  halide.update @f {
  ^bb0(%x: i32):
    %0 = arith.constant 0.0 : f32
    %1 = arith.constant 3 : i32
    halide.yield %0 at %1 : f32
  }
  halide.output @f [4]
}
func.func @launch() -> tensor<4xf32> {
  // expected-error@+1 {{writes into 0 tensors, but its pipeline's output '@f' begins undefined, too}}
  %0 = halide.launch @p() : () -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// No variables.
halide.pipeline @p {
  // expected-error@+1 {{has no variables}}
  halide.rdom @r [] min [] extent []
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// Nothing to reduce over.
halide.pipeline @p {
  // expected-error@+1 {{extent 0 of variable 'i' is not positive}}
  halide.rdom @r ["i"] min [0] extent [0]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// Two variables of one name.
halide.pipeline @p {
  // expected-error@+1 {{variable 'i' occurs twice}}
  halide.rdom @r ["i", "i"] min [0, 0] extent [4, 4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

// The name of an implicit variable.
halide.pipeline @p {
  // expected-error@+1 {{name of variable '_0' is not a letter followed by}}
  halide.rdom @r ["_0"] min [0] extent [4]
  halide.func @f ["x"] : f32 {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    halide.yield %0 : f32
  }
  halide.output @f [4]
}

// -----

func.func @map_of_no_extents(%x: memref<f16>) {
  // expected-error @+1 {{has a box of 0 extents; there are 1 to 5}}
  %0 = halide.tensor_map %x[] box [] : memref<f16> -> !llvm.ptr
  return
}

// -----

func.func @map_of_other_rank(%x: memref<f16>, %k: index) {
  // expected-error @+1 {{has a box of 2 extents for a tensor of 1}}
  %0 = halide.tensor_map %x[%k] box [16, 64] : memref<f16> -> !llvm.ptr
  return
}

// -----

func.func @map_of_large_box(%x: memref<f16>, %k: index) {
  // expected-error @+1 {{box extent 257 is not 1 to 256}}
  %0 = halide.tensor_map %x[%k, %k] box [257, 64] : memref<f16> -> !llvm.ptr
  return
}

// -----

func.func @map_of_odd_rows(%x: memref<f16>, %k: index) {
  // expected-error @+1 {{the box's rows are 96 bytes wide, not 32, 64 or 128}}
  %0 = halide.tensor_map %x[%k, %k] box [16, 48] : memref<f16> -> !llvm.ptr
  return
}

// -----

func.func @map_of_other_elements(%x: memref<f64>, %k: index) {
  // expected-error @+1 {{describes elements of 'f64', which are not one, two or four bytes}}
  %0 = halide.tensor_map %x[%k, %k] box [16, 64] : memref<f64> -> !llvm.ptr
  return
}
