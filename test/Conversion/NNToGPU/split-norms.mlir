// Norms before and after products of narrow operands become kernels of their own.

// RUN: vitrail-opt %s --nn-split-norms | FileCheck %s

// CHECK-LABEL: func.func private @before_norm(
// CHECK-SAME: %[[X:.*]]: tensor<?x256xf32>) -> tensor<?x256xbf16> attributes {nn.kernel}
// CHECK-NEXT: %[[NORM:.*]] = nn.layer_norm %[[X]]
// CHECK-NEXT: %[[CAST:.*]] = nn.cast %[[NORM]]
// CHECK-NEXT: return %[[CAST]]
// CHECK: func.func private @before(
// CHECK-SAME: %[[W:.*]]: tensor<1x256x256xbf16>, %[[R:.*]]: tensor<?x256xf32>, %[[N:.*]]: tensor<?x256xbf16>)
// CHECK-NEXT: nn.packed_linear %[[N]], %[[W]]
// CHECK-NEXT: nn.add %[[R]]
func.func private @before(%x: tensor<?x256xf32>, %w: tensor<1x256x256xbf16>,
                          %r: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x256xf32>
  %1 = nn.cast %0 : tensor<?x256xf32> to tensor<?x256xbf16>
  %2 = nn.packed_linear %1, %w features 256
      : tensor<?x256xbf16>, tensor<1x256x256xbf16>
  %3 = nn.add %r, %2 : tensor<?x256xf32>, tensor<?x256xf32>
  return %3 : tensor<?x256xf32>
}

// CHECK-LABEL: func.func private @after(
// CHECK-SAME: %{{.*}}: tensor<?x256xbf16>, %{{.*}}: tensor<1x256x256xbf16>) -> tensor<?x256xf32>
// CHECK-NEXT: nn.packed_linear
// CHECK-NEXT: return
// CHECK: func.func private @after_norm(
// CHECK-SAME: %[[G:.*]]: tensor<256xf32>, %[[S:.*]]: tensor<?x256xf32>)
// CHECK-NEXT: nn.layer_norm %[[S]] scale %[[G]]
func.func private @after(%x: tensor<?x256xbf16>, %w: tensor<1x256x256xbf16>,
                         %g: tensor<256xf32>) -> tensor<?x256xf32>
    attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 256
      : tensor<?x256xbf16>, tensor<1x256x256xbf16>
  %1 = nn.layer_norm %0 scale %g : tensor<256xf32> epsilon 1.0e-6
      : tensor<?x256xf32>
  return %1 : tensor<?x256xf32>
}

// A row of 64 elements stays in registers, and so does one of 64 results; f32
// stays together.

// CHECK-LABEL: func.func private @short(
// CHECK-NEXT: nn.layer_norm
// CHECK-NEXT: nn.cast
// CHECK-NEXT: nn.packed_linear
func.func private @short(%x: tensor<?x64xf32>, %w: tensor<1x64x64xbf16>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x64xf32>
  %1 = nn.cast %0 : tensor<?x64xf32> to tensor<?x64xbf16>
  %2 = nn.packed_linear %1, %w features 64
      : tensor<?x64xbf16>, tensor<1x64x64xbf16>
  return %2 : tensor<?x64xf32>
}

// CHECK-LABEL: func.func private @short_after(
// CHECK-NEXT: nn.packed_linear
// CHECK-NEXT: nn.layer_norm
func.func private @short_after(%x: tensor<?x64xbf16>, %w: tensor<1x64x64xbf16>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 64
      : tensor<?x64xbf16>, tensor<1x64x64xbf16>
  %1 = nn.layer_norm %0 epsilon 1.0e-6 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// CHECK-LABEL: func.func private @exact(
// CHECK-NEXT: nn.layer_norm
// CHECK-NEXT: nn.packed_linear
func.func private @exact(%x: tensor<?x256xf32>, %w: tensor<1x256x256xf32>)
    -> tensor<?x256xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x256xf32>
  %1 = nn.packed_linear %0, %w features 256
      : tensor<?x256xf32>, tensor<1x256x256xf32>
  return %1 : tensor<?x256xf32>
}

// A norm whose rows become integers in ranges of their own stays with these; one of
// other rows does not.

// CHECK-LABEL: func.func private @ranges(
// CHECK-NEXT: nn.layer_norm
// CHECK-NEXT: nn.reduce
func.func private @ranges(%x: tensor<?x256xf32>, %w: tensor<1x256x64xi8>)
    -> tensor<?x64xi32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x256xf32>
  %1 = nn.reduce max_abs %0 axes [1] keep_dims : tensor<?x256xf32>
  %2 = nn.quantize %0 by %1 : tensor<?x256xf32>, tensor<?x1xf32>
  %3 = nn.packed_linear %2, %w features 64
      : tensor<?x256xi8>, tensor<1x256x64xi8>
  return %3 : tensor<?x64xi32>
}

// CHECK-LABEL: func.func private @other_ranges_norm(
// CHECK-SAME: -> tensor<?x16x24xf32>
// CHECK-NEXT: nn.layer_norm
// CHECK-NEXT: return
// CHECK: func.func private @other_ranges(
// CHECK-NEXT: nn.reduce
func.func private @other_ranges(%x: tensor<?x16x24xf32>,
                                %w: tensor<1x16x24x64xi8>) -> tensor<?x64xi32>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x16x24xf32>
  %1 = nn.reduce max_abs %0 axes [1, 2] keep_dims : tensor<?x16x24xf32>
  %2 = nn.quantize %0 by %1 : tensor<?x16x24xf32>, tensor<?x1x1xf32>
  %3 = nn.packed_linear %2, %w features 64
      : tensor<?x16x24xi8>, tensor<1x16x24x64xi8>
  return %3 : tensor<?x64xi32>
}

// CHECK-LABEL: func.func @run(
// CHECK-SAME: %[[X:.*]]: tensor<?x256xf32>, %[[Y:.*]]: tensor<?x256xbf16>)
// CHECK: %[[N:.*]] = call @before_norm(%[[X]])
// CHECK: %[[B:.*]] = call @before(%[[W:.*]], %[[X]], %[[N]])
// CHECK: %[[P:.*]] = call @after(%[[Y]], %[[W]])
// CHECK: %[[A:.*]] = call @after_norm(%[[G:.*]], %[[P]])
// CHECK: return %[[B]], %[[A]]
func.func @run(%x: tensor<?x256xf32>, %y: tensor<?x256xbf16>)
    -> (tensor<?x256xf32>, tensor<?x256xf32>) {
  %w = nn.parameter "w" : tensor<1x256x256xbf16>
  %g = nn.parameter "g" : tensor<256xf32>
  %b = call @before(%x, %w, %x)
      : (tensor<?x256xf32>, tensor<1x256x256xbf16>, tensor<?x256xf32>)
      -> tensor<?x256xf32>
  %a = call @after(%y, %w, %g)
      : (tensor<?x256xbf16>, tensor<1x256x256xbf16>, tensor<256xf32>)
      -> tensor<?x256xf32>
  return %b, %a : tensor<?x256xf32>, tensor<?x256xf32>
}

// Of tf32 the norm's result is stored rounded.

// CHECK-LABEL: func.func private @tf32_norm(
// CHECK-NEXT: %[[NORM:.*]] = nn.layer_norm
// CHECK-NEXT: %[[ROUNDED:.*]] = nn.round_tf32 %[[NORM]]
// CHECK-NEXT: return %[[ROUNDED]]
// CHECK: func.func private @tf32(
// CHECK-SAME: %[[W:.*]]: tensor<1x256x256xf32>, %[[N:.*]]: tensor<?x256xf32>)
// CHECK-NEXT: nn.packed_linear %[[N]], %[[W]] features 256 tf32
func.func private @tf32(%x: tensor<?x256xf32>, %w: tensor<1x256x256xf32>)
    -> tensor<?x256xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x256xf32>
  %1 = nn.round_tf32 %0 : tensor<?x256xf32>
  %2 = nn.packed_linear %1, %w features 256 tf32
      : tensor<?x256xf32>, tensor<1x256x256xf32>
  return %2 : tensor<?x256xf32>
}

// Of a product that updates caches, the norm before it: what is updated stays last.

// CHECK-LABEL: func.func private @caches_norm(
// CHECK-SAME: %{{.*}}: tensor<?x256xf16>) -> tensor<?x256xf16>
// CHECK: func.func private @caches(
// CHECK-SAME: %[[W:.*]]: tensor<1x256x256xf16>, %[[I:.*]]: tensor<i32>, %[[N:.*]]: tensor<?x256xf16>, %[[C:.*]]: tensor<?x9x256xf32>)
// CHECK-NEXT: nn.packed_linear %[[N]], %[[W]]
// CHECK: nn.update %[[C]], %{{.*}}, %[[I]] axis 1
// CHECK-LABEL: func.func @step(
// CHECK-SAME: %[[X:.*]]: tensor<?x256xf16>, %[[I:.*]]: tensor<i32>, %[[C:.*]]: tensor<?x9x256xf32>)
// CHECK: %[[W:.*]] = nn.parameter
// CHECK: %[[N:.*]] = call @caches_norm(%[[X]])
// CHECK: %[[Y:.*]]:2 = call @caches(%[[W]], %[[I]], %[[N]], %[[C]])
// CHECK: return %[[Y]]#0, %[[Y]]#1
func.func private @caches(%x: tensor<?x256xf16>, %w: tensor<1x256x256xf16>,
                          %position: tensor<i32>, %cache: tensor<?x9x256xf32>)
    -> (tensor<?x256xf32>, tensor<?x9x256xf32>) attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x256xf16>
  %1 = nn.packed_linear %0, %w features 256
      : tensor<?x256xf16>, tensor<1x256x256xf16>
  %2 = nn.reshape %1 : tensor<?x256xf32> to tensor<?x1x256xf32>
  %3 = nn.update %cache, %2, %position axis 1
      : tensor<?x9x256xf32>, tensor<?x1x256xf32>
  return %1, %3 : tensor<?x256xf32>, tensor<?x9x256xf32>
}
func.func @step(%x: tensor<?x256xf16>, %position: tensor<i32>,
                %cache: tensor<?x9x256xf32>)
    -> (tensor<?x256xf32>, tensor<?x9x256xf32>) {
  %w = nn.parameter "w" : tensor<1x256x256xf16>
  %0:2 = call @caches(%x, %w, %position, %cache)
      : (tensor<?x256xf16>, tensor<1x256x256xf16>, tensor<i32>, tensor<?x9x256xf32>)
      -> (tensor<?x256xf32>, tensor<?x9x256xf32>)
  return %0#0, %0#1 : tensor<?x256xf32>, tensor<?x9x256xf32>
}
