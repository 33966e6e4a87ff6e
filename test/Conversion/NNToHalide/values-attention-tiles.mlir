// What attention of bf16 computes, at sizes that fill no pair, vector, tile or
// block: on a matrix unit, which is emulated, and by kernels for processors that
// have none.
//
// REQUIRES: slow
// RUN: %python %S/Inputs/compare.py %s %t --precision bf16 \
// RUN:   --schedules sapphirerapids --target x86-64-v3 \
// RUN:   --library %build/lib/libvitrail_runtime_emulated_tiles.a
// RUN: %python %S/Inputs/compare.py %s %t --precision bf16 \
// RUN:   --library %build/lib/libvitrail_runtime.a --target x86-64-v3
// RUN: %python %S/Inputs/compare.py %s %t --precision int8 --batches 2 \
// RUN:   --schedules sapphirerapids --target x86-64-v3 \
// RUN:   --library %build/lib/libvitrail_runtime_emulated_tiles.a

// Heads of 7 features, side by side, two blocks of queries, and a bias.
func.func @heads(%x: tensor<?x37x21xf32> {nn.name = "x"})
    -> (tensor<?x37x21xf32> {nn.name = "y"}) {
  %w = nn.parameter "heads.w" : tensor<63x21xf32>
  %bias = nn.parameter "heads.bias" : tensor<3x37x37xf32>
  %0 = nn.linear %x, %w : tensor<?x37x21xf32>, tensor<63x21xf32>
  %1 = nn.reshape %0 : tensor<?x37x63xf32> to tensor<?x37x3x3x7xf32>
  %2 = nn.transpose %1 [0, 2, 3, 1, 4] : tensor<?x37x3x3x7xf32>
  %3 = nn.slice %2 [0, 0, 0, 0, 0] [?, 1, 3, 37, 7] [1, 1, 1, 1, 1]
      : tensor<?x3x3x37x7xf32>
  %4 = nn.slice %2 [0, 1, 0, 0, 0] [?, 1, 3, 37, 7] [1, 1, 1, 1, 1]
      : tensor<?x3x3x37x7xf32>
  %5 = nn.slice %2 [0, 2, 0, 0, 0] [?, 1, 3, 37, 7] [1, 1, 1, 1, 1]
      : tensor<?x3x3x37x7xf32>
  %q = nn.reshape %3 : tensor<?x1x3x37x7xf32> to tensor<?x3x37x7xf32>
  %k = nn.reshape %4 : tensor<?x1x3x37x7xf32> to tensor<?x3x37x7xf32>
  %u = nn.reshape %5 : tensor<?x1x3x37x7xf32> to tensor<?x3x37x7xf32>
  %6 = nn.attention %q, %k, %u scale 0.1 add %bias
      : tensor<?x3x37x7xf32>, tensor<?x3x37x7xf32>, tensor<?x3x37x7xf32>,
        tensor<3x37x37xf32>
  %7 = nn.transpose %6 [0, 2, 1, 3] : tensor<?x3x37x7xf32>
  %8 = nn.reshape %7 : tensor<?x37x3x7xf32> to tensor<?x37x21xf32>
  return %8 : tensor<?x37x21xf32>
}

// Windows of an image that is rolled: rows lie scattered.
func.func @windows(%x: tensor<?x8x12x6xf32> {nn.name = "x"})
    -> (tensor<?x8x12x6xf32> {nn.name = "y"}) {
  %w = nn.parameter "windows.w" : tensor<18x6xf32>
  %0 = nn.linear %x, %w : tensor<?x8x12x6xf32>, tensor<18x6xf32>
  %1 = nn.roll %0 by 6 axis 1 : tensor<?x8x12x18xf32>
  %2 = nn.roll %1 by 10 axis 2 : tensor<?x8x12x18xf32>
  %3 = nn.reshape %2 : tensor<?x8x12x18xf32> to tensor<?x2x4x3x4x18xf32>
  %4 = nn.transpose %3 [0, 1, 3, 2, 4, 5] : tensor<?x2x4x3x4x18xf32>
  %5 = nn.reshape %4 : tensor<?x2x3x4x4x18xf32> to tensor<?x6x16x18xf32>
  %q = nn.slice %5 [0, 0, 0, 0] [?, 6, 16, 6] [1, 1, 1, 1]
      : tensor<?x6x16x18xf32>
  %k = nn.slice %5 [0, 0, 0, 6] [?, 6, 16, 6] [1, 1, 1, 1]
      : tensor<?x6x16x18xf32>
  %v = nn.slice %5 [0, 0, 0, 12] [?, 6, 16, 6] [1, 1, 1, 1]
      : tensor<?x6x16x18xf32>
  %6 = nn.attention %q, %k, %v scale 1.0
      : tensor<?x6x16x6xf32>, tensor<?x6x16x6xf32>, tensor<?x6x16x6xf32>
  %7 = nn.reshape %6 : tensor<?x6x16x6xf32> to tensor<?x2x3x4x4x6xf32>
  %8 = nn.transpose %7 [0, 1, 3, 2, 4, 5] : tensor<?x2x3x4x4x6xf32>
  %9 = nn.reshape %8 : tensor<?x2x4x3x4x6xf32> to tensor<?x8x12x6xf32>
  %10 = nn.roll %9 by 2 axis 1 : tensor<?x8x12x6xf32>
  %y = nn.roll %10 by 2 axis 2 : tensor<?x8x12x6xf32>
  return %y : tensor<?x8x12x6xf32>
}

// A matrix for each sample, with tasks of a block of queries; keys of another
// number than queries, fewer than a vector has lanes, and a mask.
func.func @matrices(%x: tensor<?x131x9xf32> {nn.name = "x"},
                    %memory: tensor<?x5x9xf32> {nn.name = "memory"})
    -> (tensor<?x131x20xf32> {nn.name = "self"},
        tensor<?x131x20xf32> {nn.name = "cross"}) {
  %wq = nn.parameter "matrices.q" : tensor<18x9xf32>
  %wk = nn.parameter "matrices.k" : tensor<18x9xf32>
  %wv = nn.parameter "matrices.v" : tensor<20x9xf32>
  %kept = nn.parameter "matrices.kept" : tensor<131x131xf32>
  %keptKeys = nn.parameter "matrices.kept_keys" : tensor<1x5xf32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  %q = nn.linear %x, %wq : tensor<?x131x9xf32>, tensor<18x9xf32>
  %k = nn.linear %x, %wk : tensor<?x131x9xf32>, tensor<18x9xf32>
  %v = nn.linear %x, %wv : tensor<?x131x9xf32>, tensor<20x9xf32>
  %mask = nn.compare gt %kept, %zero : tensor<131x131xf32>, tensor<f32>
  %self = nn.attention %q, %k, %v scale 0.3
      where %mask : tensor<131x131xi1> else -1.0e9
      : tensor<?x131x18xf32>, tensor<?x131x18xf32>, tensor<?x131x20xf32>
  %l = nn.linear %memory, %wk : tensor<?x5x9xf32>, tensor<18x9xf32>
  %u = nn.linear %memory, %wv : tensor<?x5x9xf32>, tensor<20x9xf32>
  %cross = nn.attention %q, %l, %u scale 0.3 add %keptKeys
      : tensor<?x131x18xf32>, tensor<?x5x18xf32>, tensor<?x5x20xf32>,
        tensor<1x5xf32>
  return %self, %cross : tensor<?x131x20xf32>, tensor<?x131x20xf32>
}

// Rounded by whoever wrote it, on any processor: of many queries, and of few.
func.func @rounded(%q: tensor<?x23x11xf32> {nn.name = "q"},
                   %p: tensor<?x3x11xf32> {nn.name = "p"},
                   %k: tensor<?x29x11xf32> {nn.name = "k"},
                   %v: tensor<?x29x13xf32> {nn.name = "v"})
    -> (tensor<?x23x13xf32> {nn.name = "many"},
        tensor<?x3x13xf32> {nn.name = "few"}) {
  %0 = nn.cast %q : tensor<?x23x11xf32> to tensor<?x23x11xbf16>
  %1 = nn.cast %p : tensor<?x3x11xf32> to tensor<?x3x11xbf16>
  %2 = nn.cast %k : tensor<?x29x11xf32> to tensor<?x29x11xbf16>
  %3 = nn.cast %v : tensor<?x29x13xf32> to tensor<?x29x13xbf16>
  %many = nn.attention %0, %2, %3 scale 0.3
      : tensor<?x23x11xbf16>, tensor<?x29x11xbf16>, tensor<?x29x13xbf16>
  %few = nn.attention %1, %2, %3 scale 0.3
      : tensor<?x3x11xbf16>, tensor<?x29x11xbf16>, tensor<?x29x13xbf16>
  return %many, %few : tensor<?x23x13xf32>, tensor<?x3x13xf32>
}
