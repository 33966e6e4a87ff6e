// Every element type is read exactly: subnormals, infinities, signs of zeros.

// RUN: %python %S/Inputs/checkpoints.py %t
// RUN: vitrail-reference %s --weights %t/whole.safetensors --output single=%t/single.npy \
// RUN:   --output half=%t/half.npy --output brain=%t/brain.npy --output long=%t/long.npy \
// RUN:   --output int=%t/int.npy 2>&1 | FileCheck %s
// RUN: %python -c "import numpy as np; \
// RUN:   [print(n, *map(float.hex, np.load(r'%t/' + n + '.npy').ravel())) \
// RUN:    for n in ('single', 'half', 'brain', 'long', 'int')]" \
// RUN:   | FileCheck %s --check-prefix VALUES

// CHECK: whole.safetensors:0:0: warning: 1 tensor is not used by the model: 'double'
// VALUES: single 0x1.99999a0000000p-4 -0x1.4000000000000p+1 0x1.0556400000000p-128 0x1.0000000000000p+2 0x1.4000000000000p+2 -0x1.8000000000000p+2
// VALUES: half 0x1.8000000000000p+0 -0x0.0p+0 0x1.ffc0000000000p+15 0x1.0000000000000p-24 -0x1.0000000000000p-14 0x1.9980000000000p-4 inf 0x1.5540000000000p-2
// VALUES: brain 0x1.8000000000000p+0 -0x1.c200000000000p+127 0x1.0000000000000p-133 0x1.9800000000000p-4 0x1.0000000000000p+1
// VALUES: long -0x1.0000000000000p+0 0x1.0000000000001p+52 0x1.c000000000000p+2
// VALUES: int -0x1.0000000000000p+31 0x1.2000000000000p+3
func.func @main() -> (tensor<2x3xf32> {nn.name = "single"},
                      tensor<8xf16> {nn.name = "half"},
                      tensor<5xf32> {nn.name = "brain"},
                      tensor<3xi64> {nn.name = "long"},
                      tensor<2xi32> {nn.name = "int"}) {
  %0 = nn.parameter "single" : tensor<2x3xf32>
  %1 = nn.parameter "half" : tensor<8xf16>
  %2 = nn.parameter "brain" : tensor<5xf32>
  %3 = nn.parameter "long" : tensor<3xi64>
  %4 = nn.parameter "int" : tensor<2xi32>
  return %0, %1, %2, %3, %4 : tensor<2x3xf32>, tensor<8xf16>, tensor<5xf32>, tensor<3xi64>, tensor<2xi32>
}
