// RUN: vitrail-opt %s --split-input-file --verify-diagnostics

// expected-note@+1 {{function defined here}}
func.func private @clear(%y: memref<8xf32>) {
  return
}
func.func @run(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{'halide.launch' op does not fit the function on memory that it launches}}
  %y = halide.launch @clear(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// expected-note@+1 {{function defined here}}
func.func private @copy(%x: memref<8xf32>, %y: memref<8xf16>) {
  return
}
func.func @run(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{'halide.launch' op does not fit the function on memory that it launches}}
  %y = halide.launch @copy(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// As many results as there are tensors after `into` are written into these.

// expected-note@+1 {{function defined here}}
func.func private @store(%x: memref<8xf32>, %y: memref<8xf32>, %c: memref<8x9xf32>) {
  return
}
func.func @run(%x: tensor<8xf32>, %c: tensor<9x8xf32>) -> tensor<8x9xf32> {
  // expected-error@+1 {{'halide.launch' op does not fit the function on memory that it launches}}
  %y:2 = halide.launch @store(%x) into (%c : tensor<9x8xf32>)
      : (tensor<8xf32>) -> (tensor<8xf32>, tensor<8x9xf32>)
  return %y#1 : tensor<8x9xf32>
}

// -----

// expected-note@+1 {{function defined here}}
func.func private @clear(%c: memref<9xf32>) {
  return
}
func.func @run(%c: tensor<9xf32>, %d: tensor<9xf32>) -> tensor<9xf32> {
  // expected-error@+1 {{'halide.launch' op does not fit the function on memory that it launches}}
  %y = halide.launch @clear() into (%c, %d : tensor<9xf32>, tensor<9xf32>)
      : () -> tensor<9xf32>
  return %y : tensor<9xf32>
}
