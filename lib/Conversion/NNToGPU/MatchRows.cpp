//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which kernels compute rows by themselves.
//
//===----------------------------------------------------------------------===//

#include "DeviceRows.h"

#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace vitrail {

using namespace mlir;

int64_t countNeighbours(Value value, int64_t width, Type element) {
  int64_t run = std::gcd(getContiguousRun(value, element), width);
  return std::gcd(run, chunkSize);
}

bool canReadChunks(Value value, int64_t width, Type element) {
  constexpr int64_t bits = 8 * 16;
  return countNeighbours(value, width, element) *
             element.getIntOrFloatBitWidth() >=
         bits;
}

static bool isNarrow(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF16() || element.isBF16();
}

/// Sets the norm and the anchor.
static std::string findAnchor(func::FuncOp kernel, DeviceRows &rows) {
  for (Operation &op : kernel.front().without_terminator()) {
    auto norm = dyn_cast<nn::LayerNormOp>(op);
    if (norm && !rows.norm)
      rows.norm = norm;
    else if (!isElementComputable(&op))
      return ("'" + op.getName().getStringRef() + "' is no norm of rows").str();
  }
  rows.anchor = rows.norm ? Value(rows.norm.getResult())
                          : kernel.front().getTerminator()->getOperand(0);
  return "";
}

/// Sets the extents of rows.
static std::string findRows(DeviceRows &rows) {
  rows.rows = nn::getExtents(cast<RankedTensorType>(rows.anchor.getType()));
  if (rows.rows.empty() || rows.rows.back().timesBatch)
    return "it has no rows of a known width";
  rows.width = rows.rows.pop_back_val().size;
  if (llvm::any_of(ArrayRef(rows.rows).drop_front(!rows.rows.empty()),
                   nn::dependsOnBatch))
    return "the batch is not the first dimension of its rows";
  if (rows.width % chunkSize != 0)
    return "its rows are no multiple of 8 elements";
  if (rows.width > longestRow)
    return "its rows are too long for the registers of a warp";
  return "";
}

/// Sets the type in memory where chunks are read in vectors: what is read is
/// converted once, then.
static void findStored(DeviceRows &rows) {
  Value input = rows.input();
  Type stored = findStoredType(input);
  if (!stored || !canReadChunks(input, rows.width, stored))
    return;
  int64_t casts = 0;
  for (Value value = input; Operation *op = value.getDefiningOp();
       value = op->getOperand(0))
    casts += isa<nn::CastOp>(op);
  if (casts <= 1)
    rows.element = stored;
}

static std::string describe(func::FuncOp kernel, DeviceRows &rows) {
  if (std::string reason = describeKernel(kernel); !reason.empty())
    return reason;
  if (llvm::none_of(kernel.getArgumentTypes(), isNarrow) &&
      llvm::none_of(kernel.getResultTypes(), isNarrow) &&
      kernel.front().getOps<nn::RoundTF32Op>().empty())
    return "nothing of it is stored as f16, bf16 or tf32";
  if (std::string reason = findAnchor(kernel, rows); !reason.empty())
    return reason;
  if (std::string reason = findRows(rows); !reason.empty())
    return reason;
  if (rows.norm && !isFollowedByElements(rows.anchor))
    return "its results are stored elsewhere than they are computed";
  findStored(rows);
  return "";
}

FailureOr<DeviceRows> matchDeviceRows(func::FuncOp kernel,
                                      std::string &reason) {
  DeviceRows rows;
  reason = describe(kernel, rows);
  if (!reason.empty())
    return failure();
  return rows;
}

/// As many threads as leave the fewest idle with few chunks each, which are
/// on their way together; of those, the fewest.
static int64_t chooseLanes(int64_t chunks) {
  constexpr int64_t fewChunks = 4;
  int64_t lanes = warpSize, held = llvm::alignTo(chunks, warpSize);
  for (int64_t fewer = warpSize; fewer > 1; fewer /= 2) {
    bool areEnough = llvm::divideCeil(chunks, fewer) <= fewChunks;
    // A group of 4 reads 64 bytes of a row at a time, two whole sectors.
    bool readsSectors = fewer >= 4 || chunks <= fewer;
    if (areEnough && readsSectors &&
        int64_t(llvm::alignTo(chunks, fewer)) <= held) {
      lanes = fewer;
      held = llvm::alignTo(chunks, fewer);
    }
  }
  return lanes;
}

/// 16 bytes of at least three chunks for each of a multiprocessor's threads are
/// what memory delivers while the first is on its way. Few rows are spread over
/// more multiprocessors.
SmallVector<RowGroups> chooseRowGroups(const DeviceRows &rows) {
  constexpr int64_t chunksAhead = 3;
  int64_t lanes = chooseLanes(rows.chunks());
  int64_t chunksOfLane = llvm::divideCeil(rows.chunks(), lanes);
  int64_t rowsOfGroup = llvm::divideCeil(chunksAhead, chunksOfLane);
  return {{/*threads=*/256, lanes, chunksOfLane, rowsOfGroup},
          {/*threads=*/64, lanes, chunksOfLane, /*rowsOfGroup=*/1}};
}

} // namespace vitrail
