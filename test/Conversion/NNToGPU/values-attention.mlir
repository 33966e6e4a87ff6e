// What attention with masks of booleans, and of few queries, computes, and what a
// product stores in caches, at sizes that fill nothing: on a GPU by
// scripts/check-gpu, for which it is compiled here, too; here on the processor.

// REQUIRES: slow
// RUN: %python %S/../NNToHalide/Inputs/compare.py %s %t --precision f16 \
// RUN:   --library %build/lib/libvitrail_runtime.a --target native
// RUN: vitrail-opt %s --vitrail-to-halide="target=cuda precision=tf32" -o %t.mlir
// RUN: vitrail-translate %t.mlir --model-to-library --target=cuda \
// RUN:   --library=%t.so --runtime=%build/lib/libvitrail_runtime.a -o %t.h

// Padding that is the same for all heads and queries; and keys that each query
// chooses by itself.
func.func @masked(%x: tensor<?x70x48xf32> {nn.name = "x"},
                  %padding: tensor<?x70xi32> {nn.name = "padding"},
                  %chosen: tensor<?x70x70xi32> {nn.name = "chosen"})
    -> (tensor<?x2x70x24xf32> {nn.name = "padded"},
        tensor<?x70x48xf32> {nn.name = "choosing"}) {
  %half = nn.constant dense<50> : tensor<i32>
  %w = nn.parameter "masked.w" : tensor<48x48xf32>
  %0 = nn.linear %x, %w : tensor<?x70x48xf32>, tensor<48x48xf32>
  %1 = nn.reshape %0 : tensor<?x70x48xf32> to tensor<?x70x2x24xf32>
  %2 = nn.transpose %1 [0, 2, 1, 3] : tensor<?x70x2x24xf32>
  %3 = nn.compare lt %padding, %half : tensor<?x70xi32>, tensor<i32>
  %4 = nn.reshape %3 : tensor<?x70xi1> to tensor<?x1x1x70xi1>
  %padded = nn.attention %2, %2, %2 scale 0.05
      where %4 : tensor<?x1x1x70xi1> else -1.0e30
      : tensor<?x2x70x24xf32>, tensor<?x2x70x24xf32>, tensor<?x2x70x24xf32>
  %5 = nn.compare lt %chosen, %half : tensor<?x70x70xi32>, tensor<i32>
  %choosing = nn.attention %0, %0, %0 scale 0.02
      where %5 : tensor<?x70x70xi1> else -1.0e30
      : tensor<?x70x48xf32>, tensor<?x70x48xf32>, tensor<?x70x48xf32>
  return %padded, %choosing : tensor<?x2x70x24xf32>, tensor<?x70x48xf32>
}

// Heads that registers hold.
func.func @short_masked(%x: tensor<?x13x16xf32> {nn.name = "x"},
                        %chosen: tensor<?x13x13xi32> {nn.name = "chosen"})
    -> (tensor<?x13x16xf32> {nn.name = "y"}) {
  %half = nn.constant dense<50> : tensor<i32>
  %w = nn.parameter "short_masked.w" : tensor<16x16xf32>
  %0 = nn.linear %x, %w : tensor<?x13x16xf32>, tensor<16x16xf32>
  %1 = nn.compare lt %chosen, %half : tensor<?x13x13xi32>, tensor<i32>
  %2 = nn.attention %0, %0, %0 scale 0.03
      where %1 : tensor<?x13x13xi1> else -1.0e30
      : tensor<?x13x16xf32>, tensor<?x13x16xf32>, tensor<?x13x16xf32>
  %y = nn.linear %2, %w : tensor<?x13x16xf32>, tensor<16x16xf32>
  return %y : tensor<?x13x16xf32>
}

// One query of a long cache, of which groups of ten keys may be hidden from it; of
// one key; and of keys that are no whole chunks.
func.func @one_query(%x: tensor<?x1x48xf32> {nn.name = "x"},
                     %c: tensor<?x310x48xf32> {nn.name = "c"},
                     %groups: tensor<31x1xi32> {nn.name = "groups"},
                     %position: tensor<i32> {nn.name = "position"})
    -> (tensor<?x3x1x16xf32> {nn.name = "long"},
        tensor<?x1x48xf32> {nn.name = "single"},
        tensor<?x8x1x6xf32> {nn.name = "odd"}) {
  %w = nn.parameter "one_query.w" : tensor<48x48xf32>
  %v = nn.parameter "one_query.v" : tensor<48x48xf32>
  %0 = nn.linear %x, %w : tensor<?x1x48xf32>, tensor<48x48xf32>
  %1 = nn.linear %c, %v : tensor<?x310x48xf32>, tensor<48x48xf32>
  %2 = nn.reshape %0 : tensor<?x1x48xf32> to tensor<?x3x1x16xf32>
  %3 = nn.reshape %1 : tensor<?x310x48xf32> to tensor<?x310x3x16xf32>
  %4 = nn.transpose %3 [0, 2, 1, 3] : tensor<?x310x3x16xf32>
  %5 = nn.compare le %groups, %position : tensor<31x1xi32>, tensor<i32>
  %6 = nn.broadcast %5 : tensor<31x1xi1> to tensor<31x10xi1>
  %7 = nn.reshape %6 : tensor<31x10xi1> to tensor<310xi1>
  %long = nn.attention %2, %4, %4 scale 0.03
      where %7 : tensor<310xi1> else -1.0e30
      : tensor<?x3x1x16xf32>, tensor<?x3x310x16xf32>, tensor<?x3x310x16xf32>
  %single = nn.attention %0, %0, %0 scale 0.02
      : tensor<?x1x48xf32>, tensor<?x1x48xf32>, tensor<?x1x48xf32>
  %8 = nn.reshape %0 : tensor<?x1x48xf32> to tensor<?x8x1x6xf32>
  %9 = nn.reshape %1 : tensor<?x310x48xf32> to tensor<?x310x8x6xf32>
  %10 = nn.transpose %9 [0, 2, 1, 3] : tensor<?x310x8x6xf32>
  %odd = nn.attention %8, %10, %10 scale 0.05
      : tensor<?x8x1x6xf32>, tensor<?x8x310x6xf32>, tensor<?x8x310x6xf32>
  return %long, %single, %odd
      : tensor<?x3x1x16xf32>, tensor<?x1x48xf32>, tensor<?x8x1x6xf32>
}

// Three queries that see different keys, with a bias by position.
func.func @few_queries(%x: tensor<?x3x40xf32> {nn.name = "x"},
                       %c: tensor<?x77x40xf32> {nn.name = "c"},
                       %chosen: tensor<?x3x77xi32> {nn.name = "chosen"})
    -> (tensor<?x2x3x20xf32> {nn.name = "biased"},
        tensor<?x3x40xf32> {nn.name = "choosing"}) {
  %half = nn.constant dense<50> : tensor<i32>
  %w = nn.parameter "few_queries.w" : tensor<40x40xf32>
  %v = nn.parameter "few_queries.v" : tensor<40x40xf32>
  %b = nn.parameter "few_queries.b" : tensor<2x3x77xf32>
  %0 = nn.linear %x, %w : tensor<?x3x40xf32>, tensor<40x40xf32>
  %1 = nn.linear %c, %v : tensor<?x77x40xf32>, tensor<40x40xf32>
  %2 = nn.reshape %0 : tensor<?x3x40xf32> to tensor<?x3x2x20xf32>
  %3 = nn.transpose %2 [0, 2, 1, 3] : tensor<?x3x2x20xf32>
  %4 = nn.reshape %1 : tensor<?x77x40xf32> to tensor<?x77x2x20xf32>
  %5 = nn.transpose %4 [0, 2, 1, 3] : tensor<?x77x2x20xf32>
  %biased = nn.attention %3, %5, %5 scale 0.02 add %b
      : tensor<?x2x3x20xf32>, tensor<?x2x77x20xf32>, tensor<?x2x77x20xf32>,
        tensor<2x3x77xf32>
  %6 = nn.compare lt %chosen, %half : tensor<?x3x77xi32>, tensor<i32>
  %choosing = nn.attention %0, %1, %1 scale 0.02
      where %6 : tensor<?x3x77xi1> else -1.0e30
      : tensor<?x3x40xf32>, tensor<?x77x40xf32>, tensor<?x77x40xf32>
  return %biased, %choosing : tensor<?x2x3x20xf32>, tensor<?x3x40xf32>
}

// What a product stores in caches besides, of which the heads' features are whole
// chunks, pairs, or one position after the other.
func.func @caches(%x: tensor<?x1x200xf32> {nn.name = "x"},
                  %position: tensor<i32> {nn.name = "position"},
                  %k: tensor<?x3x120x16xf32> {nn.name = "k"},
                  %v: tensor<?x8x70x6xf32> {nn.name = "v"},
                  %t: tensor<?x48x90xf32> {nn.name = "t"})
    -> (tensor<?x1x144xf32> {nn.name = "y"},
        tensor<?x3x120x16xf32> {nn.name = "keys"},
        tensor<?x8x70x6xf32> {nn.name = "values"},
        tensor<?x48x90xf32> {nn.name = "columns"}) {
  %w = nn.parameter "caches.w" : tensor<144x200xf32>
  %b = nn.parameter "caches.b" : tensor<144xf32>
  %y = nn.linear %x, %w bias %b
      : tensor<?x1x200xf32>, tensor<144x200xf32>, tensor<144xf32>
  %0 = nn.slice %y [0, 0, 48] [?, 1, 48] [1, 1, 1] : tensor<?x1x144xf32>
  %1 = nn.reshape %0 : tensor<?x1x48xf32> to tensor<?x3x1x16xf32>
  %keys = nn.update %k, %1, %position axis 2
      : tensor<?x3x120x16xf32>, tensor<?x3x1x16xf32>
  %2 = nn.slice %y [0, 0, 96] [?, 1, 48] [1, 1, 1] : tensor<?x1x144xf32>
  %3 = nn.reshape %2 : tensor<?x1x48xf32> to tensor<?x8x1x6xf32>
  %values = nn.update %v, %3, %position axis 2
      : tensor<?x8x70x6xf32>, tensor<?x8x1x6xf32>
  %4 = nn.slice %y [0, 0, 0] [?, 1, 48] [1, 1, 1] : tensor<?x1x144xf32>
  %5 = nn.reshape %4 : tensor<?x1x48xf32> to tensor<?x48x1xf32>
  %columns = nn.update %t, %5, %position axis 2
      : tensor<?x48x90xf32>, tensor<?x48x1xf32>
  return %y, %keys, %values, %columns
      : tensor<?x1x144xf32>, tensor<?x3x120x16xf32>, tensor<?x8x70x6xf32>,
        tensor<?x48x90xf32>
}
