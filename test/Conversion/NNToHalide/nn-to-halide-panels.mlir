// Panels that were made for longer vectors and more registers than a machine has
// are read in parts, as wide as its own register tiles.
// RUN: vitrail-opt %s --convert-nn-to-halide --canonicalize \
// RUN:   | FileCheck %s --check-prefix=WHOLE
// RUN: vitrail-opt %s --convert-nn-to-halide="lanes=8 registers=16" --canonicalize \
// RUN:   | FileCheck %s --check-prefix=PARTS

// A tile of 7 rows and 3 vectors.
// WHOLE-LABEL: halide.pipeline @product
// WHOLE:       halide.update @sums over @k
// WHOLE-NEXT:  ^bb0(%[[NI:[a-z0-9]+]]: i32, %[[NO:[a-z0-9]+]]: i32, {{.*}}, %[[K:[a-z0-9]+]]: i32):
// WHOLE:         halide.call @in1(%[[NI]], %[[K]], %[[NO]])
// WHOLE:       halide.split @out "n" into "no", "ni" by 48

// One of 4 rows and 2 vectors; three of them to a panel.
// PARTS-LABEL: halide.pipeline @product
// PARTS:       halide.update @sums over @k
// PARTS-NEXT:  ^bb0(%[[NI:[a-z0-9]+]]: i32, %[[NO:[a-z0-9]+]]: i32, {{.*}}, %[[K:[a-z0-9]+]]: i32):
// PARTS-DAG:     %[[PANEL:.*]] = arith.floordivsi %[[NO]], %c3
// PARTS-DAG:     %[[PART:.*]] = halide.mod %[[NO]], %c3
// PARTS-DAG:     %[[FIRST:.*]] = arith.muli %[[PART]], %c16
// PARTS-DAG:     %[[COLUMN:.*]] = arith.addi %[[NI]], %[[FIRST]]
// PARTS:         halide.call @in1(%[[COLUMN]], %[[K]], %[[PANEL]])
// PARTS:       halide.split @out "n" into "no", "ni" by 16
func.func private @product(%x: tensor<?x196x60xf32>, %panels: tensor<2x60x48xf32>)
    -> tensor<?x196x90xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 90
      : tensor<?x196x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x196x90xf32>
}
