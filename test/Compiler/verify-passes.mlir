// A pass that changes what a model means is found, with the first value that is
// another; passes that do not are not.
//
// RUN: vitrail-verify-passes-test %s 'func.func(canonicalize,nn-fuse-pointwise),nn-form-kernels,duplicate-function-elimination' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RIGHT
// RIGHT:      seed 0, batch 2
// RIGHT-NEXT: canonicalize: outputs differ by at most {{[0-9.e-]+}} (relative L2), {{[0-9.e-]+}} in one element
// RIGHT-NEXT: nn-fuse-pointwise: outputs differ by at most
// RIGHT-NEXT: canonicalize: nothing changed
// RIGHT-NEXT: nn-fuse-pointwise: outputs differ by at most
// RIGHT-NEXT: nn-form-kernels: outputs differ by at most
// RIGHT-NEXT: duplicate-function-elimination: nothing changed
//
// RUN: not vitrail-verify-passes-test %s 'func.func(canonicalize,nn-test-drop{op=nn.tanh}),nn-form-kernels' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TANH --implicit-check-not=error --implicit-check-not=nn-form-kernels
// TANH: canonicalize: outputs differ
//
// A state that is replaced is an output, too, and so is what a kernel gives.
//
// RUN: not vitrail-verify-passes-test %s 'nn-form-kernels,func.func(nn-test-drop{op=nn.neg}),cse' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=STATE --implicit-check-not=cse
// STATE:     seed 0, batch 2
// STATE:     nn-form-kernels: outputs differ

// So is what takes an entry away, or its meaning.
//
// RUN: not vitrail-verify-passes-test %s 'symbol-privatize,symbol-dce' 2>&1 | FileCheck %s --check-prefix=REMOVED
// REMOVED: error: pass 'symbol-dce' removed 'mlp'
//
// RUN: not vitrail-verify-passes-test %s 'func.func(nn-test-drop{op=nn.constant})' 2>&1 | FileCheck %s --check-prefix=MEANING
// MEANING: error: 'builtin.unrealized_conversion_cast' op cannot be evaluated
// MEANING: error: after pass 'nn-test-drop' 'step' cannot be evaluated as before

func.func @mlp(%x: tensor<?x8xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}, tensor<?x8xf32> {nn.name = "z"}) {
  %w = nn.parameter "w.weight" : tensor<4x8xf32>
  // The transposes cancel.
  %t = nn.transpose %x [1, 0] : tensor<?x8xf32>
  %u = nn.transpose %t [1, 0] : tensor<8x?xf32>
  // TANH: verify-passes.mlir:[[#@LINE+2]]:8: error: pass 'nn-test-drop' changed what 'mlp' computes: output 'y' is another by a relative L2 difference of {{[0-9.e-]+}} ({{[0-9.e-]+}} in one element), above 1e-09
  %a = nn.tanh %u : tensor<?x8xf32>
  %b = nn.gelu %a : tensor<?x8xf32>
  // TANH: verify-passes.mlir:[[#@LINE+1]]:8: note: the output is computed here
  %y = nn.linear %b, %w : tensor<?x8xf32>, tensor<4x8xf32>
  %z = nn.sqrt %w : tensor<4x8xf32>
  return %y, %x : tensor<?x4xf32>, tensor<?x8xf32>
}

func.func @step(%n: tensor<i32> {nn.state = "n"}, %x: tensor<?x8xf32> {nn.name = "x"})
    -> (tensor<?x8xf32> {nn.name = "y"}, tensor<i32> {nn.state = "n"}) {
  %one = nn.constant dense<1> : tensor<i32>
  %next = nn.add %n, %one : tensor<i32>, tensor<i32>
  // STATE: verify-passes.mlir:[[#@LINE+1]]:12: error: pass 'nn-test-drop' changed what 'step' computes: output 'n' is another by a relative L2 difference
  %minus = nn.neg %next : tensor<i32>
  %y = nn.tanh %x : tensor<?x8xf32>
  return %y, %minus : tensor<?x8xf32>, tensor<i32>
}
