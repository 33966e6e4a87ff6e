//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Numbering, placing and writing constants.
//
//===----------------------------------------------------------------------===//

#include "ConstantPool.h"
#include "Interface.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Weights/BFloat16.h"
#include "vitrail/Weights/Evaluator.h"
#include "vitrail/Weights/Float16.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace vitrail;

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

static int64_t getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  assert(getLibraryType(type.getElementType()) && "not a tensor of nn's");
  return nn::getElementsPerSample(type) * getElementSize(type.getElementType());
}

/// Gives a constant a place among those that are written, if it has none.
int64_t ConstantPool::store(Value value) {
  auto [place, isNew] =
      writtenOffsets.try_emplace(*numbering.getNumber(value), size);
  if (isNew) {
    written.push_back({value, {}});
    size += llvm::alignTo(getBytes(value), alignment);
  }
  return place->second;
}

int64_t ConstantPool::store(const std::vector<int32_t> &indices) {
  auto [place, isNew] = indexOffsets.try_emplace(indices, size);
  if (isNew) {
    written.push_back({nullptr, indices});
    size += llvm::alignTo(indices.size() * sizeof(int32_t), alignment);
  }
  return place->second;
}

void ConstantPool::expand(unsigned number, Value value, Expansion expansion) {
  int64_t source = store(getStorage(expansion.source));
  int64_t indices = store(expansion.indices);
  Type type = cast<RankedTensorType>(value.getType()).getElementType();
  expandedOffsets[number] = expandedSize;
  expanded.push_back({expandedSize, source, indices,
                      int64_t(getElementSize(type)), std::move(expansion)});
  expandedSize += llvm::alignTo(getBytes(value), alignment);
}

void ConstantPool::place(Value value) {
  Value storage = getStorage(value);
  std::optional<unsigned> number = numbering.getNumber(storage);
  if (!number || expandedOffsets.contains(*number) ||
      writtenOffsets.contains(*number))
    return;
  std::optional<Expansion> expansion;
  if (!writesAll)
    expansion = findExpansion(storage);
  if (expansion)
    expand(*number, storage, std::move(*expansion));
  else
    store(storage);
}

void ConstantPool::add(func::FuncOp entry) {
  for (Operation *launch : getLaunches(entry))
    for (Value operand : launch->getOperands())
      place(operand);
  for (Value returned : getReturned(entry))
    place(returned);
}

Placement ConstantPool::getPlacement(Value value) const {
  unsigned number = numbering.lookup(getStorage(value));
  auto offset = writtenOffsets.find(number);
  if (offset != writtenOffsets.end())
    return {runtime::Place::Weights, 0, offset->second};
  return {runtime::Place::Expanded, 0, expandedOffsets.lookup(number)};
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Appends `value` to `bytes` as an element of `type`.
static void appendElement(double value, Type type,
                          SmallVectorImpl<char> &bytes) {
  auto append = [&](uint64_t bits) {
    char word[8];
    llvm::support::endian::write64le(word, bits);
    bytes.append(word, word + getElementSize(type));
  };
  if (type.isBF16())
    return append(weights::getBitsOfBFloat16(weights::roundToBFloat16(value)));
  if (type.isF16())
    return append(weights::getBitsOfFloat16(value));
  auto floatType = dyn_cast<FloatType>(type);
  if (!floatType)
    return append(static_cast<uint64_t>(static_cast<int64_t>(value)));
  llvm::APFloat rounded(value);
  bool losesInfo;
  rounded.convert(floatType.getFloatSemantics(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  append(rounded.bitcastToAPInt().getZExtValue());
}

/// Calls `use` with the bytes of a constant.
static LogicalResult withBytes(Value value,
                               const weights::ParameterSource &parameters,
                               llvm::function_ref<void(ArrayRef<char>)> use) {
  Type type = cast<RankedTensorType>(value.getType()).getElementType();
  if (type.isF32()) {
    FailureOr<weights::FloatTensor> tensor =
        weights::evaluateConstantAsFloat(value, parameters);
    if (failed(tensor))
      return failure();
    use({reinterpret_cast<const char *>(tensor->data.data()),
         tensor->data.size() * sizeof(float)});
    return success();
  }
  FailureOr<weights::Tensor> tensor =
      weights::evaluateConstant(value, parameters);
  if (failed(tensor))
    return failure();
  SmallVector<char> bytes;
  for (double element : tensor->data)
    appendElement(element, type, bytes);
  use(bytes);
  return success();
}

FailureOr<uint64_t>
ConstantPool::write(const weights::ParameterSource &parameters,
                    llvm::raw_ostream &output,
                    llvm::function_ref<void(uint64_t)> progress) const {
  uint64_t hash = 0, done = 0;
  for (const Written &each : written) {
    auto use = [&](ArrayRef<char> bytes) {
      output.write(bytes.data(), bytes.size());
      output.write_zeros(
          llvm::offsetToAlignment(bytes.size(), llvm::Align(alignment)));
      done += llvm::alignTo(bytes.size(), alignment);
      uint64_t chain[2] = {
          hash, llvm::xxh3_64bits(StringRef(bytes.data(), bytes.size()))};
      hash = llvm::xxh3_64bits(
          StringRef(reinterpret_cast<const char *>(chain), sizeof(chain)));
    };
    if (!each.value)
      use({reinterpret_cast<const char *>(each.indices.data()),
           each.indices.size() * sizeof(int32_t)});
    else if (failed(withBytes(each.value, parameters, use)))
      return failure();
    if (progress)
      progress(done);
  }
  return hash;
}
