//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions of the language that are not blocks: on numbers and lists, and
// the tensor operations. docs/language.md has a line for each.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_BUILTINS_H
#define VITRAIL_LIB_FRONTEND_BUILTINS_H

#include "TensorBuilder.h"

namespace vitrail::frontend {

class BuiltinCall;

struct Builtin {
  struct Parameter {
    llvm::StringRef name;
    /// The default value; none where an argument must be given.
    std::optional<Value> fallback = std::nullopt;
  };

  llvm::StringRef name;
  std::vector<Parameter> parameters;
  Value (*evaluate)(BuiltinCall &call);
};

/// The function of this name, or null.
const Builtin *findBuiltin(llvm::StringRef name);

/// Appends the names of all.
void collectBuiltinNames(llvm::SmallVectorImpl<llvm::StringRef> &names);

/// The parts of the table.
llvm::ArrayRef<Builtin> getScalarBuiltins();
llvm::ArrayRef<Builtin> getTensorBuiltins();
llvm::ArrayRef<Builtin> getLayoutBuiltins();
llvm::ArrayRef<Builtin> getIndexBuiltins();

/// The arguments of one call, in the order of the parameters and none of them
/// poison. Getters report an argument of the wrong kind and return nothing.
class BuiltinCall {
public:
  BuiltinCall(const Builtin &builtin, llvm::ArrayRef<Value> arguments,
              llvm::ArrayRef<llvm::SMLoc> argumentLocs, llvm::SMLoc loc,
              TensorBuilder &builder)
      : loc(loc), builder(builder), builtin(builtin), arguments(arguments),
        argumentLocs(argumentLocs) {}

  const Value &operator[](size_t index) const { return arguments[index]; }

  std::optional<mlir::Value> getTensor(size_t index);
  std::optional<int64_t> getInteger(size_t index);
  std::optional<double> getNumber(size_t index);
  std::optional<bool> getBoolean(size_t index);
  std::optional<std::string> getString(size_t index);
  /// A list of anything.
  std::optional<llvm::ArrayRef<Value>> getList(size_t index);
  std::optional<llvm::SmallVector<int64_t>> getIntegers(size_t index);
  std::optional<llvm::SmallVector<nn::Extent>> getShape(size_t index);
  /// An axis of a tensor with `rank` dimensions, made non-negative.
  std::optional<int64_t> getAxis(size_t index, int64_t rank);
  /// One axis or a list of them, sorted and distinct.
  std::optional<llvm::SmallVector<int64_t>> getAxes(size_t index, int64_t rank);
  /// Height and width: a list of two integers, or one integer for both, each at
  /// least `minimum`.
  std::optional<std::array<int64_t, 2>> getPair(size_t index, int64_t minimum);

  /// Reports an error at the argument and returns poison.
  Value fail(size_t index, const llvm::Twine &message);
  /// Reports an error at the call and returns poison.
  Value fail(const llvm::Twine &message);

  llvm::SMLoc loc;
  TensorBuilder &builder;

private:
  std::nullopt_t expected(size_t index, llvm::StringRef kind);
  std::optional<int64_t> normaliseAxis(size_t index, const Value &axis,
                                       int64_t rank);

  const Builtin &builtin;
  llvm::ArrayRef<Value> arguments;
  llvm::ArrayRef<llvm::SMLoc> argumentLocs;
};

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_BUILTINS_H
