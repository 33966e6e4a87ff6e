// RUN: vitrail-opt %s --nn-fold-norm | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t --pass nn-fold-norm

// Scale and bias of a norm become part of the layers that read it, one of which
// has no bias.
// CHECK-LABEL: func.func @folded
// CHECK:       %[[NORM:.*]] = nn.layer_norm %{{[a-z0-9]+}} epsilon
// CHECK:       %[[BIAS:.*]] = nn.linear %[[BETA:.*]], %[[W:.*]] bias %[[A:.*]] : tensor<4xf32>
// CHECK:       %[[WEIGHT:.*]] = nn.mul %[[W]], %[[G:.*]] :
// CHECK:       nn.linear %[[NORM]], %[[WEIGHT]] bias %[[BIAS]]
// CHECK:       %[[BIAS:.*]] = nn.linear %[[BETA]], %[[V:[a-z0-9]+]] : tensor<4xf32>
// CHECK:       %[[WEIGHT:.*]] = nn.mul %[[V]], %[[G]] :
// CHECK:       nn.linear %[[NORM]], %[[WEIGHT]] bias %[[BIAS]]
func.func @folded(%x: tensor<?x3x4xf32> {nn.name = "x"})
    -> (tensor<?x3x5xf32> {nn.name = "y"}, tensor<?x3x6xf32> {nn.name = "z"}) {
  %g = nn.parameter "folded.norm.weight" : tensor<4xf32>
  %b = nn.parameter "folded.norm.bias" : tensor<4xf32>
  %w = nn.parameter "folded.a.weight" : tensor<5x4xf32>
  %a = nn.parameter "folded.a.bias" : tensor<5xf32>
  %v = nn.parameter "folded.b.weight" : tensor<6x4xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> bias %b : tensor<4xf32>
      epsilon 1.0e-2 : tensor<?x3x4xf32>
  %1 = nn.linear %0, %w bias %a
      : tensor<?x3x4xf32>, tensor<5x4xf32>, tensor<5xf32>
  %2 = nn.linear %0, %v : tensor<?x3x4xf32>, tensor<6x4xf32>
  return %1, %2 : tensor<?x3x5xf32>, tensor<?x3x6xf32>
}

// A scale alone leaves the layer without a bias, a bias alone the weight.
// CHECK-LABEL: func.func @halves
// CHECK:       %[[WEIGHT:.*]] = nn.mul
// CHECK:       nn.linear %{{[a-z0-9]+}}, %[[WEIGHT]] : tensor<?x4xf32>
// CHECK:       %[[BIAS:.*]] = nn.linear %{{.*}}, %[[V:[a-z0-9]+]] : tensor<4xf32>
// CHECK-NOT:   nn.mul
// CHECK:       nn.linear %{{[a-z0-9]+}}, %[[V]] bias %[[BIAS]]
func.func @halves(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"}) {
  %g = nn.parameter "halves.norm.weight" : tensor<4xf32>
  %b = nn.parameter "halves.norm.bias" : tensor<4xf32>
  %w = nn.parameter "halves.a.weight" : tensor<5x4xf32>
  %v = nn.parameter "halves.b.weight" : tensor<5x4xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> epsilon 1.0e-2 : tensor<?x4xf32>
  %1 = nn.linear %0, %w : tensor<?x4xf32>, tensor<5x4xf32>
  %2 = nn.layer_norm %x bias %b : tensor<4xf32> epsilon 1.0e-2 : tensor<?x4xf32>
  %3 = nn.linear %2, %v : tensor<?x4xf32>, tensor<5x4xf32>
  return %1, %3 : tensor<?x5xf32>, tensor<?x5xf32>
}

// Index maps of whole rows move before the norm: one token is normalised.
// CHECK-LABEL: func.func @one_token
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3x4xf32>
// CHECK:       %[[TOKEN:.*]] = nn.slice %[[X]]
// CHECK:       %[[ROW:.*]] = nn.reshape %[[TOKEN]]
// CHECK:       %[[NORM:.*]] = nn.layer_norm %[[ROW]] epsilon
// CHECK:       nn.linear %[[NORM]],
func.func @one_token(%x: tensor<?x3x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}) {
  %g = nn.parameter "token.norm.weight" : tensor<4xf32>
  %w = nn.parameter "token.weight" : tensor<5x4xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> epsilon 1.0e-2
      : tensor<?x3x4xf32>
  %1 = nn.slice %0 [0, 1, 0] [?, 1, 4] [1, 1, 1] : tensor<?x3x4xf32>
  %2 = nn.reshape %1 : tensor<?x1x4xf32> to tensor<?x4xf32>
  %3 = nn.linear %2, %w : tensor<?x4xf32>, tensor<5x4xf32>
  return %3 : tensor<?x5xf32>
}

// A layer on several rows at once sums over them.
// CHECK-LABEL: func.func @several_rows
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3x4xf32, #nn.batch<2>>
// CHECK:       %[[ROWS:.*]] = nn.reshape %[[X]] : {{.*}} to tensor<?x2x3x4xf32>
// CHECK:       %[[SPLIT:.*]] = nn.reshape %{{.*}} : tensor<5x12xf32> to tensor<5x3x4xf32>
// CHECK:       %[[NORM:.*]] = nn.layer_norm %[[ROWS]] epsilon
// CHECK:       %[[BETA:.*]] = nn.broadcast %{{.*}} : tensor<4xf32> to tensor<3x4xf32>
// CHECK:       %[[BIAS:.*]] = nn.linear %[[BETA]], %[[SPLIT]] : tensor<3x4xf32>
// CHECK:       %[[WEIGHT:.*]] = nn.mul %[[SPLIT]],
// CHECK:       nn.linear %[[NORM]], %[[WEIGHT]] bias %[[BIAS]]
func.func @several_rows(%x: tensor<?x3x4xf32, #nn.batch<2>> {nn.name = "x"})
    -> (tensor<?x2x5xf32> {nn.name = "y"}) {
  %g = nn.parameter "rows.norm.weight" : tensor<4xf32>
  %b = nn.parameter "rows.norm.bias" : tensor<4xf32>
  %w = nn.parameter "rows.weight" : tensor<5x12xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> bias %b : tensor<4xf32>
      epsilon 1.0e-2 : tensor<?x3x4xf32, #nn.batch<2>>
  %1 = nn.reshape %0 : tensor<?x3x4xf32, #nn.batch<2>> to tensor<?x2x12xf32>
  %2 = nn.linear %1, %w : tensor<?x2x12xf32>, tensor<5x12xf32>
  return %2 : tensor<?x2x5xf32>
}

// A reshape that takes rows apart stays.
// CHECK-LABEL: func.func @parts_of_rows
// CHECK:       %[[NORM:.*]] = nn.layer_norm %{{.*}} scale
// CHECK:       nn.reshape %[[NORM]]
func.func @parts_of_rows(%x: tensor<?x3x4xf32> {nn.name = "x"})
    -> (tensor<?x6x5xf32> {nn.name = "y"}) {
  %g = nn.parameter "parts.norm.weight" : tensor<4xf32>
  %w = nn.parameter "parts.weight" : tensor<5x2xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> epsilon 1.0e-2
      : tensor<?x3x4xf32>
  %1 = nn.reshape %0 : tensor<?x3x4xf32> to tensor<?x6x2xf32>
  %2 = nn.linear %1, %w : tensor<?x6x2xf32>, tensor<5x2xf32>
  return %2 : tensor<?x6x5xf32>
}

// Something else reads the norm, too.
// CHECK-LABEL: func.func @other_reader
// CHECK:       nn.layer_norm %{{.*}} scale
func.func @other_reader(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x4xf32> {nn.name = "z"}) {
  %g = nn.parameter "other.norm.weight" : tensor<4xf32>
  %w = nn.parameter "other.weight" : tensor<5x4xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> epsilon 1.0e-2 : tensor<?x4xf32>
  %1 = nn.linear %0, %w : tensor<?x4xf32>, tensor<5x4xf32>
  %2 = nn.tanh %0 : tensor<?x4xf32>
  return %1, %2 : tensor<?x5xf32>, tensor<?x4xf32>
}

// A weight, or a scale, that is known only when the model runs.
// CHECK-LABEL: func.func @run_time_weight
// CHECK:       nn.layer_norm %{{.*}} scale
// CHECK:       nn.layer_norm %{{.*}} scale
func.func @run_time_weight(%x: tensor<?x4xf32> {nn.name = "x"},
                           %w: tensor<5x4xf32> {nn.name = "w"},
                           %h: tensor<4xf32> {nn.name = "h"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"}) {
  %g = nn.parameter "run.norm.weight" : tensor<4xf32>
  %v = nn.parameter "run.weight" : tensor<5x4xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> epsilon 1.0e-2 : tensor<?x4xf32>
  %1 = nn.linear %0, %w : tensor<?x4xf32>, tensor<5x4xf32>
  %2 = nn.layer_norm %x scale %h : tensor<4xf32> epsilon 1.0e-2 : tensor<?x4xf32>
  %3 = nn.linear %2, %v : tensor<?x4xf32>, tensor<5x4xf32>
  return %1, %3 : tensor<?x5xf32>, tensor<?x5xf32>
}

// A weight that another function reads without the norm, as a table; a second
// norm keeps its scale because one of its two layers is that of the first.
// CHECK-LABEL: func.func @shared_weight
// CHECK:       nn.layer_norm %{{.*}} scale
// CHECK:       nn.layer_norm %{{.*}} scale
func.func @shared_weight(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"},
        tensor<?x3xf32> {nn.name = "v"}) {
  %g = nn.parameter "shared.norm.weight" : tensor<4xf32>
  %h = nn.parameter "shared.norm2.weight" : tensor<4xf32>
  %w = nn.parameter "shared.weight" : tensor<5x4xf32>
  %u = nn.parameter "shared.other.weight" : tensor<3x4xf32>
  %0 = nn.layer_norm %x scale %g : tensor<4xf32> epsilon 1.0e-2 : tensor<?x4xf32>
  %1 = nn.linear %0, %w : tensor<?x4xf32>, tensor<5x4xf32>
  %2 = nn.layer_norm %x scale %h : tensor<4xf32> epsilon 1.0e-2 : tensor<?x4xf32>
  %3 = nn.linear %2, %w : tensor<?x4xf32>, tensor<5x4xf32>
  %4 = nn.linear %2, %u : tensor<?x4xf32>, tensor<3x4xf32>
  return %1, %3, %4 : tensor<?x5xf32>, tensor<?x5xf32>, tensor<?x3xf32>
}
func.func @table(%i: tensor<?xi32> {nn.name = "i"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "shared.weight" : tensor<5x4xf32>
  %0 = nn.gather %w, %i axis 0 : tensor<5x4xf32>, tensor<?xi32>
  return %0 : tensor<?x4xf32>
}
