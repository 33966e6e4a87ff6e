// What kernels for tensor cores compute of f16, bf16 and integers, at sizes that fill no
// tile: on a GPU by scripts/check-gpu, for which they are compiled here, too; here
// on the processor.

// REQUIRES: slow
// RUN: %python %S/../NNToHalide/Inputs/compare.py %s %t --precision f16 \
// RUN:   --library %build/lib/libvitrail_runtime.a --target native
// RUN: vitrail-opt %s --vitrail-to-halide="target=cuda precision=bf16" -o %t.mlir
// RUN: vitrail-translate %t.mlir --model-to-library --target=cuda \
// RUN:   --library=%t.so --runtime=%build/lib/libvitrail_runtime.a -o %t.h
// RUN: vitrail-opt %s --vitrail-to-halide="target=cuda precision=int8" -o %t.mlir
// RUN: vitrail-translate %t.mlir --model-to-library --target=cuda \
// RUN:   --library=%t.so --runtime=%build/lib/libvitrail_runtime.a -o %t.h

// Patches whose rows are read by vectors and results normalised, with columns that
// are no multiple of 32; such as overlap and reach beyond the image; of an odd
// image, and rows of more than a chunk.
func.func @short_patches(%x: tensor<?x3x24x100xf32> {nn.name = "x"},
                         %o: tensor<?x1x17x27xf32> {nn.name = "o"})
    -> (tensor<?x6x25x40xf32> {nn.name = "normed"},
        tensor<?x24x6x25xf32> {nn.name = "overlapping"},
        tensor<?x16x4x3xf32> {nn.name = "odd"},
        tensor<?x48x9x14xf32> {nn.name = "centred"}) {
  %w = nn.parameter "short.w" : tensor<40x3x4x4xf32>
  %b = nn.parameter "short.b" : tensor<40xf32>
  %g = nn.parameter "short.g" : tensor<40xf32>
  %v = nn.parameter "short.v" : tensor<24x3x7x7xf32>
  %u = nn.parameter "short.u" : tensor<16x1x4x9xf32>
  %t = nn.parameter "short.t" : tensor<48x1x3x3xf32>
  %0 = nn.conv %x, %w bias %b strides [4, 4] padding [0, 0]
      : tensor<?x3x24x100xf32>, tensor<40x3x4x4xf32>, tensor<40xf32>
  %1 = nn.transpose %0 [0, 2, 3, 1] : tensor<?x40x6x25xf32>
  %normed = nn.layer_norm %1 scale %g : tensor<40xf32> bias %b : tensor<40xf32>
      epsilon 1.0e-5 : tensor<?x6x25x40xf32>
  %overlapping = nn.conv %x, %v strides [4, 4] padding [3, 3]
      : tensor<?x3x24x100xf32>, tensor<24x3x7x7xf32>
  %odd = nn.conv %o, %u strides [4, 9] padding [0, 0]
      : tensor<?x1x17x27xf32>, tensor<16x1x4x9xf32>
  %2 = nn.conv %o, %t strides [2, 2] padding [1, 1]
      : tensor<?x1x17x27xf32>, tensor<48x1x3x3xf32>
  %centred = nn.gelu %2 : tensor<?x48x9x14xf32>
  return %normed, %overlapping, %odd, %centred
      : tensor<?x6x25x40xf32>, tensor<?x24x6x25xf32>, tensor<?x16x4x3xf32>,
        tensor<?x48x9x14xf32>
}

// Patches that a kernel of their own stores, within the image and beyond it.
func.func @long_patches(%x: tensor<?x3x32x52xf32> {nn.name = "x"})
    -> (tensor<?x200x2x3xf32> {nn.name = "whole"},
        tensor<?x264x3x4xf32> {nn.name = "padded"}) {
  %w = nn.parameter "long.w" : tensor<200x3x16x16xf32>
  %v = nn.parameter "long.v" : tensor<264x3x12x12xf32>
  %b = nn.parameter "long.b" : tensor<264xf32>
  %whole = nn.conv %x, %w strides [16, 16] padding [0, 0]
      : tensor<?x3x32x52xf32>, tensor<200x3x16x16xf32>
  %padded = nn.conv %x, %v bias %b strides [12, 12] padding [2, 2]
      : tensor<?x3x32x52xf32>, tensor<264x3x12x12xf32>, tensor<264xf32>
  return %whole, %padded : tensor<?x200x2x3xf32>, tensor<?x264x3x4xf32>
}

// Results that are normalised in registers, of rows that are stored, and with
// what follows and precedes the norm.
func.func @normed_results(%x: tensor<?x37x72xf32> {nn.name = "x"})
    -> (tensor<?x37x104xf32> {nn.name = "y"}) {
  %w = nn.parameter "normed.w" : tensor<72x72xf32>
  %v = nn.parameter "normed.v" : tensor<104x72xf32>
  %b = nn.parameter "normed.b" : tensor<104xf32>
  %0 = nn.linear %x, %w : tensor<?x37x72xf32>, tensor<72x72xf32>
  %1 = nn.gelu %0 : tensor<?x37x72xf32>
  %2 = nn.linear %1, %v bias %b
      : tensor<?x37x72xf32>, tensor<104x72xf32>, tensor<104xf32>
  %3 = nn.layer_norm %2 bias %b : tensor<104xf32> epsilon 1.0e-5
      : tensor<?x37x104xf32>
  %y = nn.relu %3 : tensor<?x37x104xf32>
  return %y : tensor<?x37x104xf32>
}

// Products that tensor maps copy and whose results leave in boxes: rounded, and in
// f32 with a residual that is read to them; neither rows, columns nor k fill a tile.
func.func @boxes(%x: tensor<?x37x136xf32> {nn.name = "x"},
                 %r: tensor<?x37x328xf32> {nn.name = "r"})
    -> (tensor<?x37x136xf32> {nn.name = "residual"},
        tensor<?x37x328xf32> {nn.name = "wide"}) {
  %w = nn.parameter "boxes.w" : tensor<200x136xf32>
  %b = nn.parameter "boxes.b" : tensor<200xf32>
  %v = nn.parameter "boxes.v" : tensor<136x200xf32>
  %u = nn.parameter "boxes.u" : tensor<328x200xf32>
  %0 = nn.linear %x, %w bias %b
      : tensor<?x37x136xf32>, tensor<200x136xf32>, tensor<200xf32>
  %1 = nn.gelu %0 : tensor<?x37x200xf32>
  %2 = nn.linear %1, %v : tensor<?x37x200xf32>, tensor<136x200xf32>
  %residual = nn.add %x, %2 : tensor<?x37x136xf32>, tensor<?x37x136xf32>
  %3 = nn.linear %1, %u : tensor<?x37x200xf32>, tensor<328x200xf32>
  %wide = nn.add %3, %r : tensor<?x37x328xf32>, tensor<?x37x328xf32>
  return %residual, %wide : tensor<?x37x136xf32>, tensor<?x37x328xf32>
}

// Rows that stay in registers, many and few, at sizes that fill no group of columns,
// k or rows: one product, with a norm before it and what is added after.
func.func @short_products(%x: tensor<?x3001x40xf32> {nn.name = "x"})
    -> (tensor<?x3001x104xf32> {nn.name = "y"}) {
  %u = nn.parameter "short_products.u" : tensor<40x40xf32>
  %w = nn.parameter "short_products.w" : tensor<104x40xf32>
  %b = nn.parameter "short_products.b" : tensor<104xf32>
  %v = nn.parameter "short_products.v" : tensor<104x104xf32>
  %0 = nn.linear %x, %u : tensor<?x3001x40xf32>, tensor<40x40xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x3001x40xf32>
  %2 = nn.linear %1, %w bias %b
      : tensor<?x3001x40xf32>, tensor<104x40xf32>, tensor<104xf32>
  %3 = nn.linear %2, %v : tensor<?x3001x104xf32>, tensor<104x104xf32>
  %y = nn.add %3, %2 : tensor<?x3001x104xf32>, tensor<?x3001x104xf32>
  return %y : tensor<?x3001x104xf32>
}

// Two, where rows are those of the result, too.
func.func @short_chain(%x: tensor<?x3001x40xf32> {nn.name = "x"})
    -> (tensor<?x3001x40xf32> {nn.name = "y"}) {
  %u = nn.parameter "short_chain.u" : tensor<40x40xf32>
  %w = nn.parameter "short_chain.w" : tensor<152x40xf32>
  %b = nn.parameter "short_chain.b" : tensor<152xf32>
  %v = nn.parameter "short_chain.v" : tensor<40x152xf32>
  %c = nn.parameter "short_chain.c" : tensor<40xf32>
  %0 = nn.linear %x, %u : tensor<?x3001x40xf32>, tensor<40x40xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-5 : tensor<?x3001x40xf32>
  %2 = nn.linear %1, %w bias %b
      : tensor<?x3001x40xf32>, tensor<152x40xf32>, tensor<152xf32>
  %3 = nn.gelu %2 : tensor<?x3001x152xf32>
  %4 = nn.linear %3, %v bias %c
      : tensor<?x3001x152xf32>, tensor<40x152xf32>, tensor<40xf32>
  %y = nn.add %0, %4 : tensor<?x3001x40xf32>, tensor<?x3001x40xf32>
  return %y : tensor<?x3001x40xf32>
}
