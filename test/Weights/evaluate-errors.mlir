// What the evaluator cannot evaluate is reported where it is.

// RUN: not vitrail-reference %s --weights synthetic --entry dialect 2>&1 | FileCheck %s --check-prefix DIALECT
// RUN: not vitrail-reference %s --weights synthetic --entry external 2>&1 | FileCheck %s --check-prefix EXTERNAL
// RUN: not vitrail-reference %s --weights synthetic --entry recursion 2>&1 | FileCheck %s --check-prefix RECURSION
// RUN: not vitrail-reference %s --weights synthetic --entry blocks 2>&1 | FileCheck %s --check-prefix BLOCKS
// RUN: not vitrail-reference %s --weights synthetic --entry resource 2>&1 | FileCheck %s --check-prefix RESOURCE
// RUN: not vitrail-reference %s --weights synthetic --entry scalar --input 0=synthetic 2>&1 | FileCheck %s --check-prefix SCALAR

func.func @dialect() -> tensor<2xf32> {
  %0 = nn.parameter "x" : tensor<2xf32>
  // DIALECT: evaluate-errors.mlir:[[@LINE+1]]:8: error: 'builtin.unrealized_conversion_cast' op cannot be evaluated
  %1 = builtin.unrealized_conversion_cast %0 : tensor<2xf32> to tensor<2xf32>
  return %1 : tensor<2xf32>
}

func.func private @absent() -> tensor<2xf32>
func.func @external() -> tensor<2xf32> {
  // EXTERNAL: evaluate-errors.mlir:[[@LINE+1]]:8: error: 'func.call' op cannot be evaluated: 'absent' has no body
  %0 = call @absent() : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

func.func @recursion() -> tensor<2xf32> {
  // RECURSION: evaluate-errors.mlir:[[@LINE+1]]:8: error: 'func.call' op cannot be evaluated: calls nest deeper than 64
  %0 = call @recursion() : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// BLOCKS: evaluate-errors.mlir:[[@LINE+1]]:1: error: 'func.func' op cannot be evaluated: expected one block
func.func @blocks() -> tensor<2xf32> {
  %0 = nn.parameter "x" : tensor<2xf32>
  return %0 : tensor<2xf32>
^unreachable:
  return %0 : tensor<2xf32>
}

func.func @resource() -> tensor<2xf32> {
  // RESOURCE: evaluate-errors.mlir:[[@LINE+1]]:8: error: 'nn.constant' op cannot be evaluated: its elements are not at hand
  %0 = nn.constant dense_resource<elsewhere> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// SCALAR: evaluate-errors.mlir:[[@LINE+1]]:1: error: 'func.func' op expected tensors as arguments, found 'f32'
func.func @scalar(%x: f32) {
  return
}
