// Kernels for tensor cores become PTX for compute capability 8.0, products and attention also for
// 9.0 alone, without calls of NVIDIA's library; operands are copied, read and multiplied by the instructions
// for it, products and sums of f32 fused, and results stored 16 bytes at a time.

// RUN: vitrail-opt %s --convert-nn-to-gpu | vitrail-translate --gpu-to-ptx \
// RUN:   | FileCheck %s --implicit-check-not=__nv_

// CHECK: // product_device
// CHECK: .target sm_80
// CHECK: .visible .entry product_128x128(
// CHECK: .reqntid 128, 1, 1
// CHECK: cp.async.cg.shared.global
// CHECK: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: fma.rn.ftz.f32
// CHECK: st.global.v4.b32
// CHECK: // product_device_sm_90a
// CHECK: .target sm_90a
// CHECK: .visible .entry product_64x32(
// CHECK: .param .align 64 .b8 product_64x32_param_{{.*}}[128]
// CHECK: .reqntid 160, 1, 1
// CHECK: .shared .align 1024 .b8
// CHECK: mbarrier.init.shared.b64
// CHECK: mbarrier.try_wait.parity.shared.b64
// CHECK: wgmma.fence.sync.aligned
// CHECK: wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16
// CHECK: wgmma.commit_group.sync.aligned
// CHECK: wgmma.wait_group.sync.aligned 1
// CHECK: ld.shared.v4.b32
// CHECK: fma.rn.ftz.f32
// CHECK: st.global.v4.b32
// CHECK: mbarrier.arrive.expect_tx.shared.b64
// CHECK: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
// CHECK: cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
func.func private @product(%x: tensor<?x256xbf16>, %w: tensor<4x256x64xbf16>)
    -> tensor<?x256xbf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 256
      : tensor<?x256xbf16>, tensor<4x256x64xbf16>
  %1 = nn.gelu %0 : tensor<?x256xf32>
  %2 = nn.cast %1 : tensor<?x256xf32> to tensor<?x256xbf16>
  return %2 : tensor<?x256xbf16>
}

// Weights of attention are multiplied as they are in registers, and scaled by the
// operation that subtracts the largest.

// CHECK: // attention_device
// CHECK: .target sm_80
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32
// CHECK: shfl.sync.bfly
// CHECK: fma.rn.ftz.f32
// CHECK-NEXT: ex2.approx.ftz
// CHECK: // attention_device_sm_90a
// CHECK: .target sm_90a
// CHECK: .visible .entry attention_64(
// CHECK-NOT: ldmatrix
// CHECK: fence.proxy.async.shared::cta
// CHECK-COUNT-2: wgmma.mma_async.sync.aligned.m64n48k16.f32.f16.f16
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK: ex2.approx.ftz
// CHECK: cvt.rn.f16x2.f32
// CHECK: wgmma.fence.sync.aligned
// CHECK-COUNT-3: wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16 {{.*}}, {%r{{[0-9]+}}, %r{{[0-9]+}}, %r{{[0-9]+}}, %r{{[0-9]+}}}, %rd{{[0-9]+}}, p, 1, 1, 1;
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK: st.global.v4.b32
func.func private @attention(%q: tensor<?x40x32xf16>) -> tensor<?x40x32xf16>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %q, %q scale 0.25
      : tensor<?x40x32xf16>, tensor<?x40x32xf16>, tensor<?x40x32xf16>
  %1 = nn.cast %0 : tensor<?x40x32xf32> to tensor<?x40x32xf16>
  return %1 : tensor<?x40x32xf16>
}

// Eight biases are read at a time.

// CHECK: // biased_device
// CHECK: ld.global.nc.v4.b32
// CHECK-NOT: ld.global.nc.v2
// CHECK: // biased_device_sm_90a
// CHECK: ld.global.nc.v4.b32
func.func private @biased(%q: tensor<?x40x32xf16>, %b: tensor<40x40xf16>)
    -> tensor<?x40x32xf16> attributes {nn.kernel} {
  %0 = nn.cast %b : tensor<40x40xf16> to tensor<40x40xf32>
  %1 = nn.attention %q, %q, %q scale 0.25 add %0
      : tensor<?x40x32xf16>, tensor<?x40x32xf16>, tensor<?x40x32xf16>, tensor<40x40xf32>
  %2 = nn.cast %1 : tensor<?x40x32xf32> to tensor<?x40x32xf16>
  return %2 : tensor<?x40x32xf16>
}

// Rows are read and stored 16 bytes at a time, and the root is approximated.

// CHECK: // norm_device
// CHECK: .visible .entry norm_{{.*}}rows(
// CHECK-COUNT-3: ld.global.nc.v4.b32
// CHECK: shfl.sync.bfly
// CHECK: rsqrt.approx.ftz.f32
// CHECK-COUNT-3: st.global.v4.b32
func.func private @norm(%x: tensor<?x192xf16>) -> tensor<?x192xf16>
    attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x192xf16> to tensor<?x192xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x192xf32>
  %2 = nn.cast %1 : tensor<?x192xf32> to tensor<?x192xf16>
  return %2 : tensor<?x192xf16>
}

// So are short rows of products, whose activation is approximated, too.

// CHECK: // short_device
// CHECK-NOT: .shared
// CHECK: ld.global.nc.v4.b32
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: ex2.approx.ftz.f32
// CHECK-NEXT: add.ftz.f32
// CHECK-NEXT: div.approx.ftz.f32
// CHECK: st.global.v4.b32
func.func private @short(%x: tensor<?x64xbf16>, %w: tensor<1x64x64xbf16>)
    -> tensor<?x64xbf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 64
      : tensor<?x64xbf16>, tensor<1x64x64xbf16>
  %1 = nn.gelu %0 : tensor<?x64xf32>
  %2 = nn.cast %1 : tensor<?x64xf32> to tensor<?x64xbf16>
  return %2 : tensor<?x64xbf16>
}

// Short heads are read and stored in pairs.

// CHECK: // heads_device
// CHECK-NOT: .shared
// CHECK: ld.global.nc.v2.b16
// CHECK: mma.sync
// CHECK: st.global.b32
func.func private @heads(%q: tensor<?x16x6xf16>, %k: tensor<?x16x6xf16>,
                         %v: tensor<?x16x6xf16>) -> tensor<?x16x6xf16>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %v scale 0.5
      : tensor<?x16x6xf16>, tensor<?x16x6xf16>, tensor<?x16x6xf16>
  %1 = nn.cast %0 : tensor<?x16x6xf32> to tensor<?x16x6xf16>
  return %1 : tensor<?x16x6xf16>
}

// Results leave in boxes.

// CHECK: // boxes_device_sm_90a
// CHECK: stmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: fence.proxy.async.shared::cta
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK: cp.async.bulk.commit_group
// CHECK: cp.async.bulk.wait_group.read 0
func.func private @boxes(%x: tensor<?x197x256xf16>, %w: tensor<8x256x64xf16>)
    -> tensor<?x197x512xf16> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 512
      : tensor<?x197x256xf16>, tensor<8x256x64xf16>
  %1 = nn.cast %0 : tensor<?x197x512xf32> to tensor<?x197x512xf16>
  return %1 : tensor<?x197x512xf16>
}
