// How numbers are rounded to f16 and read again: with instructions, without, and on
// OpenCL (PoCL), which computes the conversions on integers.
//
// REQUIRES: slow, opencl
// RUN: %python %S/Inputs/compare.py %s %t --batches 7 --precision f16 \
// RUN:   --library %build/lib/libvitrail_runtime.a \
// RUN:   --target x86-64-v2 --target native --target opencl

// Subnormal numbers, from 2^-24 up to 2^-14.
func.func @subnormals(%x: tensor<?x37x15xf32> {nn.name = "x"})
    -> (tensor<?x37x15xf32> {nn.name = "y"}) {
  %least = nn.constant dense<5.9604645e-8> : tensor<f32>
  %scale = nn.constant dense<300.0> : tensor<f32>
  %0 = nn.mul %x, %scale : tensor<?x37x15xf32>, tensor<f32>
  %1 = nn.mul %0, %least : tensor<?x37x15xf32>, tensor<f32>
  %2 = nn.softmax %1 axis 2 : tensor<?x37x15xf32>
  %3 = nn.div %1, %least : tensor<?x37x15xf32>, tensor<f32>
  %y = nn.add %3, %2 : tensor<?x37x15xf32>, tensor<?x37x15xf32>
  return %y : tensor<?x37x15xf32>
}

// Large ones: those beyond 65504 become infinite, and weigh nothing.
func.func @infinities(%x: tensor<?x37x15xf32> {nn.name = "x"})
    -> (tensor<?x37x15xf32> {nn.name = "y"}) {
  %scale = nn.constant dense<-40000.0> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.exp %x : tensor<?x37x15xf32>
  %1 = nn.mul %0, %scale : tensor<?x37x15xf32>, tensor<f32>
  %2 = nn.softmax %1 axis 1 : tensor<?x37x15xf32>
  %3 = nn.div %one, %1 : tensor<f32>, tensor<?x37x15xf32>
  %y = nn.add %3, %2 : tensor<?x37x15xf32>, tensor<?x37x15xf32>
  return %y : tensor<?x37x15xf32>
}
