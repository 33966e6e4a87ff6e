// Attention multiplies bf16 where the layers that compute its operands do.
//
// RUN: vitrail-opt %s --nn-narrow-products='precision=bf16 attention=true keep=kept' | FileCheck %s
// RUN: vitrail-opt %s --nn-narrow-products='precision=int8 attention=true keep=kept' \
// RUN:   | FileCheck %s --check-prefix=INTEGERS
// RUN: vitrail-opt %s --nn-narrow-products='precision=tf32 keep=kept' \
// RUN:   | FileCheck %s --check-prefix=TF32
// RUN: vitrail-opt %s --nn-narrow-products='precision=bf16' \
// RUN:   | FileCheck %s --check-prefix=NONE --implicit-check-not='nn.attention {{.*}}bf16'
// RUN: vitrail-opt %s --nn-narrow-products='precision=int8-weights attention=true' \
// RUN:   | FileCheck %s --check-prefix=NONE --implicit-check-not='nn.attention {{.*}}bf16'
// RUN: vitrail-opt %s --nn-narrow-products='precision=bf16 attention=true keep=kept' \
// RUN:   --remarks-filter='nn-.*' --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WHY
// NONE: nn.attention

// What one layer computes, and attention alone reads in parts, is stored so.
// CHECK-LABEL: func.func @parts
// CHECK:       %[[QKV:.*]] = nn.fusion {
// CHECK:         nn.linear
// CHECK-NEXT:    nn.cast {{.*}} : tensor<?x16x12xf32> to tensor<?x16x12xbf16>
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  } : tensor<?x16x12xbf16>
// CHECK-NEXT:  %[[Q:.*]] = nn.slice %[[QKV]] {{.*}} : tensor<?x16x12xbf16>
// CHECK-NEXT:  %[[K:.*]] = nn.slice %[[QKV]]
// CHECK-NEXT:  %[[V:.*]] = nn.slice %[[QKV]]
// CHECK-NEXT:  nn.attention %[[Q]], %[[K]], %[[V]] scale 5.0{{.*}} : tensor<?x16x4xbf16>
// TF32-LABEL: func.func @parts
// TF32:       nn.fusion {
// TF32:         %[[SUMS:.*]] = nn.linear {{.*}} tf32
// TF32-NEXT:    %[[STORED:.*]] = nn.round_tf32 %[[SUMS]]
// TF32-NEXT:    nn.yield %[[STORED]]
// TF32-NOT:   nn.round_tf32
// TF32:       nn.attention {{.*}} scale 5.0{{.*}} tf32 : tensor<?x16x4xf32>
// INTEGERS-LABEL: func.func @parts
// INTEGERS:       nn.fusion {
// INTEGERS:         nn.linear {{.*}}xi8>
// INTEGERS:         nn.cast {{.*}} to tensor<?x16x12xbf16>
// INTEGERS-NEXT:    nn.yield
// INTEGERS:       nn.attention {{.*}} : tensor<?x16x4xbf16>
func.func @parts(%x: tensor<?x16x4xf32>) -> tensor<?x16x4xf32> {
  %w = nn.parameter "w" : tensor<12x4xf32>
  %qkv = nn.linear %x, %w : tensor<?x16x4xf32>, tensor<12x4xf32>
  %q = nn.slice %qkv [0, 0, 0] [?, 16, 4] [1, 1, 1] : tensor<?x16x12xf32>
  %k = nn.slice %qkv [0, 0, 4] [?, 16, 4] [1, 1, 1] : tensor<?x16x12xf32>
  %v = nn.slice %qkv [0, 0, 8] [?, 16, 4] [1, 1, 1] : tensor<?x16x12xf32>
  // WHY: narrow-products-attention.mlir:[[@LINE+1]]:{{.*}}multiplies bf16
  %z = nn.attention %q, %k, %v scale 0.5
      : tensor<?x16x4xf32>, tensor<?x16x4xf32>, tensor<?x16x4xf32>
  return %z : tensor<?x16x4xf32>
}

// What something else reads as well is rounded where attention reads it, and so
// is what is computed of a layer's result, element by element.
// CHECK-LABEL: func.func @elements
// CHECK:       %[[Q:.*]] = nn.tanh %{{.*}} : tensor<?x16x4xf32>
// CHECK-NEXT:  nn.fusion {
// CHECK-NEXT:    %[[R:.*]] = nn.cast %[[Q]]
// CHECK-NEXT:    %[[S:.*]] = nn.cast %[[Q]]
// CHECK-NEXT:    %[[T:.*]] = nn.cast %[[Q]]
// CHECK-NEXT:    nn.attention %[[R]], %[[S]], %[[T]]
// TF32-LABEL: func.func @elements
// TF32:       %[[Q:.*]] = nn.tanh
// TF32-NEXT:  nn.fusion {
// TF32-NEXT:    %[[R:.*]] = nn.round_tf32 %[[Q]]
// TF32-NEXT:    %[[S:.*]] = nn.round_tf32 %[[Q]]
// TF32-NEXT:    %[[T:.*]] = nn.round_tf32 %[[Q]]
// TF32-NEXT:    nn.attention %[[R]], %[[S]], %[[T]] {{.*}} tf32
func.func @elements(%x: tensor<?x16x4xf32>)
    -> (tensor<?x16x4xf32>, tensor<?x16x4xf32>) {
  %w = nn.parameter "square" : tensor<4x4xf32>
  %0 = nn.linear %x, %w : tensor<?x16x4xf32>, tensor<4x4xf32>
  %q = nn.tanh %0 : tensor<?x16x4xf32>
  %z = nn.attention %q, %q, %q scale 0.5
      : tensor<?x16x4xf32>, tensor<?x16x4xf32>, tensor<?x16x4xf32>
  return %z, %q : tensor<?x16x4xf32>, tensor<?x16x4xf32>
}

// A layer that keeps f32 has its attention do so, too.
// CHECK-LABEL: func.func @kept
// CHECK:       nn.attention {{.*}} : tensor<?x16x4xf32>
func.func @kept(%x: tensor<?x16x4xf32>) -> tensor<?x16x4xf32> {
  %w = nn.parameter "kept" : tensor<4x4xf32>
  %q = nn.linear %x, %w : tensor<?x16x4xf32>, tensor<4x4xf32>
  // WHY: narrow-products-attention.mlir:[[@LINE+1]]:{{.*}}a layer that computes its queries, keys or values stays in f32
  %z = nn.attention %q, %q, %q scale 0.5
      : tensor<?x16x4xf32>, tensor<?x16x4xf32>, tensor<?x16x4xf32>
  return %z : tensor<?x16x4xf32>
}

// CHECK-LABEL: func.func @argument
// CHECK:       nn.attention {{.*}} : tensor<?x16x4xf32>
func.func @argument(%x: tensor<?x16x4xf32>, %k: tensor<?x9x4xf32>)
    -> tensor<?x16x4xf32> {
  %w = nn.parameter "argument" : tensor<4x4xf32>
  %q = nn.linear %x, %w : tensor<?x16x4xf32>, tensor<4x4xf32>
  // WHY: narrow-products-attention.mlir:[[@LINE+1]]:{{.*}}something else than linear layers computes its queries, keys or values
  %z = nn.attention %q, %k, %k scale 0.5
      : tensor<?x16x4xf32>, tensor<?x9x4xf32>, tensor<?x9x4xf32>
  return %z : tensor<?x16x4xf32>
}

// TF32-LABEL: func.func @few
// TF32-NOT:   nn.attention {{.*}} tf32
// CHECK-LABEL: func.func @few
// CHECK:       nn.attention {{.*}} : tensor<?x15x4xf32>
func.func @few(%x: tensor<?x15x4xf32>) -> tensor<?x15x4xf32> {
  %w = nn.parameter "few" : tensor<4x4xf32>
  %q = nn.linear %x, %w : tensor<?x15x4xf32>, tensor<4x4xf32>
  // WHY: narrow-products-attention.mlir:[[@LINE+1]]:{{.*}}it has too few queries for a matrix unit
  %z = nn.attention %q, %q, %q scale 0.5
      : tensor<?x15x4xf32>, tensor<?x15x4xf32>, tensor<?x15x4xf32>
  return %z : tensor<?x15x4xf32>
}
