// Products of tf32: matrices are read whole from rows of k, of both operands, and what
// is stored for the next product is rounded by an instruction.

// RUN: vitrail-opt %s --convert-nn-to-gpu | vitrail-translate --gpu-to-ptx \
// RUN:   | FileCheck %s --implicit-check-not=.trans. --implicit-check-not=__nv_

// CHECK: // product_device
// CHECK: .target sm_80
// CHECK: .visible .entry product_128x128(
// CHECK: cp.async.cg.shared.global
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK: ex2.approx.ftz.f32
// CHECK: cvt.rna.tf32.f32
// CHECK: st.global.v4.b32
// CHECK: // product_device_sm_90a
// CHECK: .target sm_90a
// CHECK: wgmma.mma_async.sync.aligned.m64n{{[0-9]+}}k8.f32.tf32.tf32
// CHECK: cvt.rna.tf32.f32
// CHECK: st.shared.v2.b32
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK-COUNT-2: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
func.func private @product(%x: tensor<?x256xf32>, %w: tensor<4x256x64xf32>)
    -> tensor<?x256xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 256 tf32
      : tensor<?x256xf32>, tensor<4x256x64xf32>
  %1 = nn.gelu %0 : tensor<?x256xf32>
  %2 = nn.round_tf32 %1 : tensor<?x256xf32>
  return %2 : tensor<?x256xf32>
}

// Of attention, too: values are read one by one.

// CHECK: // attention_device
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK: ex2.approx.ftz
// CHECK: cvt.rna.tf32.f32
// CHECK: ld.shared.b32
// CHECK: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK: st.global.v4.b32
func.func private @attention(%q: tensor<?x40x32xf32>) -> tensor<?x40x32xf32>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %q, %q scale 0.25 tf32
      : tensor<?x40x32xf32>, tensor<?x40x32xf32>, tensor<?x40x32xf32>
  return %0 : tensor<?x40x32xf32>
}
