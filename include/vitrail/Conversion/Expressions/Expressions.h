//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Building the scalar expressions of kernels: arithmetic with constants folded,
// the functions of Math.cpp, and (Elements.cpp) the element of an `nn` value at
// an index. How stored elements are read is up to the kind of kernel.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_EXPRESSIONS_EXPRESSIONS_H
#define VITRAIL_CONVERSION_EXPRESSIONS_EXPRESSIONS_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/DenseMap.h"

#include <functional>

namespace vitrail {

/// Index values of an element, in the order of the tensor's dimensions.
using Indices = llvm::SmallVector<mlir::Value>;

/// Emits scalar expressions.
class ExprBuilder {
public:
  ExprBuilder(mlir::OpBuilder builder, mlir::Location loc)
      : builder(builder), loc(loc) {}
  virtual ~ExprBuilder() = default;

  // Indices (i32).
  mlir::Value index(int64_t value);
  mlir::Value addIndex(mlir::Value lhs, mlir::Value rhs);
  mlir::Value subIndex(mlir::Value lhs, mlir::Value rhs);
  mlir::Value scaleIndex(mlir::Value value, int64_t factor);
  /// Quotient and remainder by a positive constant, rounded downwards.
  mlir::Value divideIndex(mlir::Value value, int64_t divisor);
  mlir::Value moduloIndex(mlir::Value value, int64_t divisor);
  /// min(max(value, low), high)
  mlir::Value clampIndex(mlir::Value value, int64_t low, int64_t high);
  /// value >= bound, value < bound (i1)
  mlir::Value atLeast(mlir::Value value, int64_t bound);
  mlir::Value below(mlir::Value value, int64_t bound);
  mlir::Value both(mlir::Value lhs, mlir::Value rhs);

  // Elements: numbers of one type, f32 where none is named.
  mlir::Value number(double value);
  mlir::Value number(double value, mlir::Type type);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value div(mlir::Value lhs, mlir::Value rhs);
  mlir::Value max(mlir::Value lhs, mlir::Value rhs);
  mlir::Value min(mlir::Value lhs, mlir::Value rhs);
  mlir::Value neg(mlir::Value value);
  mlir::Value abs(mlir::Value value); ///< of an f32
  mlir::Value sqrt(mlir::Value value);
  mlir::Value log(mlir::Value value);
  mlir::Value sin(mlir::Value value);
  mlir::Value cos(mlir::Value value);
  mlir::Value select(mlir::Value condition, mlir::Value ifTrue,
                     mlir::Value ifFalse);
  mlir::Value compare(nn::ComparePredicate predicate, mlir::Value lhs,
                      mlir::Value rhs);
  mlir::Value cast(mlir::Value value, mlir::Type type);
  /// An i8, its bits read without sign, as an i32.
  mlir::Value extendUnsigned(mlir::Value value);
  /// An integer as an index: at least 0 and at most `last`.
  mlir::Value toIndex(mlir::Value integer, int64_t last);

  /// The stored element of this name, f32 where no type is named; `indices`
  /// innermost first.
  mlir::Value call(llvm::StringRef callee, mlir::ValueRange indices) {
    return call(callee, indices, builder.getF32Type());
  }
  virtual mlir::Value call(llvm::StringRef callee, mlir::ValueRange indices,
                           mlir::Type type) = 0;

  // Functions of Math.cpp (f32), which states their errors.
  mlir::Value exp(mlir::Value x);
  mlir::Value gelu(mlir::Value x);
  mlir::Value sigmoid(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  /// What `nn.round_tf32` makes of `x`.
  mlir::Value roundToTF32(mlir::Value x);
  /// The i8 that `nn.quantize` makes of `x`.
  mlir::Value quantize(mlir::Value x, mlir::Value range);

protected:
  /// The remainder by a constant greater than 1, rounded downwards.
  virtual mlir::Value createModulo(mlir::Value value, int64_t divisor) = 0;

  mlir::OpBuilder builder;
  mlir::Location loc;

private:
  mlir::Value polynomial(mlir::Value x, llvm::ArrayRef<double> coefficients);
};

/// Computes the elements of a kernel's values: arguments are read where they
/// are stored, everything else is computed where it is asked for, except what
/// is stored on the way (the anchor).
class Elements {
public:
  /// Elements of `value` are calls of this name from now on.
  void setSource(mlir::Value value, llvm::StringRef name) {
    computed.erase(value);
    sources[value] = name.str();
  }

  bool hasSource(mlir::Value value) const { return sources.contains(value); }

  using Compute =
      std::function<mlir::Value(ExprBuilder &, llvm::ArrayRef<mlir::Value>)>;
  /// Elements of `value` are what `compute` makes of their indices.
  void setComputed(mlir::Value value, Compute compute) {
    computed[value] = std::move(compute);
  }

  /// The element of `value` at `indices`.
  mlir::Value get(ExprBuilder &expr, mlir::Value value,
                  llvm::ArrayRef<mlir::Value> indices) const;

private:
  mlir::Value getElementwise(ExprBuilder &expr, mlir::Operation *op,
                             llvm::ArrayRef<mlir::Value> indices) const;
  mlir::Value getConcat(ExprBuilder &expr, nn::ConcatOp concat,
                        llvm::ArrayRef<mlir::Value> indices) const;
  mlir::Value getPad(ExprBuilder &expr, nn::PadOp pad,
                     llvm::ArrayRef<mlir::Value> indices) const;
  mlir::Value getUnfold(ExprBuilder &expr, nn::UnfoldOp unfold,
                        llvm::ArrayRef<mlir::Value> indices) const;
  mlir::Value getGather(ExprBuilder &expr, nn::GatherOp gather,
                        llvm::ArrayRef<mlir::Value> indices) const;

  llvm::DenseMap<mlir::Value, std::string> sources;
  llvm::DenseMap<mlir::Value, Compute> computed;
};

/// Whether `Elements` can compute this operation (all but the anchors).
bool isElementComputable(mlir::Operation *op);

/// The dimension of `value` along which neighbours are neighbours in memory, if
/// index maps and conversions alone lie between it and a stored tensor.
std::optional<unsigned> findContiguousDimension(mlir::Value value);

/// How many elements along the last dimension of `value` lie side by side in
/// memory as `element`, from each multiple of this number on, at a multiple of
/// it; 1 if any but index maps and casts lie between `value` and a stored
/// tensor.
int64_t getContiguousRun(mlir::Value value, mlir::Type element);

/// The indices of `operand`'s element that takes part in the element of a
/// result of rank indices.size(): aligned at the last dimension, 0 where the
/// extent is 1.
Indices alignIndices(ExprBuilder &expr, mlir::Value operand,
                     llvm::ArrayRef<mlir::Value> indices);

/// For each dimension of the kernel's result, the dimension of `anchor` that it
/// is: elementwise operations and transposes lie between them.
llvm::SmallVector<unsigned> mapResultDimensions(mlir::Value anchor,
                                                mlir::Value result);

} // namespace vitrail

#endif // VITRAIL_CONVERSION_EXPRESSIONS_EXPRESSIONS_H
