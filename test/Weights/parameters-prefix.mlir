// A checkpoint of a larger model has the names of the smaller one at their end.
// Of many unused tensors, the warning names the first few.

// RUN: %python %S/Inputs/uniform.py %t.safetensors model.norm.weight model.norm.bias \
// RUN:   a.0.w a.1.w a.2.w a.3.w a.4.w
// RUN: not vitrail-reference %s --weights %t.safetensors 2>&1 \
// RUN:   | FileCheck %s --implicit-check-not error:

func.func @main() {
  // CHECK: error: parameter 'norm.weight' of shape [4] is missing from '{{.*}}'; did you mean 'model.norm.weight'?
  %0 = nn.parameter "norm.weight" : tensor<4xf32>
  // CHECK: error: parameter 'norm.bias' of shape [4] is missing from '{{.*}}'; did you mean 'model.norm.bias'?
  %1 = nn.parameter "norm.bias" : tensor<4xf32>
  return
}

// CHECK: warning: 7 tensors are not used by the model: 'model.norm.weight', 'model.norm.bias', 'a.0.w', 'a.1.w', 'a.2.w' and 2 more
