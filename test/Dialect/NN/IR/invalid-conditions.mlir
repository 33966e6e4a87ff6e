// Mistakes in comparisons, choices, conversions and look-ups.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Comparison of booleans.
func.func @compared_booleans(%x: tensor<2xi1>, %y: tensor<2xi8>) {
  // expected-error@+1 {{compare: lhs [2] must hold numbers, not 'i1'}}
  %0 = nn.compare eq %x, %y : tensor<2xi1>, tensor<2xi8>
  return
}

// -----

// Comparison of different types.
func.func @compared_types(%x: tensor<2xi32>, %y: tensor<2xi64>) {
  // expected-error@+1 {{compare: element types differ: lhs has 'i32', rhs has 'i64'}}
  %0 = nn.compare lt %x, %y : tensor<2xi32>, tensor<2xi64>
  return
}

// -----

// Comparison of shapes that do not broadcast.
func.func @compared_shapes(%x: tensor<?x2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{compare: shapes do not broadcast: lhs [batch, 2] has 2 where rhs [3] has 3}}
  %0 = nn.compare lt %x, %y : tensor<?x2xf32>, tensor<3xf32>
  return
}

// -----

// Choice by numbers.
func.func @chosen_by_numbers(%x: tensor<2xf32>) {
  // expected-error@+1 {{select: condition [2] must hold booleans, not 'f32'}}
  %0 = nn.select %x, %x, %x : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  return
}

// -----

// Choice between different types.
func.func @chosen_types(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error@+1 {{select: element types differ: if_true has 'f32', if_false has 'i32'}}
  %0 = nn.select %c, %x, %y : tensor<2xi1>, tensor<2xf32>, tensor<2xi32>
  return
}

// -----

// Condition of another shape.
func.func @condition_shape(%c: tensor<3xi1>, %x: tensor<4x2xf32>, %y: tensor<f32>) {
  // expected-error@+1 {{select: shapes do not broadcast: condition [3] has 3 where choice [4, 2] has 2}}
  %0 = nn.select %c, %x, %y : tensor<3xi1>, tensor<4x2xf32>, tensor<f32>
  return
}

// -----

// Conversion to another shape.
func.func @cast_shape(%x: tensor<2xi32>) {
  // expected-error@+1 {{'nn.cast' op shapes differ: input has [2], the result has [3]}}
  %0 = nn.cast %x : tensor<2xi32> to tensor<3xf32>
  return
}

// -----

// Conversion to booleans.
func.func @cast_to_booleans(%x: tensor<2xi32>) {
  // expected-error@+1 {{result #0 must be tensor of numbers}}
  %0 = nn.cast %x : tensor<2xi32> to tensor<2xi1>
  return
}

// -----

// Look-up by floats.
func.func @gathered_by_floats(%x: tensor<2xf32>) {
  // expected-error@+1 {{gather: indices [2] must hold integers, not 'f32'}}
  %0 = nn.gather %x, %x axis 0 : tensor<2xf32>, tensor<2xf32>
  return
}

// -----

// Look-up along an axis that is not there.
func.func @gathered_axis(%x: tensor<2xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{gather: axis 1 is out of range: table [2] has 1 dimensions}}
  %0 = nn.gather %x, %i axis 1 : tensor<2xf32>, tensor<i32>
  return
}

// -----

// Look-up of samples.
func.func @gathered_samples(%x: tensor<?x2xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{gather: axis 0 of table [batch, 2] depends on the batch and cannot be looked up}}
  %0 = nn.gather %x, %i axis 0 : tensor<?x2xf32>, tensor<i32>
  return
}

// -----

// Look-up whose table and indices both depend on the batch.
func.func @gathered_batches(%x: tensor<?x2xf32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{gather: two extents of the result [batch, batch] would depend on the batch}}
  %0 = nn.gather %x, %i axis 1 : tensor<?x2xf32>, tensor<?xi32>
  return
}

// -----

// Integers have no range.
func.func @quantized_integers(%x: tensor<2xi32>, %r: tensor<f32>) {
  // expected-error@+1 {{quantize: input [2] must hold floats, not 'i32'}}
  %0 = nn.quantize %x by %r : tensor<2xi32>, tensor<f32>
  return
}

// -----

func.func @quantized_half(%x: tensor<2xf16>, %r: tensor<f32>) {
  // expected-error@+1 {{quantize: input must hold f32, not 'f16'}}
  %0 = nn.quantize %x by %r : tensor<2xf16>, tensor<f32>
  return
}

// -----

// A range for another number of rows.
func.func @ranges_of_other_rows(%x: tensor<2x3xf32>, %r: tensor<3x1xf32>) {
  // expected-error@+1 {{quantize: shapes do not broadcast: input [2, 3] has 2 where range [3, 1] has 3}}
  %0 = nn.quantize %x by %r : tensor<2x3xf32>, tensor<3x1xf32>
  return
}

// -----

// One number in several ranges.
func.func @several_ranges(%x: tensor<2x1xf32>, %r: tensor<2x3xf32>) {
  // expected-error@+1 {{quantize: range [2, 3] must not repeat input [2, 1]}}
  %0 = nn.quantize %x by %r : tensor<2x1xf32>, tensor<2x3xf32>
  return
}
