//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lists parameters by key, for those who write a model and look for its keys in
// a checkpoint.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Weights/ListParameters.h"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Weights/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;

/// Adds the operations that the function's results depend on. A parameter that
/// is not among them is not asked of a checkpoint.
static void findUsed(func::FuncOp function, DenseSet<Operation *> &used) {
  for (Block &block : llvm::reverse(function.getBody()))
    for (Operation &op : llvm::reverse(block))
      if (op.hasTrait<OpTrait::IsTerminator>() || !isMemoryEffectFree(&op) ||
          llvm::any_of(op.getUsers(),
                       [&](Operation *user) { return used.contains(user); }))
        used.insert(&op);
}

static std::string describePosition(Location loc) {
  std::string text;
  if (auto position = loc->findInstanceOf<FileLineColLoc>())
    llvm::raw_string_ostream(text)
        << position.getFilename().getValue() << ':' << position.getLine();
  return text;
}

void weights::listParameters(ModuleOp module, llvm::raw_ostream &output) {
  DenseSet<Operation *> used;
  for (auto function : module.getOps<func::FuncOp>())
    findUsed(function, used);
  llvm::MapVector<StringRef, nn::ParameterOp> parameters;
  module.walk([&](nn::ParameterOp op) {
    if (used.contains(op))
      parameters.try_emplace(op.getName(), op);
  });

  size_t nameWidth = 0, shapeWidth = 0;
  int64_t numValues = 0;
  for (auto &[name, op] : parameters) {
    ArrayRef<int64_t> shape = op.getType().getShape();
    nameWidth = std::max(nameWidth, name.size());
    shapeWidth = std::max(shapeWidth, describeShape(shape).size());
    numValues += op.getType().getNumElements();
  }
  for (auto &[name, op] : parameters)
    output << llvm::left_justify(name, nameWidth) << "  "
           << llvm::left_justify(describeShape(op.getType().getShape()),
                                 shapeWidth)
           << "  " << describePosition(op.getLoc()) << '\n';
  output << parameters.size()
         << (parameters.size() == 1 ? " parameter, " : " parameters, ")
         << numValues << (numValues == 1 ? " value" : " values") << '\n';
}
