// Schedules that a kernel cannot have.
// RUN: vitrail-opt %s --convert-nn-to-halide -split-input-file -verify-diagnostics

// expected-error @below {{cannot have its schedule: nothing is to be chosen for it}}
func.func private @pointwise(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<>} {
  %0 = nn.relu %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// expected-error @below {{cannot have its schedule: a product has no queries}}
func.func private @queries(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<queries = 16>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: a tile of 65 rows has more than 64}}
func.func private @many_rows(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 65>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: 40 columns are no multiple of 16 lanes}}
func.func private @columns(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<columns = 40>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: panels of 48 columns cannot be read by 32}}
func.func private @panels(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<columns = 32>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: the product has one row}}
func.func private @one_row(%x: tensor<60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 2>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: the product has one row}}
func.func private @tasks_of_one_row(%x: tensor<60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<tasks = rows>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: each task copies the panels}}
func.func private @copied(%x: tensor<?x9x60xf32>, %y: tensor<?x60x20xf32>)
    -> tensor<?x9x20xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<tasks = panels>} {
  %0 = nn.matmul %x, %y : tensor<?x9x60xf32>, tensor<?x60x20xf32>
  return %0 : tensor<?x9x20xf32>
}

// -----

// expected-error @below {{cannot have its schedule: norms need tasks of rows}}
func.func private @norms(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<tasks = panels, norms = in_tasks>} {
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x9x60xf32>
  %1 = nn.packed_linear %0, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %1 : tensor<?x9x90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: tiles of one row do not fill tasks of several}}
func.func private @single_rows(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 1, grain = 2>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}

// -----

// Three of them fill nine rows.
func.func private @filling_rows(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 1, grain = 3>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}

// -----

// expected-error @below {{cannot have its schedule: attention has 'queries' and 'lanes' alone}}
func.func private @rows_of_attention(%q: tensor<?x9x8xf32>, %k: tensor<?x9x8xf32>,
    %v: tensor<?x9x8xf32>) -> tensor<?x9x8xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 2>} {
  %0 = nn.attention %q, %k, %v scale 1.0
      : tensor<?x9x8xf32>, tensor<?x9x8xf32>, tensor<?x9x8xf32>
  return %0 : tensor<?x9x8xf32>
}

// -----

// expected-error @below {{cannot have its schedule: 7 queries are too few to be lanes}}
func.func private @few_queries(%q: tensor<?x7x8xf32>, %k: tensor<?x9x8xf32>,
    %v: tensor<?x9x8xf32>) -> tensor<?x7x8xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<queries = 16>} {
  %0 = nn.attention %q, %k, %v scale 1.0
      : tensor<?x7x8xf32>, tensor<?x9x8xf32>, tensor<?x9x8xf32>
  return %0 : tensor<?x7x8xf32>
}

// -----

// expected-error @below {{cannot have its schedule: 12 lanes are none of a vector of 16}}
func.func private @lanes(%q: tensor<?x9x8xf32>, %k: tensor<?x9x8xf32>,
    %v: tensor<?x9x8xf32>) -> tensor<?x9x8xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<lanes = 12>} {
  %0 = nn.attention %q, %k, %v scale 1.0
      : tensor<?x9x8xf32>, tensor<?x9x8xf32>, tensor<?x9x8xf32>
  return %0 : tensor<?x9x8xf32>
}

// -----

// expected-error @below {{cannot have its schedule: 20 queries are no multiple of 8 lanes}}
func.func private @part_of_a_vector(%q: tensor<?x9x8xf32>, %k: tensor<?x9x8xf32>,
    %v: tensor<?x9x8xf32>) -> tensor<?x9x8xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<queries = 20, lanes = 8>} {
  %0 = nn.attention %q, %k, %v scale 1.0
      : tensor<?x9x8xf32>, tensor<?x9x8xf32>, tensor<?x9x8xf32>
  return %0 : tensor<?x9x8xf32>
}

// -----

// expected-error @below {{cannot have its schedule: only GPUs have blocks}}
func.func private @blocks(%x: tensor<?x9x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x9x90xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<block_rows = 64>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x9x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x9x90xf32>
}
