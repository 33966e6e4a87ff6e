// Two functions; the first has an input without a name.
func.func @first(%x: tensor<?x3xf32> {nn.name = "image"}, %y: tensor<3xf32>) -> (tensor<?x3xf32> {nn.name = "sum"}, tensor<3xf32>) {
  %0 = nn.add %x, %y : tensor<?x3xf32>, tensor<3xf32>
  return %0, %y : tensor<?x3xf32>, tensor<3xf32>
}
func.func @second(%x: tensor<?x3xf32> {nn.name = "image"}) -> tensor<?x3xf32> {
  %0 = nn.neg %x : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
func.func private @kernel(%x: tensor<?x3xf32>) -> tensor<?x3xf32> attributes {nn.kernel} {
  return %x : tensor<?x3xf32>
}
