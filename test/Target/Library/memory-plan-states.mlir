// Where states are, and when they are written in place.
// RUN: vitrail-translate --model-to-memory-plan -split-input-file %s | FileCheck %s

// A cache that nobody reads afterwards is written where it is, once for each
// launch; a kernel may read it in between. A kernel that computes each element of
// the new state from that of the old one writes over it.

// CHECK-LABEL: entry @step: arena of 0 bytes for a sample
// CHECK-NEXT:    @store(input 0, state 'position') -> state 'cache'
// CHECK-NEXT:    @read(state 'cache') -> output 0
// CHECK-NEXT:    @store(output 0, state 'position') -> state 'cache'
// CHECK-NEXT:    @next(state 'position') -> state 'position'
// CHECK-NEXT:  state 'cache' at 0, 400 bytes for a sample
// CHECK-NEXT:  state 'position' at 448, 4 bytes for a sample
halide.pipeline @store {
  halide.input @v : f32 [1, ?]
  halide.input @i : i32 []
  halide.func @c ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %nothing = halide.undef : f32
    halide.yield %nothing : f32
  }
  halide.update @c {
  ^bb0(%i: i32, %n: i32):
    %zero = arith.constant 0 : i32
    %0 = halide.call @v(%zero, %n) : f32
    %1 = halide.call @i() : i32
    halide.yield %0 at %1, %n : f32
  }
  halide.output @c [100, ?]
}
halide.pipeline @read {
  halide.input @c : f32 [100, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @c(%i, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [1, ?]
}
halide.pipeline @next {
  halide.input @i : i32 []
  halide.func @j [] : i32 {
    %0 = halide.call @i() : i32
    %one = arith.constant 1 : i32
    %1 = arith.addi %0, %one : i32
    halide.yield %1 : i32
  }
  halide.output @j []
}
func.func @step(%x: tensor<?x1xf32> {nn.name = "x"},
                %cache: tensor<?x100xf32> {nn.state = "cache"},
                %position: tensor<i32> {nn.state = "position"})
    -> (tensor<?x1xf32> {nn.name = "y"},
        tensor<?x100xf32> {nn.state = "cache"},
        tensor<i32> {nn.state = "position"}) {
  %0 = halide.launch @store(%x, %position) into (%cache : tensor<?x100xf32>)
      : (tensor<?x1xf32>, tensor<i32>) -> tensor<?x100xf32>
  %1 = halide.launch @read(%0) : (tensor<?x100xf32>) -> tensor<?x1xf32>
  %2 = halide.launch @store(%1, %position) into (%0 : tensor<?x100xf32>)
      : (tensor<?x1xf32>, tensor<i32>) -> tensor<?x100xf32>
  %3 = halide.launch @next(%position) : (tensor<i32>) -> tensor<i32>
  return %1, %2, %3 : tensor<?x1xf32>, tensor<?x100xf32>, tensor<i32>
}

// -----

// The old value is read after the update: the update has a copy, which becomes
// the state when all is read. An input is never written to, nor is a constant.

// CHECK-LABEL: entry @late: arena of 896 bytes for a sample
// CHECK-NEXT:    copy state 'cache' -> arena [[NEW:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @clear() -> arena [[NEW]]
// CHECK-NEXT:    @k(state 'cache') -> output 0
// CHECK-NEXT:    copy input 0 -> arena [[X:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @clear() -> arena [[X]]
// CHECK-NEXT:    @k(arena [[X]]) -> output 1
// CHECK-NEXT:    copy weights 0 -> arena [[W:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    @clear_one() -> arena [[W]]
// CHECK-NEXT:    @k_one(arena [[W]]) -> output 2
// CHECK-NEXT:    copy arena [[NEW]] -> state 'cache'
halide.pipeline @clear {
  halide.func @c ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %nothing = halide.undef : f32
    halide.yield %nothing : f32
  }
  halide.update @c {
  ^bb0(%i: i32, %n: i32):
    %zero = arith.constant 0.0 : f32
    %last = arith.constant 99 : i32
    halide.yield %zero at %last, %n : f32
  }
  halide.output @c [100, ?]
}
halide.pipeline @k {
  halide.input @a : f32 [100, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @a(%i, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [100, ?]
}
halide.pipeline @clear_one {
  halide.func @c ["i"] : f32 {
  ^bb0(%i: i32):
    %nothing = halide.undef : f32
    halide.yield %nothing : f32
  }
  halide.update @c {
  ^bb0(%i: i32):
    %zero = arith.constant 0.0 : f32
    %last = arith.constant 99 : i32
    halide.yield %zero at %last : f32
  }
  halide.output @c [100]
}
halide.pipeline @k_one {
  halide.input @a : f32 [100]
  halide.func @b ["i"] : f32 {
  ^bb0(%i: i32):
    %0 = halide.call @a(%i) : f32
    halide.yield %0 : f32
  }
  halide.output @b [100]
}
func.func @late(%x: tensor<?x100xf32> {nn.name = "x"},
                %cache: tensor<?x100xf32> {nn.state = "cache"})
    -> (tensor<?x100xf32> {nn.name = "a"}, tensor<?x100xf32> {nn.name = "b"},
        tensor<100xf32> {nn.name = "c"}, tensor<?x100xf32> {nn.state = "cache"}) {
  %0 = halide.launch @clear() into (%cache : tensor<?x100xf32>) : () -> tensor<?x100xf32>
  %1 = halide.launch @k(%cache) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  %2 = halide.launch @clear() into (%x : tensor<?x100xf32>) : () -> tensor<?x100xf32>
  %3 = halide.launch @k(%2) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  %w = nn.parameter "w" : tensor<100xf32>
  %4 = halide.launch @clear_one() into (%w : tensor<100xf32>) : () -> tensor<100xf32>
  %5 = halide.launch @k_one(%4) : (tensor<100xf32>) -> tensor<100xf32>
  return %1, %3, %5, %0 : tensor<?x100xf32>, tensor<?x100xf32>, tensor<100xf32>,
      tensor<?x100xf32>
}

// -----

// A new state is computed in place where nobody reads the old one from then on,
// and may then be updated there; a kernel that reads other elements of the old one
// cannot write over it. What is also a result is copied to the caller.

// CHECK-LABEL: entry @replace:
// CHECK-NEXT:    @k(state 'a') -> output 1
// CHECK-NEXT:    @k(output 1) -> state 'a'
// CHECK-NEXT:    @k(state 'b') -> arena [[B:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    copy state 'a' -> output 0
// CHECK-NEXT:    copy arena [[B]] -> state 'b'
halide.pipeline @k {
  halide.input @a : f32 [100, ?]
  halide.func @b ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %first = arith.constant 0 : i32
    %0 = halide.call @a(%first, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @b [100, ?]
}
func.func @replace(%a: tensor<?x100xf32> {nn.state = "a"},
                   %b: tensor<?x100xf32> {nn.state = "b"})
    -> (tensor<?x100xf32> {nn.state = "a"}, tensor<?x100xf32> {nn.state = "b"},
        tensor<?x100xf32> {nn.name = "new"}, tensor<?x100xf32> {nn.name = "y"}) {
  %0 = halide.launch @k(%a) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  %1 = halide.launch @k(%0) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  %2 = halide.launch @k(%b) : (tensor<?x100xf32>) -> tensor<?x100xf32>
  return %1, %2, %1, %0 : tensor<?x100xf32>, tensor<?x100xf32>,
      tensor<?x100xf32>, tensor<?x100xf32>
}

// -----

// States that change places go by way of the arena; one that stays costs
// nothing; an input and a constant are copied; another entry finds a state where
// the first one left it.

// CHECK-LABEL: entry @exchange: arena of 896 bytes for a sample, at least 896 needed
// CHECK-NEXT:    copy state 'a' -> output 0
// CHECK-NEXT:    copy state 'b' -> arena [[B:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    copy state 'a' -> arena [[A:[0-9]+ to [0-9]+]]
// CHECK-NEXT:    copy arena [[B]] -> state 'a'
// CHECK-NEXT:    copy arena [[A]] -> state 'b'
// CHECK-NEXT:    copy input 0 -> state 'c'
// CHECK-NEXT:    copy weights 0 -> state 'd'
// CHECK-NEXT:  entry @other: arena of 0 bytes
// CHECK-NEXT:    copy state 'd' -> output 0
// CHECK-NEXT:  state 'a' at 0, 412 bytes for a sample
// CHECK-NEXT:  state 'b' at 448, 412 bytes for a sample
// CHECK-NEXT:  state 'same' at 896, 4 bytes for a sample
// CHECK-NEXT:  state 'c' at 960, 4 bytes for a sample
// CHECK-NEXT:  state 'd' at 1024, 12 bytes for a sample
func.func @exchange(%x: tensor<?xf32> {nn.name = "x"},
                    %a: tensor<?x103xf32> {nn.state = "a"},
                    %b: tensor<?x103xf32> {nn.state = "b"},
                    %same: tensor<i32> {nn.state = "same"})
    -> (tensor<?x103xf32> {nn.state = "a"}, tensor<?x103xf32> {nn.state = "b"},
        tensor<?x103xf32> {nn.name = "old"}, tensor<i32> {nn.state = "same"},
        tensor<?xf32> {nn.state = "c"}, tensor<3xf32> {nn.state = "d"}) {
  %w = nn.parameter "w" : tensor<3xf32>
  return %b, %a, %a, %same, %x, %w : tensor<?x103xf32>, tensor<?x103xf32>,
      tensor<?x103xf32>, tensor<i32>, tensor<?xf32>, tensor<3xf32>
}
func.func @other(%d: tensor<3xf32> {nn.state = "d"})
    -> (tensor<3xf32> {nn.name = "d"}) {
  return %d : tensor<3xf32>
}

// -----

// A function on memory writes its last results into tensors, as well: in place, or
// into a copy of one that is needed as it was.

// CHECK-LABEL: entry @append: arena of 0 bytes for a sample
// CHECK-NEXT:    copy state 'kept' -> output 1
// CHECK-NEXT:    @product(input 0) -> output 0, state 'cache', output 1
func.func private @product(%x: memref<?x8xf32>, %y: memref<?x8xf32>,
                           %a: memref<?x100xf32>, %b: memref<?x100xf32>) {
  return
}
func.func @append(%x: tensor<?x8xf32> {nn.name = "x"},
                  %cache: tensor<?x100xf32> {nn.state = "cache"},
                  %kept: tensor<?x100xf32> {nn.state = "kept"})
    -> (tensor<?x8xf32> {nn.name = "y"},
        tensor<?x100xf32> {nn.name = "appended"},
        tensor<?x100xf32> {nn.state = "cache"},
        tensor<?x100xf32> {nn.state = "kept"}) {
  %0:3 = halide.launch @product(%x)
      into (%cache, %kept : tensor<?x100xf32>, tensor<?x100xf32>)
      : (tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<?x100xf32>, tensor<?x100xf32>)
  return %0#0, %0#2, %0#1, %kept
      : tensor<?x8xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>
}
