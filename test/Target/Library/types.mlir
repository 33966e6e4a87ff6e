// Constants of every element type keep their values; a model of several entries
// has a function for each. No kernel is needed for either.
// RUN: rm -rf %t && mkdir -p %t
// RUN: vitrail-translate --model-to-library --model-name=kinds \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a --library=%t/kinds.so %s -o %t/kinds.h
// RUN: %cc -std=c99 -Wall -Wextra -Werror -pedantic -I%t %S/Inputs/types.c %t/kinds.so \
// RUN:   -Wl,-rpath,%t -o %t/main
// RUN: %t/main | FileCheck %s

// CHECK:      f32 3f800000 c0000000
// CHECK-NEXT: f16 3c00 c000
// CHECK-NEXT: bf16 3f80 c000
// CHECK-NEXT: i8 -128 127
// CHECK-NEXT: i32 -2147483648 2147483647
// CHECK-NEXT: i64 -5 4294967297
// CHECK-NEXT: 2 entries: floats, integers

func.func @floats()
    -> (tensor<2xf32> {nn.name = "f32"}, tensor<2xf16> {nn.name = "f16"},
        tensor<2xbf16> {nn.name = "bf16"}) {
  %0 = nn.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %1 = nn.constant dense<[1.0, -2.0]> : tensor<2xf16>
  %2 = nn.constant dense<[1.0, -2.0]> : tensor<2xbf16>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf16>, tensor<2xbf16>
}
func.func @integers()
    -> (tensor<2xi8> {nn.name = "i8"}, tensor<2xi32> {nn.name = "i32"},
        tensor<2xi64> {nn.name = "i64"}) {
  %0 = nn.constant dense<[-128, 127]> : tensor<2xi8>
  %1 = nn.constant dense<[-2147483648, 2147483647]> : tensor<2xi32>
  %2 = nn.constant dense<[-5, 4294967297]> : tensor<2xi64>
  return %0, %1, %2 : tensor<2xi8>, tensor<2xi32>, tensor<2xi64>
}
