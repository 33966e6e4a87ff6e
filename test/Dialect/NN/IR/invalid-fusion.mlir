// Mistakes in fusions.
// RUN: vitrail-opt %s -split-input-file -verify-diagnostics

// Arguments.
func.func @arguments(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{has a body with arguments: it reads values from outside as they are}}
  %0 = "nn.fusion"() ({
  ^bb0(%y: tensor<?x4xf32>):
    %1 = nn.exp %y : tensor<?x4xf32>
    nn.yield %1 : tensor<?x4xf32>
  }) : () -> tensor<?x4xf32>
  return
}

// -----

// An operation of another dialect.
func.func @other_dialect(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{holds 'func.call', which is no part of a kernel}}
  %0 = nn.fusion {
    %1 = func.call @exp(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
    nn.yield %1 : tensor<?x4xf32>
  } : tensor<?x4xf32>
  return
}
func.func private @exp(tensor<?x4xf32>) -> tensor<?x4xf32>

// -----

// A fusion in a fusion.
func.func @nested(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{holds 'nn.fusion', which is no part of a kernel}}
  %0 = nn.fusion {
    %1 = nn.fusion {
      %2 = nn.exp %x : tensor<?x4xf32>
      nn.yield %2 : tensor<?x4xf32>
    } : tensor<?x4xf32>
    nn.yield %1 : tensor<?x4xf32>
  } : tensor<?x4xf32>
  return
}

// -----

// Nothing is yielded.
func.func @nothing(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{yields nothing}}
  "nn.fusion"() ({
    "nn.yield"() : () -> ()
  }) : () -> ()
  return
}

// -----

// Another number of results.
func.func @results(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{yields values of types 'tensor<?x4xf32>', but its results are 'tensor<?x4xf32>', 'tensor<?x4xf32>'}}
  %0:2 = nn.fusion {
    %1 = nn.exp %x : tensor<?x4xf32>
    nn.yield %1 : tensor<?x4xf32>
  } : tensor<?x4xf32>, tensor<?x4xf32>
  return
}

// -----

// A value from outside.
func.func @outside(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{yields a value that is not defined in it}}
  %0 = nn.fusion {
    nn.yield %x : tensor<?x4xf32>
  } : tensor<?x4xf32>
  return
}

// -----

// No end.
func.func @end(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{has a body that does not end in nn.yield}}
  %0 = nn.fusion {
    func.return
  } : tensor<?x4xf32>
  return
}

// -----

// A yield elsewhere.
func.func @elsewhere(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{expects parent op 'nn.fusion'}}
  nn.yield %x : tensor<?x4xf32>
}
