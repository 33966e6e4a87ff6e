// RUN: vitrail-opt %s --convert-nn-to-halide -split-input-file -verify-diagnostics

func.func private @half_precision(%x: tensor<?x4xf16>) -> tensor<?x4xf16>
    attributes {nn.kernel} {
  // expected-error @below {{gives 'f16', kernels compute in f32 and on integers}}
  %0 = nn.relu %x : tensor<?x4xf16>
  return %0 : tensor<?x4xf16>
}

// -----

func.func private @sums_of_bf16(%x: tensor<?x4xbf16>) -> tensor<?x4xbf16>
    attributes {nn.kernel} {
  // expected-error @below {{gives 'bf16', kernels compute in f32 and on integers}}
  %0 = nn.add %x, %x : tensor<?x4xbf16>, tensor<?x4xbf16>
  return %0 : tensor<?x4xbf16>
}

// -----

func.func private @half_precision_inside(%x: tensor<?x4xf32>) -> tensor<?x4xf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x4xf32> to tensor<?x4xf16>
  // expected-error @below {{gives 'f16', kernels compute in f32 and on integers}}
  %1 = nn.tanh %0 : tensor<?x4xf16>
  return %1 : tensor<?x4xf16>
}

// -----

// A further result is an update.
// expected-error @below {{has a result after the first that is no 'nn.update'}}
func.func private @two_results(%x: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>) attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<4xf32>
  %1 = nn.exp %0 : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func private @parameter_inside() -> tensor<4xf32> attributes {nn.kernel} {
  // expected-error @below {{'nn.parameter' op has no scalar form in a kernel}}
  %0 = nn.parameter "scale" : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func private @table_inside(%x: tensor<?x2xf32>) -> tensor<?x2xf32>
    attributes {nn.kernel} {
  // expected-error @below {{'nn.constant' op has no scalar form in a kernel}}
  %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = nn.add %x, %0 : tensor<?x2xf32>, tensor<2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

func.func private @conv_inside(%x: tensor<?x1x2x2xf32>, %w: tensor<3x1x2x2xf32>)
    -> tensor<?x3x1x1xf32> attributes {nn.kernel} {
  // expected-error @below {{'nn.conv' op has no scalar form in a kernel}}
  %0 = nn.conv %x, %w strides [1, 1] padding [0, 0]
      : tensor<?x1x2x2xf32>, tensor<3x1x2x2xf32>
  return %0 : tensor<?x3x1x1xf32>
}

// -----

func.func private @batch_in_columns(%x: tensor<4x8xf32>, %y: tensor<8x?xf32>)
    -> tensor<4x?xf32> attributes {nn.kernel} {
  // expected-error @below {{'nn.matmul' op has columns that depend on the batch; the canonical form has rows}}
  %0 = nn.matmul %x, %y : tensor<4x8xf32>, tensor<8x?xf32>
  return %0 : tensor<4x?xf32>
}

// -----

func.func private @batch_inside_reshape(%x: tensor<4x?xf32>)
    -> tensor<?xf32, #nn.batch<4>> attributes {nn.kernel} {
  // expected-error @below {{'nn.reshape' op splits or merges dimensions around the batch, which no index in a kernel can follow}}
  %0 = nn.reshape %x : tensor<4x?xf32> to tensor<?xf32, #nn.batch<4>>
  %1 = nn.relu %0 : tensor<?xf32, #nn.batch<4>>
  return %1 : tensor<?xf32, #nn.batch<4>>
}

// -----

func.func private @two_products(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  // expected-error @below {{'nn.linear' op is in one kernel with 'nn.linear', which no family computes together}}
  %1 = nn.linear %0, %w : tensor<?x4xf32>, tensor<4x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

func.func private @norm_of_softmax(%x: tensor<?x4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.softmax %x axis 1 : tensor<?x4xf32>
  // expected-error @below {{'nn.layer_norm' op is in one kernel with 'nn.softmax', which no family computes together}}
  %1 = nn.layer_norm %0 epsilon 1.0e-2 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

func.func private @two_norms(%x: tensor<?x4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x4xf32>
  // expected-error @below {{'nn.layer_norm' op is in one kernel with 'nn.layer_norm', which no family computes together}}
  %1 = nn.layer_norm %0 epsilon 1.0e-2 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
