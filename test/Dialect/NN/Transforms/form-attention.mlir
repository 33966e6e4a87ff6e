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

// A choice between scores and a number is a mask; one that keeps where the
// condition does not hold is negated. What is added after -inf makes no difference.
// CHECK-LABEL: func.func @masks
// CHECK: nn.attention %{{.*}} scale 1.000000e+00 add %{{.*}} where %[[M:.*]] : tensor<12x9xi1> else -1.000000e+09 :
// CHECK: %[[NOT:.*]] = nn.select %[[M]], %{{.*}}, %{{.*}} : tensor<12x9xi1>, tensor<i1>, tensor<i1>
// CHECK: nn.attention %{{.*}} scale 1.000000e+00 add %{{.*}} where %[[NOT]] : tensor<12x9xi1> else 0xFFF0000000000000 :
func.func @masks(%q: tensor<?x12x8xf32>, %kt: tensor<?x8x9xf32>,
                 %v: tensor<?x9x5xf32>, %b: tensor<12x9xf32>,
                 %m: tensor<12x9xi1>) -> (tensor<?x12x5xf32>, tensor<?x12x5xf32>) {
  %low = nn.constant dense<-1.0e9> : tensor<f32>
  %inf = nn.constant dense<0xFF800000> : tensor<f32>
  %0 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %1 = nn.add %0, %b : tensor<?x12x9xf32>, tensor<12x9xf32>
  %2 = nn.select %m, %1, %low : tensor<12x9xi1>, tensor<?x12x9xf32>, tensor<f32>
  %3 = nn.softmax %2 axis 2 : tensor<?x12x9xf32>
  %4 = nn.matmul %3, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  %5 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %6 = nn.select %m, %inf, %5 : tensor<12x9xi1>, tensor<f32>, tensor<?x12x9xf32>
  %7 = nn.add %6, %b : tensor<?x12x9xf32>, tensor<12x9xf32>
  %8 = nn.softmax %7 axis 2 : tensor<?x12x9xf32>
  %9 = nn.matmul %8, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  return %4, %9 : tensor<?x12x5xf32>, tensor<?x12x5xf32>
}

// What is added after a mask of another number does, and a choice between two
// tensors of scores is no mask.
// CHECK-LABEL: func.func @no_masks
// CHECK-NOT: nn.attention
func.func @no_masks(%q: tensor<?x12x8xf32>, %kt: tensor<?x8x9xf32>,
                    %v: tensor<?x9x5xf32>, %b: tensor<12x9xf32>,
                    %m: tensor<12x9xi1>) -> (tensor<?x12x5xf32>, tensor<?x12x5xf32>) {
  %low = nn.constant dense<-1.0e9> : tensor<f32>
  %0 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %1 = nn.select %m, %0, %low : tensor<12x9xi1>, tensor<?x12x9xf32>, tensor<f32>
  %2 = nn.add %1, %b : tensor<?x12x9xf32>, tensor<12x9xf32>
  %3 = nn.softmax %2 axis 2 : tensor<?x12x9xf32>
  %4 = nn.matmul %3, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  %5 = nn.matmul %q, %kt : tensor<?x12x8xf32>, tensor<?x8x9xf32>
  %6 = nn.select %m, %5, %b : tensor<12x9xi1>, tensor<?x12x9xf32>, tensor<12x9xf32>
  %7 = nn.softmax %6 axis 2 : tensor<?x12x9xf32>
  %8 = nn.matmul %7, %v : tensor<?x12x9xf32>, tensor<?x9x5xf32>
  return %4, %8 : tensor<?x12x5xf32>, tensor<?x12x5xf32>
}

// Windows are part of the batch, except where each adds its mask.
// CHECK-LABEL: func.func @windows_of_batch
// CHECK: %[[Q:.*]] = nn.reshape %{{.*}} : tensor<?x3x49x8xf32, #nn.batch<4>> to tensor<?x4x3x49x8xf32>
// CHECK: %[[V:.*]] = nn.reshape %{{.*}} : tensor<?x3x49x5xf32, #nn.batch<4>> to tensor<?x4x3x49x5xf32>
// CHECK: %[[Z:.*]] = nn.attention %[[Q]], %{{.*}}, %[[V]] scale 1.000000e+00 add %{{.*}} : tensor<?x4x3x49x8xf32>
// CHECK: nn.reshape %[[Z]] : tensor<?x4x3x49x5xf32> to tensor<?x3x49x5xf32, #nn.batch<4>>
func.func @windows_of_batch(%q: tensor<?x3x49x8xf32, #nn.batch<4>>,
                            %kt: tensor<?x3x8x49xf32, #nn.batch<4>>,
                            %v: tensor<?x3x49x5xf32, #nn.batch<4>>,
                            %mask: tensor<4x1x49x49xf32>)
    -> tensor<?x3x49x5xf32, #nn.batch<4>> {
  %0 = nn.matmul %q, %kt : tensor<?x3x49x8xf32, #nn.batch<4>>,
      tensor<?x3x8x49xf32, #nn.batch<4>>
  %1 = nn.reshape %0 : tensor<?x3x49x49xf32, #nn.batch<4>> to tensor<?x4x3x49x49xf32>
  %2 = nn.add %1, %mask : tensor<?x4x3x49x49xf32>, tensor<4x1x49x49xf32>
  %3 = nn.reshape %2 : tensor<?x4x3x49x49xf32> to tensor<?x3x49x49xf32, #nn.batch<4>>
  %4 = nn.softmax %3 axis 3 : tensor<?x3x49x49xf32, #nn.batch<4>>
  %5 = nn.matmul %4, %v : tensor<?x3x49x49xf32, #nn.batch<4>>,
      tensor<?x3x49x5xf32, #nn.batch<4>>
  return %5 : tensor<?x3x49x5xf32, #nn.batch<4>>
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
