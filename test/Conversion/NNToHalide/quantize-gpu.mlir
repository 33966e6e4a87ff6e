// The integer that is stored is one to ptxas, too: the lowest byte of a register
// that an f32 was computed in would be converted, not stored.
// RUN: vitrail-opt --convert-nn-to-halide=gpu=cuda %s \
// RUN:   | vitrail-translate --halide-to-asm --target cuda \
// RUN:   | FileCheck %s --implicit-check-not='st.global.b8{{[^;]*}}, %r{{[0-9]}}'

// CHECK: add.f32
// CHECK-SAME: xor.b16
// CHECK-SAME: st.global.b8{{[^;]*}}, %rs{{[0-9]}}
func.func private @quantized(%x: tensor<?x5x64xf32>, %w: tensor<2x64x48xi8>)
    -> tensor<?x5x96xi32> attributes {nn.kernel} {
  %0 = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x5x64xf32>
  %1 = nn.quantize %x by %0 : tensor<?x5x64xf32>, tensor<?x5x1xf32>
  %2 = nn.packed_linear %1, %w features 96
      : tensor<?x5x64xi8>, tensor<2x64x48xi8>
  return %2 : tensor<?x5x96xi32>
}
