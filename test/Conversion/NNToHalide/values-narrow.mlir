// What kernels compute of bf16, and of 8-bit integers (values-integers.test), at
// sizes that fill no group, vector, tile or panel, with instructions for groups
// and without, where this machine runs the target.
// The second time weights are packed for the instructions, and read without.
//
// Schedules for a matrix unit, where given, are carried out by an emulated one.
//
// REQUIRES: slow
// RUN: %python %S/Inputs/compare.py %s %t --precision bf16 \
// RUN:   --library %build/lib/libvitrail_runtime.a --target x86-64-v2 \
// RUN:   --target x86-64-v4 --target native
// RUN: %python %S/Inputs/compare.py %s %t --precision bf16 --panels zen4 \
// RUN:   --library %build/lib/libvitrail_runtime.a --target x86-64-v3
// RUN: %python %S/Inputs/compare.py %s %t --precision bf16 \
// RUN:   --schedules sapphirerapids --target x86-64-v3 \
// RUN:   --library %build/lib/libvitrail_runtime_emulated_tiles.a
// RUN: %python %S/Inputs/compare.py %s %t --precision bf16 \
// RUN:   --panels zen4 --schedules sapphirerapids --target x86-64-v3 \
// RUN:   --library %build/lib/libvitrail_runtime_emulated_tiles.a

// An input that is rounded where it is read, and one that is stored in bf16;
// pairs that are whole (86, 40) and not (37).
func.func @chain(%x: tensor<?x37x86xf32> {nn.name = "x"})
    -> (tensor<?x37x19xf32> {nn.name = "y"}) {
  %w = nn.parameter "chain.w" : tensor<37x86xf32>
  %a = nn.parameter "chain.a" : tensor<37xf32>
  %v = nn.parameter "chain.v" : tensor<40x37xf32>
  %u = nn.parameter "chain.u" : tensor<19x40xf32>
  %0 = nn.linear %x, %w bias %a
      : tensor<?x37x86xf32>, tensor<37x86xf32>, tensor<37xf32>
  %1 = nn.gelu %0 : tensor<?x37x37xf32>
  %2 = nn.linear %1, %v : tensor<?x37x37xf32>, tensor<40x37xf32>
  %3 = nn.linear %2, %u : tensor<?x37x40xf32>, tensor<19x40xf32>
  return %3 : tensor<?x37x19xf32>
}

// Norms before and after products, with weights that fit in the cache, where
// tasks are tiles of rows, and larger ones.
func.func @norms(%x: tensor<?x13x33xf32> {nn.name = "x"})
    -> (tensor<?x13x33xf32> {nn.name = "small"},
        tensor<?x13x33xf32> {nn.name = "large"}) {
  %w = nn.parameter "norms.w" : tensor<33x33xf32>
  %v = nn.parameter "norms.v" : tensor<9001x33xf32>
  %u = nn.parameter "norms.u" : tensor<33x9001xf32>
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x13x33xf32>
  %1 = nn.linear %0, %w : tensor<?x13x33xf32>, tensor<33x33xf32>
  %2 = nn.add %1, %x : tensor<?x13x33xf32>, tensor<?x13x33xf32>
  %small = nn.layer_norm %2 epsilon 1.0e-2 : tensor<?x13x33xf32>
  %3 = nn.layer_norm %2 epsilon 1.0e-3 : tensor<?x13x33xf32>
  %4 = nn.linear %3, %v : tensor<?x13x33xf32>, tensor<9001x33xf32>
  %5 = nn.linear %4, %u : tensor<?x13x9001xf32>, tensor<33x9001xf32>
  %6 = nn.add %5, %2 : tensor<?x13x33xf32>, tensor<?x13x33xf32>
  %large = nn.layer_norm %6 epsilon 1.0e-2 : tensor<?x13x33xf32>
  return %small, %large : tensor<?x13x33xf32>, tensor<?x13x33xf32>
}

// Patches of an image, whose last dimension is odd and padded with zeros.
func.func @patches(%x: tensor<?x3x23x30xf32> {nn.name = "x"})
    -> (tensor<?x20x6x8xf32> {nn.name = "odd"},
        tensor<?x20x5x7xf32> {nn.name = "even"}) {
  %w = nn.parameter "patches.w" : tensor<20x3x5x5xf32>
  %v = nn.parameter "patches.v" : tensor<20x3x4x4xf32>
  %odd = nn.conv %x, %w strides [4, 4] padding [2, 2]
      : tensor<?x3x23x30xf32>, tensor<20x3x5x5xf32>
  %even = nn.conv %x, %v strides [4, 4] padding [0, 0]
      : tensor<?x3x23x30xf32>, tensor<20x3x4x4xf32>
  return %odd, %even : tensor<?x20x6x8xf32>, tensor<?x20x5x7xf32>
}

// A single row for each sample, and the same weight for many rows: one packing
// serves both.
func.func @rows(%x: tensor<?x21xf32> {nn.name = "x"},
                %y: tensor<?x9x21xf32> {nn.name = "y"})
    -> (tensor<?x18xf32> {nn.name = "one"}, tensor<?x9x18xf32> {nn.name = "many"}) {
  %w = nn.parameter "rows.w" : tensor<18x21xf32>
  %one = nn.linear %x, %w : tensor<?x21xf32>, tensor<18x21xf32>
  %many = nn.linear %y, %w : tensor<?x9x21xf32>, tensor<18x21xf32>
  return %one, %many : tensor<?x18xf32>, tensor<?x9x18xf32>
}

// Attention's result is read through a reshape, in bf16; shifted rows through
// index arithmetic.
func.func @attention(%q: tensor<?x11x3x8xf32> {nn.name = "q"})
    -> (tensor<?x11x24xf32> {nn.name = "joined"},
        tensor<?x11x24xf32> {nn.name = "shifted"}) {
  %w = nn.parameter "attention.w" : tensor<24x24xf32>
  %t = nn.transpose %q [0, 2, 1, 3] : tensor<?x11x3x8xf32>
  %0 = nn.attention %t, %t, %t scale 0.35
      : tensor<?x3x11x8xf32>, tensor<?x3x11x8xf32>, tensor<?x3x11x8xf32>
  %1 = nn.transpose %0 [0, 2, 1, 3] : tensor<?x3x11x8xf32>
  %2 = nn.reshape %1 : tensor<?x11x3x8xf32> to tensor<?x11x24xf32>
  %joined = nn.linear %2, %w : tensor<?x11x24xf32>, tensor<24x24xf32>
  %3 = nn.roll %joined by 3 axis 1 : tensor<?x11x24xf32>
  %shifted = nn.linear %3, %w : tensor<?x11x24xf32>, tensor<24x24xf32>
  return %joined, %shifted : tensor<?x11x24xf32>, tensor<?x11x24xf32>
}

// Rows of zeros have no range.
func.func @zeros(%x: tensor<?x9x21xf32> {nn.name = "x"})
    -> (tensor<?x9x18xf32> {nn.name = "y"}) {
  %w = nn.parameter "zeros.w" : tensor<18x21xf32>
  %b = nn.parameter "zeros.b" : tensor<18xf32>
  %low = nn.constant dense<8.0> : tensor<f32>
  %0 = nn.sub %x, %low : tensor<?x9x21xf32>, tensor<f32>
  %1 = nn.relu %0 : tensor<?x9x21xf32>
  %y = nn.linear %1, %w bias %b
      : tensor<?x9x21xf32>, tensor<18x21xf32>, tensor<18xf32>
  return %y : tensor<?x9x18xf32>
}
