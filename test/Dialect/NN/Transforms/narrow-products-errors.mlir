// RUN: not vitrail-opt %s --nn-narrow-products=precision=bf8 2>&1 | FileCheck %s --check-prefix=PRECISION
// RUN: not vitrail-opt %s --nn-narrow-products='precision=bf16 keep=haed*' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not vitrail-opt %s --nn-narrow-products='precision=bf16 keep=[h' 2>&1 | FileCheck %s --check-prefix=PATTERN

// PRECISION: error: unknown precision 'bf8'; precisions are f32, bf16, int8, int8-weights
// NAME: error: no parameter matches 'haed*'{{$}}
// PATTERN: error: '[h' is no pattern of names: invalid glob pattern
func.func @entry(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.parameter "head" : tensor<3x4xf32>
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<3x4xf32>
  return %0 : tensor<?x3xf32>
}
