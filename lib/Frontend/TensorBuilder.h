//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds operations of the `nn` dialect for expressions: location, inference of
// the result's type with its errors, parameter keys.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_TENSORBUILDER_H
#define VITRAIL_LIB_FRONTEND_TENSORBUILDER_H

#include "Reporter.h"
#include "Value.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace vitrail::frontend {

/// Functions report an error and return poison where they cannot build.
class TensorBuilder {
public:
  explicit TensorBuilder(Reporter &reporter)
      : reporter(reporter), builder(&reporter.getContext()) {}

  mlir::OpBuilder &getBuilder() { return builder; }
  Reporter &getReporter() { return reporter; }

  /// Starts another model: its operations go to the end of `block`.
  void startModel(mlir::Block *block);

  /// Appends an operation whose result type follows from its operands.
  template <typename OpTy>
  Value create(llvm::SMLoc loc, mlir::ValueRange operands,
               typename OpTy::Properties properties = {});

  /// Appends a reshape or a broadcast to `shape`.
  template <typename OpTy>
  Value createWithShape(llvm::SMLoc loc, mlir::Value input,
                        llvm::ArrayRef<nn::Extent> shape);

  /// The parameter with this name in the current scope, of 32-bit floats.
  Value getParameter(llvm::SMLoc loc, llvm::StringRef name,
                     llvm::ArrayRef<nn::Extent> shape);

  /// A tensor without dimensions that holds `number`, of the element type of
  /// `like`.
  Value getScalar(llvm::SMLoc loc, double number, mlir::Value like);

  /// A tensor of these elements in row-major order, which must be numbers that
  /// the type of element has.
  Value getConstant(llvm::SMLoc loc, llvm::ArrayRef<double> numbers,
                    mlir::RankedTensorType type);

  /// The elements of `input` as numbers of another type.
  Value castTo(llvm::SMLoc loc, mlir::Value input, mlir::Type elementType);

  /// Names of parameters gain "key." in front while this lives.
  class Scope {
  public:
    Scope(TensorBuilder &builder, llvm::StringRef key)
        : builder(builder), outer(builder.prefix.size()) {
      builder.prefix += key.str() + ".";
    }
    ~Scope() { builder.prefix.resize(outer); }

  private:
    TensorBuilder &builder;
    size_t outer;
  };

  /// Checks the text of a scope or of a parameter's name.
  bool checkKey(llvm::StringRef key, llvm::SMLoc loc);

  /// Checks that the dialect has a type of this shape.
  bool checkShape(llvm::ArrayRef<nn::Extent> shape, llvm::SMLoc loc);
  /// Checks that tensors of this type are not absurdly large.
  bool checkSize(mlir::RankedTensorType type, llvm::SMLoc loc);

private:
  Value finish(mlir::OperationState &state, llvm::SMLoc loc);

  Reporter &reporter;
  mlir::OpBuilder builder;
  /// "blocks.3.attn.": what names of parameters begin with.
  std::string prefix;

  struct Parameter {
    mlir::RankedTensorType type;
    llvm::SMLoc loc;
    /// In the current model, or null.
    mlir::Value value;
  };
  llvm::StringMap<Parameter> parameters;
  size_t numOperations = 0;
};

template <typename OpTy>
Value TensorBuilder::create(llvm::SMLoc loc, mlir::ValueRange operands,
                            typename OpTy::Properties properties) {
  mlir::OperationState state(reporter.getLocation(loc),
                             OpTy::getOperationName());
  if (mlir::failed(OpTy::inferReturnTypes(
          &reporter.getContext(), state.location, operands,
          mlir::DictionaryAttr(), mlir::OpaqueProperties(&properties),
          mlir::RegionRange(), state.types)))
    return Value();
  state.addOperands(operands);
  if constexpr (!std::is_same_v<typename OpTy::Properties,
                                mlir::EmptyProperties>)
    state.getOrAddProperties<typename OpTy::Properties>() = properties;
  return finish(state, loc);
}

template <typename OpTy>
Value TensorBuilder::createWithShape(llvm::SMLoc loc, mlir::Value input,
                                     llvm::ArrayRef<nn::Extent> shape) {
  if (!checkShape(shape, loc))
    return Value();
  auto inputType = llvm::cast<mlir::RankedTensorType>(input.getType());
  mlir::RankedTensorType type =
      nn::getTensorType(shape, inputType.getElementType());
  mlir::OperationState state(reporter.getLocation(loc),
                             OpTy::getOperationName(), input, type);
  if (mlir::failed(OpTy::verifyTypes(state.location, inputType, type)))
    return Value();
  return finish(state, loc);
}

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_TENSORBUILDER_H
