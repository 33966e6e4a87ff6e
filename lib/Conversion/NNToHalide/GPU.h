//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Schedules for GPUs: elements spread over threads, and rows over blocks. The
// algorithms are those of the processors' schedules; lanes are threads.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPU_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPU_H

#include "Rows.h"

namespace vitrail {

/// What a block may keep in shared memory: less than the 48 KiB that every GPU
/// has, for what kernels hold besides.
inline constexpr int64_t sharedBytes = 40 << 10;

/// Gives each point of the loops `dims` (innermost first) of a stage a thread,
/// which runs the loops `inner`, if any; returns the loop of threads. Without
/// `dims` there is one thread, and no such loop.
std::string spreadOnGPU(Stage stage, const Names &inner, const Names &dims);

/// As `scheduleRows`: blocks of several rows, each row some threads.
RowPlace scheduleRowsOnGPU(KernelLowering &kernel, const Names &inner,
                           llvm::ArrayRef<Dimension> rows, int64_t rowSize,
                           llvm::StringRef func);

/// Computes the func `name`, which has one element for each row, in the block
/// of its rows; `rows` are its variables.
void computeForRowsOnGPU(KernelLowering &kernel, llvm::StringRef name,
                         const Names &rows, const RowPlace &place);

/// Computes a func of `elements` elements in a block, and keeps it in memory
/// that all threads see.
void computeInBlock(Stage &stage, const RowPlace &place, int64_t elements);

/// Elements that a thread loads or stores at once.
inline constexpr int64_t gpuVectorSize = 4;

/// Pads the rows of a func in shared memory, so that vectors of neighbouring
/// ones are in different banks: a row is an odd number of vectors long. It has
/// `extent` elements along `var`, of which a vector has `vectorSize`.
void padRows(halide::FuncOp func, llvm::StringRef var, int64_t extent,
             int64_t vectorSize = gpuVectorSize);

// The families that have algorithms of their own on GPUs.
void lowerContractionOnGPU(KernelLowering &kernel, mlir::Operation *anchor);
void lowerAttentionOnGPU(KernelLowering &kernel, nn::AttentionOp attention);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPU_H
