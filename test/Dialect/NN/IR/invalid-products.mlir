// Mistakes in products are reported with both shapes.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Linear inner dimensions.
func.func @linear_inner_dimensions(%x: tensor<?x197x768xf32>, %w: tensor<512x512xf32>) {
  // expected-error@+1 {{linear: inner dimensions differ: input [batch, 197, 768] has 768, weight [512, 512] has 512}}
  %0 = nn.linear %x, %w : tensor<?x197x768xf32>, tensor<512x512xf32>
  return
}

// -----

// Linear over the batch.
func.func @linear_over_the_batch(%x: tensor<8x?xf32>, %w: tensor<2x4xf32>) {
  // expected-error@+1 {{linear: inner dimensions differ: input [8, batch] has batch, weight [2, 4] has 4}}
  %0 = nn.linear %x, %w : tensor<8x?xf32>, tensor<2x4xf32>
  return
}

// -----

// Linear of a scalar.
func.func @linear_of_a_scalar(%x: tensor<f32>, %w: tensor<2x4xf32>) {
  // expected-error@+1 {{linear: input [] has fewer dimensions than the 1 that weight [2, 4] contracts}}
  %0 = nn.linear %x, %w : tensor<f32>, tensor<2x4xf32>
  return
}

// -----

// Linear with a vector.
func.func @linear_with_a_vector(%x: tensor<4xf32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{linear: weight [4] must have at least 2 dimensions, [features, ...]}}
  %0 = nn.linear %x, %w : tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// Linear with weights of a batch.
func.func @linear_with_weights_of_a_batch(%x: tensor<4xf32>, %w: tensor<?x4xf32>) {
  // expected-error@+1 {{linear: weight [batch, 4] must not depend on the batch}}
  %0 = nn.linear %x, %w : tensor<4xf32>, tensor<?x4xf32>
  return
}

// -----

// Linear of two types.
func.func @linear_of_two_types(%x: tensor<4xf32>, %w: tensor<2x4xbf16>) {
  // expected-error@+1 {{linear: element types differ: input has 'f32', weight has 'bf16'}}
  %0 = nn.linear %x, %w : tensor<4xf32>, tensor<2x4xbf16>
  return
}

// -----

func.func @tf32_in_bf16(%x: tensor<4xbf16>, %w: tensor<2x4xbf16>) {
  // expected-error@+1 {{linear: tf32 is stored as f32, but input holds 'bf16'}}
  %0 = nn.linear %x, %w tf32 : tensor<4xbf16>, tensor<2x4xbf16>
  return
}

// -----

func.func @tf32_in_integers(%x: tensor<4xf32>, %w: tensor<1x4x2xi8>) {
  // expected-error@+1 {{packed_linear: tf32 is stored as f32, but panels holds 'i8'}}
  %0 = nn.packed_linear %x, %w features 2 tf32 : tensor<4xf32>, tensor<1x4x2xi8>
  return
}

// -----

func.func @bias_of_narrow_layer(%x: tensor<4xbf16>, %w: tensor<2x4xbf16>, %b: tensor<2xbf16>) {
  // expected-error@+1 {{linear: bias must hold 'f32' where weight has 'bf16', not 'bf16'}}
  %0 = nn.linear %x, %w bias %b : tensor<4xbf16>, tensor<2x4xbf16>, tensor<2xbf16>
  return
}

// -----

func.func @no_group(%x: tensor<4xf32>, %w: tensor<1x4x2xf32>) {
  // expected-error@+1 {{packed_linear: group must be at least 1, not 0}}
  %0 = nn.packed_linear %x, %w features 2 group 0 : tensor<4xf32>, tensor<1x4x2xf32>
  return
}

// -----

func.func @group_without_dimension(%x: tensor<4xf32>, %w: tensor<1x4x2xf32>) {
  // expected-error@+1 {{packed_linear: panels [1, 4, 2] must have at least 4 dimensions, [panels, ..., columns, group]}}
  %0 = nn.packed_linear %x, %w features 2 group 2 : tensor<4xf32>, tensor<1x4x2xf32>
  return
}

// -----

func.func @group_of_another_size(%x: tensor<4xf32>, %w: tensor<1x2x2x3xf32>) {
  // expected-error@+1 {{packed_linear: panels [1, 2, 2, 3] must end in the 2 numbers of a group}}
  %0 = nn.packed_linear %x, %w features 2 group 2 : tensor<4xf32>, tensor<1x2x2x3xf32>
  return
}

// -----

func.func @too_few_groups(%x: tensor<5xf32>, %w: tensor<1x2x2x2xf32>) {
  // expected-error@+1 {{packed_linear: input [5] has 3 groups of 2, panels [1, 2, 2, 2] has 2}}
  %0 = nn.packed_linear %x, %w features 2 group 2 : tensor<5xf32>, tensor<1x2x2x2xf32>
  return
}

// -----

func.func @sums_of_floats(%x: tensor<4xbf16>, %w: tensor<1x2x2x2xbf16>, %s: tensor<1x2xi32>) {
  // expected-error@+1 {{packed_linear: sums are those of panels of i8, not 'bf16'}}
  %0 = nn.packed_linear %x, %w sums %s : tensor<1x2xi32> features 2 group 2 : tensor<4xbf16>, tensor<1x2x2x2xbf16>
  return
}

// -----

func.func @sums_in_floats(%x: tensor<4xi8>, %w: tensor<1x1x2x4xi8>, %s: tensor<1x2xf32>) {
  // expected-error@+1 {{packed_linear: sums must hold i32, not 'f32'}}
  %0 = nn.packed_linear %x, %w sums %s : tensor<1x2xf32> features 2 group 4 : tensor<4xi8>, tensor<1x1x2x4xi8>
  return
}

// -----

func.func @too_few_sums(%x: tensor<4xi8>, %w: tensor<1x1x2x4xi8>, %s: tensor<2xi32>) {
  // expected-error@+1 {{packed_linear: sums [2] must be [1, 2], one for each column of panels [1, 1, 2, 4]}}
  %0 = nn.packed_linear %x, %w sums %s : tensor<2xi32> features 2 group 4 : tensor<4xi8>, tensor<1x1x2x4xi8>
  return
}

// -----

// Integers are not multiplied with numbers of 16 bits, nor with f32 on the other
// side.
func.func @linear_of_bf16_and_i8(%x: tensor<4xbf16>, %w: tensor<2x4xi8>) {
  // expected-error@+1 {{linear: element types differ: input has 'bf16', weight has 'i8'}}
  %0 = nn.linear %x, %w : tensor<4xbf16>, tensor<2x4xi8>
  return
}

// -----

func.func @linear_of_i8_and_f32(%x: tensor<4xi8>, %w: tensor<2x4xf32>) {
  // expected-error@+1 {{linear: element types differ: input has 'i8', weight has 'f32'}}
  %0 = nn.linear %x, %w : tensor<4xi8>, tensor<2x4xf32>
  return
}

// -----

func.func @linear_of_i8_with_a_bias_of_f32(%x: tensor<4xi8>, %w: tensor<2x4xi8>, %b: tensor<2xf32>) {
  // expected-error@+1 {{linear: bias must hold 'i32' where weight has 'i8', not 'f32'}}
  %0 = nn.linear %x, %w bias %b : tensor<4xi8>, tensor<2x4xi8>, tensor<2xf32>
  return
}

// -----

// Linear with a short bias.
func.func @linear_with_a_short_bias(%x: tensor<4xf32>, %w: tensor<2x4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{linear: bias must be [2], one for each of the 2 features of weight [2, 4], not [4]}}
  %0 = nn.linear %x, %w bias %b : tensor<4xf32>, tensor<2x4xf32>, tensor<4xf32>
  return
}

// -----

// Linear with a bias of two dimensions.
func.func @linear_with_a_bias_of_two(%x: tensor<4xf32>, %w: tensor<2x4xf32>, %b: tensor<1x2xf32>) {
  // expected-error@+1 {{linear: bias must be [2], one for each of the 2 features of weight [2, 4], not [1, 2]}}
  %0 = nn.linear %x, %w bias %b : tensor<4xf32>, tensor<2x4xf32>, tensor<1x2xf32>
  return
}

// -----

// Linear with a bias of another type.
func.func @linear_with_a_bias_of_another(%x: tensor<4xf32>, %w: tensor<2x4xf32>, %b: tensor<2xf16>) {
  // expected-error@+1 {{linear: element types differ: weight has 'f32', bias has 'f16'}}
  %0 = nn.linear %x, %w bias %b : tensor<4xf32>, tensor<2x4xf32>, tensor<2xf16>
  return
}

// -----

// Packed linear with too many features.
func.func @packed_linear_with_too_many_features(%x: tensor<4x8xf32>, %w: tensor<2x8x16xf32>) {
  // expected-error@+1 {{packed_linear: panels [2, 8, 16] must be ceil(features / 16) panels, but features is 33}}
  %0 = nn.packed_linear %x, %w features 33 : tensor<4x8xf32>, tensor<2x8x16xf32>
  return
}

// -----

// Packed linear with too few features.
func.func @packed_linear_with_too_few_features(%x: tensor<4x8xf32>, %w: tensor<2x8x16xf32>) {
  // expected-error@+1 {{packed_linear: panels [2, 8, 16] must be ceil(features / 16) panels, but features is 16}}
  %0 = nn.packed_linear %x, %w features 16 : tensor<4x8xf32>, tensor<2x8x16xf32>
  return
}

// -----

// Packed linear with negative features.
func.func @packed_linear_with_negative_features(%x: tensor<4x8xf32>, %w: tensor<2x8x16xf32>) {
  // expected-error@+1 {{packed_linear: panels [2, 8, 16] must be ceil(features / 16) panels, but features is -9223372036854775808}}
  %0 = nn.packed_linear %x, %w features -9223372036854775808 : tensor<4x8xf32>, tensor<2x8x16xf32>
  return
}

// -----

// Packed linear with a matrix.
func.func @packed_linear_with_a_matrix(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) {
  // expected-error@+1 {{packed_linear: panels [8, 16] must have at least 3 dimensions, [panels, ..., columns]}}
  %0 = nn.packed_linear %x, %w features 16 : tensor<4x8xf32>, tensor<8x16xf32>
  return
}

// -----

// Packed linear inner dimensions.
func.func @packed_linear_inner_dimensions(%x: tensor<4x9xf32>, %w: tensor<1x8x16xf32>) {
  // expected-error@+1 {{packed_linear: inner dimensions differ: input [4, 9] has 9, panels [1, 8, 16] has 8}}
  %0 = nn.packed_linear %x, %w features 16 : tensor<4x9xf32>, tensor<1x8x16xf32>
  return
}

// -----

// Matmul inner dimensions.
func.func @matmul_inner_dimensions(%x: tensor<?x197x64xf32>, %y: tensor<?x197x64xf32>) {
  // expected-error@+1 {{matmul: inner dimensions differ: lhs [batch, 197, 64] has 64, rhs [batch, 197, 64] has 197}}
  %0 = nn.matmul %x, %y : tensor<?x197x64xf32>, tensor<?x197x64xf32>
  return
}

// -----

// Matmul leading dimensions.
func.func @matmul_leading_dimensions(%x: tensor<?x2x3xf32>, %y: tensor<?x3x4xf32, #nn.batch<2>>) {
  // expected-error@+1 {{matmul: leading dimensions differ: lhs [batch, 2, 3] and rhs [2 * batch, 3, 4]}}
  %0 = nn.matmul %x, %y : tensor<?x2x3xf32>, tensor<?x3x4xf32, #nn.batch<2>>
  return
}

// -----

// Matmul ranks.
func.func @matmul_ranks(%x: tensor<?x2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{matmul: lhs [batch, 2, 3] and rhs [3, 4] must have the same number of dimensions, at least 2}}
  %0 = nn.matmul %x, %y : tensor<?x2x3xf32>, tensor<3x4xf32>
  return
}

// -----

// Matmul of vectors.
func.func @matmul_of_vectors(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{matmul: lhs [3] and rhs [3] must have the same number of dimensions, at least 2}}
  %0 = nn.matmul %x, %y : tensor<3xf32>, tensor<3xf32>
  return
}

// -----

// Matmul over the batch.
func.func @matmul_over_the_batch(%x: tensor<2x?xf32>, %y: tensor<?x4xf32>) {
  // expected-error@+1 {{matmul: the inner dimension of lhs [2, batch] and rhs [batch, 4] depends on the batch and cannot be contracted}}
  %0 = nn.matmul %x, %y : tensor<2x?xf32>, tensor<?x4xf32>
  return
}

// -----

// Matmul of two batches.
func.func @matmul_of_two_batches(%x: tensor<?x4xf32>, %y: tensor<4x?xf32>) {
  // expected-error@+1 {{matmul: two extents of the result [batch, batch] would depend on the batch}}
  %0 = nn.matmul %x, %y : tensor<?x4xf32>, tensor<4x?xf32>
  return
}

// -----

// Conv of a sequence.
func.func @conv_of_a_sequence(%x: tensor<?x8x8xf32>, %w: tensor<2x3x4x4xf32>) {
  // expected-error@+1 {{conv: input [batch, 8, 8] must have 4 dimensions, [samples, channels, height, width]}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 0] : tensor<?x8x8xf32>, tensor<2x3x4x4xf32>
  return
}

// -----

// Conv with a matrix.
func.func @conv_with_a_matrix(%x: tensor<?x3x8x8xf32>, %w: tensor<2x3xf32>) {
  // expected-error@+1 {{conv: weight [2, 3] must have 4 dimensions, [features, channels, height, width]}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 0] : tensor<?x3x8x8xf32>, tensor<2x3xf32>
  return
}

// -----

// Conv channels.
func.func @conv_channels(%x: tensor<?x3x8x8xf32>, %w: tensor<2x4x2x2xf32>) {
  // expected-error@+1 {{conv: channels differ: input [batch, 3, 8, 8] has 3, weight [2, 4, 2, 2] has 4}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 0] : tensor<?x3x8x8xf32>, tensor<2x4x2x2xf32>
  return
}

// -----

// Conv kernel larger than the image.
func.func @conv_kernel_larger_than_the_image(%x: tensor<?x3x8x8xf32>, %w: tensor<2x3x2x11xf32>) {
  // expected-error@+1 {{conv: a kernel of width 11 does not fit into input [batch, 3, 8, 8] with a padding of 1}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 1] : tensor<?x3x8x8xf32>, tensor<2x3x2x11xf32>
  return
}

// -----

// Conv with zero strides.
func.func @conv_with_zero_strides(%x: tensor<?x3x8x8xf32>, %w: tensor<2x3x2x2xf32>) {
  // expected-error@+1 {{conv: strides must be at least 1, not 0}}
  %0 = nn.conv %x, %w strides [1, 0] padding [0, 0] : tensor<?x3x8x8xf32>, tensor<2x3x2x2xf32>
  return
}

// -----

// Conv with one stride.
func.func @conv_with_one_stride(%x: tensor<?x3x8x8xf32>, %w: tensor<2x3x2x2xf32>) {
  // expected-error@+1 {{conv: strides must be 2 numbers, not 1}}
  %0 = nn.conv %x, %w strides [1] padding [0, 0] : tensor<?x3x8x8xf32>, tensor<2x3x2x2xf32>
  return
}

// -----

// Conv with negative padding.
func.func @conv_with_negative_padding(%x: tensor<?x3x8x8xf32>, %w: tensor<2x3x2x2xf32>) {
  // expected-error@+1 {{conv: padding must be at least 0, not -1}}
  %0 = nn.conv %x, %w strides [1, 1] padding [-1, 0] : tensor<?x3x8x8xf32>, tensor<2x3x2x2xf32>
  return
}

// -----

// Conv with huge padding.
func.func @conv_with_huge_padding(%x: tensor<?x3x8x8xf32>, %w: tensor<2x3x2x2xf32>) {
  // expected-error@+1 {{conv: padding of 9223372036854775807 is too large}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 9223372036854775807] : tensor<?x3x8x8xf32>, tensor<2x3x2x2xf32>
  return
}

// -----

// Conv bias.
func.func @conv_bias(%x: tensor<?x3x8x8xf32>, %w: tensor<2x3x2x2xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{conv: bias must be [2], one for each of the 2 features of weight [2, 3, 2, 2], not [3]}}
  %0 = nn.conv %x, %w bias %b strides [1, 1] padding [0, 0] : tensor<?x3x8x8xf32>, tensor<2x3x2x2xf32>, tensor<3xf32>
  return
}

// -----

// Conv over rows of the batch.
func.func @conv_over_rows_of_the_batch(%x: tensor<1x3x?x8xf32>, %w: tensor<2x3x2x2xf32>) {
  // expected-error@+1 {{conv: the height of input [1, 3, batch, 8] must not depend on the batch}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 0] : tensor<1x3x?x8xf32>, tensor<2x3x2x2xf32>
  return
}

// -----

// Conv with weights of a batch.
func.func @conv_with_weights_of_a_batch(%x: tensor<?x3x8x8xf32>, %w: tensor<?x3x2x2xf32>) {
  // expected-error@+1 {{conv: weight [batch, 3, 2, 2] must not depend on the batch}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 0] : tensor<?x3x8x8xf32>, tensor<?x3x2x2xf32>
  return
}
