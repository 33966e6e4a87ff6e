// Schedules that a kernel cannot have on a GPU.
// RUN: vitrail-opt %s --convert-nn-to-halide=gpu=cuda -split-input-file -verify-diagnostics

// expected-error @below {{cannot have its schedule: nothing is to be chosen for it}}
func.func private @pointwise(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<block_rows = 64>} {
  %0 = nn.relu %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// expected-error @below {{cannot have its schedule: a block cannot have such a tile}}
func.func private @processor(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}

// -----

// More sums than a thread has registers for.
// expected-error @below {{cannot have its schedule: a block cannot have such a tile}}
func.func private @large(%x: tensor<?x99x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x99x90xf32> attributes {nn.kernel,
      nn.schedule = #nn.schedule<block_rows = 160, block_columns = 128, depth = 8, slices = 1, thread_rows = 20, thread_columns = 8>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x99x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x99x90xf32>
}
