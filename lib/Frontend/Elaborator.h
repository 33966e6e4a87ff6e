//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a program while compiling: loops unroll, blocks are expanded where they
// are called, and what remains are the operations on tensors.
//
// After an error the value concerned is poison, what is computed from it is
// poison without another word, and elaboration goes on: one run reports all
// errors that do not follow from each other.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_ELABORATOR_H
#define VITRAIL_LIB_FRONTEND_ELABORATOR_H

#include "AST.h"
#include "Builtins.h"
#include "TensorBuilder.h"
#include "TensorOperators.h"
#include "vitrail/Frontend/Frontend.h"

namespace vitrail::frontend {

/// Variables of one body, with those around it.
struct Frame {
  explicit Frame(const Frame *parent) : parent(parent) {}

  struct Variable {
    Value value;
    /// Where it got its value.
    llvm::SMLoc loc;
  };

  const Frame *parent;
  llvm::StringMap<Variable> variables;

  /// Whether assignments are the entries of a `preprocess` and hide nothing.
  bool isDescription = false;

  /// In the frame of a body: what it returned, and where.
  std::optional<Value> result;
  llvm::SMLoc resultLoc;

  void set(const Identifier &name, Value value) {
    variables.insert_or_assign(name.text, Variable{std::move(value), name.loc});
  }
  const Variable *find(llvm::StringRef name) const {
    for (const Frame *frame = this; frame; frame = frame->parent)
      if (auto found = frame->variables.find(name);
          found != frame->variables.end())
        return &found->second;
    return nullptr;
  }
};

/// Where a config value comes from.
struct Origin {
  enum class Kind { Default, Preset, CommandLine };
  Kind kind = Kind::Default;
  llvm::SMLoc loc;
  /// What it is computed from; null on the command line.
  const Expr *expr = nullptr;
};

/// name=value in the text that quotes the command line.
struct Define {
  llvm::StringRef name;
  llvm::StringRef value;
};

/// What a model returns, as far as it is known.
struct ModelResults {
  llvm::SmallVector<mlir::Value> tensors;
  llvm::SmallVector<mlir::Attribute> names;
  /// Of the states that the model assigns; their tensors follow the results'.
  llvm::SmallVector<mlir::Attribute> states;
  /// Where each name was declared.
  llvm::StringMap<llvm::SMLoc> locs;
};

class Elaborator {
public:
  Elaborator(const File &program, Reporter &reporter);

  /// The module, or null after errors.
  mlir::OwningOpRef<mlir::ModuleOp> run(const FrontendOptions &options);

private:
  // Config.cpp
  void resolveConfig(const FrontendOptions &options);
  void quoteCommandLine(const FrontendOptions &options);
  const Preset *findPreset();
  void checkDefines();
  Value resolveEntry(const Entry &entry);
  Value parseDefine(const Entry &entry, const Value &fallback,
                    llvm::StringRef literal);
  Value convertLike(const Value &value, const Value &fallback,
                    const Entry &entry, llvm::SMLoc loc);
  /// Of a config value, whatever its origin.
  llvm::SMLoc getDeclarationLoc(llvm::StringRef name) const;
  /// Adds notes that say where the config values in `expr` come from.
  void attachOrigins(mlir::InFlightDiagnostic &diagnostic, const Expr &expr,
                     const Frame &frame);

  // Models.cpp
  void elaborateModel(const Function &model, mlir::ModuleOp module);
  bool addInputs(const Function &model, Frame &signature);
  mlir::Type getElementType(const Identifier &name);
  std::optional<mlir::RankedTensorType> evaluateType(const TensorType &type,
                                                     Frame &frame);

  // Results.cpp: false after an error.
  void addResults(const Function &model, Frame &signature, const Frame &locals);
  bool addResultList(const Result &declared, const Value &list,
                     llvm::SMLoc returnLoc, Frame &signature,
                     ModelResults &results);
  bool addResult(const Result &declared, const Value &value,
                 llvm::SMLoc returnLoc, Frame &frame, ModelResults &results);
  std::optional<std::vector<Value>> getNoResults(const Function &model,
                                                 const Frame &locals);
  std::optional<std::string> evaluateResultName(const Result &declared,
                                                Frame &frame);

  // States.cpp: false after an error.
  void resolveStates();
  void resolveState(const StateDeclaration &declared);
  void addStates(Frame &frame);
  bool addStateResults(const Frame &locals, ModelResults &results);
  bool addStateResult(size_t number, const Value &value, llvm::SMLoc loc,
                      ModelResults &results);
  void eraseUnusedStates();

  // Generate.cpp
  void elaborateGenerate(mlir::ModuleOp module);

  // Precision.cpp
  void elaboratePrecision(mlir::ModuleOp module);

  // Preprocess.cpp
  void executePreprocess(const PreprocessStmt &stmt, Frame &frame);

  // Statements.cpp: false once the body has returned.
  bool execute(const Body &body, Frame &frame);
  bool execute(const Stmt &stmt, Frame &frame);
  bool executeIf(const IfStmt &stmt, Frame &frame);
  bool executeFor(const ForStmt &stmt, Frame &frame);
  bool executeScope(const ScopeStmt &stmt, Frame &frame);
  void executeAssign(const AssignStmt &stmt, Frame &frame);
  void assignTarget(const AssignStmt::Target &target, Value value,
                    Frame &frame);
  bool executeRequire(const RequireStmt &stmt, Frame &frame);
  void assign(const Identifier &target, Value value, Frame &frame);
  bool poison(const Body &body, Frame &frame);

  // Expressions.cpp
  Value evaluate(const Expr &expr, Frame &frame);
  Value evaluateKind(const Expr &expr, Frame &frame);
  Value evaluateName(const NameExpr &name, Frame &frame);
  Value evaluateString(const StringExpr &string, Frame &frame);
  Value evaluateList(const ListExpr &list, Frame &frame);
  Value evaluateComprehension(const ComprehensionExpr &map, Frame &frame);
  Value evaluateUnary(const UnaryExpr &unary, Frame &frame);
  Value evaluateBinary(const BinaryExpr &binary, Frame &frame);
  Value evaluateLogic(const BinaryExpr &binary, Frame &frame);
  Value evaluateIndex(const IndexExpr &index, Frame &frame);
  Value evaluateScope(const ScopeExpr &scope, Frame &frame);
  std::optional<bool> evaluateCondition(const Expr &expr, Frame &frame);
  /// A list, or poison.
  Value evaluateSequence(const Expr &expr, Frame &frame);
  /// A key that can open a scope of parameters.
  std::optional<std::string> evaluateKey(const Expr &expr, Frame &frame);

  // Calls.cpp
  using Arguments = llvm::SmallVector<const Expr *>;
  Value evaluateCall(const CallExpr &call, Frame &frame);
  Value callBuiltin(const Builtin &builtin, const CallExpr &call, Frame &frame);
  Value callBlock(const Function &block, const CallExpr &call, Frame &frame);
  Value expandBlock(const Function &block, llvm::SMLoc loc, Frame &signature);
  /// Values of the given arguments, absent for others; nothing after an error.
  std::optional<llvm::SmallVector<Value>>
  evaluateArguments(const Arguments &arguments, Frame &frame);
  /// The argument of each parameter, null where it has a default value and is
  /// not given; nothing after an error.
  std::optional<Arguments> matchArguments(const CallExpr &call,
                                          llvm::ArrayRef<llvm::StringRef> names,
                                          llvm::ArrayRef<bool> isOptional);

  // Signatures.cpp
  bool bindParameters(const Function &block, const Arguments &arguments,
                      llvm::ArrayRef<Value> values, Frame &signature);
  bool matchType(const TensorType &type, const Value &value, llvm::SMLoc loc,
                 const llvm::Twine &what, Frame &signature);
  bool matchExtent(const Expr &declared, nn::Extent actual, size_t dimension,
                   llvm::SMLoc loc, const llvm::Twine &what, Frame &signature);
  /// What a body returned, one value for each declared result.
  std::optional<std::vector<Value>> getResults(const Function &function,
                                               llvm::StringRef kind,
                                               const Frame &locals);

  /// Bounds the work that text can ask for. True when there is no point in
  /// going on.
  bool isStopped(llvm::SMLoc loc);
  void countElements(const Value &value);

  /// What a function's expressions see around its parameters.
  const Frame *getOuterFrame(const Function &function) const {
    return function.seesConfig ? &config : &globals;
  }

  const File &program;
  Reporter &reporter;
  TensorBuilder builder;
  llvm::StringMap<const Function *> blocks;
  Frame globals;

  /// The config values, each at its origin.
  Frame config;
  llvm::StringMap<Origin> origins;
  llvm::StringRef presetName;
  const Preset *preset = nullptr;
  std::vector<Define> defines;

  /// A state: what `declared` stands for, or one of its list.
  struct State {
    std::string name;
    mlir::RankedTensorType type;
    const StateDeclaration *declared;
  };
  std::vector<State> states;

  /// The model that is being built.
  const Function *model = nullptr;
  mlir::func::FuncOp function;

  size_t steps = 0;
  unsigned depth = 0;
  bool stopped = false;
};

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_ELABORATOR_H
