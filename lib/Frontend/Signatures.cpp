//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Agreement of values with the types that blocks declare. In a declared shape a
// bare name that means nothing yet becomes the name of the extent; any other
// expression is a value that the extent must have.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

/// Values without a type come first, so that extents may be written with them;
/// then, from left to right, tensors and default values, which may be written
/// with the extents before them.
bool Elaborator::bindParameters(const Function &block,
                                const Arguments &arguments,
                                llvm::ArrayRef<Value> values,
                                Frame &signature) {
  for (auto [parameter, value] : llvm::zip_equal(block.parameters, values))
    if (!parameter.type && !value.isAbsent())
      signature.set(parameter.name, value);
  for (auto [parameter, argument, value] :
       llvm::zip_equal(block.parameters, arguments, values)) {
    if (parameter.type) {
      std::string what = "argument '" + parameter.name.text.str() +
                         "' of block '" + block.name.text.str() + "'";
      if (!matchType(*parameter.type, value, argument->loc, what, signature))
        return false;
      signature.set(parameter.name, value);
    } else if (!argument) {
      signature.set(parameter.name, evaluate(*parameter.fallback, signature));
    }
  }
  return true;
}

bool Elaborator::matchType(const TensorType &type, const Value &value,
                           llvm::SMLoc loc, const llvm::Twine &what,
                           Frame &signature) {
  auto fail = [&](const llvm::Twine &message) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(loc);
    diagnostic << what << message;
    reporter.note(diagnostic, type.loc) << "declared here";
    return false;
  };
  if (!value.isTensor())
    return fail(" must be a tensor, not " + describeKind(value) + ": " +
                describe(value));
  mlir::RankedTensorType actual = value.getTensorType();
  if (!type.elementType.text.empty()) {
    mlir::Type elementType = getElementType(type.elementType);
    if (!elementType)
      return false;
    if (elementType != actual.getElementType())
      return fail(" has elements of another type than " +
                  type.elementType.text);
  }
  llvm::SmallVector<Extent> extents = nn::getExtents(actual);
  if (extents.size() != type.extents.size())
    return fail(" has shape " + nn::describeShape(actual) + ", but " +
                llvm::Twine(type.extents.size()) + " dimensions are declared");
  std::string subject = what.str() + " has shape " + nn::describeShape(actual);
  for (auto [dimension, declared] : llvm::enumerate(type.extents))
    if (!matchExtent(*declared, extents[dimension], dimension, loc, subject,
                     signature))
      return false;
  return true;
}

bool Elaborator::matchExtent(const Expr &declared, Extent actual,
                             size_t dimension, llvm::SMLoc loc,
                             const llvm::Twine &what, Frame &signature) {
  const auto *name = llvm::dyn_cast<NameExpr>(&declared);
  const Frame::Variable *variable = name ? signature.find(name->name) : nullptr;
  if (name && !variable) {
    signature.set({name->name, name->loc}, actual);
    return true;
  }
  Value expected = variable ? variable->value : evaluate(declared, signature);
  if (expected.isPoison())
    return false;
  if (!expected.is(Value::Kind::Integer)) {
    reporter.error(declared.loc)
        << "an extent must be an integer, not " << describeKind(expected)
        << ": " << describe(expected);
    return false;
  }
  if (expected.getExtent() == actual)
    return true;
  mlir::InFlightDiagnostic diagnostic = reporter.error(loc);
  diagnostic << what << ": dimension " << dimension << " is "
             << nn::describeExtent(actual) << ", but ";
  if (name)
    diagnostic << "'" << name->name << "' is " << describe(expected);
  else
    diagnostic << describe(expected) << " is declared";
  reporter.note(diagnostic, declared.loc) << "declared here";
  if (variable && variable->loc != declared.loc)
    reporter.note(diagnostic, variable->loc)
        << "'" << name->name << "' is " << describe(expected)
        << " because of this";
  return false;
}

std::optional<std::vector<Value>>
Elaborator::getResults(const Function &function, llvm::StringRef kind,
                       const Frame &locals) {
  auto fail = [&](llvm::SMLoc loc, const llvm::Twine &message) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(loc);
    diagnostic << kind << " '" << function.name.text << "' " << message;
    return std::nullopt;
  };
  if (!locals.result)
    return fail(function.name.loc, "ends without 'return'");
  const Value &result = *locals.result;
  size_t count = function.results.size();
  if (result.isPoison())
    return std::nullopt;
  if (count <= 1)
    return std::vector<Value>{result};
  if (!result.is(Value::Kind::List))
    return fail(locals.resultLoc, "returns one value, but declares " +
                                      llvm::Twine(count) + " results");
  if (result.getElements().size() != count)
    return fail(locals.resultLoc,
                "returns " + llvm::Twine(result.getElements().size()) +
                    " values, but declares " + llvm::Twine(count) + " results");
  return result.getElements();
}
