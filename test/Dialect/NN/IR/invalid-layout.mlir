// Mistakes in movements of elements.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Reshape to fewer elements.
func.func @reshape_to_fewer_elements(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{reshape: numbers of elements differ: input [batch, 4, 8] has 32 * batch, the result [batch, 31] has 31 * batch}}
  %0 = nn.reshape %x : tensor<?x4x8xf32> to tensor<?x31xf32>
  return
}

// -----

// Reshape that loses the batch.
func.func @reshape_that_loses_the_batch(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{reshape: numbers of elements differ: input [batch, 4, 8] has 32 * batch, the result [4, 8] has 32}}
  %0 = nn.reshape %x : tensor<?x4x8xf32> to tensor<4x8xf32>
  return
}

// -----

// Reshape to another factor.
func.func @reshape_to_another_factor(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{reshape: numbers of elements differ: input [batch, 4, 8] has 32 * batch, the result [4 * batch, 4] has 16 * batch}}
  %0 = nn.reshape %x : tensor<?x4x8xf32> to tensor<?x4xf32, #nn.batch<4>>
  return
}

// -----

// Reshape to another type.
func.func @reshape_to_another_type(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{reshape: element types differ: input has 'f32', the result has 'f16'}}
  %0 = nn.reshape %x : tensor<?x4x8xf32> to tensor<?x32xf16>
  return
}

// -----

// Broadcast of an extent other than 1.
func.func @broadcast_of_an_extent_other_than(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{broadcast: input [4, 8] has 4 where the result [batch, 8, 8] has 8}}
  %0 = nn.broadcast %x : tensor<4x8xf32> to tensor<?x8x8xf32>
  return
}

// -----

// Broadcast of the batch.
func.func @broadcast_of_the_batch(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{broadcast: input [batch, 8] has batch where the result [2 * batch, 8] has 2 * batch}}
  %0 = nn.broadcast %x : tensor<?x8xf32> to tensor<?x8xf32, #nn.batch<2>>
  return
}

// -----

// Broadcast to fewer dimensions.
func.func @broadcast_to_fewer_dimensions(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{broadcast: input [1, 8] has more dimensions than the result [8]}}
  %0 = nn.broadcast %x : tensor<1x8xf32> to tensor<8xf32>
  return
}

// -----

// Broadcast to another type.
func.func @broadcast_to_another_type(%x: tensor<8xf32>) {
  // expected-error@+1 {{broadcast: element types differ: input has 'f32', the result has 'i32'}}
  %0 = nn.broadcast %x : tensor<8xf32> to tensor<8xi32>
  return
}

// -----

// Transpose that names a dimension twice.
func.func @transpose_that_names_a_dimension_twice(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{transpose: [0, 1, 1] does not name each of the 3 dimensions of input [batch, 4, 8] once}}
  %0 = nn.transpose %x [0, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Transpose that names too few.
func.func @transpose_that_names_too_few(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{transpose: [0, 1] does not name each of the 3 dimensions of input [batch, 4, 8] once}}
  %0 = nn.transpose %x [0, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Transpose that names too many.
func.func @transpose_that_names_too_many(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{transpose: [0, 1, 2, 0] does not name each of the 3 dimensions of input [batch, 4, 8] once}}
  %0 = nn.transpose %x [0, 1, 2, 0] : tensor<?x4x8xf32>
  return
}

// -----

// Transpose out of range.
func.func @transpose_out_of_range(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{transpose: [0, 1, 3] does not name each of the 3 dimensions of input [batch, 4, 8] once}}
  %0 = nn.transpose %x [0, 1, 3] : tensor<?x4x8xf32>
  return
}

// -----

// Transpose of a negative dimension.
func.func @transpose_of_a_negative_dimension(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{transpose: [0, 1, -1] does not name each of the 3 dimensions of input [batch, 4, 8] once}}
  %0 = nn.transpose %x [0, 1, -1] : tensor<?x4x8xf32>
  return
}

// -----

// Slice beyond the end.
func.func @slice_beyond_the_end(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 1 of input [batch, 4, 8] has 4 elements, too few for 2 from 3 with a stride of 1}}
  %0 = nn.slice %x [0, 3, 0] [?, 2, 8] [1, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Slice that strides beyond the end.
func.func @slice_that_strides_beyond_the_end(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 2 of input [batch, 4, 8] has 8 elements, too few for 5 from 0 with a stride of 2}}
  %0 = nn.slice %x [0, 0, 0] [?, 4, 5] [1, 1, 2] : tensor<?x4x8xf32>
  return
}

// -----

// Slice that overflows.
func.func @slice_that_overflows(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 2 of input [batch, 4, 8] has 8 elements, too few for 4611686018427387904 from 1 with a stride of 4611686018427387904}}
  %0 = nn.slice %x [0, 0, 1] [?, 4, 4611686018427387904] [1, 1, 4611686018427387904] : tensor<?x4x8xf32>
  return
}

// -----

// Slice from a negative offset.
func.func @slice_from_a_negative_offset(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 1 of input [batch, 4, 8] needs an offset of at least 0, a size and a stride of at least 1, not -1, 2 and 1}}
  %0 = nn.slice %x [0, -1, 0] [?, 2, 8] [1, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Empty slice.
func.func @empty_slice(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 1 of input [batch, 4, 8] needs an offset of at least 0, a size and a stride of at least 1, not 0, 0 and 1}}
  %0 = nn.slice %x [0, 0, 0] [?, 0, 8] [1, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Slice with a stride of 0.
func.func @slice_with_a_stride_of_0(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 1 of input [batch, 4, 8] needs an offset of at least 0, a size and a stride of at least 1, not 0, 2 and 0}}
  %0 = nn.slice %x [0, 0, 0] [?, 2, 8] [1, 0, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Slice of the batch.
func.func @slice_of_the_batch(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 0 of input [batch, 4, 8] depends on the batch and can only be taken whole}}
  %0 = nn.slice %x [0, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Slice of a number as of the batch.
func.func @slice_of_a_number_as_of(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: axis 1 of input [batch, 4, 8] needs an offset}}
  %0 = nn.slice %x [0, 0, 0] [?, ?, 8] [1, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Slice with too few sizes.
func.func @slice_with_too_few_sizes(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: sizes must be 3 numbers, not 2}}
  %0 = nn.slice %x [0, 0, 0] [?, 4] [1, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Slice with too many offsets.
func.func @slice_with_too_many_offsets(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{slice: offsets must be 3 numbers, not 4}}
  %0 = nn.slice %x [0, 0, 0, 0] [?, 4, 8] [1, 1, 1] : tensor<?x4x8xf32>
  return
}

// -----

// Concat of different extents.
func.func @concat_of_different_extents(%x0: tensor<?x4x8xf32>, %x1: tensor<?x4x8xf32>, %x2: tensor<?x4x9xf32>) {
  // expected-error@+1 {{concat: extents other than that of axis 1 differ: input 0 [batch, 4, 8], input 2 [batch, 4, 9]}}
  %0 = nn.concat %x0, %x1, %x2 axis 1 : tensor<?x4x8xf32>, tensor<?x4x8xf32>, tensor<?x4x9xf32>
  return
}

// -----

// Concat of different ranks.
func.func @concat_of_different_ranks(%x0: tensor<?x4x8xf32>, %x1: tensor<?x4xf32>) {
  // expected-error@+1 {{concat: extents other than that of axis 1 differ: input 0 [batch, 4, 8], input 1 [batch, 4]}}
  %0 = nn.concat %x0, %x1 axis 1 : tensor<?x4x8xf32>, tensor<?x4xf32>
  return
}

// -----

// Concat of different batches.
func.func @concat_of_different_batches(%x0: tensor<?x4xf32>, %x1: tensor<?x4xf32, #nn.batch<2>>) {
  // expected-error@+1 {{concat: extents other than that of axis 1 differ: input 0 [batch, 4], input 1 [2 * batch, 4]}}
  %0 = nn.concat %x0, %x1 axis 1 : tensor<?x4xf32>, tensor<?x4xf32, #nn.batch<2>>
  return
}

// -----

// Concat along an axis that does not exist.
func.func @concat_along_an_axis_that_does(%x0: tensor<?x4x8xf32>, %x1: tensor<?x4x8xf32>) {
  // expected-error@+1 {{concat: axis 3 is out of range: input 0 [batch, 4, 8] has 3 dimensions}}
  %0 = nn.concat %x0, %x1 axis 3 : tensor<?x4x8xf32>, tensor<?x4x8xf32>
  return
}

// -----

// Concat along the batch.
func.func @concat_along_the_batch(%x0: tensor<?x4x8xf32>, %x1: tensor<?x4x8xf32>) {
  // expected-error@+1 {{concat: axis 0 of input 0 [batch, 4, 8] depends on the batch and cannot be concatenated}}
  %0 = nn.concat %x0, %x1 axis 0 : tensor<?x4x8xf32>, tensor<?x4x8xf32>
  return
}

// -----

// Concat of a batch to a number.
func.func @concat_of_a_batch_to_a(%x0: tensor<2x4xf32>, %x1: tensor<?x4xf32>) {
  // expected-error@+1 {{concat: axis 0 of input 1 [batch, 4] depends on the batch and cannot be concatenated}}
  %0 = nn.concat %x0, %x1 axis 0 : tensor<2x4xf32>, tensor<?x4xf32>
  return
}

// -----

// Concat of different types.
func.func @concat_of_different_types(%x0: tensor<4xf32>, %x1: tensor<4xi32>) {
  // expected-error@+1 {{concat: element types differ: input 0 has 'f32', input 1 has 'i32'}}
  %0 = nn.concat %x0, %x1 axis 0 : tensor<4xf32>, tensor<4xi32>
  return
}

// -----

// Concat that overflows.
func.func @concat_that_overflows(%x0: tensor<9223372036854775807xf32>, %x1: tensor<1xf32>) {
  // expected-error@+1 {{concat: axis 0 of the result would have 2^63 elements or more}}
  %0 = nn.concat %x0, %x1 axis 0 : tensor<9223372036854775807xf32>, tensor<1xf32>
  return
}

// -----

// Concat of nothing.
func.func @concat_of_nothing() {
  // expected-error@+2 {{concat: at least one input must be given}}
  // expected-error@+1 {{'nn.concat' op failed to infer returned types}}
  %0 = "nn.concat"() <{axis = 0 : i64}> : () -> tensor<2xf32>
  return
}

// -----

// Negative margin.
func.func @negative_margin(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{pad: low must be at least 0, not -1}}
  %0 = nn.pad %x [0, -1, 0] [0, 0, 0] value 0.0 : tensor<?x4x8xf32>
  return
}

// -----

// Too few margins.
func.func @too_few_margins(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{pad: high must be 3 numbers, not 2}}
  %0 = nn.pad %x [0, 1, 0] [0, 0] value 0.0 : tensor<?x4x8xf32>
  return
}

// -----

// Margin of the batch.
func.func @margin_of_the_batch(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{pad: axis 0 of input [batch, 4, 8] depends on the batch and cannot be padded}}
  %0 = nn.pad %x [0, 0, 0] [1, 0, 0] value 0.0 : tensor<?x4x8xf32>
  return
}

// -----

// Margins that overflow.
func.func @margins_that_overflow(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{pad: axis 1 of the result would have 2^63 elements or more}}
  %0 = nn.pad %x [0, 1, 0] [0, 9223372036854775807, 0] value 0.0 : tensor<?x4x8xf32>
  return
}

// -----

// Fraction among integers.
func.func @fraction_among_integers(%x: tensor<4xi32>) {
  // expected-error@+1 {{pad: the value of a padding of integers must be an integer}}
  %0 = nn.pad %x [1] [0] value 0.5 : tensor<4xi32>
  return
}

// -----

// Unfold of a sequence.
func.func @unfold_of_a_sequence(%x: tensor<?x8x8xf32>) {
  // expected-error@+1 {{unfold: input [batch, 8, 8] must have 4 dimensions, [samples, channels, height, width]}}
  %0 = nn.unfold %x kernel [2, 2] strides [1, 1] padding [0, 0] : tensor<?x8x8xf32>
  return
}

// -----

// Unfold with an empty kernel.
func.func @unfold_with_an_empty_kernel(%x: tensor<?x3x8x8xf32>) {
  // expected-error@+1 {{unfold: kernel must be at least 1, not 0}}
  %0 = nn.unfold %x kernel [2, 0] strides [1, 1] padding [0, 0] : tensor<?x3x8x8xf32>
  return
}

// -----

// Unfold kernel larger than the image.
func.func @unfold_kernel_larger_than_the_image(%x: tensor<?x3x8x8xf32>) {
  // expected-error@+1 {{unfold: a kernel of height 9 does not fit into input [batch, 3, 8, 8] with a padding of 0}}
  %0 = nn.unfold %x kernel [9, 1] strides [1, 1] padding [0, 0] : tensor<?x3x8x8xf32>
  return
}

// -----

// Unfold columns of the batch.
func.func @unfold_columns_of_the_batch(%x: tensor<1x3x8x?xf32>) {
  // expected-error@+1 {{unfold: the width of input [1, 3, 8, batch] must not depend on the batch}}
  %0 = nn.unfold %x kernel [2, 2] strides [1, 1] padding [0, 0] : tensor<1x3x8x?xf32>
  return
}

// -----

// Update of the batch.
func.func @update_of_the_batch(%x: tensor<?x8xf32>, %v: tensor<1x8xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{update: axis 0 of input [batch, 8] depends on the batch and cannot be updated}}
  %0 = nn.update %x, %v, %i axis 0 : tensor<?x8xf32>, tensor<1x8xf32>
  return
}

// -----

// Update of a dimension that is not there.
func.func @update_of_no_dimension(%x: tensor<?x8xf32>, %v: tensor<?x1xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{update: axis 2 is out of range: input [batch, 8] has 2 dimensions}}
  %0 = nn.update %x, %v, %i axis 2 : tensor<?x8xf32>, tensor<?x1xf32>
  return
}

// -----

// Update by two positions.
func.func @update_by_two_positions(%x: tensor<?x8xf32>, %v: tensor<?x2xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{update: value [batch, 2] must be [batch, 1]: one position of axis 1 of input [batch, 8]}}
  %0 = nn.update %x, %v, %i axis 1 : tensor<?x8xf32>, tensor<?x2xf32>
  return
}

// -----

// Update by fewer dimensions.
func.func @update_by_fewer_dimensions(%x: tensor<?x8xf32>, %v: tensor<?xf32>, %i: tensor<i32>) {
  // expected-error@+1 {{update: value [batch] must be [batch, 1]: one position of axis 1 of input [batch, 8]}}
  %0 = nn.update %x, %v, %i axis 1 : tensor<?x8xf32>, tensor<?xf32>
  return
}

// -----

// Update by another type.
func.func @update_by_another_type(%x: tensor<?x8xf32>, %v: tensor<?x1xf16>, %i: tensor<i32>) {
  // expected-error@+1 {{update: element types differ: input has 'f32', value has 'f16'}}
  %0 = nn.update %x, %v, %i axis 1 : tensor<?x8xf32>, tensor<?x1xf16>
  return
}

// -----

// Pad with a value and a fill.
func.func @pad_with_a_value_and_a_fill(%x: tensor<?x4x8xf32>, %f: tensor<8xf32>) {
  // expected-error@+1 {{pad: a padding with a fill has the value 0}}
  %0 = nn.pad %x [0, 1, 0] [0, 0, 0] value 1.0 fill %f : tensor<8xf32> : tensor<?x4x8xf32>
  return
}

// -----

// Pad with a fill of other extents.
func.func @pad_with_a_fill_of_other_extents(%x: tensor<?x4x8xf32>, %f: tensor<4x8xf32>) {
  // expected-error@+1 {{pad: fill [4, 8] does not broadcast to the result [batch, 5, 8]}}
  %0 = nn.pad %x [0, 1, 0] [0, 0, 0] value 0.0 fill %f : tensor<4x8xf32> : tensor<?x4x8xf32>
  return
}

// -----

// Pad with a fill of more dimensions.
func.func @pad_with_a_fill_of_more_dimensions(%x: tensor<4x8xf32>, %f: tensor<1x1x8xf32>) {
  // expected-error@+1 {{pad: fill [1, 1, 8] does not broadcast to the result [5, 8]}}
  %0 = nn.pad %x [1, 0] [0, 0] value 0.0 fill %f : tensor<1x1x8xf32> : tensor<4x8xf32>
  return
}

// -----

// Pad with a fill for each sample.
func.func @pad_with_a_fill_for_each_sample(%x: tensor<?x4x8xf32>, %f: tensor<?x5x8xf32>) {
  // expected-error@+1 {{pad: fill [batch, 5, 8] must not depend on the batch}}
  %0 = nn.pad %x [0, 1, 0] [0, 0, 0] value 0.0 fill %f : tensor<?x5x8xf32> : tensor<?x4x8xf32>
  return
}

// -----

// Pad with a fill of another type.
func.func @pad_with_a_fill_of_another_type(%x: tensor<?x4x8xf32>, %f: tensor<8xi32>) {
  // expected-error@+1 {{pad: element types differ: input has 'f32', fill has 'i32'}}
  %0 = nn.pad %x [0, 1, 0] [0, 0, 0] value 0.0 fill %f : tensor<8xi32> : tensor<?x4x8xf32>
  return
}

// -----

// Roll towards the beginning.
func.func @roll_towards_the_beginning(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{roll: axis 1 of input [batch, 4, 8] needs a shift of at least 0 and less than 4, not -1}}
  %0 = nn.roll %x by -1 axis 1 : tensor<?x4x8xf32>
  return
}

// -----

// Roll by a whole turn.
func.func @roll_by_a_whole_turn(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{roll: axis 1 of input [batch, 4, 8] needs a shift of at least 0 and less than 4, not 4}}
  %0 = nn.roll %x by 4 axis 1 : tensor<?x4x8xf32>
  return
}

// -----

// Roll of the batch.
func.func @roll_of_the_batch(%x: tensor<?x4x8xf32>) {
  // expected-error@+1 {{roll: axis 0 of input [batch, 4, 8] depends on the batch and cannot be rolled}}
  %0 = nn.roll %x by 0 axis 0 : tensor<?x4x8xf32>
  return
}
