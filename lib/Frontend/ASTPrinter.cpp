//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints the syntax tree for `--emit=ast`: declarations and statements a line
// each behind their position, expressions in parentheses.
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "Reporter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace vitrail::frontend;

namespace {

class Printer {
public:
  Printer(const Reporter &reporter, llvm::raw_ostream &os)
      : reporter(reporter), os(os) {}

  void print(const File &file);

private:
  void print(const Function &function, llvm::StringRef keyword);
  void print(const Result &result);
  void print(const TensorType &type);
  void print(const StateDeclaration &state);
  void print(const Entry &entry);
  void print(const Stmt &stmt);
  void print(const IfStmt &stmt);
  void print(const Body &body);
  void print(const Expr &expr);
  void print(const StringExpr &string);
  void print(const CallExpr &call);
  void print(const IndexExpr &index);
  llvm::raw_ostream &startLine(llvm::SMLoc loc);
  template <typename... Operands>
  void printNode(llvm::StringRef name, const Operands &...operands) {
    os << '(' << name;
    ((os << ' ', print(*operands)), ...);
    os << ')';
  }

  const Reporter &reporter;
  llvm::raw_ostream &os;
  unsigned indent = 0;
};

} // namespace

llvm::raw_ostream &Printer::startLine(llvm::SMLoc loc) {
  auto [line, column] = reporter.getSources().getLineAndColumn(loc);
  os.indent(2 * indent) << line << ':' << column << ' ';
  return os;
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

void Printer::print(const File &file) {
  for (const Import &import : file.imports) {
    startLine(import.loc) << "import \"";
    llvm::printEscapedString(import.path, os);
    os << "\"\n";
  }
  if (file.configLoc.isValid()) {
    startLine(file.configLoc) << "config\n";
    llvm::for_each(file.config, [&](const Entry &entry) { print(entry); });
  }
  for (const Preset &preset : file.presets) {
    startLine(preset.name.loc) << "preset " << preset.name.text << '\n';
    llvm::for_each(preset.entries, [&](const Entry &entry) { print(entry); });
  }
  for (const std::unique_ptr<RequireStmt> &requirement : file.requirements)
    print(*requirement);
  llvm::for_each(file.states,
                 [&](const StateDeclaration &state) { print(state); });
  if (file.generateLoc.isValid()) {
    startLine(file.generateLoc) << "generate\n";
    llvm::for_each(file.generate, [&](const Entry &entry) { print(entry); });
  }
  if (file.precisionLoc.isValid()) {
    startLine(file.precisionLoc) << "precision\n";
    llvm::for_each(file.precision, [&](const Entry &entry) { print(entry); });
  }
  for (const Function &block : file.blocks)
    print(block, "block");
  for (const Function &model : file.models)
    print(model, "model");
}

void Printer::print(const StateDeclaration &state) {
  startLine(state.name.loc) << "state " << state.name.text << ": ";
  print(state.type);
  if (state.sequence) {
    os << " for " << state.variable.text << " in ";
    print(*state.sequence);
  }
  os << '\n';
}

void Printer::print(const Entry &entry) {
  ++indent;
  startLine(entry.name.loc) << entry.name.text << " = ";
  print(*entry.value);
  os << '\n';
  --indent;
}

void Printer::print(const Function &function, llvm::StringRef keyword) {
  startLine(function.name.loc) << keyword << ' ' << function.name.text << '\n';
  ++indent;
  for (const Parameter &parameter : function.parameters) {
    startLine(parameter.name.loc) << "parameter " << parameter.name.text;
    if (parameter.type) {
      os << ": ";
      print(*parameter.type);
    }
    if (parameter.fallback) {
      os << " = ";
      print(*parameter.fallback);
    }
    os << '\n';
  }
  llvm::for_each(function.results,
                 [&](const Result &result) { print(result); });
  --indent;
  print(function.body);
}

void Printer::print(const Result &result) {
  startLine(result.type.loc) << "result ";
  if (result.pattern)
    print(*result.pattern);
  os << (result.pattern ? "" : result.name.text);
  if (!result.name.text.empty())
    os << ": ";
  print(result.type);
  if (result.sequence) {
    os << " for " << result.variable.text << " in ";
    print(*result.sequence);
  }
  os << '\n';
}

void Printer::print(const TensorType &type) {
  os << type.elementType.text << '[';
  llvm::interleaveComma(type.extents, os,
                        [&](const ExprPtr &extent) { print(*extent); });
  os << ']';
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void Printer::print(const Body &body) {
  ++indent;
  for (const StmtPtr &stmt : body)
    print(*stmt);
  --indent;
}

void Printer::print(const Stmt &stmt) {
  if (const auto *branches = llvm::dyn_cast<IfStmt>(&stmt))
    return print(*branches);
  startLine(stmt.loc);
  if (const auto *assign = llvm::dyn_cast<AssignStmt>(&stmt)) {
    llvm::interleaveComma(assign->targets, os,
                          [&](const AssignStmt::Target &target) {
                            os << target.name.text;
                            if (!target.index)
                              return;
                            os << '[';
                            print(*target.index);
                            os << ']';
                          });
    os << " = ";
    print(*assign->value);
  } else if (const auto *loop = llvm::dyn_cast<ForStmt>(&stmt)) {
    os << "for " << loop->variable.text << " in ";
    print(*loop->sequence);
    os << '\n';
    return print(loop->body);
  } else if (const auto *scope = llvm::dyn_cast<ScopeStmt>(&stmt)) {
    os << "in ";
    print(*scope->key);
    os << '\n';
    return print(scope->body);
  } else if (const auto *result = llvm::dyn_cast<ReturnStmt>(&stmt)) {
    os << "return ";
    print(*result->value);
  } else if (const auto *requirement = llvm::dyn_cast<RequireStmt>(&stmt)) {
    os << "require ";
    print(*requirement->condition);
    os << ' ';
    print(*requirement->message);
  } else {
    const auto &preprocess = llvm::cast<PreprocessStmt>(stmt);
    os << "preprocess " << preprocess.input.text << '\n';
    return print(preprocess.body);
  }
  os << '\n';
}

void Printer::print(const IfStmt &stmt) {
  for (const auto &[index, branch] : llvm::enumerate(stmt.branches)) {
    startLine(branch.condition->loc) << (index == 0 ? "if " : "else if ");
    print(*branch.condition);
    os << '\n';
    print(branch.body);
  }
  if (!stmt.otherwise.empty()) {
    startLine(stmt.otherwise.front()->loc) << "else\n";
    print(stmt.otherwise);
  }
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

void Printer::print(const Expr &expr) {
  switch (expr.kind) {
  case Expr::Kind::Integer:
    os << llvm::cast<IntegerExpr>(expr).value;
    return;
  case Expr::Kind::Float:
    os << llvm::format("%g", llvm::cast<FloatExpr>(expr).value);
    return;
  case Expr::Kind::Boolean:
    os << (llvm::cast<BooleanExpr>(expr).value ? "true" : "false");
    return;
  case Expr::Kind::String:
    return print(llvm::cast<StringExpr>(expr));
  case Expr::Kind::Name:
    os << llvm::cast<NameExpr>(expr).name;
    return;
  case Expr::Kind::List:
    os << "(list";
    for (const ExprPtr &element : llvm::cast<ListExpr>(expr).elements) {
      os << ' ';
      print(*element);
    }
    os << ')';
    return;
  case Expr::Kind::Comprehension: {
    const auto &map = llvm::cast<ComprehensionExpr>(expr);
    return printNode(("map " + map.variable.text).str(), map.sequence,
                     map.element);
  }
  case Expr::Kind::Unary: {
    const auto &unary = llvm::cast<UnaryExpr>(expr);
    return printNode(unary.op == UnaryOperator::Not ? "not" : "-",
                     unary.operand);
  }
  case Expr::Kind::Binary: {
    const auto &binary = llvm::cast<BinaryExpr>(expr);
    return printNode(getSpelling(binary.op), binary.lhs, binary.rhs);
  }
  case Expr::Kind::Call:
    return print(llvm::cast<CallExpr>(expr));
  case Expr::Kind::Index:
    return print(llvm::cast<IndexExpr>(expr));
  case Expr::Kind::Conditional: {
    const auto &choice = llvm::cast<ConditionalExpr>(expr);
    return printNode("if", choice.condition, choice.thenValue,
                     choice.elseValue);
  }
  case Expr::Kind::Scope: {
    const auto &scope = llvm::cast<ScopeExpr>(expr);
    return printNode("in", scope.key, scope.value);
  }
  }
}

void Printer::print(const StringExpr &string) {
  os << '"';
  for (const StringExpr::Piece &piece : string.pieces) {
    llvm::printEscapedString(piece.text, os);
    if (!piece.expr)
      continue;
    os << '{';
    print(*piece.expr);
    os << '}';
  }
  os << '"';
}

void Printer::print(const CallExpr &call) {
  os << "(call " << call.callee;
  for (const CallExpr::Argument &argument : call.arguments) {
    os << ' ';
    if (!argument.name.text.empty())
      os << argument.name.text << '=';
    print(*argument.value);
  }
  os << ')';
}

void Printer::print(const IndexExpr &index) {
  os << "(index ";
  print(*index.base);
  for (const IndexExpr::Item &item : index.items) {
    os << ' ';
    if (item.start)
      print(*item.start);
    if (!item.isSlice)
      continue;
    os << ':';
    if (item.stop)
      print(*item.stop);
    if (item.step) {
      os << ':';
      print(*item.step);
    }
  }
  os << ')';
}

void vitrail::frontend::printFile(const File &file, const Reporter &reporter,
                                  llvm::raw_ostream &output) {
  Printer(reporter, output).print(file);
}
