// Constants whose elements are those of smaller ones in another order, or again
// and again: the library has the smaller ones, and the memory plan says of what
// the runtime makes of them that it is expanded.
//
// RUN: vitrail-opt --vitrail-to-halide %s | vitrail-translate --model-to-memory-plan | FileCheck %s
// RUN: %python %S/../../Conversion/NNToHalide/Inputs/compare.py %s %t \
// RUN:   --library %build/lib/libvitrail_runtime.a --target x86-64-v2 --batches 1,3

// They have no place in the file of weights either, which is 64 bytes longer.
// RUN: vitrail-opt --vitrail-to-halide %s -o %t.mlir
// RUN: vitrail-translate --model-to-library --library=%t.so --weights-file=%t.weights \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a %t.mlir -o %t.h
// RUN: %python -c "import os; print(os.path.getsize(r'%t.weights') - 64)" | FileCheck %s --check-prefix=FILE
// RUN: vitrail-translate --model-to-library --library=%t.in.so \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a %t.mlir -o %t.h
// RUN: vitrail-run %t.in.so --entry rows --input x=synthetic --output y=%t.npy
// RUN: vitrail-run %t.so --entry rows --input x=synthetic --compare y=%t.npy --tolerance 0

// The weights have a segment of their own beside what contexts share.
// RUN: llvm-readelf --segments --sections %t.in.so | FileCheck %s --check-prefix=SEGMENTS
// SEGMENTS: .bss NOBITS
// SEGMENTS: .lbss PROGBITS

// Biases of heads by the distance of two positions: a head is a dimension of
// the table, so that there are indices for one only.
// CHECK-LABEL: entry @biases
// CHECK-NEXT:    @pointwise{{[a-z_0-9]*}}(input 0, expanded {{[0-9]+}}) -> output 0
func.func @biases(%x: tensor<?x5x11x11xf32> {nn.name = "x"})
    -> (tensor<?x5x11x11xf32> {nn.name = "y"}) {
  %table = nn.parameter "biases.table" : tensor<21x5xf32>
  %to = nn.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]> : tensor<11xi32>
  %from = nn.constant dense<[[10], [9], [8], [7], [6], [5], [4], [3], [2], [1], [0]]> : tensor<11x1xi32>
  %distance = nn.add %to, %from : tensor<11xi32>, tensor<11x1xi32>
  %0 = nn.gather %table, %distance axis 0 : tensor<21x5xf32>, tensor<11x11xi32>
  %1 = nn.transpose %0 [2, 0, 1] : tensor<11x11x5xf32>
  %2 = nn.add %x, %1 : tensor<?x5x11x11xf32>, tensor<5x11x11xf32>
  return %2 : tensor<?x5x11x11xf32>
}

// Rows of a table, whose elements are neighbours in both; of a matrix in the
// middle; and what is computed of parameters first.
// CHECK-LABEL: entry @rows
// CHECK-NEXT:    @pointwise{{[a-z_0-9]*}}(input 0, expanded {{[0-9]+}}) -> output 0
func.func @rows(%x: tensor<?x13x9xf32> {nn.name = "x"})
    -> (tensor<?x13x9xf32> {nn.name = "y"}) {
  %table = nn.parameter "rows.table" : tensor<3x9xf32>
  %i = nn.constant dense<[2, 0, 1, 1, 0, 2, 2, 2, 0, 1, 0, 0, 1]> : tensor<13xi32>
  %0 = nn.gather %table, %i axis 0 : tensor<3x9xf32>, tensor<13xi32>
  %1 = nn.mul %x, %0 : tensor<?x13x9xf32>, tensor<13x9xf32>
  return %1 : tensor<?x13x9xf32>
}
// CHECK-LABEL: entry @middle
// CHECK-NEXT:    @pointwise{{[a-z_0-9]*}}(input 0, expanded {{[0-9]+}}) -> output 0
func.func @middle(%x: tensor<?x4x13x5xf32> {nn.name = "x"})
    -> (tensor<?x4x13x5xf32> {nn.name = "y"}) {
  %a = nn.parameter "middle.a" : tensor<4x3x5xf32>
  %b = nn.parameter "middle.b" : tensor<5xf32>
  %table = nn.mul %a, %b : tensor<4x3x5xf32>, tensor<5xf32>
  %i = nn.constant dense<[2, 0, 1, 1, 0, 2, 2, 2, 0, 1, 0, 0, 1]> : tensor<13xi32>
  %0 = nn.gather %table, %i axis 1 : tensor<4x3x5xf32>, tensor<13xi32>
  %1 = nn.mul %x, %0 : tensor<?x4x13x5xf32>, tensor<4x13x5xf32>
  return %1 : tensor<?x4x13x5xf32>
}

// Rows that change places, of which one is left out.
// CHECK-LABEL: entry @rolled
// CHECK-NEXT:    @pointwise{{[a-z_0-9]*}}(input 0, expanded {{[0-9]+}}) -> output 0
func.func @rolled(%x: tensor<?x12x9xf32> {nn.name = "x"})
    -> (tensor<?x12x9xf32> {nn.name = "y"}) {
  %table = nn.parameter "rolled.table" : tensor<3x9xf32>
  %i = nn.constant dense<[2, 0, 1, 1, 0, 2, 2, 2, 0, 1, 0, 0, 1]> : tensor<13xi32>
  %0 = nn.gather %table, %i axis 0 : tensor<3x9xf32>, tensor<13xi32>
  %1 = nn.roll %0 by 4 axis 0 : tensor<13x9xf32>
  %2 = nn.slice %1 [1, 0] [12, 9] [1, 1] : tensor<13x9xf32>
  %3 = nn.mul %x, %2 : tensor<?x12x9xf32>, tensor<12x9xf32>
  return %3 : tensor<?x12x9xf32>
}

// Neither what would save less than half nor what has other elements as well,
// and not what is looked up by a parameter.
// CHECK-LABEL: entry @stored
// CHECK-NEXT:    @pointwise{{[a-z_0-9]*}}(input 0, weights {{[0-9]+}}, weights {{[0-9]+}}) -> output 0
func.func @stored(%x: tensor<?x13x9xf32> {nn.name = "x"})
    -> (tensor<?x13x9xf32> {nn.name = "y"}) {
  %table = nn.parameter "stored.table" : tensor<7x9xf32>
  %i = nn.constant dense<[6, 5, 4, 3, 2, 1, 0, 0, 1, 2, 3, 4, 5]> : tensor<13xi32>
  %0 = nn.gather %table, %i axis 0 : tensor<7x9xf32>, tensor<13xi32>
  %small = nn.parameter "stored.small" : tensor<2x9xf32>
  %j = nn.constant dense<[0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]> : tensor<12xi32>
  %1 = nn.gather %small, %j axis 0 : tensor<2x9xf32>, tensor<12xi32>
  %2 = nn.pad %1 [1, 0] [0, 0] value 0.5 : tensor<12x9xf32>
  %3 = nn.mul %x, %0 : tensor<?x13x9xf32>, tensor<13x9xf32>
  %4 = nn.add %3, %2 : tensor<?x13x9xf32>, tensor<13x9xf32>
  return %4 : tensor<?x13x9xf32>
}

// CHECK:      weights of 2240 bytes
// CHECK-NEXT: expanded constants of 4480 bytes
// FILE: {{^}}2240{{$}}
