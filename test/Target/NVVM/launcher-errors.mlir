// What a function on memory cannot compute on the processor.

// RUN: vitrail-translate --model-to-library --target=cuda --library=%t.so \
// RUN:   -split-input-file -verify-diagnostics %s

func.func private @subtract(%y: memref<8xf32>) {
  %c8 = arith.constant 8 : index
  // expected-error@+1 {{'arith.subi' op is no operation of a function on memory}}
  %0 = arith.subi %c8, %c8 : index
  return
}
func.func @run() -> (tensor<8xf32> {nn.name = "y"}) {
  %y = halide.launch @subtract() : () -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

func.func private @compare(%y: memref<8xf32>) {
  %c8 = arith.constant 8 : index
  // expected-error@+1 {{'arith.cmpi' op compares as no launcher does}}
  %0 = arith.cmpi slt, %c8, %c8 : index
  return
}
func.func @run() -> (tensor<8xf32> {nn.name = "y"}) {
  %y = halide.launch @compare() : () -> tensor<8xf32>
  return %y : tensor<8xf32>
}
