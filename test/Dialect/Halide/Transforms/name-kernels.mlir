// RUN: vitrail-opt %s --halide-name-kernels > %t.once
// RUN: FileCheck %s < %t.once
// RUN: vitrail-opt %t.once --halide-name-kernels | diff %t.once -

// Seven pipelines, six kernels.
// RUN: grep -o 'kernel_[0-9a-f]*' %t.once | sort -u | count 6

// That the command line leaves out what people need not read changes no name.
// RUN: vitrail-opt %s --halide-name-kernels --mlir-elide-elementsattrs-if-larger=1 \
// RUN:   | grep -o 'kernel_[0-9a-f]*' > %t.elided
// RUN: grep -o 'kernel_[0-9a-f]*' %t.once | diff - %t.elided

// A target is part of all names.
// RUN: vitrail-opt %s --halide-name-kernels=target=x86-64-v3 \
// RUN:   | grep -o 'kernel_[0-9a-f]*_x86_64_v3"' | sort -u | count 6

// A kernel of the same text under another name, with another name so far and a
// mark of somebody's.
// CHECK: halide.pipeline @first attributes {link_name = "[[NAME:kernel_[0-9a-f]+]]"}
halide.pipeline @first {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
}
// CHECK: halide.pipeline @second attributes {link_name = "[[NAME]]", test.mark}
halide.pipeline @second attributes {link_name = "old", test.mark} {
  halide.func @f ["i"] : i32 {
  ^bb0(%other: i32):
    halide.yield %other : i32
  }
  halide.output @f [8]
}

// Another extent, another schedule, another name of a func, which is in messages.
// CHECK: halide.pipeline @extent attributes {link_name = "kernel_{{[0-9a-f]+}}"}
halide.pipeline @extent {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [16]
}
// CHECK: halide.pipeline @schedule attributes {link_name = "kernel_{{[0-9a-f]+}}"}
halide.pipeline @schedule {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
  halide.parallel @f "i"
}
// CHECK: halide.pipeline @func attributes {link_name = "kernel_{{[0-9a-f]+}}"}
halide.pipeline @func {
  halide.func @g ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @g [8]
}

// Dense data is part of the text, all of it.
// CHECK: halide.pipeline @data attributes {link_name = "kernel_{{[0-9a-f]+}}"}
halide.pipeline @data {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    %table = arith.constant {test.data = dense<[1, 2, 3]> : tensor<3xi32>} 1 : i32
    halide.yield %table : i32
  }
  halide.output @f [8]
}
// CHECK: halide.pipeline @other_data attributes {link_name = "kernel_{{[0-9a-f]+}}"}
halide.pipeline @other_data {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    %table = arith.constant {test.data = dense<[1, 2, 4]> : tensor<3xi32>} 1 : i32
    halide.yield %table : i32
  }
  halide.output @f [8]
}
