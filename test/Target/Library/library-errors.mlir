// What a library cannot be made of.
// RUN: vitrail-translate --model-to-library --library=%t.so --omit-kernels \
// RUN:   -allow-unregistered-dialect -split-input-file -verify-diagnostics %s

// expected-error@+1 {{no public function: a library needs an entry}}
module {
  func.func private @helper(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    return %x : tensor<?x4xf32>
  }
}

// -----

// expected-error@+1 {{input 0 of entry '@main' has no 'nn.name'}}
func.func @main(%x: tensor<?x4xf32>) -> (tensor<?x4xf32> {nn.name = "y"}) {
  return %x : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{output 0 of entry '@main' has no 'nn.name'}}
func.func @main(%x: tensor<?x4xf32> {nn.name = "x"}) -> tensor<?x4xf32> {
  return %x : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{output 0 of entry '@main' has the name 'x', which another input or output has}}
func.func @main(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "x"}) {
  return %x : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{input 0 'x' of entry '@main' has type 'tensor<?x4xi1>', which libraries cannot take}}
func.func @main(%x: tensor<?x4xi1> {nn.name = "x"})
    -> (tensor<?x4xi1> {nn.name = "y"}) {
  return %x : tensor<?x4xi1>
}

// -----

func.func @main(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  // expected-error@+1 {{'nn.relu' op is not lowered: an entry runs kernels by 'halide.launch', and computes only constants itself}}
  %0 = nn.relu %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{'func.func' op has 2 blocks, expected one}}
func.func @main(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  "test.branch"() [^next] : () -> ()
^next:
  return %x : tensor<?x4xf32>
}

// -----

// The batch is 1, yet the tensor has more elements in a row than kernels count.
halide.pipeline @huge {
  halide.input @a : f32 [4, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.output @b [?, ?]
}
func.func @main(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4294967296xf32> {nn.name = "y"}) {
  // expected-error@+1 {{a tensor [batch, 4294967296] is larger than kernels can index with a batch of 1}}
  %0 = halide.launch @huge(%x)
      : (tensor<?x4xf32>) -> tensor<?x4294967296xf32>
  return %0 : tensor<?x4294967296xf32>
}

// -----

// A type between two kernels that libraries do not have.
halide.pipeline @narrow {
  halide.input @a : f32 [4, ?]
  halide.func @b ["i", "n"] : i16 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @a(%i, %n) : f32
    %1 = arith.fptosi %0 : f32 to i16
    halide.yield %1 : i16
  }
  halide.output @b [4, ?]
}
halide.pipeline @widen {
  halide.input @a : i16 [4, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @a(%i, %n) : i16
    %1 = arith.sitofp %0 : i16 to f32
    halide.yield %1 : f32
  }
  halide.output @b [4, ?]
}
func.func @main(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  // expected-error@+1 {{kernels of a library cannot take a tensor of type 'tensor<?x4xi16>'}}
  %0 = halide.launch @narrow(%x) : (tensor<?x4xf32>) -> tensor<?x4xi16>
  %1 = halide.launch @widen(%0) : (tensor<?x4xi16>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

// A state of truth values.
// expected-error@+1 {{state "seen" has type 'tensor<?xi1>', which libraries cannot keep}}
func.func @main(%x: tensor<?xi1> {nn.state = "seen"})
    -> (tensor<?xi1> {nn.state = "seen"}) {
  return %x : tensor<?xi1>
}

// -----

// An entry with the name of another function.
// expected-error@+1 {{the library would have two functions 'model_reset'; the entry needs another name}}
module {
  func.func @reset(%x: tensor<?xi32> {nn.name = "x"})
      -> (tensor<?xi32> {nn.state = "seen"}) {
    return %x : tensor<?xi32>
  }
  func.func @look(%x: tensor<?xi32> {nn.state = "seen"})
      -> (tensor<?xi32> {nn.name = "y"}) {
    return %x : tensor<?xi32>
  }
}

// -----

// Generation by a function that is no entry.
// expected-error@+1 {{'step' of 'nn.generate' is no entry of the library}}
module attributes {nn.generate = {
    encode = @encode, step = @step, start = 0 : i64, end = 0 : i64,
    pad = 0 : i64, max_length = 9 : i64}} {
  func.func @encode(%x: tensor<?x4xi32> {nn.name = "x"}) {
    return
  }
  func.func private @step(%x: tensor<?xi32>) -> tensor<?x4xf32>
}
