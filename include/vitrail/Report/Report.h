//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The fusion report: what became of each line of the model file, gathered while
// a model is compiled. As JSON, and as a page that is made of the same data;
// docs/report.md says how to read it.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_REPORT_REPORT_H
#define VITRAIL_REPORT_REPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail {

/// A line of a model file.
struct SourceLine {
  std::string file;
  unsigned line = 0;

  auto operator<=>(const SourceLine &) const = default;
};

/// The places of the model file that `location` stands for, each once: of
/// operations that share a kernel all of them.
std::vector<SourceLine> getSourceLines(mlir::Location location);

/// What a pass did or did not do, and where.
struct ReportRemark {
  bool isPassed;
  std::string pass, function, text;
  int64_t times;
  std::vector<SourceLine> places;
};

/// Gathers a report. The stages of a module are recorded in their order.
class Report {
public:
  /// Enables the remarks of `context`, which go into this report.
  explicit Report(mlir::MLIRContext &context);

  /// The front-end's operations.
  void recordModel(mlir::ModuleOp module);

  /// Kernels of `nn` operations, before they become pipelines.
  void recordKernels(mlir::ModuleOp module);

  /// Where the lowered model's tensors are; fails, with a diagnostic, where
  /// there is no plan.
  mlir::LogicalResult recordMemory(mlir::ModuleOp module);

  /// What kernels take of a GPU's multiprocessors, a list of objects.
  void recordDeviceCode(llvm::json::Array code) {
    llvm::move(code, std::back_inserter(deviceCode));
  }

  /// All of it; `sources` has the text of the model file and its imports,
  /// `about` what to say of the compilation as a whole.
  llvm::json::Value finish(const llvm::SourceMgr &sources,
                           llvm::json::Object about) const;

private:
  /// What became of a line.
  struct Line {
    bool isComputed = false; ///< It has operations on inputs...
    bool isConstant = false; ///< ... and on parameters alone.
    std::vector<std::string> kernels;
  };

  llvm::json::Array listLines(llvm::StringRef file, llvm::StringRef text) const;
  llvm::json::Array listRemarks(bool passed) const;
  llvm::json::Array listRemarks(const SourceLine &place, bool passed) const;

  std::shared_ptr<std::vector<ReportRemark>> remarks;
  std::map<SourceLine, Line> lines;
  llvm::json::Array kernels, deviceCode;
  /// By entry, in the order of the module.
  std::vector<std::pair<std::string, llvm::json::Object>> entries;
};

/// Writes the page of a report.
void writeReportPage(llvm::json::Value report, llvm::raw_ostream &output);

} // namespace vitrail

#endif // VITRAIL_REPORT_REPORT_H
