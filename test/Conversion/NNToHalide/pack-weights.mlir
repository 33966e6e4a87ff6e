// RUN: vitrail-opt %s --nn-pack-weights=lanes=4 | FileCheck %s
// RUN: vitrail-opt %s --nn-pack-weights='lanes=4 bf16=true' | FileCheck %s --check-prefix=PAIRS
// RUN: vitrail-opt %s --nn-pack-weights='lanes=4 int8=true' | FileCheck %s --check-prefix=SIGNED
// RUN: vitrail-opt %s --nn-pack-weights='lanes=4 int8=true unsigned=true' | FileCheck %s --check-prefix=UNSIGNED
// RUN: vitrail-opt %s --nn-pack-weights=gpu=cuda | FileCheck %s --check-prefix=GPU
// RUN: %python %S/Inputs/compare.py %s %t --pass nn-pack-weights=lanes=4
// RUN: %python %S/Inputs/compare.py %s %t --pass nn-pack-weights=gpu=cuda
// RUN: %python %S/Inputs/compare.py %s %t --pass "nn-pack-weights=lanes=4 int8=true unsigned=true"

// Rows that fill no panel are added as zeros; each caller packs its own weight.
// CHECK-LABEL: func.func @padded
// CHECK:       %[[FIRST:.*]] = nn.parameter "first"
// CHECK:       %[[SECOND:.*]] = nn.parameter "second"
// CHECK:       %[[ROWS:.*]] = nn.pad %[[FIRST]] [0, 0] [3, 0] value 0.0
// CHECK-NEXT:  %[[SPLIT:.*]] = nn.reshape %[[ROWS]] : tensor<8x6xf32> to tensor<[[PANELS:.*]]x[[WIDTH:.*]]x6xf32>
// CHECK-NEXT:  %[[PACKED:.*]] = nn.transpose %[[SPLIT]] [0, 2, 1]
// CHECK-NEXT:  call @linear(%{{.*}}, %[[PACKED]]) : (tensor<?x6xf32>, tensor<[[PANELS]]x6x[[WIDTH]]xf32>)
// CHECK:       nn.pad %[[SECOND]]
// CHECK:       call @linear(
func.func @padded(%x: tensor<?x6xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"}) {
  %first = nn.parameter "first" : tensor<5x6xf32>
  %second = nn.parameter "second" : tensor<5x6xf32>
  %0 = call @linear(%x, %first)
      : (tensor<?x6xf32>, tensor<5x6xf32>) -> tensor<?x5xf32>
  %1 = call @linear(%x, %second)
      : (tensor<?x6xf32>, tensor<5x6xf32>) -> tensor<?x5xf32>
  return %0, %1 : tensor<?x5xf32>, tensor<?x5xf32>
}
// CHECK:       func.func private @linear(
// CHECK-NOT:   nn.linear
// CHECK:       nn.packed_linear {{.*}} features 5
func.func private @linear(%x: tensor<?x6xf32>, %weight: tensor<5x6xf32>)
    -> tensor<?x5xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x6xf32>, tensor<5x6xf32>
  return %0 : tensor<?x5xf32>
}

// Whole panels need no zeros; all dimensions of a convolution's weight stay in
// their order.
// CHECK-LABEL: func.func @whole_panels
// CHECK:       %[[WEIGHT:.*]] = nn.parameter "conv"
// CHECK-NOT:   nn.pad
// CHECK:       nn.reshape %[[WEIGHT]] : tensor<4x2x3x3xf32> to tensor<1x4x2x3x3xf32>
// CHECK-NEXT:  nn.transpose {{.*}} [0, 2, 3, 4, 1]
func.func @whole_panels(%x: tensor<?x2x3x3xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  %weight = nn.parameter "conv" : tensor<4x2x3x3xf32>
  %bias = nn.parameter "bias" : tensor<4xf32>
  %0 = call @conv(%x, %weight, %bias)
      : (tensor<?x2x3x3xf32>, tensor<4x2x3x3xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
// CHECK:       func.func private @conv(
// CHECK:       nn.packed_linear {{.*}} bias {{.*}} features 4
func.func private @conv(%x: tensor<?x2x3x3xf32>, %weight: tensor<4x2x3x3xf32>,
                        %bias: tensor<4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight bias %bias
      : tensor<?x2x3x3xf32>, tensor<4x2x3x3xf32>, tensor<4xf32>
  return %0 : tensor<?x4xf32>
}

// A weight that one caller computes when the model runs cannot be packed.
// CHECK-LABEL: func.func @weight_at_run_time
// CHECK-NOT:   nn.pad
// CHECK:       return
func.func @weight_at_run_time(%x: tensor<?x6xf32> {nn.name = "x"},
                              %w: tensor<5x6xf32> {nn.name = "w"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"}) {
  %weight = nn.parameter "weight" : tensor<5x6xf32>
  %0 = call @mixed(%x, %weight)
      : (tensor<?x6xf32>, tensor<5x6xf32>) -> tensor<?x5xf32>
  %1 = call @mixed(%x, %w)
      : (tensor<?x6xf32>, tensor<5x6xf32>) -> tensor<?x5xf32>
  return %0, %1 : tensor<?x5xf32>, tensor<?x5xf32>
}
// CHECK:       func.func private @mixed(
// CHECK:       nn.linear
func.func private @mixed(%x: tensor<?x6xf32>, %weight: tensor<5x6xf32>)
    -> tensor<?x5xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x6xf32>, tensor<5x6xf32>
  return %0 : tensor<?x5xf32>
}

// A weight that the kernel reads twice has no layout of its own.
// CHECK-LABEL: func.func private @shared_argument(
// CHECK:       nn.linear
func.func private @shared_argument(%x: tensor<?x4xf32>, %weight: tensor<4x4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x4xf32>, tensor<4x4xf32>
  %1 = nn.slice %weight [0, 0] [1, 4] [1, 1] : tensor<4x4xf32>
  %2 = nn.add %0, %1 : tensor<?x4xf32>, tensor<1x4xf32>
  return %2 : tensor<?x4xf32>
}

// Kernels that share a weight have panels of one width, whatever they would
// choose alone: the two expressions are equal, and stored once. A kernel in
// between shares its weights with both.
// CHECK-LABEL: func.func @score
// CHECK:       call @many_rows({{.*}}) : (tensor<?x60x40xf32>, tensor<[[N:.*]]x40x[[WIDE:.*]]xf32>)
// CHECK-LABEL: func.func @step
// CHECK:       call @one_row({{.*}}) : (tensor<?x1x40xf32>, tensor<[[N]]x40x[[WIDE]]xf32>)
// CHECK:       call @one_row({{.*}}) : (tensor<?x1x40xf32>, tensor<[[N]]x40x[[WIDE]]xf32>)
// CHECK-LABEL: func.func @few
// CHECK:       call @two_rows({{.*}}) : (tensor<?x2x40xf32>, tensor<[[N]]x40x[[WIDE]]xf32>)
// CHECK-LABEL: func.func @alone
// CHECK-NOT:   tensor<[[N]]x40x[[WIDE]]xf32>
// CHECK:       call @one_row_alone(
// CHECK-NOT:   tensor<[[N]]x40x[[WIDE]]xf32>
// CHECK:       return
func.func @score(%x: tensor<?x60x40xf32> {nn.name = "x"})
    -> (tensor<?x60x96xf32> {nn.name = "y"}) {
  %w = nn.parameter "shared.w" : tensor<96x40xf32>
  %0 = call @many_rows(%x, %w)
      : (tensor<?x60x40xf32>, tensor<96x40xf32>) -> tensor<?x60x96xf32>
  return %0 : tensor<?x60x96xf32>
}
func.func @step(%x: tensor<?x1x40xf32> {nn.name = "x"})
    -> (tensor<?x1x96xf32> {nn.name = "y"}, tensor<?x1x96xf32> {nn.name = "z"}) {
  %w = nn.parameter "shared.w" : tensor<96x40xf32>
  %v = nn.parameter "shared.v" : tensor<96x40xf32>
  %0 = call @one_row(%x, %w)
      : (tensor<?x1x40xf32>, tensor<96x40xf32>) -> tensor<?x1x96xf32>
  %1 = call @one_row(%x, %v)
      : (tensor<?x1x40xf32>, tensor<96x40xf32>) -> tensor<?x1x96xf32>
  return %0, %1 : tensor<?x1x96xf32>, tensor<?x1x96xf32>
}
func.func @few(%x: tensor<?x2x40xf32> {nn.name = "x"})
    -> (tensor<?x2x96xf32> {nn.name = "y"}) {
  %v = nn.parameter "shared.v" : tensor<96x40xf32>
  %0 = call @two_rows(%x, %v)
      : (tensor<?x2x40xf32>, tensor<96x40xf32>) -> tensor<?x2x96xf32>
  return %0 : tensor<?x2x96xf32>
}
func.func @alone(%x: tensor<?x1x40xf32> {nn.name = "x"})
    -> (tensor<?x1x96xf32> {nn.name = "y"}) {
  %w = nn.parameter "alone.w" : tensor<96x40xf32>
  %0 = call @one_row_alone(%x, %w)
      : (tensor<?x1x40xf32>, tensor<96x40xf32>) -> tensor<?x1x96xf32>
  return %0 : tensor<?x1x96xf32>
}
func.func private @many_rows(%x: tensor<?x60x40xf32>,
    %weight: tensor<96x40xf32>) -> tensor<?x60x96xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x60x40xf32>, tensor<96x40xf32>
  return %0 : tensor<?x60x96xf32>
}
func.func private @one_row(%x: tensor<?x1x40xf32>,
    %weight: tensor<96x40xf32>) -> tensor<?x1x96xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x1x40xf32>, tensor<96x40xf32>
  return %0 : tensor<?x1x96xf32>
}
func.func private @two_rows(%x: tensor<?x2x40xf32>,
    %weight: tensor<96x40xf32>) -> tensor<?x2x96xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x2x40xf32>, tensor<96x40xf32>
  return %0 : tensor<?x2x96xf32>
}
func.func private @one_row_alone(%x: tensor<?x1x40xf32>,
    %weight: tensor<96x40xf32>) -> tensor<?x1x96xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x1x40xf32>, tensor<96x40xf32>
  return %0 : tensor<?x1x96xf32>
}

// A schedule chooses the width, here that of the kernel with more rows; the
// other one's, with columns that do not divide it, goes. Another target's
// panels come before both.
// CHECK-LABEL: func.func @scheduled
// CHECK:       call @by_schedule({{.*}}) : (tensor<?x9x6xf32>, tensor<3x6x16xf32>)
// CHECK:       call @of_others({{.*}}) : (tensor<?x6xf32>, tensor<3x6x16xf32>)
// CHECK:       call @by_panels({{.*}}) : (tensor<?x6xf32>, tensor<2x6x20xf32>)
// GPU-LABEL: func.func @scheduled
// GPU:       call @by_schedule({{.*}}) : (tensor<?x9x6xf32>, tensor<1x6x64xf32>)
// CHECK:       func.func private @by_schedule
// CHECK-SAME:    nn.schedule = #nn.schedule<columns = 16>
// CHECK:       func.func private @of_others
// CHECK-NOT:     nn.schedule
// CHECK:       func.func private @by_panels
// CHECK-SAME:    attributes {nn.kernel, nn.schedule = #nn.schedule<columns = 4>}
func.func @scheduled(%x: tensor<?x9x6xf32> {nn.name = "x"}, %z: tensor<?x6xf32> {nn.name = "z"})
    -> (tensor<?x9x40xf32> {nn.name = "many"}, tensor<?x40xf32> {nn.name = "one"},
        tensor<?x40xf32> {nn.name = "other"}) {
  %w = nn.parameter "scheduled.w" : tensor<40x6xf32>
  %v = nn.parameter "scheduled.v" : tensor<40x6xf32>
  %0 = call @by_schedule(%x, %w)
      : (tensor<?x9x6xf32>, tensor<40x6xf32>) -> tensor<?x9x40xf32>
  %1 = call @of_others(%z, %w)
      : (tensor<?x6xf32>, tensor<40x6xf32>) -> tensor<?x40xf32>
  %2 = call @by_panels(%z, %v)
      : (tensor<?x6xf32>, tensor<40x6xf32>) -> tensor<?x40xf32>
  return %0, %1, %2 : tensor<?x9x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>
}
func.func private @by_schedule(%x: tensor<?x9x6xf32>, %weight: tensor<40x6xf32>)
    -> tensor<?x9x40xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<columns = 16>} {
  %0 = nn.linear %x, %weight : tensor<?x9x6xf32>, tensor<40x6xf32>
  return %0 : tensor<?x9x40xf32>
}
func.func private @of_others(%x: tensor<?x6xf32>, %weight: tensor<40x6xf32>)
    -> tensor<?x40xf32> attributes {nn.kernel, nn.schedule = #nn.schedule<columns = 12>} {
  %0 = nn.linear %x, %weight : tensor<?x6xf32>, tensor<40x6xf32>
  return %0 : tensor<?x40xf32>
}
func.func private @by_panels(%x: tensor<?x6xf32>, %weight: tensor<40x6xf32>)
    -> tensor<?x40xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<columns = 4>, nn.panel_columns = 20 : i64} {
  %0 = nn.linear %x, %weight : tensor<?x6xf32>, tensor<40x6xf32>
  return %0 : tensor<?x40xf32>
}

// With an instruction for products of integers, groups of four are neighbours. If it takes
// those of the left-hand side to be unsigned, the kernel gets the sums of the
// panels, before what it writes to.
// SIGNED-LABEL: func.func @groups
// SIGNED:       nn.transpose {{.*}} : tensor<1x4x3x2x4xi8>
// SIGNED-NOT:   nn.reduce sum
// UNSIGNED-LABEL: func.func @groups
// UNSIGNED:     %[[WEIGHT:.*]] = nn.quantize
// UNSIGNED:     %[[WHOLE:.*]] = nn.pad %[[WEIGHT]] [0, 0, 0] [1, 0, 1] value 0.0
// UNSIGNED-NEXT: %[[SPLIT:.*]] = nn.reshape %[[WHOLE]] : tensor<4x3x8xi8> to tensor<1x4x3x2x4xi8>
// UNSIGNED-NEXT: %[[PACKED:.*]] = nn.transpose %[[SPLIT]] [0, 2, 3, 1, 4]
// UNSIGNED-NEXT: %[[NUMBERS:.*]] = nn.cast %[[PACKED]] : tensor<1x3x2x4x4xi8> to tensor<1x3x2x4x4xf32>
// UNSIGNED-NEXT: %[[SUMS:.*]] = nn.reduce sum %[[NUMBERS]] axes [1, 2, 4]
// UNSIGNED-NEXT: %[[INTEGERS:.*]] = nn.cast %[[SUMS]] : tensor<1x4xf32> to tensor<1x4xi32>
// UNSIGNED-NEXT: call @integers({{.*}}, %[[PACKED]], %[[INTEGERS]], %{{.*}})
// CHECK-LABEL: func.func @groups
// CHECK:       nn.transpose {{.*}} : tensor<1x4x3x7xi8>
func.func @groups(%x: tensor<?x3x7xf32> {nn.name = "x"})
    -> (tensor<?x3xf32> {nn.name = "y"}) {
  %weight = nn.parameter "groups" : tensor<3x3x7xf32>
  %bias = nn.parameter "groups.bias" : tensor<3xf32>
  %range = nn.reduce max_abs %weight axes [1, 2] keep_dims : tensor<3x3x7xf32>
  %w = nn.quantize %weight by %range : tensor<3x3x7xf32>, tensor<3x1x1xf32>
  %0 = call @integers(%x, %w, %bias)
      : (tensor<?x3x7xf32>, tensor<3x3x7xi8>, tensor<3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
// SIGNED:       func.func private @integers(
// SIGNED:       nn.packed_linear %{{.*}}, %{{.*}} features 3 group 4 : tensor<?x3x7xi8>
// UNSIGNED:     func.func private @integers({{.*}}, %[[W:.*]]: tensor<1x3x2x4x4xi8>, %[[S:.*]]: tensor<1x4xi32>, %{{.*}}: tensor<3xf32>)
// UNSIGNED:     nn.packed_linear %{{.*}}, %[[W]] sums %[[S]] : tensor<1x4xi32> features 3 group 4
// CHECK:        func.func private @integers(
// CHECK:        nn.packed_linear {{.*}} features 3 : tensor<?x3x7xi8>, tensor<1x3x7x4xi8>
func.func private @integers(%x: tensor<?x3x7xf32>, %weight: tensor<3x3x7xi8>,
                            %bias: tensor<3xf32>)
    -> tensor<?x3xf32> attributes {nn.kernel} {
  %range = nn.constant dense<4.0> : tensor<f32>
  %0 = nn.quantize %x by %range : tensor<?x3x7xf32>, tensor<f32>
  %1 = nn.linear %0, %weight : tensor<?x3x7xi8>, tensor<3x3x7xi8>
  %2 = nn.cast %1 : tensor<?x3xi32> to tensor<?x3xf32>
  %3 = nn.add %2, %bias : tensor<?x3xf32>, tensor<3xf32>
  return %3 : tensor<?x3xf32>
}

// A weight of integers that f32 is multiplied with has no groups.
// UNSIGNED:     func.func private @widened(
// UNSIGNED:     nn.packed_linear {{.*}} features 4 : tensor<?x7xf32>, tensor<1x7x4xi8>
func.func @weight_of_integers(%x: tensor<?x7xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  %weight = nn.parameter "widened" : tensor<4x7xf32>
  %range = nn.constant dense<1.0> : tensor<f32>
  %w = nn.quantize %weight by %range : tensor<4x7xf32>, tensor<f32>
  %0 = call @widened(%x, %w)
      : (tensor<?x7xf32>, tensor<4x7xi8>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func private @widened(%x: tensor<?x7xf32>, %weight: tensor<4x7xi8>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x7xf32>, tensor<4x7xi8>
  return %0 : tensor<?x4xf32>
}

// GPUs read lines of 64 columns, or, where these leave some, parts of one panel of
// all, which has a multiple of 32.
// GPU-LABEL: func.func @lines
// GPU:       nn.reshape {{.*}} : tensor<192x6xf32> to tensor<3x64x6xf32>
// GPU:       nn.reshape {{.*}} : tensor<128x6xf32> to tensor<1x128x6xf32>
func.func @lines(%x: tensor<?x6xf32> {nn.name = "x"})
    -> (tensor<?x192xf32> {nn.name = "y"}, tensor<?x99xf32> {nn.name = "z"}) {
  %v = nn.parameter "lines.v" : tensor<192x6xf32>
  %w = nn.parameter "lines.w" : tensor<99x6xf32>
  %0 = call @whole_lines(%x, %v)
      : (tensor<?x6xf32>, tensor<192x6xf32>) -> tensor<?x192xf32>
  %1 = call @one_panel(%x, %w)
      : (tensor<?x6xf32>, tensor<99x6xf32>) -> tensor<?x99xf32>
  return %0, %1 : tensor<?x192xf32>, tensor<?x99xf32>
}
func.func private @whole_lines(%x: tensor<?x6xf32>, %weight: tensor<192x6xf32>)
    -> tensor<?x192xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x6xf32>, tensor<192x6xf32>
  return %0 : tensor<?x192xf32>
}
func.func private @one_panel(%x: tensor<?x6xf32>, %weight: tensor<99x6xf32>)
    -> tensor<?x99xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x6xf32>, tensor<99x6xf32>
  return %0 : tensor<?x99xf32>
}

// With an instruction for pairs of bf16, these are neighbours; the last one of
// an odd number has a zero beside it.
// PAIRS-LABEL: func.func @pairs
// PAIRS:       %[[WEIGHT:.*]] = nn.parameter "odd" : tensor<4x3x7xbf16>
// PAIRS-NEXT:  %[[WHOLE:.*]] = nn.pad %[[WEIGHT]] [0, 0, 0] [0, 0, 1] value 0.0
// PAIRS-NEXT:  %[[SPLIT:.*]] = nn.reshape %[[WHOLE]] : tensor<4x3x8xbf16> to tensor<1x4x3x4x2xbf16>
// PAIRS-NEXT:  %[[PACKED:.*]] = nn.transpose %[[SPLIT]] [0, 2, 3, 1, 4]
// CHECK-LABEL: func.func @pairs
// CHECK:       nn.reshape {{.*}} : tensor<4x3x7xbf16> to tensor<1x4x3x7xbf16>
func.func @pairs(%x: tensor<?x3x7xbf16>) -> tensor<?x4xf32> {
  %weight = nn.parameter "odd" : tensor<4x3x7xbf16>
  %0 = call @narrow(%x, %weight)
      : (tensor<?x3x7xbf16>, tensor<4x3x7xbf16>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
// PAIRS:       func.func private @narrow(
// PAIRS:       nn.packed_linear {{.*}} features 4 group 2 : tensor<?x3x7xbf16>, tensor<1x3x4x4x2xbf16>
// CHECK:       func.func private @narrow(
// CHECK:       nn.packed_linear {{.*}} features 4 : tensor<?x3x7xbf16>, tensor<1x3x7x4xbf16>
func.func private @narrow(%x: tensor<?x3x7xbf16>, %weight: tensor<4x3x7xbf16>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x3x7xbf16>, tensor<4x3x7xbf16>
  return %0 : tensor<?x4xf32>
}
