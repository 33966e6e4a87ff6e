// What kernels compute whose schedules are given, at sizes that fill no tile,
// no task and no panel.
//
// REQUIRES: slow
// RUN: %python %S/Inputs/compare.py %s %t \
// RUN:   --library %build/lib/libvitrail_runtime.a --target x86-64-v3 --target native

// Tasks of two tiles of rows, of three, and of more than there are; wide tiles,
// and parts of panels.
func.func @products(%x: tensor<?x37x19xf32> {nn.name = "x"})
    -> (tensor<?x37x50xf32> {nn.name = "rows"}, tensor<?x37x50xf32> {nn.name = "panels"},
        tensor<?x37x50xf32> {nn.name = "all_rows"}, tensor<?x37x50xf32> {nn.name = "batch"}) {
  %w = nn.parameter "products.w" : tensor<50x19xf32>
  %v = nn.parameter "products.v" : tensor<50x19xf32>
  %b = nn.parameter "products.b" : tensor<50xf32>
  %0 = call @rows(%x, %w, %b)
      : (tensor<?x37x19xf32>, tensor<50x19xf32>, tensor<50xf32>) -> tensor<?x37x50xf32>
  %1 = call @panels(%x, %w, %b)
      : (tensor<?x37x19xf32>, tensor<50x19xf32>, tensor<50xf32>) -> tensor<?x37x50xf32>
  %2 = call @all_rows(%x, %v, %b)
      : (tensor<?x37x19xf32>, tensor<50x19xf32>, tensor<50xf32>) -> tensor<?x37x50xf32>
  %3 = nn.transpose %x [1, 0, 2] : tensor<?x37x19xf32>
  %4 = call @of_batch(%3, %v, %b)
      : (tensor<37x?x19xf32>, tensor<50x19xf32>, tensor<50xf32>) -> tensor<37x?x50xf32>
  %5 = nn.transpose %4 [1, 0, 2] : tensor<37x?x50xf32>
  return %0, %1, %2, %5 : tensor<?x37x50xf32>, tensor<?x37x50xf32>,
      tensor<?x37x50xf32>, tensor<?x37x50xf32>
}
func.func private @rows(%x: tensor<?x37x19xf32>, %w: tensor<50x19xf32>, %b: tensor<50xf32>)
    -> tensor<?x37x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 5, columns = 32, tasks = rows, grain = 2>} {
  %0 = nn.linear %x, %w bias %b : tensor<?x37x19xf32>, tensor<50x19xf32>, tensor<50xf32>
  %1 = nn.gelu %0 : tensor<?x37x50xf32>
  return %1 : tensor<?x37x50xf32>
}
func.func private @panels(%x: tensor<?x37x19xf32>, %w: tensor<50x19xf32>, %b: tensor<50xf32>)
    -> tensor<?x37x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, columns = 16, tasks = panels, grain = 3>} {
  %0 = nn.linear %x, %w bias %b : tensor<?x37x19xf32>, tensor<50x19xf32>, tensor<50xf32>
  return %0 : tensor<?x37x50xf32>
}
func.func private @all_rows(%x: tensor<?x37x19xf32>, %w: tensor<50x19xf32>, %b: tensor<50xf32>)
    -> tensor<?x37x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 6, columns = 16, tasks = rows, grain = 9>} {
  %0 = nn.linear %x, %w bias %b : tensor<?x37x19xf32>, tensor<50x19xf32>, tensor<50xf32>
  return %0 : tensor<?x37x50xf32>
}
func.func private @of_batch(%x: tensor<37x?x19xf32>, %w: tensor<50x19xf32>, %b: tensor<50xf32>)
    -> tensor<37x?x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 2, tasks = rows, grain = 2>} {
  %0 = nn.linear %x, %w bias %b : tensor<37x?x19xf32>, tensor<50x19xf32>, tensor<50xf32>
  return %0 : tensor<37x?x50xf32>
}

// Norms before and after a product, in tasks of several tiles and apart.
func.func @norms(%x: tensor<?x37x19xf32> {nn.name = "x"})
    -> (tensor<?x37x50xf32> {nn.name = "before"}, tensor<?x37x50xf32> {nn.name = "before_apart"},
        tensor<?x37x19xf32> {nn.name = "after"}, tensor<?x37x19xf32> {nn.name = "after_apart"}) {
  %w = nn.parameter "norms.w" : tensor<50x19xf32>
  %v = nn.parameter "norms.v" : tensor<19x19xf32>
  %0 = call @before(%x, %w) : (tensor<?x37x19xf32>, tensor<50x19xf32>) -> tensor<?x37x50xf32>
  %1 = call @before_apart(%x, %w) : (tensor<?x37x19xf32>, tensor<50x19xf32>) -> tensor<?x37x50xf32>
  %2 = call @after(%x, %v) : (tensor<?x37x19xf32>, tensor<19x19xf32>) -> tensor<?x37x19xf32>
  %3 = call @after_apart(%x, %v) : (tensor<?x37x19xf32>, tensor<19x19xf32>) -> tensor<?x37x19xf32>
  return %0, %1, %2, %3 : tensor<?x37x50xf32>, tensor<?x37x50xf32>,
      tensor<?x37x19xf32>, tensor<?x37x19xf32>
}
func.func private @before(%x: tensor<?x37x19xf32>, %w: tensor<50x19xf32>)
    -> tensor<?x37x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, tasks = rows, grain = 3>} {
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x37x19xf32>
  %1 = nn.linear %0, %w : tensor<?x37x19xf32>, tensor<50x19xf32>
  return %1 : tensor<?x37x50xf32>
}
func.func private @before_apart(%x: tensor<?x37x19xf32>, %w: tensor<50x19xf32>)
    -> tensor<?x37x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<tasks = rows, grain = 2, norms = apart>} {
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x37x19xf32>
  %1 = nn.linear %0, %w : tensor<?x37x19xf32>, tensor<50x19xf32>
  return %1 : tensor<?x37x50xf32>
}
func.func private @after(%x: tensor<?x37x19xf32>, %w: tensor<19x19xf32>)
    -> tensor<?x37x19xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, tasks = rows, grain = 2>} {
  %0 = nn.linear %x, %w : tensor<?x37x19xf32>, tensor<19x19xf32>
  %1 = nn.add %0, %x : tensor<?x37x19xf32>, tensor<?x37x19xf32>
  %2 = nn.layer_norm %1 epsilon 1.0e-2 : tensor<?x37x19xf32>
  return %2 : tensor<?x37x19xf32>
}
func.func private @after_apart(%x: tensor<?x37x19xf32>, %w: tensor<19x19xf32>)
    -> tensor<?x37x19xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, tasks = rows, grain = 2, norms = apart>} {
  %0 = nn.linear %x, %w : tensor<?x37x19xf32>, tensor<19x19xf32>
  %1 = nn.add %0, %x : tensor<?x37x19xf32>, tensor<?x37x19xf32>
  %2 = nn.layer_norm %1 epsilon 1.0e-2 : tensor<?x37x19xf32>
  return %2 : tensor<?x37x19xf32>
}

// Tiles that fill the rows, in tasks that do not.
func.func @whole_tiles(%x: tensor<?x36x19xf32> {nn.name = "x"})
    -> (tensor<?x36x50xf32> {nn.name = "rows_36"}, tensor<?x36x50xf32> {nn.name = "single_rows"},
        tensor<?x36x50xf32> {nn.name = "panels_36"},
        tensor<?x36x19xf32> {nn.name = "after_36"}) {
  %w = nn.parameter "whole.w" : tensor<50x19xf32>
  %v = nn.parameter "whole.v" : tensor<19x19xf32>
  %0 = call @rows_36(%x, %w) : (tensor<?x36x19xf32>, tensor<50x19xf32>) -> tensor<?x36x50xf32>
  %1 = call @panels_36(%x, %w) : (tensor<?x36x19xf32>, tensor<50x19xf32>) -> tensor<?x36x50xf32>
  %2 = call @after_36(%x, %v) : (tensor<?x36x19xf32>, tensor<19x19xf32>) -> tensor<?x36x19xf32>
  %3 = call @single_rows(%x, %w) : (tensor<?x36x19xf32>, tensor<50x19xf32>) -> tensor<?x36x50xf32>
  return %0, %3, %1, %2 : tensor<?x36x50xf32>, tensor<?x36x50xf32>,
      tensor<?x36x50xf32>, tensor<?x36x19xf32>
}
func.func private @rows_36(%x: tensor<?x36x19xf32>, %w: tensor<50x19xf32>)
    -> tensor<?x36x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, tasks = rows, grain = 2>} {
  %0 = nn.linear %x, %w : tensor<?x36x19xf32>, tensor<50x19xf32>
  return %0 : tensor<?x36x50xf32>
}
func.func private @single_rows(%x: tensor<?x36x19xf32>, %w: tensor<50x19xf32>)
    -> tensor<?x36x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 1, columns = 16, tasks = panels, grain = 6>} {
  %0 = nn.linear %x, %w : tensor<?x36x19xf32>, tensor<50x19xf32>
  return %0 : tensor<?x36x50xf32>
}
func.func private @panels_36(%x: tensor<?x36x19xf32>, %w: tensor<50x19xf32>)
    -> tensor<?x36x50xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, tasks = panels, grain = 5>} {
  %0 = nn.linear %x, %w : tensor<?x36x19xf32>, tensor<50x19xf32>
  return %0 : tensor<?x36x50xf32>
}
func.func private @after_36(%x: tensor<?x36x19xf32>, %w: tensor<19x19xf32>)
    -> tensor<?x36x19xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, tasks = rows, grain = 2>} {
  %0 = nn.linear %x, %w : tensor<?x36x19xf32>, tensor<19x19xf32>
  %1 = nn.add %0, %x : tensor<?x36x19xf32>, tensor<?x36x19xf32>
  %2 = nn.layer_norm %1 epsilon 1.0e-2 : tensor<?x36x19xf32>
  return %2 : tensor<?x36x19xf32>
}

// Tiles of more queries than there are, of some, and of half vectors; a product
// of activations in few rows a task.
func.func @attentions(%q: tensor<?x37x19xf32> {nn.name = "q"})
    -> (tensor<?x37x19xf32> {nn.name = "one_tile"}, tensor<?x37x19xf32> {nn.name = "tiles"},
        tensor<?x37x37xf32> {nn.name = "product"}) {
  %0 = call @one_tile(%q) : (tensor<?x37x19xf32>) -> tensor<?x37x19xf32>
  %1 = call @tiles(%q) : (tensor<?x37x19xf32>) -> tensor<?x37x19xf32>
  %t = nn.transpose %q [0, 2, 1] : tensor<?x37x19xf32>
  %2 = call @product(%q, %t) : (tensor<?x37x19xf32>, tensor<?x19x37xf32>) -> tensor<?x37x37xf32>
  return %0, %1, %2 : tensor<?x37x19xf32>, tensor<?x37x19xf32>, tensor<?x37x37xf32>
}
func.func private @one_tile(%q: tensor<?x37x19xf32>) -> tensor<?x37x19xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<queries = 64, lanes = 8>} {
  %0 = nn.attention %q, %q, %q scale 0.25
      : tensor<?x37x19xf32>, tensor<?x37x19xf32>, tensor<?x37x19xf32>
  return %0 : tensor<?x37x19xf32>
}
func.func private @tiles(%q: tensor<?x37x19xf32>) -> tensor<?x37x19xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<queries = 12, lanes = 4>} {
  %0 = nn.attention %q, %q, %q scale 0.25
      : tensor<?x37x19xf32>, tensor<?x37x19xf32>, tensor<?x37x19xf32>
  return %0 : tensor<?x37x19xf32>
}
func.func private @product(%q: tensor<?x37x19xf32>, %k: tensor<?x19x37xf32>)
    -> tensor<?x37x37xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 3, columns = 16, grain = 2>} {
  %0 = nn.matmul %q, %k : tensor<?x37x19xf32>, tensor<?x19x37xf32>
  return %0 : tensor<?x37x37xf32>
}
