// Mistakes in operands of attention.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Queries and keys of different features.
func.func @features(%q: tensor<?x8x4xf32>, %k: tensor<?x8x5xf32>) {
  // expected-error@+1 {{attention: features differ: query [batch, 8, 4] has 4, key [batch, 8, 5] has 5}}
  %0 = nn.attention %q, %k, %q scale 1.0 : tensor<?x8x4xf32>, tensor<?x8x5xf32>, tensor<?x8x4xf32>
  return
}

// -----

// Fewer values than keys.
func.func @values(%q: tensor<?x8x4xf32>, %v: tensor<?x7x4xf32>) {
  // expected-error@+1 {{attention: there must be a value for each key: key [batch, 8, 4], value [batch, 7, 4]}}
  %0 = nn.attention %q, %q, %v scale 1.0 : tensor<?x8x4xf32>, tensor<?x8x4xf32>, tensor<?x7x4xf32>
  return
}

// -----

// Other heads.
func.func @leading(%q: tensor<?x3x8x4xf32>, %k: tensor<?x2x8x4xf32>) {
  // expected-error@+1 {{attention: leading dimensions differ: query [batch, 3, 8, 4] and key [batch, 2, 8, 4]}}
  %0 = nn.attention %q, %k, %q scale 1.0 : tensor<?x3x8x4xf32>, tensor<?x2x8x4xf32>, tensor<?x3x8x4xf32>
  return
}

// -----

// tf32 in other numbers.
func.func @tf32_in_f16(%q: tensor<?x8x4xf16>) {
  // expected-error@+1 {{attention: tf32 is stored as f32, but query holds 'f16'}}
  %0 = nn.attention %q, %q, %q scale 1.0 tf32 : tensor<?x8x4xf16>, tensor<?x8x4xf16>, tensor<?x8x4xf16>
  return
}

// -----

// No matrices.
func.func @ranks(%q: tensor<4xf32>) {
  // expected-error@+1 {{attention: query [4] and key [4] must have the same number of dimensions, at least 2}}
  %0 = nn.attention %q, %q, %q scale 1.0 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// The batch as queries.
func.func @batch(%q: tensor<3x?x4xf32>) {
  // expected-error@+1 {{attention: matrices of query [3, batch, 4] must not depend on the batch}}
  %0 = nn.attention %q, %q, %q scale 1.0 : tensor<3x?x4xf32>, tensor<3x?x4xf32>, tensor<3x?x4xf32>
  return
}

// -----

// A bias of other heads.
func.func @addend(%q: tensor<?x3x8x4xf32>, %b: tensor<2x8x8xf32>) {
  // expected-error@+1 {{attention: addend 0 [2, 8, 8] does not broadcast to the scores [batch, 3, 8, 8]}}
  %0 = nn.attention %q, %q, %q scale 1.0 add %b
      : tensor<?x3x8x4xf32>, tensor<?x3x8x4xf32>, tensor<?x3x8x4xf32>, tensor<2x8x8xf32>
  return
}

// -----

// Floats of different types.
func.func @types(%q: tensor<?x8x4xf32>, %v: tensor<?x8x4xf16>) {
  // expected-error@+1 {{attention: element types differ: query has 'f32', value has 'f16'}}
  %0 = nn.attention %q, %q, %v scale 1.0 : tensor<?x8x4xf32>, tensor<?x8x4xf32>, tensor<?x8x4xf16>
  return
}

// -----

func.func @mask_of_floats(%q: tensor<?x8x4xf32>, %m: tensor<8x8xf32>) {
  // expected-error@+1 {{attention: keep [8, 8] must hold booleans, not 'f32'}}
  %0 = nn.attention %q, %q, %q scale 1.0 where %m : tensor<8x8xf32> else 0.0
      : tensor<?x8x4xf32>, tensor<?x8x4xf32>, tensor<?x8x4xf32>
  return
}

// -----

func.func @mask_of_others(%q: tensor<?x8x4xf32>, %m: tensor<8x7xi1>) {
  // expected-error@+1 {{attention: keep [8, 7] does not broadcast to the scores [batch, 8, 8]}}
  %0 = nn.attention %q, %q, %q scale 1.0 where %m : tensor<8x7xi1> else 0.0
      : tensor<?x8x4xf32>, tensor<?x8x4xf32>, tensor<?x8x4xf32>
  return
}

// -----

func.func @mask_without_number(%q: tensor<?x8x4xf32>, %m: tensor<8x8xi1>) {
  // expected-error@+2 {{attention: a mask and the number in its place belong together}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = "nn.attention"(%q, %q, %q, %m) {scale = 1.0, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>}
      : (tensor<?x8x4xf32>, tensor<?x8x4xf32>, tensor<?x8x4xf32>, tensor<8x8xi1>) -> tensor<?x8x4xf32>
  return
}

// -----

func.func @addend_of_rounded(%q: tensor<?x8x4xbf16>, %b: tensor<8x8xbf16>) {
  // expected-error@+1 {{attention: element types differ: scores has 'f32', addend 0 has 'bf16'}}
  %0 = nn.attention %q, %q, %q scale 1.0 add %b
      : tensor<?x8x4xbf16>, tensor<?x8x4xbf16>, tensor<?x8x4xbf16>, tensor<8x8xbf16>
  return
}
