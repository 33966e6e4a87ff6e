// Schedules that a product cannot have on tensor cores.
// RUN: vitrail-opt %s --convert-nn-to-gpu -split-input-file -verify-diagnostics

// expected-error @below {{cannot have its schedule: tensor cores have no such tile}}
func.func private @tile(%x: tensor<?x17x768xf16>, %w: tensor<36x768x64xf16>)
    -> tensor<?x17x2304xf32> attributes {nn.kernel,
      nn.schedule = #nn.schedule<block_rows = 48, block_columns = 64, depth = 64>} {
  %0 = nn.packed_linear %x, %w features 2304 : tensor<?x17x768xf16>, tensor<36x768x64xf16>
  return %0 : tensor<?x17x2304xf32>
}

// -----

// Of f16, not of tf32.
// expected-error @below {{cannot have its schedule: tensor cores have no such tile}}
func.func private @tf32(%x: tensor<?x17x768xf32>, %w: tensor<36x768x64xf32>)
    -> tensor<?x17x2304xf32> attributes {nn.kernel,
      nn.schedule = #nn.schedule<block_rows = 32, block_columns = 64, depth = 128>} {
  %0 = nn.packed_linear %x, %w features 2304 tf32 : tensor<?x17x768xf32>, tensor<36x768x64xf32>
  return %0 : tensor<?x17x2304xf32>
}
