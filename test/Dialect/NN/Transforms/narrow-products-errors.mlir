// RUN: not vitrail-opt %s --nn-narrow-products=precision=bf8 2>&1 | FileCheck %s --check-prefix=PRECISION
// RUN: not vitrail-opt %s --nn-narrow-products='precision=bf16 keep=haed*' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not vitrail-opt %s --nn-narrow-products='precision=bf16 keep=[h' 2>&1 | FileCheck %s --check-prefix=PATTERN
// RUN: not vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.none' 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: echo "# ranges" > %t.ranges
// RUN: echo "1.0 other" >> %t.ranges
// RUN: not vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.ranges' 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: echo "1.o head" >> %t.ranges
// RUN: not vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.ranges' 2>&1 | FileCheck %s --check-prefix=LINE
// RUN: echo "-1 head" > %t.ranges
// RUN: not vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.ranges' 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: echo "1" > %t.ranges
// RUN: not vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.ranges' 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: echo "nan head" > %t.ranges
// RUN: not vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.ranges' 2>&1 | FileCheck %s --check-prefix=FIRST

// FILE: error: cannot read '{{.*}}.none': No such file or directory
// OTHER: error: '{{.*}}.ranges' has ranges of none of the model's layers
// LINE: error: '{{.*}}.ranges', line 3: expected a range and the names of a layer's parameters
// FIRST: error: '{{.*}}.ranges', line 1: expected a range and the names of a layer's parameters
// PRECISION: error: unknown precision 'bf8'; precisions are f32, tf32, f16, bf16, int8, int8-weights
// NAME: error: no parameter matches 'haed*'{{$}}
// PATTERN: error: '[h' is no pattern of names: invalid glob pattern
func.func @entry(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.parameter "head" : tensor<3x4xf32>
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<3x4xf32>
  return %0 : tensor<?x3xf32>
}
