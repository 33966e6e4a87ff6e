//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks over expressions without regard to their kind.
//
//===----------------------------------------------------------------------===//

#include "AST.h"

using namespace vitrail::frontend;

void vitrail::frontend::forEachChild(
    const Expr &expr, llvm::function_ref<void(const Expr &)> visit) {
  auto visitAll = [&](std::initializer_list<const ExprPtr *> children) {
    for (const ExprPtr *child : children)
      if (*child)
        visit(**child);
  };
  if (const auto *string = llvm::dyn_cast<StringExpr>(&expr)) {
    for (const StringExpr::Piece &piece : string->pieces)
      visitAll({&piece.expr});
  } else if (const auto *list = llvm::dyn_cast<ListExpr>(&expr)) {
    for (const ExprPtr &element : list->elements)
      visitAll({&element});
  } else if (const auto *map = llvm::dyn_cast<ComprehensionExpr>(&expr)) {
    visitAll({&map->sequence, &map->element});
  } else if (const auto *unary = llvm::dyn_cast<UnaryExpr>(&expr)) {
    visitAll({&unary->operand});
  } else if (const auto *binary = llvm::dyn_cast<BinaryExpr>(&expr)) {
    visitAll({&binary->lhs, &binary->rhs});
  } else if (const auto *call = llvm::dyn_cast<CallExpr>(&expr)) {
    for (const CallExpr::Argument &argument : call->arguments)
      visitAll({&argument.value});
  } else if (const auto *index = llvm::dyn_cast<IndexExpr>(&expr)) {
    visitAll({&index->base});
    for (const IndexExpr::Item &item : index->items)
      visitAll({&item.start, &item.stop, &item.step});
  } else if (const auto *choice = llvm::dyn_cast<ConditionalExpr>(&expr)) {
    visitAll({&choice->condition, &choice->thenValue, &choice->elseValue});
  } else if (const auto *scope = llvm::dyn_cast<ScopeExpr>(&expr)) {
    visitAll({&scope->key, &scope->value});
  }
}

void vitrail::frontend::forEachName(
    const Expr &expr, llvm::function_ref<void(const NameExpr &)> visit) {
  if (const auto *name = llvm::dyn_cast<NameExpr>(&expr))
    visit(*name);
  forEachChild(expr, [&](const Expr &child) { forEachName(child, visit); });
}
