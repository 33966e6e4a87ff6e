// Inputs are drawn as an entry may see them.
//
// RUN: vitrail-draw-inputs-test %s 4 1 | FileCheck %s
// RUN: vitrail-draw-inputs-test %s 4 1 > %t.1
// RUN: vitrail-draw-inputs-test %s 4 1 | diff %t.1 -
// RUN: vitrail-draw-inputs-test %s 4 2 | not diff %t.1 -

module attributes {nn.generate = {encode = @encode, step = @step, start = 1 : i64, end = 2 : i64, pad = 3 : i64, max_length = 4 : i64, vocabulary = ["a", "b", "c", "d"]}} {

// One in eight tokens is the padding, besides those that are so by chance.
// CHECK: tokens: 8000 elements, 10 distinct, from 0.0000 to 9.0000, deviation {{.*}}, most often 3.0000
func.func @encode(%tokens: tensor<?x2000xi32> {nn.name = "tokens"}) -> (tensor<?x4xf32> {nn.state = "memory"}) {
  %table = nn.parameter "table.weight" : tensor<10x4xf32>
  %big = nn.parameter "big.weight" : tensor<20x4xf32>
  %one = nn.constant dense<1> : tensor<i32>
  %next = nn.add %tokens, %one : tensor<?x2000xi32>, tensor<i32>
  %x = nn.gather %table, %next axis 0 : tensor<10x4xf32>, tensor<?x2000xi32>
  %y = nn.gather %big, %tokens axis 0 : tensor<20x4xf32>, tensor<?x2000xi32>
  %z = nn.add %x, %y : tensor<?x2000x4xf32>, tensor<?x2000x4xf32>
  %mean = nn.reduce mean %z axes [1] : tensor<?x2000x4xf32>
  return %mean : tensor<?x4xf32>
}

// CHECK-NEXT: token: 4 elements,
// CHECK-NEXT: memory: 16 elements, 16 distinct
func.func @step(%token: tensor<?xi32> {nn.name = "token"}, %memory: tensor<?x4xf32> {nn.state = "memory"})
    -> (tensor<?x4xf32> {nn.name = "logits"}) {
  %table = nn.parameter "table.weight" : tensor<10x4xf32>
  %x = nn.gather %table, %token axis 0 : tensor<10x4xf32>, tensor<?xi32>
  %y = nn.add %x, %memory : tensor<?x4xf32>, tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// Pixels of 8 bits; without a description, numbers with variance 1; integers
// that look up nothing; a position in what is updated.
// CHECK-NEXT: image: 8192 elements, 512 distinct, from -1.0000 to 4.0000
// CHECK-NEXT: numbers: 4000 elements, 4000 distinct, from -1.7{{[0-9]+}} to 1.7{{[0-9]+}}, deviation 1.0
// CHECK-NEXT: others: 4000 elements, 16 distinct, from 0.0000 to 15.0000, deviation {{.*}}, most often 3.0000
// CHECK-NEXT: at: 1 elements, 1 distinct, from {{[0-2]}}.0000
func.func @other(%image: tensor<?x2x32x32xf32> {nn.name = "image", nn.preprocess = {mean = array<f64: 0.5, 0.0>, std = array<f64: 0.5, 0.25>}},
                 %numbers: tensor<?x1000xf32> {nn.name = "numbers"},
                 %others: tensor<?x1000xi64> {nn.name = "others"},
                 %at: tensor<i32> {nn.name = "at"}) -> (tensor<?x3xf32> {nn.name = "y"}) {
  %part = nn.slice %numbers [0, 0] [?, 3] [1, 1] : tensor<?x1000xf32>
  %value = nn.slice %numbers [0, 0] [?, 1] [1, 1] : tensor<?x1000xf32>
  %y = nn.update %part, %value, %at axis 1 : tensor<?x3xf32>, tensor<?x1xf32>
  return %y : tensor<?x3xf32>
}
}
