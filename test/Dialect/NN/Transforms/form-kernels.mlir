// RUN: vitrail-opt %s --pass-pipeline='builtin.module(func.func(nn-fuse-epilogue,nn-fuse-pointwise,nn-fold-patches),nn-form-kernels)' | FileCheck %s
// RUN: vitrail-opt %s --nn-form-kernels | FileCheck %s --check-prefix=ALONE
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t --pass nn-form-kernels
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t \
// RUN:   --pass pass-pipeline='builtin.module(func.func(nn-fuse-epilogue,nn-fuse-pointwise,nn-fold-patches),nn-form-kernels)'

// After all that fuses, kernels are what is fused; alone, each operation is one.
// ALONE-LABEL: func.func @epilogue
// ALONE:       call @linear(
// ALONE-NEXT:  call @pointwise_gelu
// ALONE-NEXT:  call @pointwise_add
// ALONE-NEXT:  return
// ALONE-LABEL: func.func @read_through
// ALONE-NEXT:  call @pointwise
// ALONE-NEXT:  nn.reshape
// ALONE-NEXT:  call @pointwise_slice
// ALONE-NEXT:  call @softmax
// ALONE-NEXT:  return

// A product takes bias, activation and residual with it.
// CHECK-LABEL: func.func @epilogue
// CHECK:       %[[RESULT:.*]] = call @[[EPILOGUE:linear_gelu_add]](
// CHECK-NEXT:  return %[[RESULT]]
func.func @epilogue(%x: tensor<?x3x4xf32> {nn.name = "x"},
                    %y: tensor<?x3x5xf32> {nn.name = "y"})
    -> (tensor<?x3x5xf32> {nn.name = "z"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %bias = nn.parameter "bias" : tensor<5xf32>
  %0 = nn.linear %x, %weight bias %bias
      : tensor<?x3x4xf32>, tensor<5x4xf32>, tensor<5xf32>
  %1 = nn.gelu %0 : tensor<?x3x5xf32>
  %2 = nn.add %1, %y : tensor<?x3x5xf32>, tensor<?x3x5xf32>
  return %2 : tensor<?x3x5xf32>
}

// A value with two users is stored, and each user is a kernel of its own.
// CHECK-LABEL: func.func @two_users
// CHECK:       %[[PRODUCT:.*]] = call @linear{{(_[0-9]+)?}}(
// CHECK-DAG:   call @pointwise_gelu{{.*}}(%[[PRODUCT]])
// CHECK-DAG:   call @pointwise_tanh{{.*}}(%[[PRODUCT]])
// CHECK:       return
func.func @two_users(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %0 = nn.linear %x, %weight : tensor<?x4xf32>, tensor<5x4xf32>
  %1 = nn.gelu %0 : tensor<?x5xf32>
  %2 = nn.tanh %0 : tensor<?x5xf32>
  return %1, %2 : tensor<?x5xf32>, tensor<?x5xf32>
}

// An elementwise operation that repeats the product's elements is no epilogue.
// CHECK-LABEL: func.func @repeated_elements
// CHECK:       call @softmax
// CHECK-NEXT:  call @pointwise_add
// CHECK-NEXT:  return
func.func @repeated_elements(%x: tensor<3xf32> {nn.name = "x"},
                             %y: tensor<?x3xf32> {nn.name = "y"})
    -> (tensor<?x3xf32> {nn.name = "z"}) {
  %0 = nn.softmax %x axis 0 : tensor<3xf32>
  %1 = nn.add %y, %0 : tensor<?x3xf32>, tensor<3xf32>
  return %1 : tensor<?x3xf32>
}

// Two products are two kernels; the second reads the first's stored result.
// CHECK-LABEL: func.func @product_of_product
// CHECK:       %[[HIDDEN:.*]] = call @linear_relu{{.*}}(
// CHECK-NEXT:  call @linear{{.*}}(%[[HIDDEN]]
// CHECK-NEXT:  return
func.func @product_of_product(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x3xf32> {nn.name = "y"}) {
  %first = nn.parameter "first" : tensor<5x4xf32>
  %second = nn.parameter "second" : tensor<3x5xf32>
  %0 = nn.linear %x, %first : tensor<?x4xf32>, tensor<5x4xf32>
  %1 = nn.relu %0 : tensor<?x5xf32>
  %2 = nn.linear %1, %second : tensor<?x5xf32>, tensor<3x5xf32>
  return %2 : tensor<?x3xf32>
}

// Transposes and slices are read through, also a reshape between them.
// CHECK-LABEL: func.func @read_through
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x6x8xf32>
// CHECK-NEXT:  %[[RESULT:.*]] = call @[[READ_THROUGH:softmax.*]](%[[X]])
// CHECK-NEXT:  return %[[RESULT]]
func.func @read_through(%x: tensor<?x6x8xf32> {nn.name = "x"})
    -> (tensor<?x4x2x6xf32> {nn.name = "y"}) {
  %0 = nn.transpose %x [0, 2, 1] : tensor<?x6x8xf32>
  %1 = nn.reshape %0 : tensor<?x8x6xf32> to tensor<?x4x2x6xf32>
  %2 = nn.slice %1 [0, 0, 0, 0] [?, 4, 2, 6] [1, 1, 1, 1] : tensor<?x4x2x6xf32>
  %3 = nn.softmax %2 axis 3 : tensor<?x4x2x6xf32>
  return %3 : tensor<?x4x2x6xf32>
}

// A reshape next to a stored tensor stays outside, where it is free.
// CHECK-LABEL: func.func @free_reshape
// CHECK:       %[[HEADS:.*]] = nn.reshape
// CHECK-NEXT:  call @softmax{{.*}}(%[[HEADS]])
func.func @free_reshape(%x: tensor<?x6x8xf32> {nn.name = "x"})
    -> (tensor<?x6x2x4xf32> {nn.name = "y"}) {
  %0 = nn.reshape %x : tensor<?x6x8xf32> to tensor<?x6x2x4xf32>
  %1 = nn.softmax %0 axis 3 : tensor<?x6x2x4xf32>
  return %1 : tensor<?x6x2x4xf32>
}

// No index follows a reshape around the batch: the transpose is stored first.
// CHECK-LABEL: func.func @batch_inside_reshape
// CHECK:       %[[STORED:.*]] = call @pointwise{{.*}} -> tensor<4x?x3xf32>
// CHECK-NEXT:  %[[MERGED:.*]] = nn.reshape %[[STORED]]
// CHECK-NEXT:  call @layer_norm{{.*}}(%[[MERGED]])
func.func @batch_inside_reshape(%x: tensor<?x4x3xf32> {nn.name = "x"})
    -> (tensor<?x3xf32, #nn.batch<4>> {nn.name = "y"}) {
  %0 = nn.transpose %x [1, 0, 2] : tensor<?x4x3xf32>
  %1 = nn.reshape %0 : tensor<4x?x3xf32> to tensor<?x3xf32, #nn.batch<4>>
  %2 = nn.layer_norm %1 epsilon 1.0e-2 : tensor<?x3xf32, #nn.batch<4>>
  return %2 : tensor<?x3xf32, #nn.batch<4>>
}

// The same behind a reshape that an index could follow.
// CHECK-LABEL: func.func @batch_inside_second_reshape
// CHECK:       call @pointwise{{.*}} -> tensor<4x?x6xf32>
// CHECK-NEXT:  nn.reshape
// CHECK-NEXT:  nn.reshape
// CHECK-NEXT:  call @layer_norm
func.func @batch_inside_second_reshape(%x: tensor<?x4x6xf32> {nn.name = "x"})
    -> (tensor<?x2x3xf32, #nn.batch<4>> {nn.name = "y"}) {
  %0 = nn.transpose %x [1, 0, 2] : tensor<?x4x6xf32>
  %1 = nn.reshape %0 : tensor<4x?x6xf32> to tensor<4x?x2x3xf32>
  %2 = nn.reshape %1 : tensor<4x?x2x3xf32> to tensor<?x2x3xf32, #nn.batch<4>>
  %3 = nn.layer_norm %2 epsilon 1.0e-2 : tensor<?x2x3xf32, #nn.batch<4>>
  return %3 : tensor<?x2x3xf32, #nn.batch<4>>
}

// Extents of 1 beside the batch are no obstacle.
// CHECK-LABEL: func.func @extent_of_one
// CHECK-NEXT:  call @layer_norm
// CHECK-NEXT:  return
func.func @extent_of_one(%x: tensor<?x4x3xf32> {nn.name = "x"})
    -> (tensor<1x4x?x3xf32> {nn.name = "y"}) {
  %0 = nn.transpose %x [1, 0, 2] : tensor<?x4x3xf32>
  %1 = nn.reshape %0 : tensor<4x?x3xf32> to tensor<1x4x?x3xf32>
  %2 = nn.layer_norm %1 epsilon 1.0e-2 : tensor<1x4x?x3xf32>
  return %2 : tensor<1x4x?x3xf32>
}

// Index maps whose elements leave the function are stored.
// CHECK-LABEL: func.func @returned_index_maps
// CHECK-DAG:   call @pointwise_slice
// CHECK-DAG:   call @pointwise_broadcast
// CHECK:       return
func.func @returned_index_maps(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x2xf32> {nn.name = "part"}, tensor<?x3xf32> {nn.name = "token"}) {
  %0 = nn.slice %x [0, 1] [?, 2] [1, 1] : tensor<?x4xf32>
  %token = nn.parameter "token" : tensor<1x3xf32>
  %1 = nn.broadcast %token : tensor<1x3xf32> to tensor<?x3xf32>
  return %0, %1 : tensor<?x2xf32>, tensor<?x3xf32>
}

// Pointwise operations with one user each are one kernel, concat and pad too.
// CHECK-LABEL: func.func @pointwise
// CHECK:       call @pointwise_tanh_mul_concat
// CHECK-NEXT:  return
func.func @pointwise(%x: tensor<?x4xf32> {nn.name = "x"},
                     %y: tensor<?x5xf32> {nn.name = "y"})
    -> (tensor<?x10xf32> {nn.name = "z"}) {
  %half = nn.constant dense<0.5> : tensor<f32>
  %0 = nn.tanh %x : tensor<?x4xf32>
  %1 = nn.mul %0, %half : tensor<?x4xf32>, tensor<f32>
  %2 = nn.pad %1 [0, 1] [0, 0] value 1.0 : tensor<?x4xf32>
  %3 = nn.concat %2, %y axis 1 : tensor<?x5xf32>, tensor<?x5xf32>
  return %3 : tensor<?x10xf32>
}

// Work on parameters alone is done while compiling.
// CHECK-LABEL: func.func @parameters_alone
// CHECK:       %[[SUM:.*]] = nn.add
// CHECK-NEXT:  return %[[SUM]]
func.func @parameters_alone() -> (tensor<3xf32> {nn.name = "y"}) {
  %0 = nn.parameter "left" : tensor<3xf32>
  %1 = nn.parameter "right" : tensor<3xf32>
  %2 = nn.add %0, %1 : tensor<3xf32>, tensor<3xf32>
  return %2 : tensor<3xf32>
}

// An input that is an output needs no kernel.
// CHECK-LABEL: func.func @identity
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3xf32>
// CHECK-NEXT:  return %[[X]]
func.func @identity(%x: tensor<?x3xf32> {nn.name = "x"})
    -> (tensor<?x3xf32> {nn.name = "y"}) {
  return %x : tensor<?x3xf32>
}

// An update reads its value through index maps, but is no epilogue and has none:
// what it writes to is the last argument.
// CHECK-LABEL: func.func @update
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x2x6xf32> {nn.name = "x"}
// CHECK-SAME:  %[[Y:[a-z0-9]+]]: tensor<?x5x2xf32> {nn.name = "y"}
// CHECK:       %[[CACHE:.*]] = call @pointwise_tanh{{.*}}(%[[X]])
// CHECK:       %[[NEW:.*]] = call @[[UPDATE:update.*]](%[[Y]], %[[CACHE]])
// CHECK:       call @pointwise_neg{{.*}}(%[[NEW]])
func.func @update(%x: tensor<?x2x6xf32> {nn.name = "x"},
                  %y: tensor<?x5x2xf32> {nn.name = "y"})
    -> (tensor<?x2x6xf32> {nn.name = "z"}) {
  %index = nn.constant dense<3> : tensor<i32>
  %0 = nn.tanh %x : tensor<?x2x6xf32>
  %1 = nn.slice %y [0, 2, 0] [?, 1, 2] [1, 1, 1] : tensor<?x5x2xf32>
  %2 = nn.transpose %1 [0, 2, 1] : tensor<?x1x2xf32>
  %3 = nn.update %0, %2, %index axis 2
      : tensor<?x2x6xf32>, tensor<?x2x1xf32>
  %4 = nn.neg %3 : tensor<?x2x6xf32>
  return %4 : tensor<?x2x6xf32>
}

// What is written to is stored, and an argument of its own even where the value
// is a part of it.
// CHECK-LABEL: func.func @update_of_itself
// CHECK:       %[[STORED:.*]] = call @pointwise
// CHECK:       call @[[ITSELF:update.*]](%[[STORED]], %[[STORED]])
func.func @update_of_itself(%x: tensor<?x6x2xf32> {nn.name = "x"})
    -> (tensor<?x2x6xf32> {nn.name = "z"}) {
  %index = nn.constant dense<-1> : tensor<i32>
  %0 = nn.transpose %x [0, 2, 1] : tensor<?x6x2xf32>
  %1 = nn.slice %0 [0, 0, 4] [?, 2, 1] [1, 1, 1] : tensor<?x2x6xf32>
  %2 = nn.update %0, %1, %index axis 2
      : tensor<?x2x6xf32>, tensor<?x2x1xf32>
  return %2 : tensor<?x2x6xf32>
}

// A fusion with several results is a function with as many, and its updates
// write to its last arguments.
// CHECK-LABEL: func.func @two_results
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x2x6xf32> {nn.name = "x"}
// CHECK-SAME:  %[[Y:[a-z0-9]+]]: tensor<?x3x6xf32> {nn.name = "y"}
// CHECK-SAME:  %[[Z:[a-z0-9]+]]: tensor<?x5x1xf32> {nn.name = "z"}
// CHECK:       %[[TWO:[a-z0-9]+]]:2 = call @update_update(%[[Z]], %[[Y]], %[[X]])
// CHECK-NEXT:  return %[[TWO]]#1, %[[TWO]]#0
func.func @two_results(%x: tensor<?x2x6xf32> {nn.name = "x"},
                       %y: tensor<?x3x6xf32> {nn.name = "y"},
                       %z: tensor<?x5x1xf32> {nn.name = "z"})
    -> (tensor<?x2x6xf32> {nn.name = "first"},
        tensor<?x3x6xf32> {nn.name = "second"}) {
  %index = nn.constant dense<3> : tensor<i32>
  %r:2 = nn.fusion {
    %0 = nn.slice %z [0, 0, 0] [?, 2, 1] [1, 1, 1] : tensor<?x5x1xf32>
    %1 = nn.slice %z [0, 2, 0] [?, 3, 1] [1, 1, 1] : tensor<?x5x1xf32>
    %2 = nn.update %y, %1, %index axis 2
        : tensor<?x3x6xf32>, tensor<?x3x1xf32>
    %3 = nn.update %x, %0, %index axis 2
        : tensor<?x2x6xf32>, tensor<?x2x1xf32>
    nn.yield %2, %3 : tensor<?x3x6xf32>, tensor<?x2x6xf32>
  } : tensor<?x3x6xf32>, tensor<?x2x6xf32>
  return %r#1, %r#0 : tensor<?x2x6xf32>, tensor<?x3x6xf32>
}

// Kernels are private, hold one product each, and keep scalar constants.
// CHECK:       func.func private @[[EPILOGUE]](
// CHECK-SAME:  attributes {nn.kernel}
// CHECK-NEXT:    nn.linear
// CHECK-NEXT:    nn.gelu
// CHECK-NEXT:    nn.add
// CHECK-NEXT:    return
// CHECK:       func.func private @[[READ_THROUGH]](
// CHECK-NEXT:    nn.transpose
// CHECK-NEXT:    nn.reshape
// CHECK-NEXT:    nn.slice
// CHECK-NEXT:    nn.softmax
// CHECK:       func.func private @pointwise_tanh_mul_concat(
// CHECK:         nn.constant dense<5.000000e-01>
// CHECK:         nn.concat
// CHECK-NEXT:    return
// CHECK:       func.func private @[[UPDATE]](
// CHECK-SAME:    %[[Y:[a-z0-9]+]]: tensor<?x5x2xf32>
// CHECK-SAME:    %[[CACHE:[a-z0-9]+]]: tensor<?x2x6xf32>
// CHECK-NEXT:    nn.slice %[[Y]]
// CHECK-NEXT:    nn.transpose
// CHECK:         nn.update %[[CACHE]],
// CHECK-NEXT:    return
// CHECK:       func.func private @[[ITSELF]](
// CHECK-SAME:    %[[READ:[a-z0-9]+]]: tensor<?x2x6xf32>
// CHECK-SAME:    %[[WRITTEN:[a-z0-9]+]]: tensor<?x2x6xf32>
// CHECK-NEXT:    nn.slice %[[READ]]
// CHECK:         nn.update %[[WRITTEN]],
// CHECK:       func.func private @update_update(
// CHECK-SAME:    %[[Z:[a-z0-9]+]]: tensor<?x5x1xf32>
// CHECK-SAME:    %[[Y:[a-z0-9]+]]: tensor<?x3x6xf32>
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x2x6xf32>
// CHECK:         %[[SECOND:.*]] = nn.update %[[Y]],
// CHECK-NEXT:    %[[FIRST:.*]] = nn.update %[[X]],
// CHECK-NEXT:    return %[[SECOND]], %[[FIRST]]
