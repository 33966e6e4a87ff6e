//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The barriers of a ring of stages (compute capability 9.0): one warp fills
// stages, others empty them, in the same order, and neither waits for the other
// longer than it has to.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_STAGEBARRIERS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_STAGEBARRIERS_H

#include "DeviceKernel.h"

namespace vitrail {

/// Where shared memory `memory` is, `bytes` (i32) from its beginning: an
/// address in the space of a block.
mlir::Value getSharedAddress(DeviceKernel &kernel, mlir::Value memory,
                             mlir::Value bytes);

/// Two barriers for each stage: that it is full, and that it is empty. How
/// often a stage was used before is clear from the number of the use, `use`
/// (i32), among those of all stages.
class StageBarriers {
public:
  /// `offset`: of the barriers in shared memory.
  StageBarriers(DeviceKernel &kernel, int64_t stages, int64_t offset);

  static int64_t countBytes(int64_t stages) { return 2 * stages * bytes; }

  /// For one thread, before all others begin: a stage is empty when `warps`
  /// warps have said so.
  void create(int64_t warps);

  mlir::Value getStage(mlir::Value use);
  /// The barrier that copies to the stage of `use` have to arrive at.
  mlir::Value getFull(mlir::Value use);
  void waitUntilFull(mlir::Value use);
  /// Until it is empty again after all uses before.
  void waitUntilEmpty(mlir::Value use);
  /// The stage is full when `count` bytes are copied.
  void expectBytes(mlir::Value use, int64_t count);
  /// A warp is done with a stage. For one of its threads.
  void release(mlir::Value use);

private:
  static constexpr int64_t bytes = 8; ///< of a barrier

  /// How often all stages were used before.
  mlir::Value countRounds(mlir::Value use);
  mlir::Value getBarrier(mlir::Value stage, bool isFull);
  void wait(mlir::Value barrier, mlir::Value round);

  DeviceKernel &kernel;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t stages;
  mlir::Value memory;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_STAGEBARRIERS_H
