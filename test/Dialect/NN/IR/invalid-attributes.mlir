// Mistakes in the attributes by which functions describe a model.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Name that is no string.
// expected-error@+1 {{'func.func' op 'nn.name' must be a string that is not empty, not 3 : i64}}
func.func @name_that_is_no_string(%x: tensor<?x3x8x8xf32> {nn.name = 3 : i64}) {
  return
}

// -----

// Empty name.
// expected-error@+1 {{'func.func' op 'nn.name' must be a string that is not empty, not ""}}
func.func @empty_name(%x: tensor<?x3x8x8xf32> {nn.name = ""}) {
  return
}

// -----

// Unknown attribute of an argument.
// expected-error@+1 {{'func.func' op has an argument with the unknown attribute 'nn.nome'}}
func.func @unknown_attribute_of_an_argument(%x: tensor<?x3x8x8xf32> {nn.nome = "image"}) {
  return
}

// -----

// Unknown attribute of a result.
// expected-error@+1 {{'func.func' op has a result with the unknown attribute 'nn.preprocess'}}
func.func @unknown_attribute_of_a_result(%x: tensor<2xf32>)
    -> (tensor<2xf32> {nn.preprocess = {}}) {
  return %x : tensor<2xf32>
}

// -----

// Empty name of a result.
// expected-error@+1 {{'func.func' op 'nn.name' must be a string that is not empty, not ""}}
func.func @empty_name_of_a_result(%x: tensor<2xf32>)
    -> (tensor<2xf32> {nn.name = ""}) {
  return %x : tensor<2xf32>
}

// -----

// Preprocess that is no dictionary.
// expected-error@+1 {{'func.func' op 'nn.preprocess' must be a dictionary, not 1 : i64}}
func.func @preprocess_that_is_no_dictionary(%x: tensor<?x3x8x8xf32> {nn.preprocess = 1 : i64}) {
  return
}

// -----

// Preprocess of a vector.
// expected-error@+1 {{'func.func' op 'nn.preprocess' describes an image [samples, channels, height, width], not 'tensor<8xf32>'}}
func.func @preprocess_of_a_vector(%x: tensor<8xf32> {nn.preprocess = {}}) {
  return
}

// -----

// Preprocess of something unknown.
// expected-error@+1 {{'func.func' op 'nn.preprocess' has no entry 'crap'; it has resize, filter, crop, scale, mean and std}}
func.func @preprocess_of_something_unknown(%x: tensor<?x3x8x8xf32> {nn.preprocess = {crap = 1 : i64}}) {
  return
}

// -----

// Resize to nothing.
// expected-error@+1 {{'func.func' op 'resize' of 'nn.preprocess' must be a positive i64 below 2^31, not 0 : i64}}
func.func @resize_to_nothing(%x: tensor<?x3x8x8xf32> {nn.preprocess = {resize = 0 : i64}}) {
  return
}

// -----

// Resize to a small integer.
// expected-error@+1 {{'func.func' op 'resize' of 'nn.preprocess' must be a positive i64 below 2^31, not 8 : i8}}
func.func @resize_to_a_small_integer(%x: tensor<?x3x8x8xf32> {nn.preprocess = {resize = 8 : i8}}) {
  return
}

// -----

// Libraries describe it in 32 bits.
// expected-error@+1 {{'func.func' op 'resize' of 'nn.preprocess' must be a positive i64 below 2^31, not 2147483648 : i64}}
func.func @resize_to_too_much(%x: tensor<?x3x8x8xf32> {nn.preprocess = {resize = 2147483648 : i64}}) {
  return
}

// -----

// Unknown filter.
// expected-error@+1 {{'func.func' op 'filter' of 'nn.preprocess' must be "nearest", "bilinear" or "bicubic", not "cubic"}}
func.func @unknown_filter(%x: tensor<?x3x8x8xf32> {nn.preprocess = {filter = "cubic"}}) {
  return
}

// -----

// Crop of one number.
// expected-error@+1 {{'func.func' op 'crop' of 'nn.preprocess' must be array<i64: height, width>, not array<i64: 8>}}
func.func @crop_of_one_number(%x: tensor<?x3x8x8xf32> {nn.preprocess = {crop = array<i64: 8>}}) {
  return
}

// -----

// Crop to another size.
// expected-error@+1 {{'func.func' op 'crop' of 'nn.preprocess' is 8 x 9, but the image is [batch, 3, 8, 8]}}
func.func @crop_to_another_size(%x: tensor<?x3x8x8xf32> {nn.preprocess = {crop = array<i64: 8, 9>}}) {
  return
}

// -----

// Scale by nothing.
// expected-error@+1 {{'func.func' op 'scale' of 'nn.preprocess' must be a positive f64, not 0.000000e+00 : f64}}
func.func @scale_by_nothing(%x: tensor<?x3x8x8xf32> {nn.preprocess = {scale = 0.0 : f64}}) {
  return
}

// -----

// Scale of another type.
// expected-error@+1 {{'func.func' op 'scale' of 'nn.preprocess' must be a positive f64, not 1.000000e+00 : f32}}
func.func @scale_of_another_type(%x: tensor<?x3x8x8xf32> {nn.preprocess = {scale = 1.0 : f32}}) {
  return
}

// -----

// Mean that is no array.
// expected-error@+1 {{'func.func' op 'mean' of 'nn.preprocess' must be array<f64: ...>, not 5.000000e-01 : f64}}
func.func @mean_that_is_no_array(%x: tensor<?x3x8x8xf32> {nn.preprocess = {mean = 0.5 : f64}}) {
  return
}

// -----

// Mean of other channels.
// expected-error@+1 {{'func.func' op 'mean' of 'nn.preprocess' has 1 values, but the image [batch, 3, 8, 8] has 3 channels}}
func.func @mean_of_other_channels(%x: tensor<?x3x8x8xf32> {nn.preprocess = {mean = array<f64: 0.5>}}) {
  return
}

// -----

// Mean that is infinite.
// expected-error@+1 {{'func.func' op 'mean' of 'nn.preprocess' must hold finite numbers, not array<f64: 0.000000e+00, 0x7FF0000000000000, 0.000000e+00>}}
func.func @mean_that_is_infinite(%x: tensor<?x3x8x8xf32> {nn.preprocess = {mean = array<f64: 0.0, 0x7FF0000000000000, 0.0>}}) {
  return
}

// -----

// Deviation of nothing.
// expected-error@+1 {{'func.func' op 'std' of 'nn.preprocess' must hold positive numbers, not array<f64: 1.000000e+00, 0.000000e+00, 1.000000e+00>}}
func.func @deviation_of_nothing(%x: tensor<?x3x8x8xf32> {nn.preprocess = {std = array<f64: 1.0, 0.0, 1.0>}}) {
  return
}

// -----

// Name of an operation.
func.func @name_of_an_operation(%x: tensor<2xf32>) {
  // expected-error@+1 {{'nn.relu' op 'nn.name' belongs to arguments and results of functions}}
  %0 = nn.relu %x {nn.name = "y"} : tensor<2xf32>
  return
}

// -----

// Public kernel.
// expected-error@+1 {{'func.func' op 'nn.kernel' marks private functions}}
func.func @public_kernel(%x: tensor<2xf32>) attributes {nn.kernel} {
  return
}

// -----

// Kernel with a value.
// expected-error@+1 {{'func.func' op 'nn.kernel' has no value, but here 1 : i64}}
func.func private @kernel_with_a_value() attributes {nn.kernel = 1 : i64}

// -----

// Schedule of another kind.
// expected-error@+1 {{'func.func' op 'nn.schedule' must be a '#nn.schedule', not 3 : i64}}
func.func private @schedule_of_another_kind() attributes {nn.kernel, nn.schedule = 3 : i64}

// -----

// Schedule of no kernel.
// expected-error@+1 {{'func.func' op 'nn.schedule' belongs to kernels}}
func.func private @schedule_of_no_kernel() attributes {nn.schedule = #nn.schedule<grain = 2>}

// -----

// expected-error@+1 {{'rows' of a schedule must be positive, not 0}}
func.func private @no_rows() attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 0>}

// -----

// expected-error@+1 {{duplicate or unknown struct parameter name: rosw}}
func.func private @unknown_choice() attributes {nn.kernel, nn.schedule = #nn.schedule<rosw = 3>}

// -----

// expected-error@+2 {{expected one of [rows, panels] for what a product is divided into, got: columns}}
// expected-error@+1 {{failed to parse NN_ScheduleAttr parameter 'tasks'}}
func.func private @unknown_tasks() attributes {nn.kernel, nn.schedule = #nn.schedule<tasks = columns>}

// -----

// Panels of no kernel, and of no number.
// expected-error@+1 {{'func.func' op 'nn.panel_columns' is a positive i64 of a kernel, not 16 : i64}}
func.func private @panels_of_no_kernel() attributes {nn.panel_columns = 16 : i64}

// -----

// expected-error@+1 {{'func.func' op 'nn.panel_columns' is a positive i64 of a kernel, not 0 : i64}}
func.func private @no_panels() attributes {nn.kernel, nn.panel_columns = 0 : i64}

// -----

// expected-error@+1 {{'builtin.module' op 'nn.precision' is a dictionary of a module, not "f32"}}
module attributes {nn.precision = "f32"} {}

// -----

// expected-error@+1 {{'builtin.module' op 'nn.precision' has 'f32', an array of strings, not 'f16' = ["w"]}}
module attributes {nn.precision = {f16 = ["w"]}} {}
