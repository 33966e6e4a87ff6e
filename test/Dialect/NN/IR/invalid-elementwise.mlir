// Mistakes in operands, here of elementwise operations.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Operand without a shape.
func.func @operand_without_a_shape(%x: tensor<*xf32>) {
  // expected-error@+1 {{concat: input 0 must be a tensor with a shape, not 'tensor<*xf32>'}}
  %0 = nn.concat %x axis 0 : tensor<*xf32>
  return
}

// -----

// Operand of two batches.
func.func @operand_of_two_batches(%x: tensor<?x?xf32>) {
  // expected-error@+1 {{gelu: input [batch, batch] must have positive extents, at most one that depends on the batch, and fewer than 2^63 elements}}
  %0 = nn.gelu %x : tensor<?x?xf32>
  return
}

// -----

// Empty operand.
func.func @empty_operand(%x: tensor<0x2xf32>) {
  // expected-error@+1 {{gelu: input [0, 2] must have positive extents}}
  %0 = nn.gelu %x : tensor<0x2xf32>
  return
}

// -----

// Operand larger than 63 bits.
func.func @operand_larger_than_63_bits(%x: tensor<4294967296x4294967296xf32>) {
  // expected-error@+1 {{gelu: input [4294967296, 4294967296] must have positive extents}}
  %0 = nn.gelu %x : tensor<4294967296x4294967296xf32>
  return
}

// -----

// Operand of integers.
func.func @operand_of_integers(%x: tensor<2xi32>) {
  // expected-error@+1 {{gelu: input [2] must hold floats, not 'i32'}}
  %0 = nn.gelu %x : tensor<2xi32>
  return
}

// -----

// Result type that does not follow.
func.func @wrong_result(%x: tensor<2xf32>) {
  // expected-error@+2 {{'nn.relu' op inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  // expected-error@+1 {{'nn.relu' op failed to infer returned types}}
  %0 = "nn.relu"(%x) : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

// Extents that do not broadcast.
func.func @extents_that_do_not_broadcast(%x: tensor<?x197x768xf32>, %y: tensor<196x768xf32>) {
  // expected-error@+1 {{add: shapes do not broadcast: lhs [batch, 197, 768] has 197 where rhs [196, 768] has 196}}
  %0 = nn.add %x, %y : tensor<?x197x768xf32>, tensor<196x768xf32>
  return
}

// -----

// The longer operand on the right.
func.func @the_longer_operand_on_the_right(%x: tensor<?x197x768xf32>, %y: tensor<196x768xf32>) {
  // expected-error@+1 {{mul: shapes do not broadcast: lhs [196, 768] has 196 where rhs [batch, 197, 768] has 197}}
  %0 = nn.mul %y, %x : tensor<196x768xf32>, tensor<?x197x768xf32>
  return
}

// -----

// Factors of the batch differ.
func.func @factors_of_the_batch_differ(%x: tensor<?x8xf32, #nn.batch<64>>, %y: tensor<?x8xf32>) {
  // expected-error@+1 {{add: shapes do not broadcast: lhs [64 * batch, 8] has 64 * batch where rhs [batch, 8] has batch}}
  %0 = nn.add %x, %y : tensor<?x8xf32, #nn.batch<64>>, tensor<?x8xf32>
  return
}

// -----

// Batch against a number.
func.func @batch_against_a_number(%x: tensor<?x8xf32>, %y: tensor<4x8xf32>) {
  // expected-error@+1 {{sub: shapes do not broadcast: lhs [batch, 8] has batch where rhs [4, 8] has 4}}
  %0 = nn.sub %x, %y : tensor<?x8xf32>, tensor<4x8xf32>
  return
}

// -----

// Result of two batches.
func.func @result_of_two_batches(%x: tensor<?x1xf32>, %y: tensor<1x?xf32>) {
  // expected-error@+1 {{add: two extents of the result [batch, batch] would depend on the batch}}
  %0 = nn.add %x, %y : tensor<?x1xf32>, tensor<1x?xf32>
  return
}

// -----

// Result larger than 63 bits.
func.func @result_larger_than_63_bits(%x: tensor<4294967296x1xf32>, %y: tensor<4294967296xf32>) {
  // expected-error@+1 {{add: the result [4294967296, 4294967296] would have 2^63 elements or more}}
  %0 = nn.add %x, %y : tensor<4294967296x1xf32>, tensor<4294967296xf32>
  return
}

// -----

// Types of float differ.
func.func @types_of_float_differ(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error@+1 {{div: element types differ: lhs has 'f32', rhs has 'f16'}}
  %0 = nn.div %x, %y : tensor<2xf32>, tensor<2xf16>
  return
}
