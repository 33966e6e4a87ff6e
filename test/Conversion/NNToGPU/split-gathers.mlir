// Left-hand sides that several tiles would gather are stored by a kernel of their
// own.

// RUN: vitrail-opt %s --nn-split-gathers | FileCheck %s

// Patches for two tiles of columns, with padding, of an image whose batch is not
// known.

// CHECK-LABEL: func.func private @patches_gather(
// CHECK-SAME: %[[X:.*]]: tensor<?x3x24x100xf32>) -> tensor<?x3x13x192xbf16> attributes {nn.kernel}
// CHECK-NEXT: %[[UNFOLD:.*]] = nn.unfold %[[X]]
// CHECK-NEXT: %[[CAST:.*]] = nn.cast %[[UNFOLD]]
// CHECK-NEXT: %[[ROWS:.*]] = nn.reshape %[[CAST]]
// CHECK-NEXT: return %[[ROWS]]
// CHECK: func.func private @patches(
// CHECK-SAME: %[[W:.*]]: tensor<3x3x8x8x64xbf16>, %[[R:.*]]: tensor<?x3x13x136xf32>, %[[L:.*]]: tensor<?x3x13x192xbf16>)
// CHECK-SAME: attributes {nn.kernel, nn.schedule =
// CHECK-NEXT: %[[PATCHES:.*]] = nn.reshape %[[L]] : {{.*}} to tensor<?x3x13x3x8x8xbf16>
// CHECK-NEXT: nn.packed_linear %[[PATCHES]], %[[W]]
// CHECK-NEXT: nn.add %[[R]]
func.func private @patches(%x: tensor<?x3x24x100xf32>,
                           %w: tensor<3x3x8x8x64xbf16>,
                           %r: tensor<?x3x13x136xf32>) -> tensor<?x3x13x136xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<block_rows = 64, block_columns = 64, depth = 64>} {
  %0 = nn.unfold %x kernel [8, 8] strides [8, 8] padding [0, 2]
      : tensor<?x3x24x100xf32>
  %1 = nn.cast %0 : tensor<?x3x13x3x8x8xf32> to tensor<?x3x13x3x8x8xbf16>
  %2 = nn.packed_linear %1, %w features 136
      : tensor<?x3x13x3x8x8xbf16>, tensor<3x3x8x8x64xbf16>
  %3 = nn.add %r, %2 : tensor<?x3x13x136xf32>, tensor<?x3x13x136xf32>
  return %3 : tensor<?x3x13x136xf32>
}

// What is computed of two operands, for two tiles.

// CHECK-LABEL: func.func private @sum_gather(
// CHECK-SAME: -> tensor<?x264xf16>
// CHECK-LABEL: func.func private @sum(
func.func private @sum(%x: tensor<?x264xf16>, %y: tensor<?x264xf16>,
                       %w: tensor<4x264x64xf16>) -> tensor<?x256xf32>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x264xf16> to tensor<?x264xf32>
  %1 = nn.cast %y : tensor<?x264xf16> to tensor<?x264xf32>
  %2 = nn.add %0, %1 : tensor<?x264xf32>, tensor<?x264xf32>
  %3 = nn.cast %2 : tensor<?x264xf32> to tensor<?x264xf16>
  %4 = nn.packed_linear %3, %w features 256
      : tensor<?x264xf16>, tensor<4x264x64xf16>
  return %4 : tensor<?x256xf32>
}

// Of one of f16, two tiles gather as fast themselves, and one tile anything.

// CHECK-NOT: _gather
// CHECK-LABEL: func.func private @two_tiles(
// CHECK-LABEL: func.func private @one_tile(
func.func private @two_tiles(%x: tensor<?x264xf16>, %w: tensor<4x264x64xf16>)
    -> tensor<?x256xf32> attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<?x264xf16>
  %1 = nn.packed_linear %0, %w features 256
      : tensor<?x264xf16>, tensor<4x264x64xf16>
  return %1 : tensor<?x256xf32>
}
func.func private @one_tile(%x: tensor<?x3x32x32xf32>,
                            %w: tensor<2x3x16x16x64xf16>)
    -> tensor<?x2x2x128xf32> attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [16, 16] strides [16, 16] padding [0, 0]
      : tensor<?x3x32x32xf32>
  %1 = nn.cast %0 : tensor<?x2x2x3x16x16xf32> to tensor<?x2x2x3x16x16xf16>
  %2 = nn.packed_linear %1, %w features 128
      : tensor<?x2x2x3x16x16xf16>, tensor<2x3x16x16x64xf16>
  return %2 : tensor<?x2x2x128xf32>
}

// Rows of windows are copied from where they lie, and rows of 12 elements have no
// chunks.

// CHECK-NOT: _gather
// CHECK-LABEL: func.func private @copied(
// CHECK-LABEL: func.func private @odd(
func.func private @copied(%x: tensor<?x8x7x8x7x192xf16>,
                          %w: tensor<8x192x64xf16>) -> tensor<?x64x49x512xf32>
    attributes {nn.kernel} {
  %0 = nn.transpose %x [0, 1, 3, 2, 4, 5] : tensor<?x8x7x8x7x192xf16>
  %1 = nn.reshape %0 : tensor<?x8x8x7x7x192xf16> to tensor<?x64x49x192xf16>
  %2 = nn.packed_linear %1, %w features 512
      : tensor<?x64x49x192xf16>, tensor<8x192x64xf16>
  return %2 : tensor<?x64x49x512xf32>
}
func.func private @odd(%x: tensor<?x3x8x8xf32>, %w: tensor<8x3x2x2x64xf16>)
    -> tensor<?x4x4x512xf32> attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [2, 2] strides [2, 2] padding [0, 0]
      : tensor<?x3x8x8xf32>
  %1 = nn.cast %0 : tensor<?x4x4x3x2x2xf32> to tensor<?x4x4x3x2x2xf16>
  %2 = nn.packed_linear %1, %w features 512
      : tensor<?x4x4x3x2x2xf16>, tensor<8x3x2x2x64xf16>
  return %2 : tensor<?x4x4x512xf32>
}

// Rows of 3072 elements are stored in halves.

// CHECK-LABEL: func.func private @long_gather(
// CHECK: nn.reshape {{.*}} : tensor<?x1x1x3x32x32xf16> to tensor<?x1x1x2x1536xf16>
// CHECK-LABEL: func.func private @long(
// CHECK: nn.reshape {{.*}} : tensor<?x1x1x2x1536xf16> to tensor<?x1x1x3x32x32xf16>
func.func private @long(%x: tensor<?x3x32x32xf32>, %w: tensor<8x3x32x32x64xf16>)
    -> tensor<?x1x1x512xf32> attributes {nn.kernel} {
  %0 = nn.unfold %x kernel [32, 32] strides [32, 32] padding [0, 0]
      : tensor<?x3x32x32xf32>
  %1 = nn.cast %0 : tensor<?x1x1x3x32x32xf32> to tensor<?x1x1x3x32x32xf16>
  %2 = nn.packed_linear %1, %w features 512
      : tensor<?x1x1x3x32x32xf16>, tensor<8x3x32x32x64xf16>
  return %2 : tensor<?x1x1x512xf32>
}

// CHECK-LABEL: func.func @run(
// CHECK-SAME: %[[X:.*]]: tensor<?x3x24x100xf32>, %[[R:.*]]: tensor<?x3x13x136xf32>)
// CHECK: %[[L:.*]] = call @patches_gather(%[[X]])
// CHECK: %[[Y:.*]] = call @patches(%{{.*}}, %[[R]], %[[L]])
// CHECK: return %[[Y]]
func.func @run(%x: tensor<?x3x24x100xf32>, %r: tensor<?x3x13x136xf32>)
    -> tensor<?x3x13x136xf32> {
  %w = nn.parameter "w" : tensor<3x3x8x8x64xbf16>
  %y = call @patches(%x, %w, %r)
      : (tensor<?x3x24x100xf32>, tensor<3x3x8x8x64xbf16>,
         tensor<?x3x13x136xf32>) -> tensor<?x3x13x136xf32>
  return %y : tensor<?x3x13x136xf32>
}
