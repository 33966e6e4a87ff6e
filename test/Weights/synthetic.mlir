// The rule of synthetic parameters, bit for bit: the values are those of an
// implementation in NumPy, float32 in hexadecimal.

// RUN: mkdir -p %t
// RUN: vitrail-reference %s --weights synthetic --output 0=%t/0.npy --output 1=%t/1.npy \
// RUN:   --output 2=%t/2.npy --output 3=%t/3.npy
// RUN: %python -c "import numpy as np; \
// RUN:   [print(i, np.load(r'%t/%%d.npy' %% i).shape, \
// RUN:          *map(float.hex, np.load(r'%t/%%d.npy' %% i).ravel()[[0, 1, 2, -1]])) for i in range(4)]" \
// RUN:   | FileCheck %s

// CHECK: 0 (2304, 768) 0x1.de881e0000000p-6 -0x1.95e4860000000p-7 0x1.4d3b600000000p-5 0x1.7df36a0000000p-6
// CHECK: 1 (768,) 0x1.cf73a20000000p-1 0x1.9f1cb60000000p-1 0x1.0738b80000000p+0 0x1.aeea2c0000000p-1
// CHECK: 2 (10,) -0x1.d28a400000000p-5 0x1.431d940000000p-4 -0x1.59cf1e0000000p-6 0x1.8ad58c0000000p-5
// CHECK: 3 (1, 197, 768) -0x1.16752e0000000p-1 0x1.ef78d60000000p-7 0x1.ff15ee0000000p-1 -0x1.5dd9880000000p-3
func.func @main() -> (tensor<2304x768xf32>, tensor<768xf32>, tensor<10xf32>,
                      tensor<1x197x768xf32>) {
  %0 = nn.parameter "blocks.0.attn.qkv.weight" : tensor<2304x768xf32>
  %1 = nn.parameter "norm.weight" : tensor<768xf32>
  %2 = nn.parameter "head.bias" : tensor<10xf32>
  %3 = nn.parameter "pos_embed" : tensor<1x197x768xf32>
  return %0, %1, %2, %3 : tensor<2304x768xf32>, tensor<768xf32>, tensor<10xf32>, tensor<1x197x768xf32>
}
