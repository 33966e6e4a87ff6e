//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The `halide` dialect in C++.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_IR_HALIDEDIALECT_H
#define VITRAIL_DIALECT_HALIDE_IR_HALIDEDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>
#include <vector>

#include "vitrail/Dialect/Halide/IR/HalideDialect.h.inc"
#include "vitrail/Dialect/Halide/IR/HalideEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "vitrail/Dialect/Halide/IR/HalideAttributes.h.inc"

#define GET_OP_CLASSES
#include "vitrail/Dialect/Halide/IR/HalideOps.h.inc"

#endif // VITRAIL_DIALECT_HALIDE_IR_HALIDEDIALECT_H
