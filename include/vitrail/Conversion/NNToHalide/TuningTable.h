//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Schedules that were measured, by kernel and target, and their text: a line
// for each, in an order that does not depend on how the table came to be.
//
//   # a comment
//   zen4 4f1c09...  linear_add  #nn.schedule<rows = 6, columns = 64>
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOHALIDE_TUNINGTABLE_H
#define VITRAIL_CONVERSION_NNTOHALIDE_TUNINGTABLE_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include <map>
#include <string>

namespace vitrail {

/// Identifies a kernel among those of all models: a hash of its text before
/// layouts are chosen. Its name is no part of that, nor is a schedule.
std::string getKernelKey(mlir::func::FuncOp kernel);

class TuningTable {
public:
  /// Reads the text in the file `path`. Whatever is wrong with it is reported
  /// at its line.
  static mlir::FailureOr<TuningTable> read(llvm::StringRef path,
                                           mlir::MLIRContext *context);

  /// The schedule of a kernel on a target; null if there is none.
  nn::ScheduleAttr lookup(llvm::StringRef target, llvm::StringRef key) const;

  bool hasTarget(llvm::StringRef target) const;

  /// `kernel` is what people call it.
  void set(llvm::StringRef target, llvm::StringRef key, llvm::StringRef kernel,
           nn::ScheduleAttr schedule);

  void print(llvm::raw_ostream &os) const;

private:
  mlir::LogicalResult addLine(llvm::StringRef line, mlir::Location loc);

  struct Choice {
    std::string kernel;
    nn::ScheduleAttr schedule;
  };
  /// By target and key.
  std::map<std::pair<std::string, std::string>, Choice> choices;
};

} // namespace vitrail

#endif // VITRAIL_CONVERSION_NNTOHALIDE_TUNINGTABLE_H
