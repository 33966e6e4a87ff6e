//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calls of functions and blocks: which argument goes where, and the expansion
// of a block's body at the call.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;

Value Elaborator::evaluateCall(const CallExpr &call, Frame &frame) {
  if (const Builtin *builtin = findBuiltin(call.callee))
    return callBuiltin(*builtin, call, frame);
  if (auto block = blocks.find(call.callee); block != blocks.end())
    return callBlock(*block->second, call, frame);
  llvm::SmallVector<llvm::StringRef> names;
  collectBuiltinNames(names);
  for (const Function &block : program.blocks)
    names.push_back(block.name.text);
  reporter.error(call.loc) << "unknown function or block '" << call.callee
                           << "'" << suggest(call.callee, names);
  return Value();
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

std::optional<Elaborator::Arguments>
Elaborator::matchArguments(const CallExpr &call,
                           llvm::ArrayRef<llvm::StringRef> names,
                           llvm::ArrayRef<bool> isOptional) {
  auto fail = [&](llvm::SMLoc loc, const llvm::Twine &message) {
    reporter.error(loc).append(message).attachNote()
        << "the parameters are " << call.callee << "("
        << llvm::join(names, ", ") << ")";
    return std::nullopt;
  };
  Arguments arguments(names.size(), nullptr);
  for (auto [index, argument] : llvm::enumerate(call.arguments)) {
    bool isNamed = !argument.name.text.empty();
    if (!isNamed && index >= names.size())
      return fail(argument.value->loc, "too many arguments for '" +
                                           call.callee + "': it takes " +
                                           llvm::Twine(names.size()));
    size_t parameter =
        isNamed ? llvm::find(names, argument.name.text) - names.begin() : index;
    if (parameter == names.size())
      return fail(argument.name.loc, "'" + call.callee +
                                         "' has no parameter '" +
                                         argument.name.text + "'" +
                                         suggest(argument.name.text, names));
    if (arguments[parameter])
      return fail(argument.name.loc, "argument '" + argument.name.text +
                                         "' of '" + call.callee +
                                         "' is given twice");
    arguments[parameter] = argument.value.get();
  }
  for (auto [name, optional, argument] :
       llvm::zip_equal(names, isOptional, arguments))
    if (!argument && !optional)
      return fail(call.loc, "argument '" + name + "' of '" + call.callee +
                                "' is missing");
  return arguments;
}

std::optional<llvm::SmallVector<Value>>
Elaborator::evaluateArguments(const Arguments &arguments, Frame &frame) {
  llvm::SmallVector<Value> values;
  bool hasPoison = false;
  for (const Expr *argument : arguments) {
    values.push_back(argument ? evaluate(*argument, frame) : Value::absent());
    hasPoison |= values.back().isPoison();
  }
  if (hasPoison)
    return std::nullopt;
  return values;
}

//===----------------------------------------------------------------------===//
// Functions of the language
//===----------------------------------------------------------------------===//

Value Elaborator::callBuiltin(const Builtin &builtin, const CallExpr &call,
                              Frame &frame) {
  llvm::SmallVector<llvm::StringRef> names;
  llvm::SmallVector<bool> isOptional;
  for (const Builtin::Parameter &parameter : builtin.parameters) {
    names.push_back(parameter.name);
    isOptional.push_back(parameter.fallback.has_value());
  }
  std::optional<Arguments> arguments = matchArguments(call, names, isOptional);
  if (!arguments)
    return Value();
  std::optional<llvm::SmallVector<Value>> values =
      evaluateArguments(*arguments, frame);
  if (!values)
    return Value();
  llvm::SmallVector<llvm::SMLoc> locs;
  for (auto [parameter, argument, value] :
       llvm::zip_equal(builtin.parameters, *arguments, *values)) {
    locs.push_back(argument ? argument->loc : call.loc);
    if (!argument)
      value = *parameter.fallback;
  }
  BuiltinCall builtinCall(builtin, *values, locs, call.loc, builder);
  return builtin.evaluate(builtinCall);
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

Value Elaborator::callBlock(const Function &block, const CallExpr &call,
                            Frame &frame) {
  llvm::SmallVector<llvm::StringRef> names;
  llvm::SmallVector<bool> isOptional;
  for (const Parameter &parameter : block.parameters) {
    names.push_back(parameter.name.text);
    isOptional.push_back(parameter.fallback != nullptr);
  }
  std::optional<Arguments> arguments = matchArguments(call, names, isOptional);
  if (!arguments)
    return Value();
  std::optional<llvm::SmallVector<Value>> values =
      evaluateArguments(*arguments, frame);
  if (!values)
    return Value();
  constexpr size_t maxCallDepth = 64;
  if (reporter.getCallDepth() >= maxCallDepth) {
    reporter.error(call.loc)
        << "calls of blocks nest more than " << maxCallDepth
        << " levels; does '" << call.callee << "' call itself without end?";
    stopped = true;
    return Value();
  }
  Frame signature(getOuterFrame(block));
  if (!bindParameters(block, *arguments, *values, signature))
    return Value();
  return expandBlock(block, call.loc, signature);
}

Value Elaborator::expandBlock(const Function &block, llvm::SMLoc loc,
                              Frame &signature) {
  Reporter::CallScope callScope(reporter, block.name.text, loc);
  Frame locals(&signature);
  execute(block.body, locals);
  if (isStopped(loc))
    return Value();
  std::optional<std::vector<Value>> results =
      getResults(block, "block", locals);
  if (!results)
    return Value();
  for (auto [index, declared] : llvm::enumerate(block.results)) {
    if ((*results)[index].isPoison())
      return Value();
    std::string what = "the result of block '" + block.name.text.str() + "'";
    if (block.results.size() > 1)
      what = "result " + std::to_string(index + 1) + " of block '" +
             block.name.text.str() + "'";
    if (!matchType(declared.type, (*results)[index], locals.resultLoc, what,
                   signature))
      return Value();
  }
  return *locals.result;
}
