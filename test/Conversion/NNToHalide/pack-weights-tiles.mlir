// The width of panels for a matrix unit: narrow where few rows make panels the
// tasks, wide where rows are, without columns that a narrower one would not add.
//
// RUN: vitrail-opt %s --nn-pack-weights='tiles=true' | FileCheck %s

// CHECK-LABEL: func.func @widths
// CHECK-DAG:   call @few_rows({{.*}}) : (tensor<?x197x64xbf16>, tensor<24x32x32x2xbf16>)
// CHECK-DAG:   call @many_rows({{.*}}) : (tensor<?x3136x96xbf16>, tensor<3x48x96x2xbf16>)
// CHECK-DAG:   call @one_tile({{.*}}) : (tensor<?x64xbf16>, tensor<1x32x16x2xbf16>)
// CHECK-DAG:   call @integers({{.*}}) : (tensor<?x197x62xi8>, tensor<24x16x32x4xi8>)
// CHECK-DAG:   call @single({{.*}}) : (tensor<?x197x64xf32>, tensor<{{[0-9]+}}x64x{{[0-9]+}}xf32>)
func.func @widths(%x: tensor<?x197x64xbf16>, %y: tensor<?x3136x96xbf16>,
                  %z: tensor<?x64xbf16>, %v: tensor<?x197x64xf32>,
                  %u: tensor<?x197x62xi8>)
    -> (tensor<?x197x768xf32>, tensor<?x3136x288xf32>, tensor<?x10xf32>,
        tensor<?x197x768xf32>, tensor<?x197x768xi32>) {
  %a = nn.parameter "a" : tensor<768x64xbf16>
  %b = nn.parameter "b" : tensor<288x96xbf16>
  %c = nn.parameter "c" : tensor<10x64xbf16>
  %d = nn.parameter "d" : tensor<768x64xf32>
  %e = nn.constant dense<1> : tensor<768x62xi8>
  %0 = call @few_rows(%x, %a) : (tensor<?x197x64xbf16>, tensor<768x64xbf16>)
      -> tensor<?x197x768xf32>
  %1 = call @many_rows(%y, %b) : (tensor<?x3136x96xbf16>, tensor<288x96xbf16>)
      -> tensor<?x3136x288xf32>
  %2 = call @one_tile(%z, %c) : (tensor<?x64xbf16>, tensor<10x64xbf16>)
      -> tensor<?x10xf32>
  %3 = call @single(%v, %d) : (tensor<?x197x64xf32>, tensor<768x64xf32>)
      -> tensor<?x197x768xf32>
  %4 = call @integers(%u, %e) : (tensor<?x197x62xi8>, tensor<768x62xi8>)
      -> tensor<?x197x768xi32>
  return %0, %1, %2, %3, %4 : tensor<?x197x768xf32>, tensor<?x3136x288xf32>,
      tensor<?x10xf32>, tensor<?x197x768xf32>, tensor<?x197x768xi32>
}
func.func private @integers(%x: tensor<?x197x62xi8>, %w: tensor<768x62xi8>)
    -> tensor<?x197x768xi32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x197x62xi8>, tensor<768x62xi8>
  return %0 : tensor<?x197x768xi32>
}
func.func private @few_rows(%x: tensor<?x197x64xbf16>, %w: tensor<768x64xbf16>)
    -> tensor<?x197x768xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x197x64xbf16>, tensor<768x64xbf16>
  return %0 : tensor<?x197x768xf32>
}
func.func private @many_rows(%x: tensor<?x3136x96xbf16>,
                             %w: tensor<288x96xbf16>)
    -> tensor<?x3136x288xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x3136x96xbf16>, tensor<288x96xbf16>
  return %0 : tensor<?x3136x288xf32>
}
func.func private @one_tile(%x: tensor<?x64xbf16>, %w: tensor<10x64xbf16>)
    -> tensor<?x10xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x64xbf16>, tensor<10x64xbf16>
  return %0 : tensor<?x10xf32>
}
func.func private @single(%x: tensor<?x197x64xf32>, %w: tensor<768x64xf32>)
    -> tensor<?x197x768xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x197x64xf32>, tensor<768x64xf32>
  return %0 : tensor<?x197x768xf32>
}
