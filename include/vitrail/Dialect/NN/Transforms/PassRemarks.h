//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a pass rewrote and what it did not, as remarks that name places in the
// model file.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_TRANSFORMS_PASSREMARKS_H
#define VITRAIL_DIALECT_NN_TRANSFORMS_PASSREMARKS_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"

#include <string>
#include <tuple>

namespace vitrail::nn {

/// Gathers remarks while a pass runs, and hands them to the context's remark
/// engine in the end; costs nothing where there is none. The category of a
/// remark is the pass's argument.
///
/// As the listener of patterns (of `walkAndApplyPatterns` below, or of a
/// GreedyRewriteConfig) it hears what they say anyhow:
///
/// - A pattern whose operation is no candidate returns a plain `failure()`.
///   Nobody wants to read of it.
/// - One that looked closer and stays away says why by `notifyMatchFailure`,
///   for the author of the model: a missed remark, unless the operation is
///   rewritten or erased later on, or the pattern is tried again.
/// - One that succeeds makes a passed remark at what it put in place.
///
/// Passes written by hand call `missed` and `passed`. Remarks that say the same
/// of the same place in a function, such as those of each layer, are one, with
/// the number of times.
class PassRemarks : public mlir::RewriterBase::Listener {
public:
  explicit PassRemarks(mlir::Pass &pass, mlir::MLIRContext *context);
  ~PassRemarks() override;

  /// Says what became of `op`; call it while `op` is there.
  void passed(mlir::Operation *op, const llvm::Twine &what);

  /// Says why `op` stays as it is, if it does; returns failure.
  mlir::LogicalResult missed(mlir::Operation *op, const llvm::Twine &reason);

  void notifyPatternBegin(const mlir::Pattern &pattern,
                          mlir::Operation *op) override;
  void notifyPatternEnd(const mlir::Pattern &pattern,
                        mlir::LogicalResult status) override;
  void notifyMatchFailure(
      mlir::Location location,
      llvm::function_ref<void(mlir::Diagnostic &)> reasonCallback) override;
  void notifyOperationReplaced(mlir::Operation *op,
                               mlir::ValueRange replacement) override;
  void notifyOperationErased(mlir::Operation *op) override;

private:
  /// Where, in which function, what.
  using Remark = std::tuple<mlir::Location, std::string, std::string>;

  struct Miss {
    const mlir::Pattern *pattern; ///< Null of a pass written by hand.
    Remark remark;
  };

  void emitEach(llvm::ArrayRef<Remark> remarks, bool isPassed) const;
  void emit(const Remark &remark, unsigned times, bool isPassed) const;

  llvm::StringRef name, category;
  /// Whether anybody listens.
  bool isEnabled;
  llvm::MapVector<mlir::Operation *, llvm::SmallVector<Miss, 1>> misses;
  std::vector<Remark> passes;

  // Of the pattern that is being tried.
  const mlir::Pattern *pattern = nullptr;
  mlir::Operation *root = nullptr;
  std::string function;
  mlir::Location place;
  std::string result;
};

/// mlir::walkAndApplyPatterns, which tells its listener of failures without
/// saying whose they are, with remarks.
void walkAndApplyPatterns(mlir::Operation *op,
                          mlir::RewritePatternSet &&patterns,
                          PassRemarks &remarks);

} // namespace vitrail::nn

#endif // VITRAIL_DIALECT_NN_TRANSFORMS_PASSREMARKS_H
