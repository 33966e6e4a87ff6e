//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registers the `halide` dialect's operations and attributes.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace vitrail::halide;

#include "vitrail/Dialect/Halide/IR/HalideDialect.cpp.inc"
#include "vitrail/Dialect/Halide/IR/HalideEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "vitrail/Dialect/Halide/IR/HalideAttributes.cpp.inc"

void HalideDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "vitrail/Dialect/Halide/IR/HalideAttributes.cpp.inc"
      >();
}

void HalideDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "vitrail/Dialect/Halide/IR/HalideOps.cpp.inc"
      >();
}
