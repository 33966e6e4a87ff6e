//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operators and subscripts on tensors, as operations of the `nn` dialect.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_TENSOROPERATORS_H
#define VITRAIL_LIB_FRONTEND_TENSOROPERATORS_H

#include "AST.h"
#include "TensorBuilder.h"

namespace vitrail::frontend {

/// An elementwise operation on two tensors, or on a tensor and a number.
template <typename OpTy>
Value combineTensors(TensorBuilder &builder, const Value &lhs, const Value &rhs,
                     llvm::SMLoc loc,
                     typename OpTy::Properties properties = {}) {
  Value operands[] = {lhs, rhs};
  for (unsigned i : {0, 1}) {
    Value &operand = operands[i];
    if (operand.isNumber())
      operand = builder.getScalar(loc, operand.getNumber(),
                                  operands[1 - i].getTensor());
    if (operand.isPoison())
      return Value();
    if (operand.isTensor())
      continue;
    builder.getReporter().error(loc)
        << "cannot combine a tensor and " << describeKind(operand) << ": "
        << describe(lhs) << " and " << describe(rhs);
    return Value();
  }
  return builder.create<OpTy>(
      loc, {operands[0].getTensor(), operands[1].getTensor()}, properties);
}

/// A binary operator, at least one operand of which is a tensor.
Value applyTensorBinary(BinaryOperator op, const Value &lhs, const Value &rhs,
                        llvm::SMLoc loc, TensorBuilder &builder);

/// One item of a subscript; the values are absent where the text leaves them
/// out.
struct Subscript {
  llvm::SMLoc loc;
  bool isSlice = false;
  Value start = Value::absent();
  Value stop = Value::absent();
  Value step = Value::absent();
};

/// base[subscripts] of a list or a tensor.
Value applySubscripts(const Value &base, llvm::ArrayRef<Subscript> subscripts,
                      llvm::SMLoc loc, TensorBuilder &builder);

/// Elements [offset, offset + size) of `tensor` along `axis`.
Value sliceAxis(TensorBuilder &builder, llvm::SMLoc loc, mlir::Value tensor,
                int64_t axis, int64_t offset, int64_t size);

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_TENSOROPERATORS_H
