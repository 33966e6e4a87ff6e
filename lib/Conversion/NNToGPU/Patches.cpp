//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which left-hand sides are patches, and how a thread reads a chunk of one.
//
//===----------------------------------------------------------------------===//

#include "Patches.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace vitrail {

using namespace mlir;

int64_t Patches::height() const {
  return nn::UnfoldOp(unfold).getKernel().front();
}

int64_t Patches::elementsOfRow() const {
  return nn::UnfoldOp(unfold).getKernel().back();
}

int64_t Patches::k() const { return shapeOf(image)[1] * height() * width; }

/// The width of a patch's rows: a part of a chunk, where patches are whole
/// chunks, or some chunks.
static int64_t alignRow(const Patches &patches) {
  int64_t width = patches.before + patches.elementsOfRow();
  if (width > chunkSize)
    return llvm::alignTo(width, chunkSize);
  width = llvm::PowerOf2Ceil(std::max(width, patches.neighbours));
  while (shapeOf(patches.image)[1] * patches.height() * width % chunkSize != 0)
    width *= 2;
  return width;
}

std::optional<Patches> matchPatches(Value value) {
  auto skipCasts = [](Value cast) {
    while (auto op = cast.getDefiningOp<nn::CastOp>())
      cast = op.getInput();
    return cast;
  };
  Patches patches;
  patches.unfold = skipCasts(value).getDefiningOp<nn::UnfoldOp>();
  if (!patches.unfold)
    return std::nullopt;
  patches.image = dyn_cast<BlockArgument>(skipCasts(patches.unfold.getInput()));
  if (!patches.image)
    return std::nullopt;
  constexpr int64_t bits = 8 * 16; // of a load
  int64_t most =
      bits / getElementTypeOrSelf(patches.image).getIntOrFloatBitWidth();
  int64_t stride = patches.unfold.getStrides().back();
  int64_t padding = patches.unfold.getPadding().back();
  patches.neighbours = std::gcd(std::gcd(stride, shapeOf(patches.image).back()),
                                std::min(most, chunkSize));
  patches.before =
      int64_t(llvm::alignTo(padding, patches.neighbours)) - padding;
  patches.width = alignRow(patches);
  return patches;
}

namespace {
/// A position in the image along one dimension, from -`padding` on.
struct Position {
  Value index;    ///< in the image; of another element if it is outside
  Value isInside; ///< null: always
};

/// Reads the elements of a chunk, some neighbours at a time.
class PatchReader {
public:
  PatchReader(DeviceKernel &kernel, const Patches &patches,
              ArrayRef<Value> indices, Type type)
      : kernel(kernel), patches(patches), indices(indices), type(type),
        expr(kernel.getExpr()) {}

  SmallVector<Value> read(Value k);

private:
  Position place(unsigned dim, Value offset, int64_t before, int64_t extent,
                 int64_t size);
  void readNeighbours(Value row, Value column, int64_t first);
  Value keep(Value element, Value column, int64_t i);
  /// Whether a row of a patch has zeros alone at these columns.
  bool isZero(int64_t begin, int64_t end) const {
    return end <= patches.before ||
           begin >= patches.before + patches.elementsOfRow();
  }
  /// Whether chunks begin with a row of a patch, so that columns are known.
  bool knowsColumns() const { return patches.width <= chunkSize; }

  DeviceKernel &kernel;
  const Patches &patches;
  ArrayRef<Value> indices;
  Type type;
  DeviceExprBuilder expr;
  SmallVector<Value> elements;
};
} // namespace

/// `size` elements at `offset` of a patch that has `extent`, of which `before`
/// are zeros before its first, along the image's dimension 2 + `dim`.
Position PatchReader::place(unsigned dim, Value offset, int64_t before,
                            int64_t extent, int64_t size) {
  nn::UnfoldOp unfold = patches.unfold;
  int64_t stride = unfold.getStrides()[dim];
  int64_t begin = unfold.getPadding()[dim] + before;
  int64_t end = shapeOf(patches.image)[2 + dim];
  int64_t last = shapeOf(unfold.getResult())[1 + dim] - 1;
  Value index =
      expr.addIndex(expr.scaleIndex(indices[1 + dim], stride), offset);
  index = expr.subIndex(index, expr.index(begin));
  Position position;
  if (begin > 0)
    position.isInside = expr.atLeast(index, 0);
  if (last * stride - begin + extent > end) {
    Value isBefore = expr.below(index, end);
    position.isInside =
        position.isInside ? expr.both(position.isInside, isBefore) : isBefore;
  }
  position.index =
      position.isInside ? expr.clampIndex(index, 0, end - size) : index;
  return position;
}

/// Element number `i` from `column` on of a row with zeros, which are no
/// elements of the image.
Value PatchReader::keep(Value element, Value column, int64_t i) {
  Value at = expr.addIndex(column, expr.index(i));
  Value isThere;
  if (patches.before > 0)
    isThere = expr.atLeast(at, patches.before);
  if (patches.after() > 0) {
    Value isBefore = expr.below(at, patches.before + patches.elementsOfRow());
    isThere = isThere ? expr.both(isThere, isBefore) : isBefore;
  }
  return isThere ? expr.select(isThere, element, expr.number(0, type))
                 : element;
}

/// From element number `first` of the chunk on, at `column` of the patch's row
/// number `row`, of those of all channels.
void PatchReader::readNeighbours(Value row, Value column, int64_t first) {
  int64_t size = patches.neighbours;
  int64_t known = first % patches.width;
  if (knowsColumns() && isZero(known, known + size)) {
    elements.append(size, expr.number(0, type));
    return;
  }
  Position y = place(0, expr.moduloIndex(row, patches.height()), /*before=*/0,
                     patches.height(), /*size=*/1);
  Position x = place(1, column, patches.before, patches.width, size);
  Value isInside = y.isInside && x.isInside ? expr.both(y.isInside, x.isInside)
                   : y.isInside             ? y.isInside
                                            : x.isInside;
  Value channel = expr.divideIndex(row, patches.height());
  Type stored = getElementTypeOrSelf(patches.image);
  Value loaded = vector::LoadOp::create(
      kernel.getBuilder(), kernel.getLoc(), VectorType::get({size}, stored),
      kernel.getMemoryOf(patches.image),
      expr.toMemory({indices.front(), channel, y.index, x.index}),
      /*nontemporal=*/false,
      kernel.getBuilder().getI64IntegerAttr(
          size * stored.getIntOrFloatBitWidth() / 8));
  for (int64_t i = 0; i < size; ++i) {
    Value element =
        expr.cast(vector::ExtractOp::create(kernel.getBuilder(),
                                            kernel.getLoc(), loaded, i),
                  type);
    if (isInside)
      element = expr.select(isInside, element, expr.number(0, type));
    if (!knowsColumns())
      element = keep(element, column, i);
    else if (isZero(known + i, known + i + 1))
      element = expr.number(0, type);
    elements.push_back(element);
  }
}

SmallVector<Value> PatchReader::read(Value k) {
  Value row = expr.divideIndex(k, patches.width);
  Value column =
      knowsColumns() ? expr.index(0) : expr.moduloIndex(k, patches.width);
  for (int64_t first = 0; first < chunkSize; first += patches.neighbours) {
    int64_t rows = first / patches.width;
    readNeighbours(
        expr.addIndex(row, expr.index(rows)),
        expr.addIndex(column, expr.index(first - rows * patches.width)), first);
  }
  return std::move(elements);
}

SmallVector<Value> readPatch(DeviceKernel &kernel, const Patches &patches,
                             ArrayRef<Value> indices, Value k, Type type) {
  return PatchReader(kernel, patches, indices, type).read(k);
}

} // namespace vitrail
