// RUN: vitrail-opt %s --nn-form-attention --canonicalize | FileCheck %s

// Scale, bias and mask; the keys are no longer transposed.
// CHECK-LABEL: func.func @windows
// CHECK-SAME: %[[Q:[^:]*]]: tensor<?x4x3x49x32xf32>
// CHECK-SAME: %[[K:[^:]*]]: tensor<?x4x3x49x32xf32>
// CHECK-SAME: %[[V:[^:]*]]: tensor<?x4x3x49x16xf32>
// CHECK-SAME: %[[BIAS:[^:]*]]: tensor<3x49x49xf32>
// CHECK-SAME: %[[MASK:[^:]*]]: tensor<4x1x49x49xf32>
// CHECK-NEXT: %[[Z:.*]] = nn.attention %[[Q]], %[[K]], %[[V]] scale 2.500000e-01 add %[[BIAS]], %[[MASK]]
// CHECK-NEXT: return %[[Z]]
func.func @windows(%q: tensor<?x4x3x49x32xf32>, %k: tensor<?x4x3x49x32xf32>,
                   %v: tensor<?x4x3x49x16xf32>, %bias: tensor<3x49x49xf32>,
                   %mask: tensor<4x1x49x49xf32>) -> tensor<?x4x3x49x16xf32> {
  %kt = nn.transpose %k [0, 1, 2, 4, 3] : tensor<?x4x3x49x32xf32>
  %0 = nn.matmul %q, %kt : tensor<?x4x3x49x32xf32>, tensor<?x4x3x32x49xf32>
  %quarter = nn.constant dense<0.25> : tensor<f32>
  %1 = nn.mul %0, %quarter : tensor<?x4x3x49x49xf32>, tensor<f32>
  %2 = nn.add %1, %bias : tensor<?x4x3x49x49xf32>, tensor<3x49x49xf32>
  %3 = nn.add %mask, %2 : tensor<4x1x49x49xf32>, tensor<?x4x3x49x49xf32>
  %4 = nn.softmax %3 axis 4 : tensor<?x4x3x49x49xf32>
  %5 = nn.matmul %4, %v : tensor<?x4x3x49x49xf32>, tensor<?x4x3x49x16xf32>
  return %5 : tensor<?x4x3x49x16xf32>
}

// Two scales, one of them a divisor, and no transpose to undo.
// CHECK-LABEL: func.func @scales
// CHECK: %[[K:.*]] = nn.transpose %{{.*}} [0, 2, 1] : tensor<?x8x9xf32>
// CHECK: nn.attention %{{.*}}, %[[K]], %{{.*}} scale 1.500000e+00 :
func.func @scales(%q: tensor<?x12x8xf32>, %kt: tensor<?x8x9xf32>,
                  %v: tensor<?x9x5xf32>) -> tensor<?x12x5xf32> {
  %0 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %three = nn.constant dense<3.0> : tensor<f32>
  %1 = nn.mul %three, %0 : tensor<f32>, tensor<?x12x9xf32>
  %two = nn.constant dense<2.0> : tensor<1x1xf32>
  %2 = nn.div %1, %two : tensor<?x12x9xf32>, tensor<1x1xf32>
  %3 = nn.softmax %2 axis 2 : tensor<?x12x9xf32>
  %4 = nn.matmul %3, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  return %4 : tensor<?x12x5xf32>
}

// A sum of two products: the one on the way is the left one, the other is added.
// CHECK-LABEL: func.func @two_products
// CHECK: %[[OTHER:.*]] = nn.matmul
// CHECK: nn.attention %{{.*}} scale 1.000000e+00 add %[[OTHER]]
func.func @two_products(%q: tensor<?x12x8xf32>, %kt: tensor<?x8x9xf32>,
                        %r: tensor<?x12x8xf32>, %v: tensor<?x9x5xf32>)
    -> tensor<?x12x5xf32> {
  %0 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %1 = nn.matmul %r, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %2 = nn.add %0, %1 : tensor<?x12x9xf32>, tensor<?x12x9xf32>
  %3 = nn.softmax %2 axis 2 : tensor<?x12x9xf32>
  %4 = nn.matmul %3, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  return %4 : tensor<?x12x5xf32>
}

// Scores that somebody else reads.
// CHECK-LABEL: func.func @shared_scores
// CHECK-NOT: nn.attention
func.func @shared_scores(%q: tensor<?x12x8xf32>, %kt: tensor<?x8x9xf32>,
                         %v: tensor<?x9x5xf32>)
    -> (tensor<?x12x5xf32>, tensor<?x12x9xf32>) {
  %0 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %1 = nn.softmax %0 axis 2 : tensor<?x12x9xf32>
  %2 = nn.matmul %1, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  return %2, %1 : tensor<?x12x5xf32>, tensor<?x12x9xf32>
}

// A scale after a bias would have to scale that, too.
// CHECK-LABEL: func.func @scaled_bias
// CHECK-NOT: nn.attention
func.func @scaled_bias(%q: tensor<?x12x8xf32>, %kt: tensor<?x8x9xf32>,
                       %bias: tensor<12x9xf32>, %v: tensor<?x9x5xf32>)
    -> tensor<?x12x5xf32> {
  %0 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %1 = nn.add %0, %bias : tensor<?x12x9xf32>, tensor<12x9xf32>
  %half = nn.constant dense<0.5> : tensor<f32>
  %2 = nn.mul %1, %half : tensor<?x12x9xf32>, tensor<f32>
  %3 = nn.softmax %2 axis 2 : tensor<?x12x9xf32>
  %4 = nn.matmul %3, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  return %4 : tensor<?x12x5xf32>
}

// One query, as in a step of a decoder.
// CHECK-LABEL: func.func @step
// CHECK: nn.attention %{{.*}} : tensor<?x1x8xf32>, tensor<?x12x8xf32>, tensor<?x12x5xf32>
func.func @step(%one: tensor<?x1x8xf32>, %kt: tensor<?x8x12xf32>,
                %v: tensor<?x12x5xf32>) -> tensor<?x1x5xf32> {
  %0 = nn.matmul %one, %kt : tensor<?x1x8xf32>, tensor<?x8x12xf32>
  %1 = nn.softmax %0 axis 2 : tensor<?x1x12xf32>
  %2 = nn.matmul %1, %v : tensor<?x1x12xf32>, tensor<?x12x5xf32>
  return %2 : tensor<?x1x5xf32>
}

// Softmax over queries, and scores of no product.
// CHECK-LABEL: func.func @others
// CHECK-NOT: nn.attention
func.func @others(%q: tensor<?x12x8xf32>, %kt: tensor<?x8x12xf32>,
                  %v: tensor<?x12x5xf32>)
    -> (tensor<?x12x5xf32>, tensor<?x12x5xf32>) {
  %0 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x12xf32>
  %1 = nn.softmax %0 axis 1 : tensor<?x12x12xf32>
  %2 = nn.matmul %1, %v : tensor<?x12x12xf32>, tensor<?x12x5xf32>
  %3 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x12xf32>
  %4 = nn.relu %3 : tensor<?x12x12xf32>
  %5 = nn.softmax %4 axis 2 : tensor<?x12x12xf32>
  %6 = nn.matmul %5, %v : tensor<?x12x12xf32>, tensor<?x12x5xf32>
  return %2, %6 : tensor<?x12x5xf32>, tensor<?x12x5xf32>
}
