// One name stands for one tensor.

// RUN: not vitrail-reference %s --weights synthetic 2>&1 | FileCheck %s --implicit-check-not error:

func.func @main() {
  // CHECK: parameters-conflict.mlir:[[@LINE+4]]:8: error: parameter 'norm.weight' is 'tensor<4xf32>' here, but 'tensor<5xf32>' before
  // CHECK: parameters-conflict.mlir:[[@LINE+1]]:8: note: first use is here
  %0 = nn.parameter "norm.weight" : tensor<5xf32>
  %1 = nn.parameter "norm.weight" : tensor<5xf32>
  %2 = nn.parameter "norm.weight" : tensor<4xf32>
  // CHECK: parameters-conflict.mlir:[[@LINE+1]]:8: error: parameter 'index': expected element type I32 or I64, found F32 in 'synthetic'
  %3 = nn.parameter "index" : tensor<4xi64>
  return
}
