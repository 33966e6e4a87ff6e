// Products of 8-bit integers: matrices are read whole from rows of k, of both
// operands, and sums become numbers where they are stored. Rows become integers by
// bits of a sum, eight of which are stored at a time.

// RUN: vitrail-opt %s --convert-nn-to-gpu | vitrail-translate --gpu-to-ptx \
// RUN:   | FileCheck %s --implicit-check-not=.trans. --implicit-check-not=st.global.b8

// CHECK: // product_device
// CHECK: .target sm_80
// CHECK: .visible .entry product_128x128(
// CHECK: cp.async.cg.shared.global
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: mma.sync.aligned.m16n8k32.row.col{{[a-z.]*}}.s32.s8.s8.s32
// CHECK: cvt.rn.f32.s32
// CHECK: st.global.v4.b32
// CHECK: // product_device_sm_90a
// CHECK: .target sm_90a
// CHECK: wgmma.mma_async.sync.aligned.m64n{{[0-9]+}}k32.s32.s8.s8
// CHECK: cvt.rn.f32.s32
// CHECK: st.shared.v2.b32
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK-COUNT-2: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
func.func private @product(%x: tensor<?x256xi8>, %r: tensor<?x1xf32>,
                           %w: tensor<4x256x64xi8>) -> tensor<?x256xf32>
    attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 256
      : tensor<?x256xi8>, tensor<4x256x64xi8>
  %1 = nn.cast %0 : tensor<?x256xi32> to tensor<?x256xf32>
  %2 = nn.mul %1, %r : tensor<?x256xf32>, tensor<?x1xf32>
  return %2 : tensor<?x256xf32>
}

// CHECK: // rows_device
// CHECK: ld.global.nc.v4.b32
// CHECK: abs.ftz.f32
// CHECK: shfl.sync.bfly
// CHECK: st.global.v2.b32
// CHECK: st.global.b32
func.func private @rows(%x: tensor<?x256xf32>)
    -> (tensor<?x256xi8>, tensor<?x1xf32>) attributes {nn.kernel} {
  %0 = nn.reduce max_abs %x axes [1] keep_dims : tensor<?x256xf32>
  %1 = nn.quantize %x by %0 : tensor<?x256xf32>, tensor<?x1xf32>
  return %1, %0 : tensor<?x256xi8>, tensor<?x1xf32>
}
