// RUN: vitrail-opt %s --nn-fold-scale --cse | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t --pass nn-fold-scale

// The scores' divisor becomes part of the query's weight and bias.
// CHECK-LABEL: func.func @query
// CHECK:       %[[WEIGHT:.*]] = nn.parameter "query.wq"
// CHECK:       %[[BIAS:.*]] = nn.parameter "query.bq"
// CHECK:       %[[C:.*]] = nn.constant dense<3.000000e+00> : tensor<f32>
// CHECK:       %[[SCALED:.*]] = nn.div %[[WEIGHT]], %[[C]]
// CHECK:       %[[SCALED_BIAS:.*]] = nn.div %[[BIAS]], %[[C]]
// CHECK:       nn.linear %{{.*}}, %[[SCALED]] bias %[[SCALED_BIAS]]
// CHECK:       %[[SCORES:.*]] = nn.matmul
// CHECK-NOT:   nn.div
// CHECK:       nn.softmax %[[SCORES]]
func.func @query(%x: tensor<?x5x4xf32> {nn.name = "x"},
                 %k: tensor<?x2x2x7xf32> {nn.name = "k"})
    -> (tensor<?x2x5x7xf32> {nn.name = "y"}) {
  %wq = nn.parameter "query.wq" : tensor<4x4xf32>
  %bq = nn.parameter "query.bq" : tensor<4xf32>
  %q = nn.linear %x, %wq bias %bq
      : tensor<?x5x4xf32>, tensor<4x4xf32>, tensor<4xf32>
  %heads = nn.reshape %q : tensor<?x5x4xf32> to tensor<?x5x2x2xf32>
  %first = nn.transpose %heads [0, 2, 1, 3] : tensor<?x5x2x2xf32>
  %scores = nn.matmul %first, %k : tensor<?x2x5x2xf32>, tensor<?x2x2x7xf32>
  %c = nn.constant dense<3.0> : tensor<f32>
  %scaled = nn.div %scores, %c : tensor<?x2x5x7xf32>, tensor<f32>
  %y = nn.softmax %scaled axis 3 : tensor<?x2x5x7xf32>
  return %y : tensor<?x2x5x7xf32>
}

// Of a layer for queries, keys and values only the queries' features.
// CHECK-LABEL: func.func @some_features
// CHECK:       %[[WEIGHT:.*]] = nn.parameter "some.w"
// CHECK:       %[[QUERY:.*]] = nn.slice %[[WEIGHT]] [2, 0] [2, 4] [1, 1]
// CHECK:       %[[SCALED:.*]] = nn.mul %[[QUERY]], %{{.*}}
// CHECK-DAG:   %[[BEFORE:.*]] = nn.slice %[[WEIGHT]] [0, 0] [2, 4] [1, 1]
// CHECK-DAG:   %[[AFTER:.*]] = nn.slice %[[WEIGHT]] [4, 0] [2, 4] [1, 1]
// CHECK:       %[[NEW:.*]] = nn.concat %[[BEFORE]], %[[SCALED]], %[[AFTER]] axis 0
// CHECK:       nn.linear %{{.*}}, %[[NEW]]
// CHECK-NOT:   nn.mul
// CHECK:       return
func.func @some_features(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x5x2xf32> {nn.name = "y"}) {
  %w = nn.parameter "some.w" : tensor<6x4xf32>
  %qkv = nn.linear %x, %w : tensor<?x5x4xf32>, tensor<6x4xf32>
  %k = nn.slice %qkv [0, 0, 0] [?, 5, 2] [1, 1, 1] : tensor<?x5x6xf32>
  %q = nn.slice %qkv [0, 0, 2] [?, 5, 2] [1, 1, 1] : tensor<?x5x6xf32>
  %v = nn.slice %qkv [0, 0, 4] [?, 5, 2] [1, 1, 1] : tensor<?x5x6xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x2xf32>
  %scores = nn.matmul %q, %t : tensor<?x5x2xf32>, tensor<?x2x5xf32>
  %c = nn.constant dense<0.75> : tensor<f32>
  %scaled = nn.mul %c, %scores : tensor<f32>, tensor<?x5x5xf32>
  %p = nn.softmax %scaled axis 2 : tensor<?x5x5xf32>
  %y = nn.matmul %p, %v : tensor<?x5x5xf32>, tensor<?x5x2xf32>
  return %y : tensor<?x5x2xf32>
}

// Queries that are no layer's: the scale goes to the keys.
// CHECK-LABEL: func.func @key
// CHECK:       %[[SCALED:.*]] = nn.mul %{{.*}}, %{{.*}} : tensor<3x4xf32>, tensor<f32>
// CHECK:       nn.linear %{{.*}}, %[[SCALED]]
// CHECK:       %[[SCORES:.*]] = nn.matmul
// CHECK-NEXT:  return %[[SCORES]]
func.func @key(%q: tensor<?x5x3xf32> {nn.name = "q"},
               %x: tensor<?x7x4xf32> {nn.name = "x"})
    -> (tensor<?x5x7xf32> {nn.name = "y"}) {
  %w = nn.parameter "key.w" : tensor<3x4xf32>
  %k = nn.linear %x, %w : tensor<?x7x4xf32>, tensor<3x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x7x3xf32>
  %scores = nn.matmul %q, %t : tensor<?x5x3xf32>, tensor<?x3x7xf32>
  %c = nn.constant dense<0.75> : tensor<f32>
  %y = nn.mul %scores, %c : tensor<?x5x7xf32>, tensor<f32>
  return %y : tensor<?x5x7xf32>
}

// Two functions with one weight and one scale.
// CHECK-LABEL: func.func @score
// CHECK:       nn.linear
// CHECK-NOT:   nn.mul
// CHECK-LABEL: func.func @step
// CHECK:       nn.linear
// CHECK-NOT:   nn.mul
// CHECK:       return
func.func @score(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x5x3xf32> {nn.name = "y"}) {
  %w = nn.parameter "shared.w" : tensor<3x4xf32>
  %0 = nn.linear %x, %w : tensor<?x5x4xf32>, tensor<3x4xf32>
  %c = nn.constant dense<0.75> : tensor<f32>
  %y = nn.mul %0, %c : tensor<?x5x3xf32>, tensor<f32>
  return %y : tensor<?x5x3xf32>
}
func.func @step(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x3xf32> {nn.name = "y"}) {
  %w = nn.parameter "shared.w" : tensor<3x4xf32>
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<3x4xf32>
  %c = nn.constant dense<0.75> : tensor<f32>
  %y = nn.mul %0, %c : tensor<?x3xf32>, tensor<f32>
  return %y : tensor<?x3xf32>
}

// Another layer needs the weight as it is: it would be stored twice.
// CHECK-LABEL: func.func @weight_without_scale
// CHECK:       %[[W:.*]] = nn.parameter "tied.w"
// CHECK:       nn.linear %{{.*}}, %[[W]]
// CHECK:       nn.mul
// CHECK:       nn.linear %{{.*}}, %[[W]]
func.func @weight_without_scale(%x: tensor<?x3xf32> {nn.name = "x"})
    -> (tensor<?x3xf32> {nn.name = "y"}) {
  %w = nn.parameter "tied.w" : tensor<3x3xf32>
  %0 = nn.linear %x, %w : tensor<?x3xf32>, tensor<3x3xf32>
  %c = nn.constant dense<0.75> : tensor<f32>
  %1 = nn.mul %0, %c : tensor<?x3xf32>, tensor<f32>
  %y = nn.linear %1, %w : tensor<?x3xf32>, tensor<3x3xf32>
  return %y : tensor<?x3xf32>
}

// Somebody reads the queries, or the scores, without the scale.
// CHECK-LABEL: func.func @read_elsewhere
// CHECK-COUNT-2: nn.div %{{.*}}, %{{.*}} : tensor<?x5x
// CHECK:         return
func.func @read_elsewhere(%x: tensor<?x5x4xf32> {nn.name = "x"},
                          %k: tensor<?x2x7xf32> {nn.name = "k"})
    -> (tensor<?x5x7xf32> {nn.name = "y"}, tensor<?x5x2xf32> {nn.name = "z"},
        tensor<?x5x3xf32> {nn.name = "a"}, tensor<?x5x3xf32> {nn.name = "b"}) {
  %w = nn.parameter "elsewhere.w" : tensor<4x4xf32>
  %c = nn.constant dense<3.0> : tensor<f32>
  %0 = nn.linear %x, %w : tensor<?x5x4xf32>, tensor<4x4xf32>
  %q = nn.slice %0 [0, 0, 0] [?, 5, 2] [1, 1, 1] : tensor<?x5x4xf32>
  %z = nn.slice %0 [0, 0, 1] [?, 5, 2] [1, 1, 1] : tensor<?x5x4xf32>
  %scores = nn.matmul %q, %k : tensor<?x5x2xf32>, tensor<?x2x7xf32>
  %y = nn.div %scores, %c : tensor<?x5x7xf32>, tensor<f32>
  %v = nn.parameter "elsewhere.v" : tensor<3x4xf32>
  %a = nn.linear %x, %v : tensor<?x5x4xf32>, tensor<3x4xf32>
  %b = nn.div %a, %c : tensor<?x5x3xf32>, tensor<f32>
  return %y, %z, %a, %b : tensor<?x5x7xf32>, tensor<?x5x2xf32>,
      tensor<?x5x3xf32>, tensor<?x5x3xf32>
}

// Weights and biases of the run, factors that differ from feature to feature,
// and functions that are not linear.
// CHECK-LABEL: func.func @not_folded
// CHECK-COUNT-4: nn.mul %{{.*}}, %{{.*}} : tensor<?x3xf32>
// CHECK:         return
func.func @not_folded(%x: tensor<?x4xf32> {nn.name = "x"},
                      %w: tensor<3x4xf32> {nn.name = "w"},
                      %b: tensor<3xf32> {nn.name = "b"})
    -> (tensor<?x3xf32> {nn.name = "p"}, tensor<?x3xf32> {nn.name = "q"},
        tensor<?x3xf32> {nn.name = "r"}, tensor<?x3xf32> {nn.name = "s"}) {
  %c = nn.constant dense<0.75> : tensor<f32>
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<3x4xf32>
  %p = nn.mul %0, %c : tensor<?x3xf32>, tensor<f32>
  %v = nn.parameter "not.v" : tensor<3x4xf32>
  %1 = nn.linear %x, %v bias %b
      : tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>
  %q = nn.mul %1, %c : tensor<?x3xf32>, tensor<f32>
  %u = nn.parameter "not.u" : tensor<3x4xf32>
  %2 = nn.linear %x, %u : tensor<?x4xf32>, tensor<3x4xf32>
  %each = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %r = nn.mul %2, %each : tensor<?x3xf32>, tensor<3xf32>
  %t = nn.parameter "not.t" : tensor<3x4xf32>
  %3 = nn.linear %x, %t : tensor<?x4xf32>, tensor<3x4xf32>
  %4 = nn.tanh %3 : tensor<?x3xf32>
  %s = nn.mul %4, %c : tensor<?x3xf32>, tensor<f32>
  return %p, %q, %r, %s : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>,
      tensor<?x3xf32>
}
