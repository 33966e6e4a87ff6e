// What a model's parameters and a checkpoint's tensors can disagree on. All of it
// is reported at once, at the line of the model.

// RUN: %python %S/Inputs/checkpoints.py %t
// RUN: not vitrail-reference %s --weights %t/whole.safetensors 2>&1 \
// RUN:   | FileCheck %s --implicit-check-not error: --implicit-check-not warning:

func.func @main() {
  // A name that differs in spelling.
  // CHECK: parameters-errors.mlir:[[@LINE+1]]:8: error: parameter 'hlaf' of shape [8] is missing from '{{.*}}whole.safetensors'; did you mean 'half'?
  %0 = nn.parameter "hlaf" : tensor<8xf32>
  // A name that is like nothing; what the model uses elsewhere is no candidate.
  // CHECK: parameters-errors.mlir:[[@LINE+1]]:8: error: parameter 'blocks.0.attn.qkv.weight' of shape [3, 4] is missing from '{{.*}}whole.safetensors'{{$}}
  %1 = nn.parameter "blocks.0.attn.qkv.weight" : tensor<3x4xf32>
  // CHECK: parameters-errors.mlir:[[@LINE+1]]:8: error: parameter 'singel' of shape [2, 3] is missing from '{{.*}}whole.safetensors'{{$}}
  %2 = nn.parameter "singel" : tensor<2x3xf32>
  // Another shape with as many elements.
  // CHECK: parameters-errors.mlir:[[@LINE+1]]:8: error: parameter 'single': expected shape [3, 2], found [2, 3] in '{{.*}}whole.safetensors'
  %3 = nn.parameter "single" : tensor<3x2xf32>
  // Element types that do not convert.
  // CHECK: parameters-errors.mlir:[[@LINE+1]]:8: error: parameter 'long': expected element type F32, F16 or BF16, found I64 in '{{.*}}whole.safetensors'
  %4 = nn.parameter "long" : tensor<3xf32>
  // CHECK: parameters-errors.mlir:[[@LINE+1]]:8: error: parameter 'brain': expected element type I32 or I64, found BF16 in '{{.*}}whole.safetensors'
  %5 = nn.parameter "brain" : tensor<5xi32>
  // CHECK: parameters-errors.mlir:[[@LINE+1]]:8: error: parameter 'double': expected element type F32, F16 or BF16, found F64 in '{{.*}}whole.safetensors'
  %6 = nn.parameter "double" : tensor<2xf32>
  // A name is reported once.
  %7 = nn.parameter "hlaf" : tensor<8xf32>
  return
}

// CHECK: whole.safetensors:0:0: warning: 2 tensors are not used by the model: 'half', 'int'
