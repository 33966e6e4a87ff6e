//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints the range of what is drawn for each argument of a module.
//
//===----------------------------------------------------------------------===//

#include "../../lib/Compiler/DrawInputs.h"

#include "vitrail/Compiler/Register.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace mlir;
using namespace vitrail;

static void print(func::FuncOp function, unsigned argument, int64_t batch,
                  uint64_t seed) {
  std::vector<double> values =
      drawArgument(function, argument, batch, seed).data;
  double sum = 0.0, squares = 0.0;
  for (double value : values) {
    sum += value;
    squares += value * value;
  }
  size_t count = values.size();
  double mean = sum / count;
  std::map<double, size_t> counts;
  for (double value : values)
    ++counts[value];
  auto mostOften =
      std::max_element(counts.begin(), counts.end(), [](auto &lhs, auto &rhs) {
        return lhs.second < rhs.second;
      });
  llvm::outs() << getArgumentName(function, argument)
               << llvm::format(": %zu elements, %zu distinct, from %.4f to "
                               "%.4f, deviation %.1f, most often %.4f\n",
                               count, counts.size(), counts.begin()->first,
                               counts.rbegin()->first,
                               std::sqrt(squares / count - mean * mean),
                               mostOften->first);
}

/// MODULE.mlir BATCH SEED
int main(int argc, char **argv) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  auto module = parseSourceFile<ModuleOp>(argv[1], &context);
  if (!module)
    return 1;
  for (auto function : module->getOps<func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      print(function, i, std::atoll(argv[2]), std::atoll(argv[3]));
  return 0;
}
