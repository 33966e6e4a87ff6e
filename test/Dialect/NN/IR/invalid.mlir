// Mistakes in types and sources are reported in words of the model.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// More than one extent depends on the batch.
// expected-error@+1 {{#nn.batch describes the only dynamic extent, but the shape has 2}}
func.func @two_dynamic_extents(%x: tensor<?x?xf32, #nn.batch<2>>) {
  return
}

// -----

// The encoding describes nothing.
// expected-error@+1 {{#nn.batch describes the only dynamic extent, but the shape has 0}}
func.func @no_dynamic_extent(%x: tensor<2x2xf32, #nn.batch<2>>) {
  return
}

// -----

// A factor of one has another form.
// expected-error@+1 {{the factor of #nn.batch must be at least 2, not 1; a factor of 1 is written without it}}
func.func @factor_one(%x: tensor<?x2xf32, #nn.batch<1>>) {
  return
}

// -----

// Constraint on the shape, seen by the verifier.
func.func @constraint_on_the_shape_seen_by() {
  // expected-error@+1 {{'nn.parameter' op result #0 must be tensor of floats or integers with positive extents, at most one of them dynamic, but got 'tensor<0x2xf32>'}}
  %0 = nn.parameter "p" : tensor<0x2xf32>
  return
}

// -----

// Nameless parameter.
func.func @nameless_parameter() {
  // expected-error@+1 {{'nn.parameter' op needs a name}}
  %0 = nn.parameter "" : tensor<2xf32>
  return
}

// -----

// Parameter of a batch.
func.func @parameter_of_a_batch() {
  // expected-error@+1 {{'nn.parameter' op 'p' must not depend on the batch, but is [batch, 2]}}
  %0 = nn.parameter "p" : tensor<?x2xf32>
  return
}
