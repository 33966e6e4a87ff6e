//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expressions become values.
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Elaborator.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;

/// Text that unrolls without end must not take the compiler with it: the number
/// of steps bounds its time, the depth its stack.
bool Elaborator::isStopped(llvm::SMLoc loc) {
  constexpr size_t maxSteps = 2'000'000;
  constexpr unsigned maxDepth = 2000;
  if (stopped || reporter.isFull())
    return true;
  if (depth > maxDepth) {
    reporter.error(loc) << "expressions and calls nest more than " << maxDepth
                        << " levels";
    stopped = true;
  } else if (++steps > maxSteps) {
    reporter.error(loc) << "the model takes more than " << maxSteps
                        << " steps to elaborate";
    stopped = true;
  }
  return stopped;
}

/// Lists are made and compared faster than expressions are evaluated.
void Elaborator::countElements(const Value &value) {
  if (value.is(Value::Kind::List))
    steps += value.getList().size / 64;
}

Value Elaborator::evaluate(const Expr &expr, Frame &frame) {
  if (isStopped(expr.loc))
    return Value();
  ++depth;
  Value value = evaluateKind(expr, frame);
  --depth;
  if (expr.kind != Expr::Kind::Name)
    countElements(value);
  return value;
}

Value Elaborator::evaluateKind(const Expr &expr, Frame &frame) {
  switch (expr.kind) {
  case Expr::Kind::Integer:
    return llvm::cast<IntegerExpr>(expr).value;
  case Expr::Kind::Float:
    return llvm::cast<FloatExpr>(expr).value;
  case Expr::Kind::Boolean:
    return llvm::cast<BooleanExpr>(expr).value;
  case Expr::Kind::String:
    return evaluateString(llvm::cast<StringExpr>(expr), frame);
  case Expr::Kind::Name:
    return evaluateName(llvm::cast<NameExpr>(expr), frame);
  case Expr::Kind::List:
    return evaluateList(llvm::cast<ListExpr>(expr), frame);
  case Expr::Kind::Comprehension:
    return evaluateComprehension(llvm::cast<ComprehensionExpr>(expr), frame);
  case Expr::Kind::Unary:
    return evaluateUnary(llvm::cast<UnaryExpr>(expr), frame);
  case Expr::Kind::Binary:
    return evaluateBinary(llvm::cast<BinaryExpr>(expr), frame);
  case Expr::Kind::Call:
    return evaluateCall(llvm::cast<CallExpr>(expr), frame);
  case Expr::Kind::Index:
    return evaluateIndex(llvm::cast<IndexExpr>(expr), frame);
  case Expr::Kind::Conditional: {
    const auto &choice = llvm::cast<ConditionalExpr>(expr);
    std::optional<bool> condition = evaluateCondition(*choice.condition, frame);
    if (!condition)
      return Value();
    return evaluate(*condition ? *choice.thenValue : *choice.elseValue, frame);
  }
  case Expr::Kind::Scope:
    return evaluateScope(llvm::cast<ScopeExpr>(expr), frame);
  }
  return Value();
}

//===----------------------------------------------------------------------===//
// Names and literals
//===----------------------------------------------------------------------===//

Value Elaborator::evaluateName(const NameExpr &name, Frame &frame) {
  if (const Frame::Variable *variable = frame.find(name.name))
    return variable->value;
  llvm::SmallVector<llvm::StringRef> candidates;
  for (const Frame *scope = &frame; scope; scope = scope->parent)
    llvm::append_range(candidates, scope->variables.keys());
  // Not the order of the hash table, which could choose between equals.
  llvm::sort(candidates);
  mlir::InFlightDiagnostic diagnostic = reporter.error(name.loc)
                                        << "unknown name '" << name.name << "'"
                                        << suggest(name.name, candidates);
  if (auto entry = config.variables.find(name.name);
      entry != config.variables.end())
    reporter.note(diagnostic, getDeclarationLoc(name.name))
        << "imported blocks do not see config values; pass it as an argument";
  else if (auto state = llvm::find_if(program.states,
                                      [&](const StateDeclaration &state) {
                                        return state.name.text == name.name;
                                      });
           state != program.states.end())
    reporter.note(diagnostic, state->name.loc)
        << "only models see states; pass it as an argument";
  else if (findBuiltin(name.name) || blocks.contains(name.name))
    diagnostic.attachNote() << "'" << name.name
                            << "' is a function: its arguments follow in "
                               "parentheses";
  return Value();
}

Value Elaborator::evaluateString(const StringExpr &string, Frame &frame) {
  constexpr size_t maxLength = 1024;
  std::string text;
  for (const StringExpr::Piece &piece : string.pieces) {
    text += piece.text;
    if (piece.expr) {
      Value value = evaluate(*piece.expr, frame);
      if (value.isPoison())
        return Value();
      if (value.isTensor()) {
        reporter.error(piece.expr->loc)
            << "a string cannot hold " << describe(value);
        return Value();
      }
      text +=
          value.is(Value::Kind::String) ? value.getString() : describe(value);
    }
    if (text.size() > maxLength) {
      reporter.error(string.loc)
          << "string with more than " << maxLength << " characters";
      return Value();
    }
  }
  return text;
}

Value Elaborator::evaluateList(const ListExpr &list, Frame &frame) {
  std::vector<Value> elements;
  bool hasPoison = false;
  for (const ExprPtr &element : list.elements) {
    elements.push_back(evaluate(*element, frame));
    hasPoison |= elements.back().isPoison();
  }
  if (hasPoison)
    return Value();
  if (std::optional<Value> value = makeList(std::move(elements)))
    return *value;
  reporter.error(list.loc) << describeListLimits();
  return Value();
}

Value Elaborator::evaluateComprehension(const ComprehensionExpr &map,
                                        Frame &frame) {
  Value sequence = evaluateSequence(*map.sequence, frame);
  if (sequence.isPoison())
    return Value();
  std::vector<Value> elements;
  for (const Value &item : sequence.getElements()) {
    Frame inner(&frame);
    inner.set(map.variable, item);
    elements.push_back(evaluate(*map.element, inner));
    if (elements.back().isPoison())
      return Value();
  }
  if (std::optional<Value> value = makeList(std::move(elements)))
    return *value;
  reporter.error(map.loc) << describeListLimits();
  return Value();
}

Value Elaborator::evaluateSequence(const Expr &expr, Frame &frame) {
  Value sequence = evaluate(expr, frame);
  if (sequence.isPoison() || sequence.is(Value::Kind::List))
    return sequence;
  reporter.error(expr.loc) << "a loop runs over a list or a range, not over "
                           << describeKind(sequence) << ": "
                           << describe(sequence);
  return Value();
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

std::optional<bool> Elaborator::evaluateCondition(const Expr &expr,
                                                  Frame &frame) {
  Value condition = evaluate(expr, frame);
  if (condition.isPoison())
    return std::nullopt;
  if (condition.is(Value::Kind::Boolean))
    return condition.getBoolean();
  reporter.error(expr.loc) << "a condition must be a boolean known while "
                              "compiling, not "
                           << describeKind(condition) << ": "
                           << describe(condition);
  return std::nullopt;
}

Value Elaborator::evaluateUnary(const UnaryExpr &unary, Frame &frame) {
  if (unary.op == UnaryOperator::Not) {
    std::optional<bool> operand = evaluateCondition(*unary.operand, frame);
    return operand ? Value(!*operand) : Value();
  }
  Value operand = evaluate(*unary.operand, frame);
  if (operand.isPoison())
    return Value();
  if (operand.isTensor())
    return builder.create<nn::NegOp>(unary.loc, operand.getTensor());
  return negate(operand, unary.loc, reporter);
}

/// `and` and `or` look at their right side only when it matters.
Value Elaborator::evaluateLogic(const BinaryExpr &binary, Frame &frame) {
  std::optional<bool> lhs = evaluateCondition(*binary.lhs, frame);
  if (!lhs)
    return Value();
  if (*lhs == (binary.op == BinaryOperator::Or))
    return *lhs;
  std::optional<bool> rhs = evaluateCondition(*binary.rhs, frame);
  return rhs ? Value(*rhs) : Value();
}

Value Elaborator::evaluateBinary(const BinaryExpr &binary, Frame &frame) {
  if (binary.op == BinaryOperator::And || binary.op == BinaryOperator::Or)
    return evaluateLogic(binary, frame);
  Value lhs = evaluate(*binary.lhs, frame);
  Value rhs = evaluate(*binary.rhs, frame);
  if (lhs.isPoison() || rhs.isPoison())
    return Value();
  countElements(lhs);
  if (lhs.isTensor() || rhs.isTensor())
    return applyTensorBinary(binary.op, lhs, rhs, binary.loc, builder);
  return applyBinary(binary.op, lhs, rhs, binary.loc, reporter);
}

Value Elaborator::evaluateIndex(const IndexExpr &index, Frame &frame) {
  Value base = evaluate(*index.base, frame);
  bool hasPoison = base.isPoison();
  auto evaluatePart = [&](const ExprPtr &part) {
    if (!part)
      return Value::absent();
    Value value = evaluate(*part, frame);
    hasPoison |= value.isPoison();
    return value;
  };
  llvm::SmallVector<Subscript> subscripts;
  for (const IndexExpr::Item &item : index.items)
    subscripts.push_back({item.loc, item.isSlice, evaluatePart(item.start),
                          evaluatePart(item.stop), evaluatePart(item.step)});
  if (hasPoison)
    return Value();
  return applySubscripts(base, subscripts, index.loc, builder);
}

std::optional<std::string> Elaborator::evaluateKey(const Expr &expr,
                                                   Frame &frame) {
  Value key = evaluate(expr, frame);
  if (key.isPoison() || !builder.checkKey(key.getString(), expr.loc))
    return std::nullopt;
  return key.getString();
}

Value Elaborator::evaluateScope(const ScopeExpr &scope, Frame &frame) {
  std::optional<std::string> key = evaluateKey(*scope.key, frame);
  if (!key)
    return Value();
  TensorBuilder::Scope inside(builder, *key);
  return evaluate(*scope.value, frame);
}
