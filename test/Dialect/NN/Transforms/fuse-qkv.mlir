// RUN: vitrail-opt %s --nn-fuse-qkv --canonicalize | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t/pass --pass nn-fuse-qkv
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t/all --pass vitrail-kernels

// Three layers, one product; zeros stand for the key's bias.
// CHECK-LABEL: func.func @self_attention
// CHECK-SAME:  %[[X:.*]]: tensor<?x5x4xf32>
// CHECK-DAG:   %[[WQ:.*]] = nn.parameter "self.wq"
// CHECK-DAG:   %[[WK:.*]] = nn.parameter "self.wk"
// CHECK-DAG:   %[[WV:.*]] = nn.parameter "self.wv"
// CHECK-DAG:   %[[BQ:.*]] = nn.parameter "self.bq"
// CHECK-DAG:   %[[BV:.*]] = nn.parameter "self.bv"
// CHECK-DAG:   %[[ZEROS:.*]] = nn.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-DAG:   %[[W:.*]] = nn.concat %[[WQ]], %[[WK]], %[[WV]] axis 0
// CHECK-DAG:   %[[B:.*]] = nn.concat %[[BQ]], %[[ZEROS]], %[[BV]] axis 0
// CHECK:       %[[QKV:.*]] = nn.linear %[[X]], %[[W]] bias %[[B]]
// CHECK-NOT:   nn.linear
// CHECK-DAG:   nn.slice %[[QKV]] [0, 0, 0] [?, 5, 4] [1, 1, 1]
// CHECK-DAG:   nn.slice %[[QKV]] [0, 0, 4] [?, 5, 4] [1, 1, 1]
// CHECK-DAG:   nn.slice %[[QKV]] [0, 0, 8] [?, 5, 6] [1, 1, 1]
// CHECK:       return
func.func @self_attention(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x5x6xf32> {nn.name = "y"}) {
  %wq = nn.parameter "self.wq" : tensor<4x4xf32>
  %bq = nn.parameter "self.bq" : tensor<4xf32>
  %q = nn.linear %x, %wq bias %bq
      : tensor<?x5x4xf32>, tensor<4x4xf32>, tensor<4xf32>
  %wk = nn.parameter "self.wk" : tensor<4x4xf32>
  %k = nn.linear %x, %wk : tensor<?x5x4xf32>, tensor<4x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x4xf32>
  %scores = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x5xf32>
  %p = nn.softmax %scores axis 2 : tensor<?x5x5xf32>
  %wv = nn.parameter "self.wv" : tensor<6x4xf32>
  %bv = nn.parameter "self.bv" : tensor<6xf32>
  %v = nn.linear %x, %wv bias %bv
      : tensor<?x5x4xf32>, tensor<6x4xf32>, tensor<6xf32>
  %y = nn.matmul %p, %v : tensor<?x5x5xf32>, tensor<?x5x6xf32>
  return %y : tensor<?x5x6xf32>
}

// Queries of one sequence look at another: keys and values are a pair.
// CHECK-LABEL: func.func @cross_attention
// CHECK:       nn.linear %{{.*}} : tensor<?x5x4xf32>, tensor<4x4xf32>
// CHECK:       nn.linear %{{.*}} : tensor<?x7x4xf32>, tensor<8x4xf32>
// CHECK-NOT:   nn.linear
// CHECK:       return
func.func @cross_attention(%x: tensor<?x5x4xf32> {nn.name = "x"},
                           %memory: tensor<?x7x4xf32> {nn.name = "memory"})
    -> (tensor<?x5x4xf32> {nn.name = "y"}) {
  %wq = nn.parameter "cross.wq" : tensor<4x4xf32>
  %wk = nn.parameter "cross.wk" : tensor<4x4xf32>
  %wv = nn.parameter "cross.wv" : tensor<4x4xf32>
  %q = nn.linear %x, %wq : tensor<?x5x4xf32>, tensor<4x4xf32>
  %k = nn.linear %memory, %wk : tensor<?x7x4xf32>, tensor<4x4xf32>
  %v = nn.linear %memory, %wv : tensor<?x7x4xf32>, tensor<4x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x7x4xf32>
  %scores = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x7xf32>
  %y = nn.matmul %scores, %v : tensor<?x5x7xf32>, tensor<?x7x4xf32>
  return %y : tensor<?x5x4xf32>
}

// The encoder that keeps these keys and values joins the same weights, though
// they do not meet there.
// CHECK-LABEL: func.func @encode
// CHECK:       nn.linear %{{.*}} : tensor<?x7x4xf32>, tensor<8x4xf32>
// CHECK-NOT:   nn.linear
// CHECK:       return
func.func @encode(%memory: tensor<?x7x4xf32> {nn.name = "memory"})
    -> (tensor<?x2x7x2xf32> {nn.name = "keys"},
        tensor<?x2x7x2xf32> {nn.name = "values"}) {
  %wk = nn.parameter "cross.wk" : tensor<4x4xf32>
  %wv = nn.parameter "cross.wv" : tensor<4x4xf32>
  %k = nn.linear %memory, %wk : tensor<?x7x4xf32>, tensor<4x4xf32>
  %v = nn.linear %memory, %wv : tensor<?x7x4xf32>, tensor<4x4xf32>
  %0 = nn.reshape %k : tensor<?x7x4xf32> to tensor<?x7x2x2xf32>
  %keys = nn.transpose %0 [0, 2, 1, 3] : tensor<?x7x2x2xf32>
  %1 = nn.reshape %v : tensor<?x7x4xf32> to tensor<?x7x2x2xf32>
  %values = nn.transpose %1 [0, 2, 1, 3] : tensor<?x7x2x2xf32>
  return %keys, %values : tensor<?x2x7x2xf32>, tensor<?x2x7x2xf32>
}

// Slices of one parameter, in whatever order, are the parameter again.
// CHECK-LABEL: func.func @one_parameter
// CHECK-DAG:   %[[W:.*]] = nn.parameter "in_proj_weight"
// CHECK-DAG:   %[[B:.*]] = nn.parameter "in_proj_bias"
// CHECK:       %[[QKV:.*]] = nn.linear %{{.*}}, %[[W]] bias %[[B]]
// CHECK-NOT:   nn.linear
// CHECK-DAG:   nn.slice %[[QKV]] [0, 0, 0] [?, 5, 4] [1, 1, 1]
// CHECK-DAG:   nn.slice %[[QKV]] [0, 0, 4] [?, 5, 4] [1, 1, 1]
// CHECK-DAG:   nn.slice %[[QKV]] [0, 0, 8] [?, 5, 4] [1, 1, 1]
func.func @one_parameter(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x5x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "in_proj_weight" : tensor<12x4xf32>
  %b = nn.parameter "in_proj_bias" : tensor<12xf32>
  %wkv = nn.slice %w [4, 0] [8, 4] [1, 1] : tensor<12x4xf32>
  %bkv = nn.slice %b [4] [8] [1] : tensor<12xf32>
  %kv = nn.linear %x, %wkv bias %bkv
      : tensor<?x5x4xf32>, tensor<8x4xf32>, tensor<8xf32>
  %k = nn.slice %kv [0, 0, 0] [?, 5, 4] [1, 1, 1] : tensor<?x5x8xf32>
  %v = nn.slice %kv [0, 0, 4] [?, 5, 4] [1, 1, 1] : tensor<?x5x8xf32>
  %wq = nn.slice %w [0, 0] [4, 4] [1, 1] : tensor<12x4xf32>
  %bq = nn.slice %b [0] [4] [1] : tensor<12xf32>
  %q = nn.linear %x, %wq bias %bq
      : tensor<?x5x4xf32>, tensor<4x4xf32>, tensor<4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x4xf32>
  %scores = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x5xf32>
  %y = nn.matmul %scores, %v : tensor<?x5x5xf32>, tensor<?x5x4xf32>
  return %y : tensor<?x5x4xf32>
}

// A scaled slice is in its place, too; the others are one slice.
// CHECK-LABEL: func.func @scaled_slice
// CHECK:       %[[W:.*]] = nn.parameter "scaled.w"
// CHECK-DAG:   %[[Q:.*]] = nn.slice %[[W]] [0, 0] [4, 4] [1, 1]
// CHECK-DAG:   %[[SCALED:.*]] = nn.mul %[[Q]], %{{.*}}
// CHECK-DAG:   %[[KV:.*]] = nn.slice %[[W]] [4, 0] [8, 4] [1, 1]
// CHECK:       nn.concat %[[SCALED]], %[[KV]] axis 0
func.func @scaled_slice(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x5x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "scaled.w" : tensor<12x4xf32>
  %wk = nn.slice %w [4, 0] [4, 4] [1, 1] : tensor<12x4xf32>
  %wv = nn.slice %w [8, 0] [4, 4] [1, 1] : tensor<12x4xf32>
  %wq = nn.slice %w [0, 0] [4, 4] [1, 1] : tensor<12x4xf32>
  %c = nn.constant dense<0.75> : tensor<f32>
  %scaled = nn.mul %wq, %c : tensor<4x4xf32>, tensor<f32>
  %k = nn.linear %x, %wk : tensor<?x5x4xf32>, tensor<4x4xf32>
  %v = nn.linear %x, %wv : tensor<?x5x4xf32>, tensor<4x4xf32>
  %q = nn.linear %x, %scaled : tensor<?x5x4xf32>, tensor<4x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x4xf32>
  %scores = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x5xf32>
  %y = nn.matmul %scores, %v : tensor<?x5x5xf32>, tensor<?x5x4xf32>
  return %y : tensor<?x5x4xf32>
}

// A step of a decoder: keys and values replace one position of the caches.
// CHECK-LABEL: func.func @step
// CHECK:       nn.linear %{{.*}} : tensor<?x1x4xf32>, tensor<12x4xf32>
// CHECK-NOT:   nn.linear
// CHECK:       return
func.func @step(%x: tensor<?x1x4xf32> {nn.name = "x"},
                %keys: tensor<?x7x4xf32> {nn.name = "keys"},
                %values: tensor<?x7x4xf32> {nn.name = "values"})
    -> (tensor<?x1x4xf32> {nn.name = "y"}) {
  %i = nn.constant dense<3> : tensor<i32>
  %wq = nn.parameter "step.wq" : tensor<4x4xf32>
  %wk = nn.parameter "step.wk" : tensor<4x4xf32>
  %wv = nn.parameter "step.wv" : tensor<4x4xf32>
  %q = nn.linear %x, %wq : tensor<?x1x4xf32>, tensor<4x4xf32>
  %k = nn.linear %x, %wk : tensor<?x1x4xf32>, tensor<4x4xf32>
  %v = nn.linear %x, %wv : tensor<?x1x4xf32>, tensor<4x4xf32>
  %0 = nn.update %keys, %k, %i axis 1 : tensor<?x7x4xf32>, tensor<?x1x4xf32>
  %1 = nn.update %values, %v, %i axis 1 : tensor<?x7x4xf32>, tensor<?x1x4xf32>
  %t = nn.transpose %0 [0, 2, 1] : tensor<?x7x4xf32>
  %scores = nn.matmul %q, %t : tensor<?x1x4xf32>, tensor<?x4x7xf32>
  %y = nn.matmul %scores, %1 : tensor<?x1x7xf32>, tensor<?x7x4xf32>
  return %y : tensor<?x1x4xf32>
}

// Different inputs; and a weight that is computed when the model runs.
// CHECK-LABEL: func.func @other_input_and_weight
// CHECK-COUNT-3: nn.linear
// CHECK:         return
func.func @other_input_and_weight(%x: tensor<?x5x4xf32> {nn.name = "x"},
                                  %z: tensor<?x5x4xf32> {nn.name = "z"},
                                  %w: tensor<4x4xf32> {nn.name = "w"})
    -> (tensor<?x5x4xf32> {nn.name = "y"}) {
  %wq = nn.parameter "other.wq" : tensor<4x4xf32>
  %wk = nn.parameter "other.wk" : tensor<4x4xf32>
  %q = nn.linear %x, %wq : tensor<?x5x4xf32>, tensor<4x4xf32>
  %k = nn.linear %z, %wk : tensor<?x5x4xf32>, tensor<4x4xf32>
  %v = nn.linear %x, %w : tensor<?x5x4xf32>, tensor<4x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x4xf32>
  %scores = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x5xf32>
  %y = nn.matmul %scores, %v : tensor<?x5x5xf32>, tensor<?x5x4xf32>
  return %y : tensor<?x5x4xf32>
}

// A bias that is computed when the model runs.
// CHECK-LABEL: func.func @other_bias
// CHECK-COUNT-2: nn.linear
// CHECK:         return
func.func @other_bias(%x: tensor<?x5x4xf32> {nn.name = "x"},
                      %b: tensor<4xf32> {nn.name = "b"})
    -> (tensor<?x5x5xf32> {nn.name = "y"}) {
  %wq = nn.parameter "bias.wq" : tensor<4x4xf32>
  %wk = nn.parameter "bias.wk" : tensor<4x4xf32>
  %q = nn.linear %x, %wq bias %b
      : tensor<?x5x4xf32>, tensor<4x4xf32>, tensor<4xf32>
  %k = nn.linear %x, %wk : tensor<?x5x4xf32>, tensor<4x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x4xf32>
  %y = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x5xf32>
  return %y : tensor<?x5x5xf32>
}

// One layer contracts two dimensions, the other one.
// CHECK-LABEL: func.func @other_contraction
// CHECK-COUNT-2: nn.linear
// CHECK:         return
func.func @other_contraction(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x2xf32> {nn.name = "y"}) {
  %one = nn.parameter "contraction.one" : tensor<3x4xf32>
  %two = nn.parameter "contraction.two" : tensor<5x5x4xf32>
  %0 = nn.linear %x, %one : tensor<?x5x4xf32>, tensor<3x4xf32>
  %1 = nn.linear %x, %two : tensor<?x5x4xf32>, tensor<5x5x4xf32>
  %2 = nn.reshape %1 : tensor<?x5xf32> to tensor<?x1x5xf32>
  %3 = nn.matmul %2, %0 : tensor<?x1x5xf32>, tensor<?x5x3xf32>
  %4 = nn.reshape %3 : tensor<?x1x3xf32> to tensor<?x3xf32>
  %y = nn.slice %4 [0, 0] [?, 2] [1, 1] : tensor<?x3xf32>
  return %y : tensor<?x2xf32>
}

// Kernels of a gated layer go on with elementwise operations; a wider product
// would have to leave them to another kernel.
// CHECK-LABEL: func.func @gate
// CHECK-COUNT-2: nn.linear
// CHECK:         return
func.func @gate(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x6xf32> {nn.name = "y"}) {
  %wu = nn.parameter "gate.up" : tensor<6x4xf32>
  %wg = nn.parameter "gate.gate" : tensor<6x4xf32>
  %u = nn.linear %x, %wu : tensor<?x4xf32>, tensor<6x4xf32>
  %g = nn.linear %x, %wg : tensor<?x4xf32>, tensor<6x4xf32>
  %0 = nn.gelu %g : tensor<?x6xf32>
  %y = nn.mul %u, %0 : tensor<?x6xf32>, tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// Results that leave the function, as they are or reshaped, would be copied.
// CHECK-LABEL: func.func @returned
// CHECK-COUNT-2: nn.linear
// CHECK:         return
func.func @returned(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x20xf32> {nn.name = "q"}, tensor<?x5x4xf32> {nn.name = "k"},
        tensor<?x5x5xf32> {nn.name = "y"}) {
  %wq = nn.parameter "returned.wq" : tensor<4x4xf32>
  %wk = nn.parameter "returned.wk" : tensor<4x4xf32>
  %q = nn.linear %x, %wq : tensor<?x5x4xf32>, tensor<4x4xf32>
  %k = nn.linear %x, %wk : tensor<?x5x4xf32>, tensor<4x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x4xf32>
  %y = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x5xf32>
  %r = nn.reshape %q : tensor<?x5x4xf32> to tensor<?x20xf32>
  return %r, %k, %y : tensor<?x20xf32>, tensor<?x5x4xf32>, tensor<?x5x5xf32>
}

// Each layer of a decoder has keys of its own; those of all layers at once would
// live until the last.
// CHECK-LABEL: func.func @two_layers
// CHECK-COUNT-3: nn.linear
// CHECK:         return
func.func @two_layers(%x: tensor<?x5x4xf32> {nn.name = "x"},
                      %memory: tensor<?x7x4xf32> {nn.name = "memory"})
    -> (tensor<?x5x7xf32> {nn.name = "y"}) {
  %w0 = nn.parameter "layers.0" : tensor<4x4xf32>
  %w1 = nn.parameter "layers.1" : tensor<4x4xf32>
  %w2 = nn.parameter "layers.2" : tensor<4x7xf32>
  %k0 = nn.linear %memory, %w0 : tensor<?x7x4xf32>, tensor<4x4xf32>
  %t0 = nn.transpose %k0 [0, 2, 1] : tensor<?x7x4xf32>
  %s0 = nn.matmul %x, %t0 : tensor<?x5x4xf32>, tensor<?x4x7xf32>
  %z = nn.linear %s0, %w2 : tensor<?x5x7xf32>, tensor<4x7xf32>
  %k1 = nn.linear %memory, %w1 : tensor<?x7x4xf32>, tensor<4x4xf32>
  %t1 = nn.transpose %k1 [0, 2, 1] : tensor<?x7x4xf32>
  %y = nn.matmul %z, %t1 : tensor<?x5x4xf32>, tensor<?x4x7xf32>
  return %y : tensor<?x5x7xf32>
}

// Another layer has one of the weights alone: joined, it would be stored twice.
// CHECK-LABEL: func.func @weight_elsewhere
// CHECK-COUNT-3: nn.linear
// CHECK:         return
func.func @weight_elsewhere(%x: tensor<?x5x4xf32> {nn.name = "x"},
                            %z: tensor<?x2x4xf32> {nn.name = "z"})
    -> (tensor<?x5x5xf32> {nn.name = "y"}, tensor<?x2x4xf32> {nn.name = "a"}) {
  %wq = nn.parameter "elsewhere.wq" : tensor<4x4xf32>
  %wk = nn.parameter "elsewhere.wk" : tensor<4x4xf32>
  %q = nn.linear %x, %wq : tensor<?x5x4xf32>, tensor<4x4xf32>
  %k = nn.linear %x, %wk : tensor<?x5x4xf32>, tensor<4x4xf32>
  %t = nn.transpose %k [0, 2, 1] : tensor<?x5x4xf32>
  %y = nn.matmul %q, %t : tensor<?x5x4xf32>, tensor<?x4x5xf32>
  %a = nn.linear %z, %wk : tensor<?x2x4xf32>, tensor<4x4xf32>
  return %y, %a : tensor<?x5x5xf32>, tensor<?x2x4xf32>
}
