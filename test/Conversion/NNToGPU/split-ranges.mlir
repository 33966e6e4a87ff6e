// What makes rows integers, in ranges of their own, becomes a kernel of its own.

// RUN: vitrail-opt %s --nn-split-norms --nn-split-ranges | FileCheck %s

// Its results are the integers and the range of each row.

// CHECK-LABEL: func.func private @rows_range(
// CHECK-SAME: %[[X:.*]]: tensor<?x17x48xf32>) -> (tensor<?x17x48xi8>, tensor<?x17x1xf32>) attributes {nn.kernel}
// CHECK-NEXT: %[[RANGE:.*]] = nn.reduce max_abs %[[X]] axes [2] keep_dims
// CHECK-NEXT: %[[ROWS:.*]] = nn.quantize %[[X]] by %[[RANGE]]
// CHECK-NEXT: return %[[ROWS]], %[[RANGE]]
// CHECK: func.func private @rows(
// CHECK-SAME: %[[W:.*]]: tensor<1x48x64xi8>, %[[S:.*]]: tensor<64xf32>, %[[ROWS:.*]]: tensor<?x17x48xi8>, %[[RANGE:.*]]: tensor<?x17x1xf32>)
// CHECK-NEXT: %[[SUMS:.*]] = nn.packed_linear %[[ROWS]], %[[W]]
// CHECK-NEXT: %[[Y:.*]] = nn.cast %[[SUMS]]
// CHECK-NEXT: nn.mul %[[Y]], %[[RANGE]]
func.func private @rows(%x: tensor<?x17x48xf32>, %w: tensor<1x48x64xi8>,
                        %s: tensor<64xf32>) -> tensor<?x17x64xf32>
    attributes {nn.kernel} {
  %r = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x17x48xf32>
  %q = nn.quantize %x by %r : tensor<?x17x48xf32>, tensor<?x17x1xf32>
  %y = nn.packed_linear %q, %w features 64
      : tensor<?x17x48xi8>, tensor<1x48x64xi8>
  %0 = nn.cast %y : tensor<?x17x64xi32> to tensor<?x17x64xf32>
  %1 = nn.mul %0, %r : tensor<?x17x64xf32>, tensor<?x17x1xf32>
  %2 = nn.mul %1, %s : tensor<?x17x64xf32>, tensor<64xf32>
  return %2 : tensor<?x17x64xf32>
}

// A norm before them is computed there, one after the product in a third kernel.

// CHECK-LABEL: func.func private @norms_range(
// CHECK-NEXT: %[[NORM:.*]] = nn.layer_norm
// CHECK-NEXT: nn.reduce max_abs %[[NORM]]
// CHECK-NEXT: nn.quantize %[[NORM]]
// CHECK: func.func private @norms(
// CHECK-NEXT: nn.packed_linear
// CHECK-NEXT: nn.cast
// CHECK-NEXT: nn.mul
// CHECK-NEXT: return
// CHECK: func.func private @norms_norm(
// CHECK-NEXT: nn.layer_norm
func.func private @norms(%x: tensor<?x48xf32>, %w: tensor<1x48x64xi8>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %n = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x48xf32>
  %r = nn.reduce max_abs %n axes [1] keep_dims : tensor<?x48xf32>
  %q = nn.quantize %n by %r : tensor<?x48xf32>, tensor<?x1xf32>
  %y = nn.packed_linear %q, %w features 64 : tensor<?x48xi8>, tensor<1x48x64xi8>
  %0 = nn.cast %y : tensor<?x64xi32> to tensor<?x64xf32>
  %1 = nn.mul %0, %r : tensor<?x64xf32>, tensor<?x1xf32>
  %2 = nn.layer_norm %1 epsilon 1.0e-6 : tensor<?x64xf32>
  return %2 : tensor<?x64xf32>
}

// Patches become rows.

// CHECK-LABEL: func.func private @patches_range(
// CHECK-SAME: -> (tensor<?x2x2x192xi8>, tensor<?x2x2x1xf32>)
// CHECK-NEXT: %[[PATCHES:.*]] = nn.unfold
// CHECK-NEXT: %[[ROWS:.*]] = nn.reshape %[[PATCHES]] : tensor<?x2x2x3x8x8xf32> to tensor<?x2x2x192xf32>
// CHECK-NEXT: nn.reduce max_abs %[[ROWS]] axes [3] keep_dims
// CHECK-NEXT: nn.quantize %[[ROWS]]
// CHECK: func.func private @patches(
// CHECK-NEXT: %[[RANGE:.*]] = nn.reshape %{{.*}} : tensor<?x2x2x1xf32> to tensor<?x2x2x1x1x1xf32>
// CHECK-NEXT: %[[LEFT:.*]] = nn.reshape %{{.*}} : tensor<?x2x2x192xi8> to tensor<?x2x2x3x8x8xi8>
// CHECK-NEXT: nn.packed_linear %[[LEFT]]
// CHECK: nn.reshape %[[RANGE]]
func.func private @patches(%x: tensor<?x3x16x16xf32>,
                           %w: tensor<1x3x8x8x64xi8>)
    -> tensor<?x2x2x64xf32> attributes {nn.kernel} {
  %u = nn.unfold %x kernel [8, 8] strides [8, 8] padding [0, 0]
      : tensor<?x3x16x16xf32>
  %r = nn.reduce max_abs %u axes [3, 4, 5] keep_dims : tensor<?x2x2x3x8x8xf32>
  %q = nn.quantize %u by %r : tensor<?x2x2x3x8x8xf32>, tensor<?x2x2x1x1x1xf32>
  %y = nn.packed_linear %q, %w features 64
      : tensor<?x2x2x3x8x8xi8>, tensor<1x3x8x8x64xi8>
  %0 = nn.cast %y : tensor<?x2x2x64xi32> to tensor<?x2x2x64xf32>
  %1 = nn.reshape %r : tensor<?x2x2x1x1x1xf32> to tensor<?x2x2x1xf32>
  %2 = nn.mul %0, %1 : tensor<?x2x2x64xf32>, tensor<?x2x2x1xf32>
  return %2 : tensor<?x2x2x64xf32>
}

// In a range that is known, integers of a norm are stored, others made where they
// are multiplied.

// CHECK-LABEL: func.func private @known_norm(
// CHECK-SAME: -> tensor<?x48xi8>
// CHECK-NEXT: nn.layer_norm
// CHECK-NEXT: nn.quantize
// CHECK: func.func private @known(
// CHECK-NEXT: nn.packed_linear
func.func private @known(%x: tensor<?x48xf32>, %r: tensor<1xf32>,
                         %w: tensor<1x48x64xi8>) -> tensor<?x64xi32>
    attributes {nn.kernel} {
  %n = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x48xf32>
  %q = nn.quantize %n by %r : tensor<?x48xf32>, tensor<1xf32>
  %y = nn.packed_linear %q, %w features 64 : tensor<?x48xi8>, tensor<1x48x64xi8>
  return %y : tensor<?x64xi32>
}

// CHECK-LABEL: func.func private @known_alone(
// CHECK-NEXT: nn.quantize
// CHECK-NEXT: nn.packed_linear
func.func private @known_alone(%x: tensor<?x48xf32>, %r: tensor<1xf32>,
                               %w: tensor<1x48x64xi8>) -> tensor<?x64xi32>
    attributes {nn.kernel} {
  %q = nn.quantize %x by %r : tensor<?x48xf32>, tensor<1xf32>
  %y = nn.packed_linear %q, %w features 64 : tensor<?x48xi8>, tensor<1x48x64xi8>
  return %y : tensor<?x64xi32>
}

// Rows of no whole chunks, and rows that are too long, stay with their product, and
// so does what has more results than one.

// CHECK-LABEL: func.func private @odd(
// CHECK-NEXT: nn.reduce
func.func private @odd(%x: tensor<?x37xf32>, %w: tensor<1x37x64xi8>)
    -> tensor<?x64xi32> attributes {nn.kernel} {
  %r = nn.reduce max_abs %x axes [1] keep_dims : tensor<?x37xf32>
  %q = nn.quantize %x by %r : tensor<?x37xf32>, tensor<?x1xf32>
  %y = nn.packed_linear %q, %w features 64 : tensor<?x37xi8>, tensor<1x37x64xi8>
  return %y : tensor<?x64xi32>
}

// CHECK-LABEL: func.func private @too_long(
// CHECK-NEXT: nn.reduce
func.func private @too_long(%x: tensor<?x4104xf32>, %w: tensor<1x4104x64xi8>)
    -> tensor<?x64xi32> attributes {nn.kernel} {
  %r = nn.reduce max_abs %x axes [1] keep_dims : tensor<?x4104xf32>
  %q = nn.quantize %x by %r : tensor<?x4104xf32>, tensor<?x1xf32>
  %y = nn.packed_linear %q, %w features 64
      : tensor<?x4104xi8>, tensor<1x4104x64xi8>
  return %y : tensor<?x64xi32>
}

// CHECK-LABEL: func.func private @two_results(
// CHECK-NEXT: nn.reduce
func.func private @two_results(%x: tensor<?x48xf32>, %w: tensor<1x48x64xi8>)
    -> (tensor<?x64xi32>, tensor<?x1xf32>) attributes {nn.kernel} {
  %r = nn.reduce max_abs %x axes [1] keep_dims : tensor<?x48xf32>
  %q = nn.quantize %x by %r : tensor<?x48xf32>, tensor<?x1xf32>
  %y = nn.packed_linear %q, %w features 64 : tensor<?x48xi8>, tensor<1x48x64xi8>
  return %y, %r : tensor<?x64xi32>, tensor<?x1xf32>
}

// CHECK-LABEL: func.func @run(
// CHECK: %[[ROWS:.*]]:2 = call @rows_range(%{{.*}}) : (tensor<?x17x48xf32>) -> (tensor<?x17x48xi8>, tensor<?x17x1xf32>)
// CHECK: call @rows(%{{.*}}, %{{.*}}, %[[ROWS]]#0, %[[ROWS]]#1)
func.func @run(%x: tensor<?x17x48xf32>) -> tensor<?x17x64xf32> {
  %w = nn.parameter "w" : tensor<1x48x64xi8>
  %s = nn.parameter "s" : tensor<64xf32>
  %0 = call @rows(%x, %w, %s)
      : (tensor<?x17x48xf32>, tensor<1x48x64xi8>, tensor<64xf32>)
      -> tensor<?x17x64xf32>
  return %0 : tensor<?x17x64xf32>
}
