//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// What the inference of every result type shares: messages that name the
// operation as model authors write it, and checks of operands and results. An
// inference never assumes that an operation is valid: the front-end calls it to
// find a user's mistakes.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_IR_INFERENCE_H
#define VITRAIL_LIB_DIALECT_NN_IR_INFERENCE_H

#include "vitrail/Dialect/NN/IR/NN.h"

namespace vitrail::nn {

/// What elements an operation takes.
enum class ElementKind {
  Floats,
  Numbers, ///< floats or integers, but no booleans
  Integers,
  Booleans,
};

/// An operand that has a shape of the dialect.
struct Operand {
  /// As in messages: "weight".
  llvm::StringRef name;
  mlir::Type elementType;
  llvm::SmallVector<Extent> extents;

  int64_t rank() const { return extents.size(); }

  /// "weight [768, 3072]".
  std::string describe() const;
};

/// The inference of one operation's result.
class Inference {
public:
  using Types = llvm::SmallVectorImpl<mlir::Type>;

  /// Errors are reported at `location`, if there is one, after the name of the
  /// operation without its dialect.
  Inference(std::optional<mlir::Location> location, llvm::StringRef operation);

  /// Reports "operation: message".
  template <typename... Args>
  llvm::LogicalResult error(Args &&...message) const {
    return mlir::emitOptionalError(location, operation, ": ",
                                   std::forward<Args>(message)...);
  }

  /// `value` as an operand, if it is a tensor that the dialect can hold.
  llvm::FailureOr<Operand> getOperand(llvm::StringRef name,
                                      mlir::Value value) const;
  /// The same, of floats.
  llvm::FailureOr<Operand> getFloats(llvm::StringRef name,
                                     mlir::Value value) const;
  /// The same, of elements of this kind.
  llvm::FailureOr<Operand> getOperandOf(ElementKind kind, llvm::StringRef name,
                                        mlir::Value value) const;

  /// Checks that `operand` has the rank that the operation needs; `meaning`
  /// names its dimensions: "[batch, channels, height, width]".
  llvm::LogicalResult requireRank(const Operand &operand, int64_t rank,
                                  llvm::StringRef meaning) const;

  llvm::LogicalResult requireSameElements(const Operand &lhs,
                                          const Operand &rhs) const;

  /// Checks that operands marked as tf32 are stored as f32.
  llvm::LogicalResult requireTF32(bool isMarked,
                                  llvm::ArrayRef<Operand> operands) const;

  /// Checks that `axis` is one of the operand's and not that of the batch,
  /// which a `verb` ("reduced") would mix.
  llvm::LogicalResult requireAxis(const Operand &operand, int64_t axis,
                                  llvm::StringRef verb) const;

  /// Checks that `values` are `count` numbers, each at least `minimum`.
  llvm::LogicalResult requireValues(llvm::StringRef name,
                                    llvm::ArrayRef<int64_t> values,
                                    int64_t count, int64_t minimum) const;

  /// Checks the extents of the result and appends its type to `types`.
  llvm::LogicalResult setResult(llvm::ArrayRef<Extent> extents,
                                mlir::Type elementType, Types &types) const;

private:
  std::optional<mlir::Location> location;
  llvm::StringRef operation;
};

/// What products of such elements are summed in: f32 or i32 at least.
mlir::Type getSumType(mlir::Type elementType);

/// Results of elementwise operations on elements of a kind: the operand's type,
/// or that to which both operands broadcast.
llvm::LogicalResult inferUnary(const Inference &inference, ElementKind kind,
                               mlir::Value input, Inference::Types &types);
llvm::LogicalResult inferBinary(const Inference &inference, ElementKind kind,
                                mlir::Value lhs, mlir::Value rhs,
                                Inference::Types &types);

/// Rows and columns of the positions at which a window of `kernel` elements,
/// moved by `strides`, lies within an image [samples, channels, height, width]
/// with `padding` on all sides. Kernel and strides are positive.
llvm::FailureOr<llvm::SmallVector<Extent>>
inferWindows(const Inference &inference, const Operand &image,
             llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides,
             llvm::ArrayRef<int64_t> padding);

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_IR_INFERENCE_H
