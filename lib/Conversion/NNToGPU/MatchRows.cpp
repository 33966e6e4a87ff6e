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

#include "mlir/Analysis/SliceAnalysis.h"
#include "llvm/ADT/Sequence.h"
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

static bool isNarrowResult(Type type) {
  return isNarrow(type) || getElementTypeOrSelf(type).isInteger(8);
}

/// Why rows of these extents are in no kernel; empty if they are in one.
static std::string describeExtents(const DeviceRows &rows) {
  if (llvm::any_of(ArrayRef(rows.rows).drop_front(!rows.rows.empty()),
                   nn::dependsOnBatch))
    return "the batch is not the first dimension of its rows";
  if (rows.width % chunkSize != 0)
    return "its rows are no multiple of 8 elements";
  if (rows.width > (rows.range ? longestQuantizedRow : longestRow))
    return "its rows are too long for the registers of a warp";
  return "";
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// Whether the range is that of the last dimensions.
static bool isOfRows(nn::ReduceOp range) {
  ArrayRef<int64_t> axes = range.getAxes();
  int64_t rank = int64_t(shapeOf(range.getInput()).size());
  return range.getKind() == nn::ReduceKind::MaxAbs && range.getKeepDims() &&
         llvm::equal(axes, llvm::seq<int64_t>(rank - axes.size(), rank));
}

std::string describeRanges(nn::QuantizeOp integers) {
  auto range = integers.getRange().getDefiningOp<nn::ReduceOp>();
  if (!range || !isOfRows(range) || range.getInput() != integers.getInput())
    return "the ranges of its integers are not those of rows";
  Value input = range.getInput();
  if (auto norm = input.getDefiningOp<nn::LayerNormOp>()) {
    if (range.getAxes().size() != 1)
      return "its norm and the ranges of its integers have other rows";
    input = norm.getInput();
  }
  BackwardSliceOptions options;
  options.inclusive = true;
  options.omitBlockArguments = true;
  llvm::SetVector<Operation *> slice;
  if (Operation *op = input.getDefiningOp())
    (void)getBackwardSlice(op, &slice, options);
  if (!llvm::all_of(slice, isElementComputable))
    return "what its integers are made of is more than a norm and elements";
  DeviceRows rows;
  rows.range = range;
  rows.rows = nn::getExtents(range.getInput().getType());
  rows.width = 1;
  for (size_t i = 0; i < range.getAxes().size(); ++i)
    rows.width *= rows.rows.pop_back_val().size;
  return describeExtents(rows);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The range that `kernel` stores beside integers; or null.
static nn::ReduceOp findRange(func::FuncOp kernel) {
  ValueRange results = kernel.front().getTerminator()->getOperands();
  auto integers = results.front().getDefiningOp<nn::QuantizeOp>();
  bool areBoth = results.size() == 2 && integers &&
                 integers.getRange() == results.back() &&
                 describeRanges(integers).empty();
  return areBoth ? results.back().getDefiningOp<nn::ReduceOp>() : nullptr;
}

/// Sets the norm, the range and the anchor.
static std::string findAnchor(func::FuncOp kernel, DeviceRows &rows) {
  rows.range = findRange(kernel);
  for (Operation &op : kernel.front().without_terminator()) {
    auto norm = dyn_cast<nn::LayerNormOp>(op);
    if (norm && !rows.norm)
      rows.norm = norm;
    else if (&op != rows.range.getOperation() && !isElementComputable(&op))
      return ("'" + op.getName().getStringRef() + "' is no norm of rows").str();
  }
  rows.anchor = kernel.front().getTerminator()->getOperand(0);
  if (rows.range)
    rows.anchor = rows.range.getInput();
  else if (rows.norm)
    rows.anchor = rows.norm.getResult();
  return "";
}

/// Sets the extents of rows.
static std::string findRows(DeviceRows &rows) {
  rows.rows = nn::getExtents(cast<RankedTensorType>(rows.anchor.getType()));
  if (rows.rows.empty() || rows.rows.back().timesBatch)
    return "it has no rows of a known width";
  rows.width = rows.rows.pop_back_val().size;
  return describeExtents(rows);
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
  unsigned results = findRange(kernel) ? 2 : 1;
  if (std::string reason = describeKernel(kernel, results); !reason.empty())
    return reason;
  if (llvm::none_of(kernel.getArgumentTypes(), isNarrow) &&
      llvm::none_of(kernel.getResultTypes(), isNarrowResult) &&
      kernel.front().getOps<nn::RoundTF32Op>().empty())
    return "nothing of it is stored as f16, bf16, tf32 or i8";
  if (std::string reason = findAnchor(kernel, rows); !reason.empty())
    return reason;
  if (std::string reason = findRows(rows); !reason.empty())
    return reason;
  if (rows.norm && !rows.range && !isFollowedByElements(rows.anchor))
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
