//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Statements run in order; loops and branches are decided while compiling.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace vitrail;
using namespace vitrail::frontend;

bool Elaborator::execute(const Body &body, Frame &frame) {
  return llvm::all_of(body, [&](const StmtPtr &stmt) {
    return !isStopped(stmt->loc) && execute(*stmt, frame);
  });
}

bool Elaborator::execute(const Stmt &stmt, Frame &frame) {
  switch (stmt.kind) {
  case Stmt::Kind::Assign:
    executeAssign(llvm::cast<AssignStmt>(stmt), frame);
    return true;
  case Stmt::Kind::For:
    return executeFor(llvm::cast<ForStmt>(stmt), frame);
  case Stmt::Kind::If:
    return executeIf(llvm::cast<IfStmt>(stmt), frame);
  case Stmt::Kind::Scope:
    return executeScope(llvm::cast<ScopeStmt>(stmt), frame);
  case Stmt::Kind::Return:
    frame.result = evaluate(*llvm::cast<ReturnStmt>(stmt).value, frame);
    frame.resultLoc = stmt.loc;
    return false;
  case Stmt::Kind::Require:
    return executeRequire(llvm::cast<RequireStmt>(stmt), frame);
  case Stmt::Kind::Preprocess:
    executePreprocess(llvm::cast<PreprocessStmt>(stmt), frame);
    return true;
  }
  return true;
}

bool Elaborator::executeIf(const IfStmt &stmt, Frame &frame) {
  for (const IfStmt::Branch &branch : stmt.branches) {
    std::optional<bool> condition = evaluateCondition(*branch.condition, frame);
    if (!condition) {
      bool continues = poison(stmt.otherwise, frame);
      for (const IfStmt::Branch &other : stmt.branches)
        continues &= poison(other.body, frame);
      return continues;
    }
    if (*condition)
      return execute(branch.body, frame);
  }
  return execute(stmt.otherwise, frame);
}

bool Elaborator::executeFor(const ForStmt &stmt, Frame &frame) {
  Value sequence = evaluateSequence(*stmt.sequence, frame);
  if (sequence.isPoison())
    return poison(stmt.body, frame);
  for (const Value &item : sequence.getElements()) {
    if (isStopped(stmt.loc))
      return true;
    assign(stmt.variable, item, frame);
    if (!execute(stmt.body, frame))
      return false;
  }
  return true;
}

bool Elaborator::executeScope(const ScopeStmt &stmt, Frame &frame) {
  std::optional<std::string> key = evaluateKey(*stmt.key, frame);
  if (!key)
    return poison(stmt.body, frame);
  TensorBuilder::Scope inside(builder, *key);
  return execute(stmt.body, frame);
}

void Elaborator::executeAssign(const AssignStmt &stmt, Frame &frame) {
  Value value = evaluate(*stmt.value, frame);
  if (stmt.targets.size() == 1)
    return assignTarget(stmt.targets.front(), std::move(value), frame);
  size_t count = stmt.targets.size();
  std::vector<Value> parts(count);
  if (value.is(Value::Kind::List) && value.getElements().size() == count) {
    parts = value.getElements();
  } else if (value.is(Value::Kind::List)) {
    reporter.error(stmt.loc)
        << count << " names, but " << value.getElements().size()
        << " values to assign to them";
  } else if (!value.isPoison()) {
    reporter.error(stmt.loc)
        << count << " names, but one value, " << describeKind(value)
        << ", to assign to them: " << describe(value);
  }
  for (auto [target, part] : llvm::zip_equal(stmt.targets, parts))
    assignTarget(target, std::move(part), frame);
}

/// To an element: the name gets a list in which that element is another.
void Elaborator::assignTarget(const AssignStmt::Target &target, Value value,
                              Frame &frame) {
  if (!target.index)
    return assign(target.name, std::move(value), frame);
  Value list = evaluateName(NameExpr(target.name), frame);
  Value index = evaluate(*target.index, frame);
  if (list.isPoison() || index.isPoison())
    return frame.set(target.name, Value());
  if (!list.is(Value::Kind::List)) {
    reporter.error(target.name.loc)
        << "only elements of a list can be assigned to, but '"
        << target.name.text << "' is " << describeKind(list) << ": "
        << describe(list);
    return;
  }
  std::vector<Value> elements = list.getElements();
  int64_t count = elements.size();
  if (!index.isKnownInteger() || index.getInteger() < -count ||
      index.getInteger() >= count) {
    reporter.error(target.index->loc)
        << "'" << target.name.text << "' has " << count
        << " elements; there is no element " << describe(index);
    return;
  }
  int64_t position = index.getInteger();
  elements[position < 0 ? position + count : position] = std::move(value);
  std::optional<Value> changed = makeList(std::move(elements));
  if (!changed) {
    reporter.error(target.name.loc)
        << "the list would be too large: " << describeListLimits();
    return;
  }
  countElements(*changed);
  assign(target.name, std::move(*changed), frame);
}

/// Bodies may shadow nothing but parameters, so that a name of the config means
/// one thing in its file.
void Elaborator::assign(const Identifier &target, Value value, Frame &frame) {
  if (frame.isDescription)
    return frame.set(target, std::move(value));
  const Frame::Variable *existing = frame.find(target.text);
  bool isReserved = existing && existing == globals.find(target.text);
  auto entry = config.variables.find(target.text);
  if (isReserved) {
    reporter.error(target.loc) << "'" << target.text
                               << "' is the number of samples of a run and "
                                  "cannot be assigned to";
  } else if (entry != config.variables.end() && existing == &entry->second) {
    mlir::InFlightDiagnostic diagnostic =
        reporter.error(target.loc)
        << "'" << target.text
        << "' is a config value and cannot be assigned to";
    reporter.note(diagnostic, getDeclarationLoc(target.text))
        << "declared here";
  } else {
    frame.set(target, std::move(value));
  }
}

/// Ends a body whose condition does not hold: it was not written for that, and
/// further errors in it would only follow.
bool Elaborator::executeRequire(const RequireStmt &stmt, Frame &frame) {
  std::optional<bool> condition = evaluateCondition(*stmt.condition, frame);
  if (!condition || *condition)
    return true;
  frame.result = Value();
  Value message = evaluate(*stmt.message, frame);
  if (message.isPoison())
    return false;
  if (!message.is(Value::Kind::String)) {
    reporter.error(stmt.message->loc)
        << "a message must be a string, not " << describeKind(message);
    return false;
  }
  mlir::InFlightDiagnostic diagnostic = reporter.error(stmt.loc)
                                        << message.getString();
  llvm::SmallSetVector<llvm::StringRef, 4> seen;
  std::string values;
  forEachName(*stmt.condition, [&](const NameExpr &name) {
    if (const Frame::Variable *variable = frame.find(name.name);
        variable && seen.insert(name.name))
      values += (values.empty() ? "" : ", ") + name.name.str() + " = " +
                describe(variable->value);
  });
  if (!values.empty())
    diagnostic.attachNote() << "with " << values;
  attachOrigins(diagnostic, *stmt.condition, frame);
  return false;
}

/// What a body that cannot run would have assigned is unknown, without further
/// errors; false if it might have returned.
bool Elaborator::poison(const Body &body, Frame &frame) {
  bool continues = true;
  for (const StmtPtr &stmt : body) {
    if (const auto *assignment = llvm::dyn_cast<AssignStmt>(stmt.get())) {
      for (const AssignStmt::Target &target : assignment->targets)
        frame.set(target.name, Value());
    } else if (const auto *branches = llvm::dyn_cast<IfStmt>(stmt.get())) {
      for (const IfStmt::Branch &branch : branches->branches)
        continues &= poison(branch.body, frame);
      continues &= poison(branches->otherwise, frame);
    } else if (const auto *loop = llvm::dyn_cast<ForStmt>(stmt.get())) {
      frame.set(loop->variable, Value());
      continues &= poison(loop->body, frame);
    } else if (const auto *scope = llvm::dyn_cast<ScopeStmt>(stmt.get())) {
      continues &= poison(scope->body, frame);
    } else if (llvm::isa<ReturnStmt>(stmt.get())) {
      frame.result = Value();
      continues = false;
    }
  }
  return continues;
}
