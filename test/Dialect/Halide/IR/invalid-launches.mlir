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
