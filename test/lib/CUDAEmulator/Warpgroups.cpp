//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of four warps (wgmma). They are computed when they are waited for;
// what they read from shared memory must then be what it was when they began.
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"

#include <algorithm>
#include <charconv>

using namespace vitrail::emulator;

/// Shared memory is read by 16 bytes, and a row of k by two of them.
constexpr unsigned chunkBytes = 16, rowChunks = 2;

//===----------------------------------------------------------------------===//
// Operands in shared memory
//===----------------------------------------------------------------------===//

/// Where the bits of a descriptor say that chunks are.
static uint64_t findChunk(const SharedMatrix &matrix, unsigned row,
                          unsigned chunk) {
  uint64_t descriptor = matrix.descriptor;
  uint64_t start = (descriptor & 0x3FFF) << 4;
  uint64_t leading = (descriptor >> 16 & 0x3FFF) << 4;
  uint64_t stride = (descriptor >> 32 & 0x3FFF) << 4;
  unsigned swizzle = descriptor >> 62;
  uint64_t address = start + row / 8 * stride;
  if (swizzle == 0)
    return address + row % 8 * chunkBytes + chunk * leading;
  unsigned rowBytes = 256 >> swizzle, chunksInRow = rowBytes / chunkBytes;
  address += row % 8 * rowBytes + chunk % chunksInRow * chunkBytes;
  if (matrix.isTransposed)
    address += chunk / chunksInRow * leading;
  return address ^ ((address >> 7 & (chunksInRow - 1)) * chunkBytes);
}

/// The bytes of rows, or columns if it is transposed, from `first` on: chunk by
/// chunk of rows of k, or of each k.
static std::vector<uint8_t> readMatrix(Block &block, const SharedMatrix &matrix,
                                       unsigned first) {
  constexpr unsigned transposedK = 16, chunkElements = 8;
  unsigned rows = matrix.rows, chunks = rowChunks, firstRow = first;
  unsigned firstChunk = 0;
  if (matrix.isTransposed) {
    rows = transposedK;
    chunks = matrix.rows / chunkElements;
    firstRow = 0;
    firstChunk = first / chunkElements;
  }
  std::vector<uint8_t> bytes(rows * chunks * chunkBytes);
  uint8_t *to = bytes.data();
  for (unsigned row = 0; row < rows; ++row)
    for (unsigned chunk = 0; chunk < chunks; ++chunk) {
      uint64_t address = findChunk(matrix, firstRow + row, firstChunk + chunk);
      block.checkOrdered(static_cast<uint32_t>(address), chunkBytes, "wgmma");
      memcpy(to, block.findShared(address, chunkBytes), chunkBytes);
      to += chunkBytes;
    }
  return bytes;
}

static void checkDescriptor(const SharedMatrix &matrix) {
  if (matrix.descriptor >> 49 & 7)
    failLaunch("a descriptor with a base offset is not emulated");
  if (matrix.isTransposed && matrix.descriptor >> 62 == 0)
    failLaunch("a transposed operand that is not swizzled is not emulated");
}

/// Calls `set(row, k, element)` for all elements.
template <typename T, typename Function>
static void unpackMatrix(const std::vector<uint8_t> &bytes,
                         const SharedMatrix &matrix, ElementType type,
                         Function set) {
  constexpr unsigned most = 2048;
  unsigned count = countElements(type, bytes.size());
  static thread_local std::vector<T> elements;
  elements.resize(std::max(count, most));
  unpackElements(bytes.data(), type, count, elements.data());
  unsigned inner = matrix.isTransposed
                       ? matrix.rows
                       : countElements(type, rowChunks * chunkBytes);
  for (unsigned i = 0; i < count; ++i) {
    unsigned outer = i / inner, rest = i % inner;
    if (matrix.isTransposed)
      set(rest, outer, elements[i]);
    else
      set(outer, rest, elements[i]);
  }
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

template <typename T> static void compute(Warp &warp, const Product &product) {
  static thread_local MatrixProduct<T> matrices;
  int columns = static_cast<int>(product.rhs.rows);
  int k = countElements(product.lhsType, rowChunks * chunkBytes);
  if (product.lhsRegisters.empty())
    unpackMatrix<T>(
        product.lhsBytes, product.lhs, product.lhsType,
        [&](unsigned row, unsigned k, T x) { matrices.lhs[row][k] = x; });
  else
    matrices.readLhs(warp, product.lhsRegisters.data(),
                     product.lhsRegisters.size(), product.lhsType);
  unpackMatrix<T>(
      product.rhsBytes, product.rhs, product.rhsType,
      [&](unsigned row, unsigned k, T x) { matrices.rhs[k][row] = x; });
  if (product.isFirst)
    for (auto &row : matrices.sums)
      std::fill_n(row, columns, T(0));
  else
    matrices.readSums(warp, product.sums.data(), columns);
  matrices.multiply(columns, k, product.isSaturated);
  matrices.writeSums(warp, product.sums.data(), columns);
  for (Place place : product.sums)
    warp.forgetWrite(place);
}

static unsigned getFirstRow(const Warp &warp) {
  return warp.getIndex() % 4 * fragmentRows;
}

static void finishProduct(Warp &warp, const Product &product) {
  Block &block = warp.getBlock();
  bool isChanged =
      readMatrix(block, product.rhs, 0) != product.rhsBytes ||
      (product.lhsRegisters.empty() &&
       readMatrix(block, product.lhs, getFirstRow(warp)) != product.lhsBytes);
  if (isChanged)
    failLaunch("what wgmma of line " + std::to_string(product.line) +
               " reads was overwritten before it was waited for");
  if (isInteger(product.lhsType))
    compute<int32_t>(warp, product);
  else
    compute<float>(warp, product);
}

void WarpProducts::finish(Warp &warp, size_t groupsLeft) {
  bool isAny = groups.size() > groupsLeft;
  for (; groups.size() > groupsLeft; groups.pop_front())
    for (const Product &product : groups.front())
      finishProduct(warp, product);
  if (!isAny)
    return;
  std::fill(uses.begin(), uses.end(), 0);
  for (const auto &group : groups)
    for (const Product &product : group)
      notePlaces(product);
  for (const Product &product : open)
    notePlaces(product);
}

void WarpProducts::notePlaces(const Product &product) {
  auto note = [&](Place place, uint8_t use) {
    size_t index = place / placeUnit;
    if (index >= uses.size())
      uses.resize(index + 1);
    uses[index] |= use;
  };
  for (Place place : product.sums)
    note(place, Sum);
  for (Place place : product.lhsRegisters)
    note(place, Operand);
}

void WarpProducts::check(Place place, bool isWritten) const {
  size_t index = place / placeUnit;
  if (place < 0 || index >= uses.size() || !uses[index])
    return;
  if (uses[index] & Sum)
    failLaunch("uses a sum of wgmma before wgmma.wait_group");
  if (isWritten)
    failLaunch("writes an operand of wgmma before wgmma.wait_group");
}

/// In values: types, whether sides are transposed (bits 0 and 1), and how many
/// of the list's registers are sums; the rest is the left-hand side.
static Outcome executeProduct(Warp &warp, const Instruction &instruction,
                              Lanes) {
  Block &block = warp.getBlock();
  size_t numSums = static_cast<size_t>(instruction.values[3]);
  Product product;
  product.line = instruction.line;
  product.lhsType = static_cast<ElementType>(instruction.values[0]);
  product.rhsType = static_cast<ElementType>(instruction.values[1]);
  Lanes isAdded = warp.readPredicate(instruction.places[3]);
  if (isAdded != 0 && isAdded != allLanes)
    failLaunch("lanes differ in whether sums are added to");
  product.isFirst = isAdded == 0;
  product.isSaturated = instruction.values[4] != 0;
  auto middle = instruction.list.begin() + numSums;
  product.sums.assign(instruction.list.begin(), middle);
  product.lhsRegisters.assign(middle, instruction.list.end());
  for (Place place : instruction.list)
    if (!warp.isFenced(place))
      failLaunch("a register was written, and no wgmma.fence came after it");
  if (product.lhsRegisters.empty()) {
    product.lhs = {warp.read<uint64_t>(instruction.places[1])[0], fragmentRows,
                   (instruction.values[2] & 1) != 0};
    checkDescriptor(product.lhs);
    product.lhsBytes = readMatrix(block, product.lhs, getFirstRow(warp));
  }
  product.rhs = {warp.read<uint64_t>(instruction.places[2])[0],
                 static_cast<unsigned>(2 * numSums),
                 (instruction.values[2] & 2) != 0};
  checkDescriptor(product.rhs);
  product.rhsBytes = readMatrix(block, product.rhs, 0);
  for (Place place : product.lhsRegisters)
    warp.products.check(place, /*isWritten=*/false);
  warp.products.notePlaces(product);
  warp.products.open.push_back(std::move(product));
  return Outcome::Next;
}

static Outcome executeCommit(Warp &warp, const Instruction &, Lanes) {
  warp.products.groups.push_back(std::move(warp.products.open));
  warp.products.open.clear();
  return Outcome::Next;
}

static Outcome executeWait(Warp &warp, const Instruction &instruction, Lanes) {
  warp.products.finish(warp, static_cast<size_t>(instruction.values[0]));
  return Outcome::Next;
}

static Outcome executeFence(Warp &warp, const Instruction &, Lanes) {
  warp.fenceRegisters();
  return Outcome::Next;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// Both factors are 1, and sides of 16 bits may be transposed.
static void decodeFactors(Decoder &decoder, ElementType type, bool hasRegisters,
                          size_t first) {
  Instruction &instruction = decoder.getInstruction();
  if (isInteger(type))
    return decoder.expectOperands(first);
  bool canTranspose = type != ElementType::TF32;
  size_t numTransposed = !canTranspose ? 0 : hasRegisters ? 1 : 2;
  decoder.expectOperands(first + 2 + numTransposed);
  for (size_t i = 0; i < 2; ++i)
    if (decoder.getImmediate(first + i) != 1)
      decoder.fail("a factor other than 1 is not emulated");
  for (size_t i = 0; i < numTransposed; ++i)
    if (decoder.getImmediate(first + 2 + i))
      instruction.values[2] |= 2 >> (numTransposed - 1 - i);
}

static void decodeProduct(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  std::string shape = decoder.takeWord();
  unsigned columns = 0, k = 0;
  const char *end = shape.data() + shape.size();
  if (!shape.starts_with("m64n"))
    decoder.fail("unknown modifier '." + shape + "'");
  const char *rest = std::from_chars(shape.data() + 4, end, columns).ptr;
  if (rest != end && *rest == 'k')
    std::from_chars(rest + 1, end, k);
  bool areIntegers = decoder.take("s32");
  if (!areIntegers)
    decoder.expect("f32");
  ElementType lhs, rhs;
  takeElementTypes(decoder, lhs, rhs);
  instruction.values[4] = areIntegers && decoder.take("satfinite");
  if (k != countElements(lhs, rowChunks * chunkBytes) || columns == 0 ||
      columns % 8 != 0 || columns > mostColumns ||
      areIntegers != isInteger(lhs))
    decoder.fail("not for these types or this shape");
  decoder.setList(decoder.getOperand(0), areIntegers ? Type::S32 : Type::F32,
                  /*isWritten=*/true);
  if (instruction.list.size() != columns / 2)
    decoder.fail("has " + std::to_string(instruction.list.size()) + " sums");
  bool hasRegisters = decoder.getOperand(1).kind == Operand::Kind::Vector;
  if (hasRegisters) {
    decoder.setList(decoder.getOperand(1), Type::B32, /*isWritten=*/false);
    if (instruction.list.size() != columns / 2 + 4)
      decoder.fail("the left-hand side has four registers");
  } else {
    instruction.places[1] =
        decoder.findSource(decoder.getOperand(1), Type::B64);
  }
  instruction.places[2] = decoder.findSource(decoder.getOperand(2), Type::B64);
  instruction.places[3] = decoder.findSource(decoder.getOperand(3), Type::Pred);
  decodeFactors(decoder, lhs, hasRegisters, 4);
  instruction.values[0] = static_cast<int64_t>(lhs);
  instruction.values[1] = static_cast<int64_t>(rhs);
  instruction.values[3] = columns / 2;
  instruction.execute = executeProduct;
}

static void decodeWarpgroup(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  int kind =
      decoder.takeOneOf({"fence", "commit_group", "wait_group", "mma_async"});
  decoder.expect("sync");
  decoder.expect("aligned");
  instruction.isAligned = true;
  instruction.isWarpgroup = true;
  if (kind == 3)
    return decodeProduct(decoder);
  decoder.expectOperands(kind == 2 ? 1 : 0);
  if (kind == 2)
    instruction.values[0] = decoder.getImmediate(0);
  instruction.execute = kind == 0   ? executeFence
                        : kind == 1 ? executeCommit
                                    : executeWait;
}

void vitrail::emulator::registerWarpgroups(DecoderTable &table) {
  for (const char *name : {"wgmma", "wgmma.float"})
    table[name] = decodeWarpgroup;
}
