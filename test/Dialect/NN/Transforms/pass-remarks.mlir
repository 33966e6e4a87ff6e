// RUN: vitrail-opt %s --nn-fold-scale --nn-fuse-qkv --nn-form-attention \
// RUN:   --remarks-filter=nn-.* --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | grep remark: | FileCheck %s --implicit-check-not=remark:
// RUN: vitrail-opt %s --nn-form-attention -o /dev/null 2>&1 | count 0

// CHECK:      :20:8: remark: [Passed] FoldScale | Category:nn-fold-scale | Function=attention | Remark="folded into the weight of a linear layer"
// CHECK-NEXT: :15:8: remark: [Passed] FuseQKV | Category:nn-fuse-qkv | Function=attention | Remark="became part of one product with the 2 layers on its input"
// CHECK-NEXT: :16:8: remark: [Passed] FuseQKV | {{.*}} | Remark="became part of one product with the 2 layers on its input"
// A pattern speaks at what it put in place, which is made of three operations.
// CHECK-NEXT: :18:8: remark: [Passed] FormAttention | Category:nn-form-attention | Function=attention | Remark="became nn.attention"
func.func @attention(%x: tensor<?x16x8xf32> {nn.name = "x"})
    -> (tensor<?x16x8xf32> {nn.name = "y"}) {
  %w = nn.parameter "w" : tensor<8x8xf32>
  %u = nn.parameter "u" : tensor<8x8xf32>
  %q = nn.linear %x, %w : tensor<?x16x8xf32>, tensor<8x8xf32>
  %k = nn.linear %x, %u : tensor<?x16x8xf32>, tensor<8x8xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x16x8xf32>
  %s = nn.matmul %q, %t : tensor<?x16x8xf32>, tensor<?x8x16xf32>
  %c = nn.constant dense<3.0> : tensor<f32>
  %d = nn.div %s, %c : tensor<?x16x16xf32>, tensor<f32>
  %p = nn.softmax %d axis 2 : tensor<?x16x16xf32>
  %y = nn.matmul %p, %x : tensor<?x16x16xf32>, tensor<?x16x8xf32>
  return %y : tensor<?x16x8xf32>
}

// A product without a softmax is no candidate, nor is a layer on an input of
// its own: nothing is said.
func.func @no_candidates(%x: tensor<?x16x8xf32> {nn.name = "x"})
    -> (tensor<?x16x16xf32> {nn.name = "y"}) {
  %w = nn.parameter "w.1" : tensor<8x8xf32>
  %q = nn.linear %x, %w : tensor<?x16x8xf32>, tensor<8x8xf32>
  %t = nn.transpose %q [0, 2, 1] : tensor<?x16x8xf32>
  %y = nn.matmul %x, %t : tensor<?x16x8xf32>, tensor<?x8x16xf32>
  return %y : tensor<?x16x16xf32>
}

// Equal remarks on one place are one, with their number: two layers of a block.
// CHECK-NEXT: block.vit:9:10: remark: [Missed] FormAttention | Category:nn-form-attention | Function=twice | Reason="scores come from elsewhere", Times=2
func.func @twice(%s: tensor<?x16x16xf32> {nn.name = "s"},
                 %v: tensor<?x16x16xf32> {nn.name = "v"})
    -> (tensor<?x16x16xf32> {nn.name = "y"}) {
  %p = nn.softmax %s axis 2 : tensor<?x16x16xf32>
  %y = nn.matmul %p, %v : tensor<?x16x16xf32>, tensor<?x16x16xf32> loc(#block)
  %o = nn.softmax %v axis 2 : tensor<?x16x16xf32>
  %z = nn.matmul %o, %y : tensor<?x16x16xf32>, tensor<?x16x16xf32> loc(#block)
  return %z : tensor<?x16x16xf32>
}
#block = loc("block.vit":9:10)
