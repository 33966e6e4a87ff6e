//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The syntax tree of a model file. Nodes know where they are in the text and
// own their children; names and other text point into the source buffers.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_AST_H
#define VITRAIL_LIB_FRONTEND_AST_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Casting.h"
#include "llvm/Support/SMLoc.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace vitrail::frontend {

/// A name and where it stands.
struct Identifier {
  llvm::StringRef text;
  llvm::SMLoc loc;
};

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

struct Expr {
  enum class Kind {
    Integer,
    Float,
    Boolean,
    String,
    Name,
    List,
    Comprehension,
    Unary,
    Binary,
    Call,
    Index,
    Conditional,
    Scope,
  };

  Expr(Kind kind, llvm::SMLoc loc) : kind(kind), loc(loc) {}
  virtual ~Expr() = default;

  const Kind kind;
  /// Where a diagnostic about the expression points: at the operator of a
  /// binary one, else at the first character.
  const llvm::SMLoc loc;
  /// Levels of expressions below this one; the parser bounds it.
  unsigned depth = 0;
};

using ExprPtr = std::unique_ptr<Expr>;

/// Gives each node its kind and LLVM-style casts.
template <Expr::Kind nodeKind> struct ExprNode : Expr {
  explicit ExprNode(llvm::SMLoc loc) : Expr(nodeKind, loc) {}
  static bool classof(const Expr *expr) { return expr->kind == nodeKind; }
};

struct IntegerExpr : ExprNode<Expr::Kind::Integer> {
  using ExprNode::ExprNode;
  int64_t value = 0;
};

struct FloatExpr : ExprNode<Expr::Kind::Float> {
  using ExprNode::ExprNode;
  double value = 0;
};

struct BooleanExpr : ExprNode<Expr::Kind::Boolean> {
  using ExprNode::ExprNode;
  bool value = false;
};

/// "blocks.{i}": pieces of text (`expr` null) and of values.
struct StringExpr : ExprNode<Expr::Kind::String> {
  using ExprNode::ExprNode;
  struct Piece {
    std::string text;
    ExprPtr expr;
  };
  std::vector<Piece> pieces;
};

struct NameExpr : ExprNode<Expr::Kind::Name> {
  using ExprNode::ExprNode;
  explicit NameExpr(const Identifier &name)
      : ExprNode(name.loc), name(name.text) {}
  llvm::StringRef name;
};

/// [a, b], or the values `a, b` of a return or an assignment.
struct ListExpr : ExprNode<Expr::Kind::List> {
  using ExprNode::ExprNode;
  std::vector<ExprPtr> elements;
};

/// [element for variable in sequence]
struct ComprehensionExpr : ExprNode<Expr::Kind::Comprehension> {
  using ExprNode::ExprNode;
  ExprPtr element;
  Identifier variable;
  ExprPtr sequence;
};

enum class UnaryOperator { Negate, Not };

struct UnaryExpr : ExprNode<Expr::Kind::Unary> {
  using ExprNode::ExprNode;
  UnaryOperator op = UnaryOperator::Negate;
  ExprPtr operand;
};

enum class BinaryOperator {
  Or,
  And,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Range,
  Add,
  Subtract,
  Multiply,
  Divide,
  Remainder,
};

/// "+", "and": as in model text.
llvm::StringRef getSpelling(BinaryOperator op);

struct BinaryExpr : ExprNode<Expr::Kind::Binary> {
  using ExprNode::ExprNode;
  BinaryOperator op = BinaryOperator::Add;
  ExprPtr lhs;
  ExprPtr rhs;
};

struct CallExpr : ExprNode<Expr::Kind::Call> {
  using ExprNode::ExprNode;
  struct Argument {
    /// Empty for a positional argument.
    Identifier name;
    ExprPtr value;
  };
  llvm::StringRef callee;
  std::vector<Argument> arguments;
};

/// base[1, :, 2:8:2]
struct IndexExpr : ExprNode<Expr::Kind::Index> {
  using ExprNode::ExprNode;
  struct Item {
    llvm::SMLoc loc;
    bool isSlice = false;
    /// The index, or the start of a slice; the three are null where absent.
    ExprPtr start;
    ExprPtr stop;
    ExprPtr step;
  };
  ExprPtr base;
  std::vector<Item> items;
};

/// if condition then thenValue else elseValue
struct ConditionalExpr : ExprNode<Expr::Kind::Conditional> {
  using ExprNode::ExprNode;
  ExprPtr condition;
  ExprPtr thenValue;
  ExprPtr elseValue;
};

/// in "key": value
struct ScopeExpr : ExprNode<Expr::Kind::Scope> {
  using ExprNode::ExprNode;
  ExprPtr key;
  ExprPtr value;
};

/// Calls `visit` on the expressions directly below `expr`, in their order in
/// the text.
void forEachChild(const Expr &expr,
                  llvm::function_ref<void(const Expr &)> visit);

/// Calls `visit` on the names that occur in `expr`, in their order in the text.
void forEachName(const Expr &expr,
                 llvm::function_ref<void(const NameExpr &)> visit);

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

struct Stmt {
  enum class Kind { Assign, For, If, Scope, Return, Require, Preprocess };

  Stmt(Kind kind, llvm::SMLoc loc) : kind(kind), loc(loc) {}
  virtual ~Stmt() = default;

  const Kind kind;
  const llvm::SMLoc loc;
};

using StmtPtr = std::unique_ptr<Stmt>;
using Body = std::vector<StmtPtr>;

template <Stmt::Kind nodeKind> struct StmtNode : Stmt {
  explicit StmtNode(llvm::SMLoc loc) : Stmt(nodeKind, loc) {}
  static bool classof(const Stmt *stmt) { return stmt->kind == nodeKind; }
};

struct AssignStmt : StmtNode<Stmt::Kind::Assign> {
  using StmtNode::StmtNode;
  struct Target {
    Identifier name;
    /// Of keys[i], else null.
    ExprPtr index;
  };
  std::vector<Target> targets;
  ExprPtr value;
};

struct ForStmt : StmtNode<Stmt::Kind::For> {
  using StmtNode::StmtNode;
  Identifier variable;
  ExprPtr sequence;
  Body body;
};

struct IfStmt : StmtNode<Stmt::Kind::If> {
  using StmtNode::StmtNode;
  struct Branch {
    ExprPtr condition;
    Body body;
  };
  /// The `if` and each `else if`.
  std::vector<Branch> branches;
  Body otherwise;
};

struct ScopeStmt : StmtNode<Stmt::Kind::Scope> {
  using StmtNode::StmtNode;
  ExprPtr key;
  Body body;
};

struct ReturnStmt : StmtNode<Stmt::Kind::Return> {
  using StmtNode::StmtNode;
  ExprPtr value;
};

struct RequireStmt : StmtNode<Stmt::Kind::Require> {
  using StmtNode::StmtNode;
  ExprPtr condition;
  ExprPtr message;
};

/// preprocess input { key = value ... }
struct PreprocessStmt : StmtNode<Stmt::Kind::Preprocess> {
  using StmtNode::StmtNode;
  Identifier input;
  Body body;
};

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

/// f32[batch, n, d], or [b, n, d] for any element type.
struct TensorType {
  llvm::SMLoc loc;
  Identifier elementType;
  std::vector<ExprPtr> extents;
};

struct Parameter {
  Identifier name;
  std::optional<TensorType> type;
  /// The default value, or null.
  ExprPtr fallback;
};

/// y: f32[batch, n], or, of a model, "y{i}": f32[batch, n] for i in 0..3.
struct Result {
  /// With the quotes if it is a string.
  Identifier name;
  /// The name when it is a string, else null.
  ExprPtr pattern;
  TensorType type;
  /// There is a result for each element of the sequence, unless that is null.
  Identifier variable;
  ExprPtr sequence;
};

/// A `block`, or a `model`.
struct Function {
  Identifier name;
  std::vector<Parameter> parameters;
  std::vector<Result> results;
  Body body;
  /// Whether the config values are visible: not in imported files.
  bool seesConfig = false;
};

/// state count: i32[], or a list of states, one for each element of a sequence:
/// state keys: f32[batch, n] for i in 0..layers.
struct StateDeclaration {
  Identifier name;
  TensorType type;
  Identifier variable;
  /// Null where there is one state.
  ExprPtr sequence;
};

struct Entry {
  Identifier name;
  ExprPtr value;
};

struct Preset {
  Identifier name;
  std::vector<Entry> entries;
};

struct Import {
  llvm::SMLoc loc;
  std::string path;
};

/// One file; or, once imports are loaded, a program.
struct File {
  std::vector<Import> imports;
  /// Of the `config` keyword; invalid where there is none.
  llvm::SMLoc configLoc;
  std::vector<Entry> config;
  std::vector<Preset> presets;
  std::vector<std::unique_ptr<RequireStmt>> requirements;
  std::vector<StateDeclaration> states;
  /// Of the word `generate`; invalid where there is none.
  llvm::SMLoc generateLoc;
  std::vector<Entry> generate;
  /// Of the word `precision`; invalid where there is none.
  llvm::SMLoc precisionLoc;
  std::vector<Entry> precision;
  std::vector<Function> blocks;
  std::vector<Function> models;
};

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_AST_H
