// Mistakes in reductions and norms.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Mean without axes.
func.func @mean_without_axes(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{mean: at least one axis must be given}}
  %0 = nn.reduce mean %x axes [] : tensor<?x4x8xf32>
  return
}

// -----

// Sum over an axis that does not exist.
func.func @sum_over_an_axis_that_does(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{sum: axis 3 is out of range: input [batch, 4, 8] has 3 dimensions}}
  %0 = nn.reduce sum %x axes [3] : tensor<?x4x8xf32>
  return
}

// -----

// Max over a negative axis.
func.func @max_over_a_negative_axis(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{max: axis -1 is out of range: input [batch, 4, 8] has 3 dimensions}}
  %0 = nn.reduce max %x axes [-1] : tensor<?x4x8xf32>
  return
}

// -----

// Mean over the batch.
func.func @mean_over_the_batch(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{mean: axis 0 of input [batch, 4, 8] depends on the batch and cannot be reduced}}
  %0 = nn.reduce mean %x axes [0] : tensor<?x4x8xf32>
  return
}

// -----

// Mean over an axis twice.
func.func @mean_over_an_axis_twice(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{mean: axes must be distinct and in ascending order}}
  %0 = nn.reduce mean %x axes [1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Mean over unordered axes.
func.func @mean_over_unordered_axes(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{mean: axes must be distinct and in ascending order}}
  %0 = nn.reduce mean %x axes [2, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Softmax over an axis that does not exist.
func.func @softmax_over_an_axis_that_does(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{softmax: axis 3 is out of range: input [batch, 4, 8] has 3 dimensions}}
  %0 = nn.softmax %x axis 3 : tensor<?x4x8xf32>
  return
}

// -----

// Softmax of a scalar.
func.func @softmax_of_a_scalar(%x: tensor<f32>) {
  // expected-error@+1 {{softmax: axis 0 is out of range: input [] has 0 dimensions}}
  %0 = nn.softmax %x axis 0 : tensor<f32>
  return
}

// -----

// Softmax over the batch.
func.func @softmax_over_the_batch(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{softmax: axis 0 of input [batch, 4, 8] depends on the batch and cannot be normalised}}
  %0 = nn.softmax %x axis 0 : tensor<?x4x8xf32>
  return
}

// -----

// Layer norm of a scalar.
func.func @layer_norm_of_a_scalar(%x: tensor<f32>) {
  // expected-error@+1 {{layer_norm: input must have at least 1 dimension}}
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<f32>
  return
}

// -----

// Layer norm over the batch.
func.func @layer_norm_over_the_batch(%x: tensor<4x?xf32>) {
  // expected-error@+1 {{layer_norm: axis 1 of input [4, batch] depends on the batch and cannot be normalised}}
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<4x?xf32>
  return
}

// -----

// Layer norm with a scale of another extent.
func.func @layer_norm_with_a_scale_of(%x: tensor<?x4x8xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{layer_norm: scale must be [8], the last extent of input [batch, 4, 8], not [4]}}
  %0 = nn.layer_norm %x scale %s : tensor<4xf32> epsilon 1.0e-6 : tensor<?x4x8xf32>
  return
}

// -----

// Layer norm with a bias of two dimensions.
func.func @layer_norm_with_a_bias_of(%x: tensor<?x4x8xf32>, %b: tensor<4x8xf32>) {
  // expected-error@+1 {{layer_norm: bias must be [8], the last extent of input [batch, 4, 8], not [4, 8]}}
  %0 = nn.layer_norm %x bias %b : tensor<4x8xf32> epsilon 1.0e-6 : tensor<?x4x8xf32>
  return
}

// -----

// Layer norm with a negative epsilon.
func.func @layer_norm_with_a_negative_epsilon(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{layer_norm: epsilon must be a finite number, at least 0}}
  %0 = nn.layer_norm %x epsilon -1.0 : tensor<?x4x8xf32>
  return
}

// -----

// Layer norm with an infinite epsilon.
func.func @layer_norm_with_an_infinite_epsilon(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{layer_norm: epsilon must be a finite number, at least 0}}
  %0 = nn.layer_norm %x epsilon 0x7FF0000000000000 : tensor<?x4x8xf32>
  return
}
