// What the tests of damaged files ask of them.
func.func @single() -> (tensor<2x3xf32> {nn.name = "single"}) {
  %0 = nn.parameter "single" : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
