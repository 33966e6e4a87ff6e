// RUN: split-file %s %t
// RUN: vitrail-opt %t/module.mlir --nn-apply-tuning='target=zen4 file=%t/tuned.txt' \
// RUN:   | FileCheck %s
// RUN: vitrail-opt %t/module.mlir --nn-apply-tuning='target=x86-64-v3 panels=zen4 file=%t/tuned.txt' \
// RUN:   | FileCheck %s --check-prefix=OTHER
// RUN: vitrail-opt %t/module.mlir --nn-apply-tuning='target=x86-64-v2 file=%t/tuned.txt' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NONE --implicit-check-not=warning
// RUN: vitrail-opt %t/module.mlir --nn-apply-tuning='target=x86-64-v4 file=%t/tuned.txt' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNKNOWN
// RUN: vitrail-opt %t/module.mlir --nn-apply-tuning=target=zen4 | FileCheck %s --check-prefix=NONE

//--- tuned.txt
# The hash is that of @linear, the second none of a kernel here.
zen4 703f695ae7060481f96d6593dbbdde25 linear #nn.schedule<rows = 6, columns = 64>
x86-64-v3 703f695ae7060481f96d6593dbbdde25 linear #nn.schedule<rows = 4, columns = 16>
x86-64-v4 0123456789abcdef0123456789abcdef other #nn.schedule<grain = 2>
//--- module.mlir
// Of another target, the panels remain.
// CHECK: func.func private @linear{{.*}} attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 6, columns = 64>}
// OTHER: func.func private @linear{{.*}} attributes {nn.kernel, nn.panel_columns = 64 : i64, nn.schedule = #nn.schedule<rows = 4, columns = 16>}
// NONE:  func.func private @linear{{.*}} attributes {nn.kernel} {
// UNKNOWN: warning: '{{.*}}tuned.txt' has schedules for target 'x86-64-v4', but for none of these kernels
func.func private @linear(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32>
  return %0 : tensor<?x64xf32>
}

// A kernel that was not measured, since it is another one.
// CHECK: func.func private @other{{.*}} attributes {nn.kernel} {
func.func private @other(%x: tensor<?x64xf32>, %w: tensor<32x64xf32>)
    -> tensor<?x32xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x64xf32>, tensor<32x64xf32>
  return %0 : tensor<?x32xf32>
}

// No kernel, though it has the text of one.
// CHECK: func.func private @no_kernel
// CHECK-NOT: nn.schedule
func.func private @no_kernel(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>)
    -> tensor<?x64xf32> {
  %0 = nn.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32>
  return %0 : tensor<?x64xf32>
}
