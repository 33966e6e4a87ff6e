// Kernels wait by themselves for the one before them, and let the next one begin, on
// GPUs that have instructions for it.

// RUN: vitrail-opt %s --convert-nn-to-gpu --gpu-overlap-launches | FileCheck %s

// Kernels for all GPUs stay as they are.

// CHECK-LABEL: gpu.module @norm_device {
// CHECK-NOT: griddepcontrol

// Their copies read constants before they wait, and what other kernels write after
// that; they do not promise that nobody else writes it. The last of the constants
// is no operand of the first access.

// CHECK: gpu.module @norm_device_sm_90 [#nvvm.target<O = 3, chip = "sm_90", features = "+ptx80">]
// CHECK: gpu.func @norm_64rows(%{{.*}}: memref<f32> {llvm.align = 16 : i64}, %{{.*}}: memref<f32> {llvm.align = 16 : i64, llvm.noalias}, %{{.*}}: memref<f16> {llvm.align = 16 : i64}, %{{.*}}: index) kernel
// CHECK-NOT: vector.load
// CHECK: nvvm.griddepcontrol wait
// CHECK-NEXT: nvvm.griddepcontrol launch_dependents
// CHECK-NEXT: vector.load {{.*}} : memref<?x96xf32>
// CHECK-NOT: griddepcontrol
// CHECK: gpu.func @norm_16rows(
// CHECK: nvvm.griddepcontrol wait
// CHECK-NEXT: nvvm.griddepcontrol launch_dependents
// CHECK: func.func private @norm(
// CHECK: %[[CAPABILITY:.*]] = halide.device_capability
// CHECK: %[[LATER:.*]] = arith.cmpi uge, %[[CAPABILITY]], %c90{{.*}} : index
// CHECK: scf.if %{{.*}} {
// CHECK:   scf.if %[[LATER]] {
// CHECK:     gpu.launch_func @norm_device_sm_90::@norm_64rows
// CHECK:   } else {
// CHECK:     gpu.launch_func @norm_device::@norm_64rows
// CHECK: } else {
// CHECK:   scf.if %[[LATER]] {
// CHECK:     gpu.launch_func @norm_device_sm_90::@norm_16rows
// CHECK:   } else {
// CHECK:     gpu.launch_func @norm_device::@norm_16rows
func.func private @norm(%x: tensor<?x96xf32>, %g: tensor<96xf32>)
    -> tensor<?x96xf16> attributes {nn.kernel} {
  %0 = nn.layer_norm %x scale %g : tensor<96xf32> epsilon 1.0e-5 : tensor<?x96xf32>
  %1 = nn.cast %0 : tensor<?x96xf32> to tensor<?x96xf16>
  return %1 : tensor<?x96xf16>
}

// What one of two callers computes is no constant.

// CHECK: gpu.module @scale_device_sm_90
// CHECK: gpu.func @scale_{{.*}}(%{{.*}}: memref<f16> {llvm.align = 16 : i64}, %{{.*}}: memref<f32> {llvm.align = 16 : i64}, %{{.*}}: memref<f16> {llvm.align = 16 : i64}, %{{.*}}: index) kernel
// CHECK: nvvm.griddepcontrol wait
// CHECK: memref.load {{.*}} : memref<96xf32>
func.func private @scale(%x: tensor<?x96xf16>, %g: tensor<96xf32>)
    -> tensor<?x96xf16> attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x96xf16> to tensor<?x96xf32>
  %1 = nn.mul %0, %g : tensor<?x96xf32>, tensor<96xf32>
  %2 = nn.cast %1 : tensor<?x96xf32> to tensor<?x96xf16>
  return %2 : tensor<?x96xf16>
}

// Kernels for GPUs of compute capability 9.0 alone are changed in place: tensor maps
// copy nothing before they wait.

// CHECK: gpu.module @product_device {
// CHECK-NOT: griddepcontrol
// CHECK: gpu.module @product_device_sm_90a
// CHECK-NOT: bulk.tensor
// CHECK: nvvm.griddepcontrol wait
// CHECK-NEXT: nvvm.griddepcontrol launch_dependents
// CHECK: nvvm.cp.async.bulk.tensor
// CHECK-NOT: gpu.module
// CHECK: func.func private @product(
func.func private @product(%x: tensor<?x768xf16>, %w: tensor<3x768x64xf16>)
    -> tensor<?x192xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 192
      : tensor<?x768xf16>, tensor<3x768x64xf16>
  return %0 : tensor<?x192xf32>
}

// Where threads copy, the first stage of the weight is on its way before they wait.

// CHECK: gpu.module @computed_device_sm_90a
// CHECK-NOT: memref.load {{.*}} : memref<?x768xf32>
// CHECK: nvgpu.device_async_copy {{.*}} : memref<3x768x64xf16>
// CHECK-NOT: memref.load {{.*}} : memref<?x768xf32>
// CHECK: nvvm.griddepcontrol wait
// CHECK: memref.load {{.*}} : memref<?x768xf32>
func.func private @computed(%x: tensor<?x768xf32>, %w: tensor<3x768x64xf16>)
    -> tensor<?x192xf32> attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<?x768xf32>
  %1 = nn.cast %0 : tensor<?x768xf32> to tensor<?x768xf16>
  %2 = nn.packed_linear %1, %w features 192
      : tensor<?x768xf16>, tensor<3x768x64xf16>
  return %2 : tensor<?x192xf32>
}

func.func @run(%x: tensor<?x96xf32>, %y: tensor<?x768xf16>, %h: tensor<96xf32>,
               %z: tensor<?x768xf32>)
    -> (tensor<?x96xf16>, tensor<?x192xf32>, tensor<?x192xf32>) {
  %g = nn.parameter "g" : tensor<96xf32>
  %w = nn.parameter "w" : tensor<3x768x64xf16>
  %0 = call @norm(%x, %g) : (tensor<?x96xf32>, tensor<96xf32>) -> tensor<?x96xf16>
  %1 = call @scale(%0, %g) : (tensor<?x96xf16>, tensor<96xf32>) -> tensor<?x96xf16>
  %2 = call @scale(%1, %h) : (tensor<?x96xf16>, tensor<96xf32>) -> tensor<?x96xf16>
  %3 = call @product(%y, %w)
      : (tensor<?x768xf16>, tensor<3x768x64xf16>) -> tensor<?x192xf32>
  %4 = call @computed(%z, %w)
      : (tensor<?x768xf32>, tensor<3x768x64xf16>) -> tensor<?x192xf32>
  return %2, %3, %4 : tensor<?x96xf16>, tensor<?x192xf32>, tensor<?x192xf32>
}
