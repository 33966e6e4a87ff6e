//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations that move elements. All are strided copies, between a part of the
// input and a part of the result; nothing is computed, so they serve float32
// values as they are.
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

//===----------------------------------------------------------------------===//
// Strided copies
//===----------------------------------------------------------------------===//

SmallVector<int64_t> weights::getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t dim = shape.size(); dim-- > 0;) {
    strides[dim] = stride;
    stride *= shape[dim];
  }
  return strides;
}

namespace {
using Dimensions = SmallVector<StridedDimension>;

/// A copy cut into units that run independently: an index over `outer` selects
/// a unit, which copies `rows` x `columns` elements. Columns are the last
/// dimension, contiguous in the result as a rule; rows, if the input is
/// contiguous in another dimension, are a block of that one, so that neither
/// side leaves the cache between neighbouring elements.
struct UnitCopy {
  Dimensions outer;
  StridedDimension rows = {1, 0, 0};
  StridedDimension columns = {1, 0, 0};
  int64_t units = 1;
  /// The index in `outer` that counts blocks of rows; -1 if there is none.
  int64_t blocked = -1;
};
} // namespace

/// Extents of 1 dropped, and neighbours merged that are one run on both sides.
static Dimensions simplify(ArrayRef<StridedDimension> dimensions) {
  Dimensions merged;
  for (const StridedDimension &dim : dimensions) {
    if (dim.extent == 1)
      continue;
    if (!merged.empty()) {
      StridedDimension &last = merged.back();
      if (last.inputStride == dim.inputStride * dim.extent &&
          last.outputStride == dim.outputStride * dim.extent) {
        last = {last.extent * dim.extent, dim.inputStride, dim.outputStride};
        continue;
      }
    }
    merged.push_back(dim);
  }
  return merged;
}

/// Rows in a block: a cache line of floats. Columns in a tile: as many lines
/// as one set of an L1 cache holds, since the rows of a weight often lie a
/// multiple of 4 KiB apart and then share that set.
static constexpr int64_t rowBlock = 16;
static constexpr int64_t columnBlock = 8;

static UnitCopy cutIntoUnits(Dimensions dimensions) {
  UnitCopy copy;
  if (dimensions.empty())
    return copy;
  copy.columns = dimensions.pop_back_val();
  if (copy.columns.inputStride != 1) {
    auto *contiguous = llvm::find_if(
        dimensions, [](StridedDimension dim) { return dim.inputStride == 1; });
    if (contiguous != dimensions.end()) {
      copy.rows = *contiguous;
      copy.blocked = contiguous - dimensions.begin();
      contiguous->extent = llvm::divideCeil(contiguous->extent, rowBlock);
      contiguous->inputStride *= rowBlock;
      contiguous->outputStride *= rowBlock;
    }
  }
  copy.outer = std::move(dimensions);
  for (const StridedDimension &dim : copy.outer)
    copy.units *= dim.extent;
  return copy;
}

/// One row, `columns` elements of it.
template <typename T>
static void copyRow(int64_t columns, const T *in, int64_t inputStride, T *out,
                    int64_t outputStride) {
  if (inputStride == 1 && outputStride == 1) {
    std::copy_n(in, columns, out);
    return;
  }
  for (int64_t j = 0; j < columns; ++j)
    out[j * outputStride] = in[j * inputStride];
}

template <typename T>
static void copyUnit(const UnitCopy &copy, int64_t unit, const T *in, T *out) {
  int64_t rows = 1;
  for (int64_t dim = copy.outer.size(); dim-- > 0;) {
    const StridedDimension &outer = copy.outer[dim];
    int64_t index = unit % outer.extent;
    unit /= outer.extent;
    in += index * outer.inputStride;
    out += index * outer.outputStride;
    if (dim == copy.blocked)
      rows = std::min(rowBlock, copy.rows.extent - index * rowBlock);
  }
  const auto &[columns, inputStride, outputStride] = copy.columns;
  if (copy.blocked < 0)
    return copyRow(columns, in, inputStride, out, outputStride);
  for (int64_t j = 0; j < columns; j += columnBlock)
    for (int64_t i = 0; i < rows; ++i)
      copyRow(std::min(columnBlock, columns - j),
              in + i * copy.rows.inputStride + j * inputStride, inputStride,
              out + i * copy.rows.outputStride + j * outputStride,
              outputStride);
}

template <typename T>
void weights::copyStrided(ArrayRef<StridedDimension> dimensions, const T *in,
                          T *out) {
  for (const StridedDimension &dim : dimensions)
    if (dim.extent == 0)
      return;
  UnitCopy copy = cutIntoUnits(simplify(dimensions));
  // Tasks of about 64k elements cost little to start.
  int64_t unitSize = copy.columns.extent * (copy.blocked < 0 ? 1 : rowBlock);
  int64_t unitsPerTask = llvm::divideCeil(int64_t(1) << 16, unitSize);
  llvm::parallelFor(0, llvm::divideCeil(copy.units, unitsPerTask),
                    [&](size_t task) {
                      int64_t begin = task * unitsPerTask;
                      int64_t end = std::min(begin + unitsPerTask, copy.units);
                      for (int64_t unit = begin; unit < end; ++unit)
                        copyUnit(copy, unit, in, out);
                    });
}

template void weights::copyStrided(ArrayRef<StridedDimension>, const float *,
                                   float *);
template void weights::copyStrided(ArrayRef<StridedDimension>, const double *,
                                   double *);

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// A tensor of `shape` whose element i is in[i * strides].
template <typename T>
static TensorOf<T> gather(const T *in, ArrayRef<int64_t> strides,
                          ArrayRef<int64_t> shape) {
  TensorOf<T> result(shape);
  Dimensions dimensions;
  for (auto [extent, inputStride, outputStride] :
       llvm::zip_equal(shape, strides, getStrides(shape)))
    dimensions.push_back({extent, inputStride, outputStride});
  copyStrided<T>(dimensions, in, result.data.data());
  return result;
}

/// Writes `part` into `whole`, its first element at `offsets`.
template <typename T>
static void insert(const TensorOf<T> &part, ArrayRef<int64_t> offsets,
                   TensorOf<T> &whole) {
  Dimensions dimensions;
  T *out = whole.data.data();
  for (auto [extent, inputStride, outputStride, offset] :
       llvm::zip_equal(part.shape, getStrides(part.shape),
                       getStrides(whole.shape), offsets)) {
    dimensions.push_back({extent, inputStride, outputStride});
    out += offset * outputStride;
  }
  copyStrided<T>(dimensions, part.data.data(), out);
}

template <typename T>
static TensorOf<T> pad(const TensorOf<T> &input, ArrayRef<int64_t> low,
                       double value, ArrayRef<int64_t> shape) {
  TensorOf<T> result(shape);
  if (value != 0)
    llvm::fill(result.data, static_cast<T>(value));
  insert(input, low, result);
  return result;
}

template <typename T>
static TensorOf<T> broadcast(const TensorOf<T> &input,
                             ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size() - input.shape.size(), 0);
  for (auto [extent, stride] :
       llvm::zip_equal(input.shape, getStrides(input.shape)))
    strides.push_back(extent == 1 ? 0 : stride);
  return gather<T>(input.data.data(), strides, shape);
}

/// `fill` at every place of a tensor of `shape`, then `input` at its own.
template <typename T>
static TensorOf<T> padWith(const TensorOf<T> &fill, const TensorOf<T> &input,
                           ArrayRef<int64_t> low, ArrayRef<int64_t> shape) {
  TensorOf<T> result = broadcast(fill, shape);
  insert(input, low, result);
  return result;
}

/// The elements before the last `shift` of `axis` follow those.
template <typename T>
static TensorOf<T> roll(const TensorOf<T> &input, int64_t shift, int64_t axis) {
  int64_t extent = input.shape[axis];
  int64_t inner = getNumElements(ArrayRef(input.shape).drop_front(axis + 1));
  TensorOf<T> result(input.shape);
  for (size_t begin = 0; begin < input.data.size(); begin += extent * inner) {
    auto in = input.data.begin() + begin;
    std::rotate_copy(in, in + (extent - shift) * inner, in + extent * inner,
                     result.data.begin() + begin);
  }
  return result;
}

template <typename T>
TensorOf<T> weights::unfold(const TensorOf<T> &input, ArrayRef<int64_t> kernel,
                            ArrayRef<int64_t> strides,
                            ArrayRef<int64_t> padding) {
  TensorOf<T> padded;
  const TensorOf<T> *source = &input;
  if (padding[0] || padding[1]) {
    SmallVector<int64_t> shape = input.shape;
    shape[2] += 2 * padding[0];
    shape[3] += 2 * padding[1];
    padded = pad<T>(input, {0, 0, padding[0], padding[1]}, 0, shape);
    source = &padded;
  }
  ArrayRef<int64_t> s = source->shape;
  int64_t height = (s[2] - kernel[0]) / strides[0] + 1;
  int64_t width = (s[3] - kernel[1]) / strides[1] + 1;
  SmallVector<int64_t> step = getStrides(s);
  // As in slices, the step from a single element may be of any size.
  int64_t down = height == 1 ? 0 : step[2] * strides[0];
  int64_t right = width == 1 ? 0 : step[3] * strides[1];
  return gather<T>(source->data.data(),
                   {step[0], down, right, step[1], step[2], step[3]},
                   {s[0], height, width, s[1], kernel[0], kernel[1]});
}

template <typename T>
static TensorOf<T> transpose(const TensorOf<T> &input,
                             ArrayRef<int64_t> permutation,
                             ArrayRef<int64_t> shape) {
  SmallVector<int64_t> inputStrides = getStrides(input.shape);
  SmallVector<int64_t> strides;
  for (int64_t dim : permutation)
    strides.push_back(inputStrides[dim]);
  return gather<T>(input.data.data(), strides, shape);
}

template <typename T>
static TensorOf<T> slice(const TensorOf<T> &input, nn::SliceOp op,
                         ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides = getStrides(input.shape);
  const T *in = input.data.data();
  for (auto [stride, offset, size, step] :
       llvm::zip_equal(strides, op.getOffsets(), shape, op.getStrides())) {
    in += offset * stride;
    // The step from a single element may be of any size.
    stride = size == 1 ? 0 : stride * step;
  }
  return gather<T>(in, strides, shape);
}

template <typename T>
static TensorOf<T> concat(Operands<T> operands, int64_t axis,
                          ArrayRef<int64_t> shape) {
  TensorOf<T> result(shape);
  SmallVector<int64_t> offsets(shape.size(), 0);
  for (const TensorOf<T> *operand : operands) {
    insert(*operand, offsets, result);
    offsets[axis] += operand->shape[axis];
  }
  return result;
}

/// `outer` and `inner` count the elements of the dimensions before and after
/// the axis.
template <typename T>
static TensorOf<T> lookUp(const TensorOf<T> &table, const TensorOf<T> &indices,
                          int64_t axis, ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> extents = table.shape;
  int64_t outer = getNumElements(extents.take_front(axis));
  int64_t inner = getNumElements(extents.drop_front(axis + 1));
  TensorOf<T> result(shape);
  T *out = result.data.data();
  for (int64_t i = 0; i < outer; ++i)
    for (T index : indices.data) {
      int64_t position = std::clamp<int64_t>(static_cast<int64_t>(index), 0,
                                             extents[axis] - 1);
      const T *in = table.data.data() + (i * extents[axis] + position) * inner;
      out = std::copy_n(in, inner, out);
    }
  return result;
}

/// The index is brought into the range of the axis.
template <typename T>
static TensorOf<T> update(Operands<T> operands, int64_t axis) {
  TensorOf<T> result = *operands[0];
  SmallVector<int64_t> offsets(result.shape.size(), 0);
  T last = static_cast<T>(result.shape[axis] - 1);
  T index = std::clamp(operands[2]->data.front(), T(0), last);
  offsets[axis] = static_cast<int64_t>(index);
  insert(*operands[1], offsets, result);
  return result;
}

template <typename T>
std::optional<TensorOf<T>> weights::evaluateLayout(Operation *op,
                                                   Operands<T> operands,
                                                   ArrayRef<int64_t> shape) {
  using Result = std::optional<TensorOf<T>>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](nn::TransposeOp op) {
        return transpose(*operands[0], op.getPermutation(), shape);
      })
      .Case([&](nn::SliceOp op) { return slice(*operands[0], op, shape); })
      .Case([&](nn::ConcatOp op) {
        return concat(operands, op.getAxis(), shape);
      })
      .Case([&](nn::BroadcastOp) { return broadcast(*operands[0], shape); })
      .Case([&](nn::PadOp op) {
        if (op.getFill())
          return padWith(*operands[1], *operands[0], op.getLow(), shape);
        return pad(*operands[0], op.getLow(), op.getValue().convertToDouble(),
                   shape);
      })
      .Case([&](nn::RollOp op) {
        return roll(*operands[0], op.getShift(), op.getAxis());
      })
      .Case([&](nn::GatherOp op) {
        return lookUp(*operands[0], *operands[1], op.getAxis(), shape);
      })
      .Case([&](nn::UnfoldOp op) {
        return unfold(*operands[0], op.getKernel(), op.getStrides(),
                      op.getPadding());
      })
      .Case([&](nn::UpdateOp op) { return update(operands, op.getAxis()); })
      .Default(Result());
}

template std::optional<FloatTensor>
weights::evaluateLayout(Operation *, Operands<float>, ArrayRef<int64_t>);
template std::optional<Tensor>
weights::evaluateLayout(Operation *, Operands<double>, ArrayRef<int64_t>);
template Tensor weights::unfold(const Tensor &, ArrayRef<int64_t>,
                                ArrayRef<int64_t>, ArrayRef<int64_t>);
