// RUN: vitrail-opt %s --nn-narrow-storage=precision=f16 --verify-diagnostics
// RUN: not vitrail-opt %s --nn-narrow-storage=precision=half 2>&1 | FileCheck %s --check-prefix=PRECISION
// RUN: not vitrail-opt %s --nn-narrow-storage='precision=f16 keep=haed*' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not vitrail-opt %s --nn-narrow-storage='precision=f16 keep=[h' 2>&1 | FileCheck %s --check-prefix=PATTERN

// PRECISION: error: unknown precision 'half'; precisions are f32, tf32, f16, bf16, int8, int8-weights
// NAME: error: no parameter matches 'haed*'{{$}}
// PATTERN: error: '[h' is no pattern of names: invalid glob pattern
func.func @entry(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = nn.parameter "head" : tensor<4x4xf32>
  %0 = call @linear(%x, %w) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  // expected-error@+1 {{'func.call' op calls 'linear' again; each kernel must have one call, as nn-form-kernels leaves it}}
  %1 = call @linear(%0, %w) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

func.func private @linear(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  return %0 : tensor<?x4xf32>
}
