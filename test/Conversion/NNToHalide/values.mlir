// What kernels compute, at sizes that fill no vector, tile or panel, on every
// target that this machine runs.
//
// REQUIRES: slow
// RUN: %python %S/Inputs/compare.py %s %t --pass vitrail-kernels \
// RUN:   --library %build/lib/libvitrail_runtime.a --target x86-64-v2 \
// RUN:   --target x86-64-v3 --target x86-64-v4 --target native

// Their products with weights in wider panels than their own.
// RUN: %python %S/Inputs/compare.py %s %t.panels --panels x86-64-v4 \
// RUN:   --library %build/lib/libvitrail_runtime.a --target x86-64-v2 --target x86-64-v3

// A residual stream: each sum is written over the one before.
func.func @residuals(%x: tensor<?x37x15xf32> {nn.name = "x"})
    -> (tensor<?x37x15xf32> {nn.name = "y"}) {
  %w = nn.parameter "residuals.w" : tensor<15x15xf32>
  %v = nn.parameter "residuals.v" : tensor<15x15xf32>
  %0 = nn.linear %x, %w : tensor<?x37x15xf32>, tensor<15x15xf32>
  %1 = nn.linear %0, %v : tensor<?x37x15xf32>, tensor<15x15xf32>
  %2 = nn.add %0, %1 : tensor<?x37x15xf32>, tensor<?x37x15xf32>
  %3 = nn.layer_norm %2 epsilon 1.0e-2 : tensor<?x37x15xf32>
  %4 = nn.linear %3, %w : tensor<?x37x15xf32>, tensor<15x15xf32>
  %5 = nn.gelu %4 : tensor<?x37x15xf32>
  %6 = nn.add %5, %2 : tensor<?x37x15xf32>, tensor<?x37x15xf32>
  %7 = nn.linear %6, %v : tensor<?x37x15xf32>, tensor<15x15xf32>
  %8 = nn.tanh %6 : tensor<?x37x15xf32>
  %9 = nn.mul %7, %8 : tensor<?x37x15xf32>, tensor<?x37x15xf32>
  %y = nn.layer_norm %9 epsilon 1.0 : tensor<?x37x15xf32>
  return %y : tensor<?x37x15xf32>
}

// Rows of 33, 17, 15, 3 and 1 elements.
func.func @norms(%x: tensor<?x37x15xf32> {nn.name = "x"})
    -> (tensor<?x37x33xf32> {nn.name = "n33"}, tensor<?x37x17xf32> {nn.name = "n17"},
        tensor<15x?x37xf32> {nn.name = "n15"}, tensor<?x37x3xf32> {nn.name = "n3"},
        tensor<?x37x1xf32> {nn.name = "n1"}) {
  %weight = nn.parameter "norms.weight" : tensor<33x15xf32>
  %scale = nn.parameter "norms.scale" : tensor<33xf32>
  %bias = nn.parameter "norms.bias" : tensor<1xf32>
  %x33 = nn.linear %x, %weight : tensor<?x37x15xf32>, tensor<33x15xf32>
  %n33 = nn.layer_norm %x33 scale %scale : tensor<33xf32> epsilon 1.0e-6
      : tensor<?x37x33xf32>
  %x17 = nn.pad %x [0, 0, 1] [0, 0, 1] value 1.0 : tensor<?x37x15xf32>
  %n17 = nn.layer_norm %x17 epsilon 1.0e-6 : tensor<?x37x17xf32>
  %x15 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x37x15xf32>
  %n15 = nn.transpose %x15 [2, 0, 1] : tensor<?x37x15xf32>
  %x3 = nn.slice %x [0, 0, 2] [?, 37, 3] [1, 1, 5] : tensor<?x37x15xf32>
  %n3 = nn.layer_norm %x3 epsilon 1.0e-2 : tensor<?x37x3xf32>
  %x1 = nn.slice %x [0, 0, 2] [?, 37, 1] [1, 1, 1] : tensor<?x37x15xf32>
  %n1 = nn.layer_norm %x1 bias %bias : tensor<1xf32> epsilon 1.0e-2
      : tensor<?x37x1xf32>
  return %n33, %n17, %n15, %n3, %n1
      : tensor<?x37x33xf32>, tensor<?x37x17xf32>, tensor<15x?x37xf32>,
        tensor<?x37x3xf32>, tensor<?x37x1xf32>
}

// Norms before a product and after a residual: with weights that fit in the
// cache, where tasks are tiles of rows, and larger ones; of rows that fill no
// tile, and of several dimensions.
func.func @normed_products(%x: tensor<?x3x7x37xf32> {nn.name = "x"},
                           %y: tensor<?x3x7x19xf32> {nn.name = "y"})
    -> (tensor<?x3x7x19xf32> {nn.name = "pre"}, tensor<?x3x7x19xf32> {nn.name = "post"},
        tensor<?x7x3x19xf32> {nn.name = "both"}, tensor<?x3x19xf32> {nn.name = "rows"},
        tensor<?x19xf32> {nn.name = "token"}) {
  %w = nn.parameter "norms.a.weight" : tensor<19x37xf32>
  %b = nn.parameter "norms.a.bias" : tensor<19xf32>
  %g = nn.parameter "norms.norm.weight" : tensor<37xf32>
  %h = nn.parameter "norms.norm.bias" : tensor<37xf32>
  %w2 = nn.parameter "norms.b.weight" : tensor<19x37xf32>
  %w3 = nn.parameter "norms.c.weight" : tensor<19x37xf32>
  %w4 = nn.parameter "norms.d.weight" : tensor<19x259xf32>
  %w5 = nn.parameter "norms.e.weight" : tensor<19x37xf32>
  %0 = nn.layer_norm %x scale %g : tensor<37xf32> bias %h : tensor<37xf32>
      epsilon 1.0e-6 : tensor<?x3x7x37xf32>
  %pre = nn.linear %0, %w bias %b
      : tensor<?x3x7x37xf32>, tensor<19x37xf32>, tensor<19xf32>
  %1 = nn.linear %x, %w2 : tensor<?x3x7x37xf32>, tensor<19x37xf32>
  %2 = nn.add %1, %y : tensor<?x3x7x19xf32>, tensor<?x3x7x19xf32>
  %post = nn.layer_norm %2 epsilon 1.0e-6 : tensor<?x3x7x19xf32>
  %3 = nn.layer_norm %x bias %h : tensor<37xf32> epsilon 1.0e-6
      : tensor<?x3x7x37xf32>
  %4 = nn.linear %3, %w3 : tensor<?x3x7x37xf32>, tensor<19x37xf32>
  %5 = nn.layer_norm %4 epsilon 1.0e-6 : tensor<?x3x7x19xf32>
  %both = nn.transpose %5 [0, 2, 1, 3] : tensor<?x3x7x19xf32>
  %6 = nn.layer_norm %x scale %g : tensor<37xf32> bias %h : tensor<37xf32>
      epsilon 1.0e-6 : tensor<?x3x7x37xf32>
  %7 = nn.reshape %6 : tensor<?x3x7x37xf32> to tensor<?x3x259xf32>
  %rows = nn.linear %7, %w4 : tensor<?x3x259xf32>, tensor<19x259xf32>
  %8 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x3x7x37xf32>
  %9 = nn.slice %8 [0, 1, 2, 0] [?, 1, 1, 37] [1, 1, 1, 1] : tensor<?x3x7x37xf32>
  %10 = nn.reshape %9 : tensor<?x1x1x37xf32> to tensor<?x37xf32>
  %token = nn.linear %10, %w5 : tensor<?x37xf32>, tensor<19x37xf32>
  return %pre, %post, %both, %rows, %token
      : tensor<?x3x7x19xf32>, tensor<?x3x7x19xf32>, tensor<?x7x3x19xf32>,
        tensor<?x3x19xf32>, tensor<?x19xf32>
}

func.func @large_normed_products(%x: tensor<?x11x401xf32> {nn.name = "x"})
    -> (tensor<?x11x403xf32> {nn.name = "pre"}, tensor<?x11x401xf32> {nn.name = "post"},
        tensor<?x403xf32> {nn.name = "token"}, tensor<?x1x401xf32> {nn.name = "step"}) {
  %w = nn.parameter "large.a.weight" : tensor<403x401xf32>
  %w2 = nn.parameter "large.b.weight" : tensor<401x401xf32>
  %w3 = nn.parameter "large.c.weight" : tensor<403x401xf32>
  %w4 = nn.parameter "large.d.weight" : tensor<401x401xf32>
  %g = nn.parameter "large.norm.weight" : tensor<401xf32>
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x11x401xf32>
  %pre = nn.linear %0, %w : tensor<?x11x401xf32>, tensor<403x401xf32>
  %1 = nn.linear %x, %w2 : tensor<?x11x401xf32>, tensor<401x401xf32>
  %2 = nn.add %x, %1 : tensor<?x11x401xf32>, tensor<?x11x401xf32>
  %post = nn.layer_norm %2 scale %g : tensor<401xf32> epsilon 1.0e-6
      : tensor<?x11x401xf32>
  %3 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x11x401xf32>
  %4 = nn.slice %3 [0, 1, 0] [?, 1, 401] [1, 1, 1] : tensor<?x11x401xf32>
  %5 = nn.reshape %4 : tensor<?x1x401xf32> to tensor<?x401xf32>
  %token = nn.linear %5, %w3 : tensor<?x401xf32>, tensor<403x401xf32>
  %6 = nn.slice %x [0, 4, 0] [?, 1, 401] [1, 1, 1] : tensor<?x11x401xf32>
  %7 = nn.linear %6, %w4 : tensor<?x1x401xf32>, tensor<401x401xf32>
  %8 = nn.add %7, %6 : tensor<?x1x401xf32>, tensor<?x1x401xf32>
  %step = nn.layer_norm %8 epsilon 1.0e-6 : tensor<?x1x401xf32>
  return %pre, %post, %token, %step
      : tensor<?x11x403xf32>, tensor<?x11x401xf32>, tensor<?x403xf32>,
        tensor<?x1x401xf32>
}

// A convolution whose patches overlap, products of 1, 10, 17 and 1000 columns,
// and a product of 5 dimensions. The names of weights keep sums near 1, so that
// what cancels in them is not much larger than what is left.
func.func @products(%i: tensor<?x3x9x7xf32> {nn.name = "i"})
    -> (tensor<?x10x5x4xf32> {nn.name = "image"}, tensor<?x1000xf32> {nn.name = "c1000"},
        tensor<?x1xf32> {nn.name = "c1"}, tensor<?x10x5x17xf32> {nn.name = "c17"},
        tensor<?x3x3x9x9xf32> {nn.name = "matrices"}) {
  %conv = nn.parameter "products.conv.weight" : tensor<10x3x3x3xf32>
  %bias = nn.parameter "products.bias" : tensor<10xf32>
  %0 = nn.conv %i, %conv bias %bias strides [2, 2] padding [1, 1]
      : tensor<?x3x9x7xf32>, tensor<10x3x3x3xf32>, tensor<10xf32>
  %image = nn.gelu %0 : tensor<?x10x5x4xf32>
  %flat = nn.reshape %0 : tensor<?x10x5x4xf32> to tensor<?x200xf32>
  %w1000 = nn.parameter "products.w1000.weight" : tensor<1000x200xf32>
  %c1000 = nn.linear %flat, %w1000 : tensor<?x200xf32>, tensor<1000x200xf32>
  %w1 = nn.parameter "products.w1.weight" : tensor<1x200xf32>
  %c1 = nn.linear %flat, %w1 : tensor<?x200xf32>, tensor<1x200xf32>
  %w17 = nn.parameter "products.w17.weight" : tensor<17x4xf32>
  %c17 = nn.linear %0, %w17 : tensor<?x10x5x4xf32>, tensor<17x4xf32>
  %1 = nn.reshape %i : tensor<?x3x9x7xf32> to tensor<?x1x3x9x7xf32>
  %2 = nn.broadcast %1 : tensor<?x1x3x9x7xf32> to tensor<?x3x3x9x7xf32>
  %3 = nn.transpose %2 [0, 1, 2, 4, 3] : tensor<?x3x3x9x7xf32>
  %matrices = nn.matmul %2, %3 : tensor<?x3x3x9x7xf32>, tensor<?x3x3x7x9xf32>
  return %image, %c1000, %c1, %c17, %matrices
      : tensor<?x10x5x4xf32>, tensor<?x1000xf32>, tensor<?x1xf32>,
        tensor<?x10x5x17xf32>, tensor<?x3x3x9x9xf32>
}

// Reductions and softmax over any axes, also of elements that repeat.
func.func @reductions(%i: tensor<?x3x9x7xf32> {nn.name = "i"},
                      %s: tensor<?xf32> {nn.name = "s"})
    -> (tensor<?x3x1x1xf32> {nn.name = "largest"}, tensor<?x9xf32> {nn.name = "total"},
        tensor<?x1x9x7xf32> {nn.name = "average"}, tensor<?x3x9x7xf32> {nn.name = "vertical"},
        tensor<?xf32> {nn.name = "repeated"}, tensor<?x3xf32> {nn.name = "even"},
        tensor<?x3x9x1xf32> {nn.name = "range"}, tensor<?x3x7xf32> {nn.name = "high"}) {
  %largest = nn.reduce max %i axes [2, 3] keep_dims : tensor<?x3x9x7xf32>
  %total = nn.reduce sum %i axes [1, 3] : tensor<?x3x9x7xf32>
  %average = nn.reduce mean %i axes [1] keep_dims : tensor<?x3x9x7xf32>
  %vertical = nn.softmax %i axis 2 : tensor<?x3x9x7xf32>
  %0 = nn.broadcast %s : tensor<?xf32> to tensor<3x?xf32>
  %repeated = nn.reduce sum %0 axes [0] : tensor<3x?xf32>
  %1 = nn.softmax %0 axis 0 : tensor<3x?xf32>
  %even = nn.transpose %1 [1, 0] : tensor<3x?xf32>
  %range = nn.reduce max_abs %i axes [3] keep_dims : tensor<?x3x9x7xf32>
  %high = nn.reduce max_abs %i axes [2] : tensor<?x3x9x7xf32>
  return %largest, %total, %average, %vertical, %repeated, %even, %range, %high
      : tensor<?x3x1x1xf32>, tensor<?x9xf32>, tensor<?x1x9x7xf32>,
        tensor<?x3x9x7xf32>, tensor<?xf32>, tensor<?x3xf32>,
        tensor<?x3x9x1xf32>, tensor<?x3x7xf32>
}

// Functions of elements, whose names are also functions of the C library.
func.func @elements(%x: tensor<?x5x7xf32> {nn.name = "x"})
    -> (tensor<?x5x7xf32> {nn.name = "a"}, tensor<?x5x7xf32> {nn.name = "b"},
        tensor<?x5x7xf32> {nn.name = "c"}, tensor<?x5x7xf32> {nn.name = "d"},
        tensor<?x5x7xf32> {nn.name = "e"}, tensor<?x5x7xf32> {nn.name = "f"}) {
  %a = nn.tanh %x : tensor<?x5x7xf32>
  %b = nn.exp %x : tensor<?x5x7xf32>
  %c = nn.sigmoid %x : tensor<?x5x7xf32>
  %0 = nn.mul %x, %x : tensor<?x5x7xf32>, tensor<?x5x7xf32>
  %d = nn.sqrt %0 : tensor<?x5x7xf32>
  %e = nn.div %x, %b : tensor<?x5x7xf32>, tensor<?x5x7xf32>
  %1 = nn.neg %x : tensor<?x5x7xf32>
  %2 = nn.max %1, %c : tensor<?x5x7xf32>, tensor<?x5x7xf32>
  %f = nn.min %2, %a : tensor<?x5x7xf32>, tensor<?x5x7xf32>
  return %a, %b, %c, %d, %e, %f
      : tensor<?x5x7xf32>, tensor<?x5x7xf32>, tensor<?x5x7xf32>,
        tensor<?x5x7xf32>, tensor<?x5x7xf32>, tensor<?x5x7xf32>
}

// The batch within dimensions, and as columns of a product.
func.func @batch_anywhere(%x: tensor<4x8xf32> {nn.name = "x"},
                          %y: tensor<?x8xf32> {nn.name = "y"},
                          %z: tensor<5x?xf32> {nn.name = "z"})
    -> (tensor<4x?xf32> {nn.name = "columns"}, tensor<5x?xf32> {nn.name = "soft"},
        tensor<?xf32> {nn.name = "largest"}, tensor<1x?x1xf32> {nn.name = "middle"},
        tensor<?x8xf32, #nn.batch<4>> {nn.name = "merged"},
        tensor<1x8x?xf32> {nn.name = "one"}) {
  %0 = nn.transpose %y [1, 0] : tensor<?x8xf32>
  %columns = nn.matmul %x, %0 : tensor<4x8xf32>, tensor<8x?xf32>
  %soft = nn.softmax %z axis 0 : tensor<5x?xf32>
  %largest = nn.reduce max %z axes [0] : tensor<5x?xf32>
  %1 = nn.reshape %y : tensor<?x8xf32> to tensor<2x?x4xf32>
  %middle = nn.reduce sum %1 axes [0, 2] keep_dims : tensor<2x?x4xf32>
  %2 = nn.broadcast %y : tensor<?x8xf32> to tensor<4x?x8xf32>
  %3 = nn.reshape %2 : tensor<4x?x8xf32> to tensor<?x8xf32, #nn.batch<4>>
  %merged = nn.relu %3 : tensor<?x8xf32, #nn.batch<4>>
  %4 = nn.reshape %0 : tensor<8x?xf32> to tensor<1x8x?xf32>
  %one = nn.tanh %4 : tensor<1x8x?xf32>
  return %columns, %soft, %largest, %middle, %merged, %one
      : tensor<4x?xf32>, tensor<5x?xf32>, tensor<?xf32>, tensor<1x?x1xf32>,
        tensor<?x8xf32, #nn.batch<4>>, tensor<1x8x?xf32>
}

// No batch, few dimensions, and results that no kernel computes.
func.func @plain_results(%x: tensor<4x8xf32> {nn.name = "x"},
                         %y: tensor<?x3xf32> {nn.name = "y"})
    -> (tensor<4x8xf32> {nn.name = "input"}, tensor<4x8xf32> {nn.name = "again"},
        tensor<3xf32> {nn.name = "parameter"}, tensor<3xf32> {nn.name = "folded"},
        tensor<?x3xf32> {nn.name = "constant"}, tensor<?x3xf32> {nn.name = "tokens"},
        tensor<f32> {nn.name = "number"}, tensor<7xf32> {nn.name = "vector"}) {
  %parameter = nn.parameter "plain_results.p" : tensor<3xf32>
  %c = nn.constant dense<2.5> : tensor<f32>
  %folded = nn.mul %parameter, %c : tensor<3xf32>, tensor<f32>
  %constant = nn.broadcast %c : tensor<f32> to tensor<?x3xf32>
  %tokens = nn.broadcast %parameter : tensor<3xf32> to tensor<?x3xf32>
  %number = nn.reduce mean %x axes [0, 1] : tensor<4x8xf32>
  %0 = nn.slice %x [1, 0] [1, 8] [1, 1] : tensor<4x8xf32>
  %1 = nn.reshape %0 : tensor<1x8xf32> to tensor<8xf32>
  %2 = nn.softmax %1 axis 0 : tensor<8xf32>
  %3 = nn.layer_norm %2 epsilon 1.0e-2 : tensor<8xf32>
  %weight = nn.parameter "plain_results.weight" : tensor<7x8xf32>
  %vector = nn.linear %3, %weight : tensor<8xf32>, tensor<7x8xf32>
  return %x, %x, %parameter, %folded, %constant, %tokens, %number, %vector
      : tensor<4x8xf32>, tensor<4x8xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<?x3xf32>, tensor<?x3xf32>, tensor<f32>, tensor<7xf32>
}

// One position replaced: of what is computed, of an input and a parameter, which
// are copied, of what is read as well, and twice; beyond both ends.
func.func @updates(%x: tensor<?x5x6x7xf32> {nn.name = "x"},
                   %y: tensor<?x5x1x7xf32> {nn.name = "y"})
    -> (tensor<?x5x6x7xf32> {nn.name = "input"},
        tensor<?x5x6x7xf32> {nn.name = "computed"},
        tensor<?x5x6x7xf32> {nn.name = "itself"},
        tensor<?x5x6x7xf32> {nn.name = "last"},
        tensor<9x33xf32> {nn.name = "parameter"},
        tensor<3xf32> {nn.name = "vector"}) {
  %first = nn.constant dense<-7> : tensor<i32>
  %third = nn.constant dense<2> : tensor<i32>
  %end = nn.constant dense<99> : tensor<i32>
  %input = nn.update %x, %y, %third axis 2
      : tensor<?x5x6x7xf32>, tensor<?x5x1x7xf32>
  %0 = nn.tanh %x : tensor<?x5x6x7xf32>
  %1 = nn.update %0, %y, %first axis 2
      : tensor<?x5x6x7xf32>, tensor<?x5x1x7xf32>
  %2 = nn.neg %y : tensor<?x5x1x7xf32>
  %computed = nn.update %1, %2, %end axis 2
      : tensor<?x5x6x7xf32>, tensor<?x5x1x7xf32>
  %3 = nn.transpose %x [0, 1, 3, 2] : tensor<?x5x6x7xf32>
  %4 = nn.slice %3 [0, 0, 3, 0] [?, 5, 1, 6] [1, 1, 1, 1]
      : tensor<?x5x7x6xf32>
  %5 = nn.update %3, %4, %third axis 2
      : tensor<?x5x7x6xf32>, tensor<?x5x1x6xf32>
  %itself = nn.transpose %5 [0, 1, 3, 2] : tensor<?x5x7x6xf32>
  %6 = nn.slice %x [0, 0, 0, 1] [?, 5, 6, 1] [1, 1, 1, 1]
      : tensor<?x5x6x7xf32>
  %last = nn.update %x, %6, %end axis 3
      : tensor<?x5x6x7xf32>, tensor<?x5x6x1xf32>
  %w = nn.parameter "updates.w" : tensor<9x33xf32>
  %row = nn.parameter "updates.row" : tensor<1x33xf32>
  %parameter = nn.update %w, %row, %third axis 0
      : tensor<9x33xf32>, tensor<1x33xf32>
  %v = nn.parameter "updates.v" : tensor<3xf32>
  %one = nn.parameter "updates.one" : tensor<1xf32>
  %vector = nn.update %v, %one, %first axis 0 : tensor<3xf32>, tensor<1xf32>
  return %input, %computed, %itself, %last, %parameter, %vector
      : tensor<?x5x6x7xf32>, tensor<?x5x6x7xf32>, tensor<?x5x6x7xf32>,
        tensor<?x5x6x7xf32>, tensor<9x33xf32>, tensor<3xf32>
}

// Attention: one tile of queries and several, few keys and features, biases and
// masks of every shape, no heads, and heads that are joined again.
func.func @attentions(%q: tensor<?x3x17x5xf32> {nn.name = "q"},
                      %k: tensor<?x3x13x5xf32> {nn.name = "k"},
                      %v: tensor<?x3x13x7xf32> {nn.name = "v"},
                      %bias: tensor<3x17x13xf32> {nn.name = "bias"},
                      %mask: tensor<?x1x1x13xf32> {nn.name = "mask"},
                      %t: tensor<?x197x96xf32> {nn.name = "t"},
                      %p: tensor<9x4xf32> {nn.name = "p"})
    -> (tensor<?x17x3x7xf32> {nn.name = "joined"},
        tensor<?x2x197x16xf32> {nn.name = "tokens"}, tensor<9x4xf32> {nn.name = "headless"},
        tensor<?x3x17x1xf32> {nn.name = "narrow"}) {
  %0 = nn.attention %q, %k, %v scale 0.4 add %bias, %mask
      : tensor<?x3x17x5xf32>, tensor<?x3x13x5xf32>, tensor<?x3x13x7xf32>,
        tensor<3x17x13xf32>, tensor<?x1x1x13xf32>
  %joined = nn.transpose %0 [0, 2, 1, 3] : tensor<?x3x17x7xf32>
  %1 = nn.reshape %t : tensor<?x197x96xf32> to tensor<?x197x3x2x16xf32>
  %2 = nn.transpose %1 [2, 0, 3, 1, 4] : tensor<?x197x3x2x16xf32>
  %3 = nn.slice %2 [0, 0, 0, 0, 0] [1, ?, 2, 197, 16] [1, 1, 1, 1, 1] : tensor<3x?x2x197x16xf32>
  %4 = nn.slice %2 [1, 0, 0, 0, 0] [1, ?, 2, 197, 16] [1, 1, 1, 1, 1] : tensor<3x?x2x197x16xf32>
  %5 = nn.slice %2 [2, 0, 0, 0, 0] [1, ?, 2, 197, 16] [1, 1, 1, 1, 1] : tensor<3x?x2x197x16xf32>
  %6 = nn.reshape %3 : tensor<1x?x2x197x16xf32> to tensor<?x2x197x16xf32>
  %7 = nn.reshape %4 : tensor<1x?x2x197x16xf32> to tensor<?x2x197x16xf32>
  %8 = nn.reshape %5 : tensor<1x?x2x197x16xf32> to tensor<?x2x197x16xf32>
  %tokens = nn.attention %6, %7, %8 scale 0.25
      : tensor<?x2x197x16xf32>, tensor<?x2x197x16xf32>, tensor<?x2x197x16xf32>
  %headless = nn.attention %p, %p, %p scale 1.0
      : tensor<9x4xf32>, tensor<9x4xf32>, tensor<9x4xf32>
  %9 = nn.slice %q [0, 0, 0, 1] [?, 3, 17, 1] [1, 1, 1, 1] : tensor<?x3x17x5xf32>
  %10 = nn.slice %k [0, 0, 4, 0] [?, 3, 1, 1] [1, 1, 1, 1] : tensor<?x3x13x5xf32>
  %narrow = nn.attention %9, %10, %10 scale -2.0
      : tensor<?x3x17x1xf32>, tensor<?x3x1x1xf32>, tensor<?x3x1x1xf32>
  return %joined, %tokens, %headless, %narrow
      : tensor<?x17x3x7xf32>, tensor<?x2x197x16xf32>, tensor<9x4xf32>, tensor<?x3x17x1xf32>
}

// Few queries: one and several, keys and features that fill no vector, a bias, a
// mask for each sample, values of several vectors, and no heads.
func.func @few_queries(%q: tensor<?x1x3x24xf32> {nn.name = "q"},
                       %k: tensor<?x3x37x24xf32> {nn.name = "k"},
                       %v: tensor<?x3x37x40xf32> {nn.name = "v"},
                       %mask: tensor<?x1x1x37xf32> {nn.name = "mask"},
                       %bias: tensor<3x5x37xf32> {nn.name = "bias"},
                       %r: tensor<?x3x5x24xf32> {nn.name = "r"},
                       %p: tensor<7x5xf32> {nn.name = "p"})
    -> (tensor<?x1x3x40xf32> {nn.name = "one"}, tensor<?x3x5x40xf32> {nn.name = "five"},
        tensor<7x5xf32> {nn.name = "headless"}, tensor<?x3x2x1xf32> {nn.name = "narrow"}) {
  %0 = nn.transpose %q [0, 2, 1, 3] : tensor<?x1x3x24xf32>
  %1 = nn.attention %0, %k, %v scale 0.2 add %mask
      : tensor<?x3x1x24xf32>, tensor<?x3x37x24xf32>, tensor<?x3x37x40xf32>,
        tensor<?x1x1x37xf32>
  %one = nn.transpose %1 [0, 2, 1, 3] : tensor<?x3x1x40xf32>
  %five = nn.attention %r, %k, %v scale 0.2 add %bias, %mask
      : tensor<?x3x5x24xf32>, tensor<?x3x37x24xf32>, tensor<?x3x37x40xf32>,
        tensor<3x5x37xf32>, tensor<?x1x1x37xf32>
  %headless = nn.attention %p, %p, %p scale 1.0
      : tensor<7x5xf32>, tensor<7x5xf32>, tensor<7x5xf32>
  %2 = nn.slice %r [0, 0, 3, 1] [?, 3, 2, 1] [1, 1, 1, 1] : tensor<?x3x5x24xf32>
  %3 = nn.slice %k [0, 0, 4, 0] [?, 3, 1, 1] [1, 1, 1, 1] : tensor<?x3x37x24xf32>
  %narrow = nn.attention %2, %3, %3 scale -2.0
      : tensor<?x3x2x1xf32>, tensor<?x3x1x1xf32>, tensor<?x3x1x1xf32>
  return %one, %five, %headless, %narrow
      : tensor<?x1x3x40xf32>, tensor<?x3x5x40xf32>, tensor<7x5xf32>, tensor<?x3x2x1xf32>
}

// A product that stores what it computes in two places of others, beside its own
// result.
func.func @stores(%x: tensor<?x1x5xf32> {nn.name = "x"})
    -> (tensor<?x1x20xf32> {nn.name = "y"}, tensor<?x6x9xf32> {nn.name = "k"},
        tensor<?x6x9xf32> {nn.name = "v"}) {
  %w = nn.parameter "stores.weight" : tensor<20x5xf32>
  %i = nn.constant dense<4> : tensor<i32>
  %a = nn.broadcast %x : tensor<?x1x5xf32> to tensor<?x6x5xf32>
  %b = nn.pad %a [0, 0, 2] [0, 0, 2] value 1.0 : tensor<?x6x5xf32>
  %c = nn.exp %b : tensor<?x6x9xf32>
  %y = nn.linear %x, %w : tensor<?x1x5xf32>, tensor<20x5xf32>
  %k = nn.slice %y [0, 0, 1] [?, 1, 9] [1, 1, 1] : tensor<?x1x20xf32>
  %v = nn.slice %y [0, 0, 0] [?, 1, 9] [1, 1, 2] : tensor<?x1x20xf32>
  %0 = nn.update %b, %k, %i axis 1 : tensor<?x6x9xf32>, tensor<?x1x9xf32>
  %1 = nn.update %c, %v, %i axis 1 : tensor<?x6x9xf32>, tensor<?x1x9xf32>
  return %y, %0, %1 : tensor<?x1x20xf32>, tensor<?x6x9xf32>, tensor<?x6x9xf32>
}

// Masks of every shape, of many queries and of one; a query that may look nowhere
// looks everywhere.
func.func @masks(%q: tensor<?x3x17x5xf32> {nn.name = "q"},
                 %k: tensor<?x3x13x5xf32> {nn.name = "k"},
                 %m: tensor<17x13xf32> {nn.name = "m"}, %p: tensor<?x1x1x13xf32> {nn.name = "p"})
    -> (tensor<?x3x17x5xf32> {nn.name = "many"}, tensor<?x3x17x5xf32> {nn.name = "padding"},
        tensor<?x3x1x5xf32> {nn.name = "one"}) {
  %half = nn.constant dense<0.5> : tensor<f32>
  %0 = nn.compare lt %m, %half : tensor<17x13xf32>, tensor<f32>
  %1 = nn.compare lt %p, %half : tensor<?x1x1x13xf32>, tensor<f32>
  %many = nn.attention %q, %k, %k scale 0.4 add %m where %0 : tensor<17x13xi1> else -1.0e9
      : tensor<?x3x17x5xf32>, tensor<?x3x13x5xf32>, tensor<?x3x13x5xf32>, tensor<17x13xf32>
  %padding = nn.attention %q, %k, %k scale 0.4 where %1 : tensor<?x1x1x13xi1> else -7.0
      : tensor<?x3x17x5xf32>, tensor<?x3x13x5xf32>, tensor<?x3x13x5xf32>
  %2 = nn.slice %q [0, 0, 3, 0] [?, 3, 1, 5] [1, 1, 1, 1] : tensor<?x3x17x5xf32>
  %one = nn.attention %2, %k, %k scale 0.4 where %1 : tensor<?x1x1x13xi1> else -1.0e9
      : tensor<?x3x1x5xf32>, tensor<?x3x13x5xf32>, tensor<?x3x13x5xf32>
  return %many, %padding, %one
      : tensor<?x3x17x5xf32>, tensor<?x3x17x5xf32>, tensor<?x3x1x5xf32>
}

// Rolls along each axis, also one that vectors run along, a padding with a row, and
// a column that is repeated; read by elementwise operations, a norm and a product.
func.func @moved(%x: tensor<?x5x7x3xf32> {nn.name = "x"},
                 %y: tensor<?x8x7x3xf32> {nn.name = "y"})
    -> (tensor<?x8x7x3xf32> {nn.name = "sum"}, tensor<?x5x9x3xf32> {nn.name = "norm"},
        tensor<?x5x7x2xf32> {nn.name = "product"}, tensor<?x5x7x3xf32> {nn.name = "rolled"}) {
  %row = nn.parameter "moved.row" : tensor<3xf32>
  %column = nn.parameter "moved.column" : tensor<9x1xf32>
  %weight = nn.parameter "moved.weight" : tensor<2x3xf32>
  %0 = nn.roll %x by 2 axis 1 : tensor<?x5x7x3xf32>
  %1 = nn.pad %0 [0, 1, 0, 0] [0, 2, 0, 0] value 0.0 fill %row : tensor<3xf32>
      : tensor<?x5x7x3xf32>
  %sum = nn.add %1, %y : tensor<?x8x7x3xf32>, tensor<?x8x7x3xf32>
  %2 = nn.roll %x by 6 axis 2 : tensor<?x5x7x3xf32>
  %3 = nn.pad %2 [0, 0, 2, 0] [0, 0, 0, 0] value 0.0 fill %column : tensor<9x1xf32>
      : tensor<?x5x7x3xf32>
  %4 = nn.roll %3 by 1 axis 3 : tensor<?x5x9x3xf32>
  %norm = nn.layer_norm %4 epsilon 1.0e-2 : tensor<?x5x9x3xf32>
  %product = nn.linear %2, %weight : tensor<?x5x7x3xf32>, tensor<2x3xf32>
  %rolled = nn.roll %x by 1 axis 3 : tensor<?x5x7x3xf32>
  return %sum, %norm, %product, %rolled
      : tensor<?x8x7x3xf32>, tensor<?x5x9x3xf32>, tensor<?x5x7x2xf32>, tensor<?x5x7x3xf32>
}

// Attention in windows: of several tiles of queries; shifted, filled up, with a mask
// of three kinds; and of a tensor that is queries, keys and values.
func.func @windows(%x: tensor<?x12x26x11xf32> {nn.name = "x"},
                   %s: tensor<?x97x5xf32> {nn.name = "s"})
    -> (tensor<?x2x156x5xf32> {nn.name = "large"}, tensor<?x10x10x5xf32> {nn.name = "small"}) {
  %0 = nn.reshape %x : tensor<?x12x26x11xf32> to tensor<?x12x2x13x11xf32>
  %1 = nn.transpose %0 [0, 2, 1, 3, 4] : tensor<?x12x2x13x11xf32>
  %2 = nn.reshape %1 : tensor<?x2x12x13x11xf32> to tensor<?x2x156x11xf32>
  %q = nn.slice %2 [0, 0, 0, 0] [?, 2, 156, 3] [1, 1, 1, 1] : tensor<?x2x156x11xf32>
  %k = nn.slice %2 [0, 0, 0, 3] [?, 2, 156, 3] [1, 1, 1, 1] : tensor<?x2x156x11xf32>
  %v = nn.slice %2 [0, 0, 0, 6] [?, 2, 156, 5] [1, 1, 1, 1] : tensor<?x2x156x11xf32>
  %large = nn.attention %q, %k, %v scale 0.5
      : tensor<?x2x156x3xf32>, tensor<?x2x156x3xf32>, tensor<?x2x156x5xf32>
  %row = nn.parameter "windows.row" : tensor<5xf32>
  %kinds = nn.constant dense<[[[0]], [[3]], [[3]], [[3]], [[3]], [[3]], [[0]], [[3]], [[3]], [[8]]]>
      : tensor<10x1x1xi32>
  %place = nn.constant dense<[[0], [1], [2], [3], [4], [5], [6], [7], [8], [9]]> : tensor<10x1xi32>
  %key = nn.constant dense<[0, 0, 1, 1, 3, 3, 3, 8, 8, 9]> : tensor<10xi32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  %minus = nn.constant dense<-100.0> : tensor<f32>
  %near = nn.compare le %kinds, %place : tensor<10x1x1xi32>, tensor<10x1xi32>
  %same = nn.compare le %kinds, %key : tensor<10x1x1xi32>, tensor<10xi32>
  %row_mask = nn.select %near, %zero, %minus : tensor<10x10x1xi1>, tensor<f32>, tensor<f32>
  %key_mask = nn.select %same, %zero, %minus : tensor<10x1x10xi1>, tensor<f32>, tensor<f32>
  %mask = nn.add %row_mask, %key_mask : tensor<10x10x1xf32>, tensor<10x1x10xf32>
  %3 = nn.pad %s [0, 3, 0] [0, 0, 0] value 0.0 fill %row : tensor<5xf32> : tensor<?x97x5xf32>
  %4 = nn.roll %3 by 7 axis 1 : tensor<?x100x5xf32>
  %5 = nn.reshape %4 : tensor<?x100x5xf32> to tensor<?x10x10x5xf32>
  %small = nn.attention %5, %5, %5 scale 1.0 add %mask
      : tensor<?x10x10x5xf32>, tensor<?x10x10x5xf32>, tensor<?x10x10x5xf32>,
        tensor<10x10x10xf32>
  return %large, %small : tensor<?x2x156x5xf32>, tensor<?x10x10x5xf32>
}
