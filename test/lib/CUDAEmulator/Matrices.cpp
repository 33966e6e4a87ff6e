//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of matrices by one warp, and how it reads and writes their
// fragments.
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"

#include <charconv>

using namespace vitrail::emulator;

/// Matrices of ldmatrix and stmatrix: 8 rows of 16 bytes.
constexpr int matrixRows = 8, rowBytes = 16;

//===----------------------------------------------------------------------===//
// Matrices of 8 x 8 numbers of 16 bits
//===----------------------------------------------------------------------===//

/// The row of a matrix that a lane has the address of.
static uint8_t *findRow(Warp &warp, const Instruction &instruction, int matrix,
                        int row) {
  uint64_t addresses[warpSize];
  warp.readAddresses(instruction.addresses[0], addresses);
  uint64_t address = addresses[matrix * matrixRows + row];
  if (address >= sharedWindow)
    address -= sharedWindow;
  if (address % rowBytes != 0)
    throw Fault(Result::MisalignedAddress,
                "a row of a matrix at address " + std::to_string(address));
  uint8_t *bytes = warp.getBlock().findShared(address, rowBytes);
  if (instruction.values[1])
    warp.getBlock().markWritten(static_cast<uint32_t>(address), rowBytes, warp);
  return bytes;
}

/// Where a lane's element of a pair is: the row and the byte.
static std::pair<int, int> findElement(int lane, int element,
                                       bool isTransposed) {
  int row = lane / 4, column = 2 * (lane % 4) + element;
  return isTransposed ? std::pair(column, 2 * row) : std::pair(row, 2 * column);
}

/// In values: whether matrices are transposed, and whether they are stored.
static Outcome executeLoadMatrices(Warp &warp, const Instruction &instruction,
                                   Lanes) {
  for (size_t i = 0; i < instruction.list.size(); ++i) {
    const uint8_t *rows[matrixRows];
    for (int row = 0; row < matrixRows; ++row)
      rows[row] = findRow(warp, instruction, i, row);
    uint16_t values[warpSize][2];
    for (int lane = 0; lane < warpSize; ++lane)
      for (int element = 0; element < 2; ++element) {
        auto [row, byte] = findElement(lane, element, instruction.values[0]);
        memcpy(&values[lane][element], rows[row] + byte, 2);
      }
    uint32_t registers[warpSize];
    memcpy(registers, values, sizeof(registers));
    warp.assign(instruction.list[i], registers, allLanes);
  }
  return Outcome::Next;
}

static Outcome executeStoreMatrices(Warp &warp, const Instruction &instruction,
                                    Lanes) {
  for (size_t i = 0; i < instruction.list.size(); ++i) {
    uint8_t *rows[matrixRows];
    for (int row = 0; row < matrixRows; ++row)
      rows[row] = findRow(warp, instruction, i, row);
    const auto *values = warp.read<uint16_t>(instruction.list[i]);
    for (int lane = 0; lane < warpSize; ++lane)
      for (int element = 0; element < 2; ++element) {
        auto [row, byte] = findElement(lane, element, instruction.values[0]);
        memcpy(rows[row] + byte, &values[2 * lane + element], 2);
      }
  }
  return Outcome::Next;
}

static void decodeMatrices(Decoder &decoder, bool isStore) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expect("sync");
  decoder.expect("aligned");
  decoder.expect("m8n8");
  size_t count = size_t(1) << decoder.takeOneOf({"x1", "x2", "x4"});
  instruction.values[0] = decoder.take("trans");
  instruction.values[1] = isStore;
  Space space = decoder.takeSpace();
  decoder.expect("b16");
  decoder.expectOperands(2);
  decoder.setList(decoder.getOperand(isStore ? 1 : 0), Type::B32, !isStore);
  if (instruction.list.size() != count)
    decoder.fail("has " + std::to_string(instruction.list.size()) +
                 " registers");
  instruction.addresses[0] =
      decoder.findAddress(decoder.getOperand(isStore ? 0 : 1), space);
  instruction.isAligned = true;
  instruction.execute = isStore ? executeStoreMatrices : executeLoadMatrices;
}

/// movmatrix: transposes a matrix that is in registers.
static Outcome executeTranspose(Warp &warp, const Instruction &instruction,
                                Lanes) {
  const auto *from = warp.read<uint16_t>(instruction.places[1]);
  uint16_t matrix[matrixRows][matrixRows];
  memcpy(matrix, from, sizeof(matrix));
  uint32_t values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane) {
    int row = lane / 4, column = 2 * (lane % 4);
    values[lane] = matrix[column][row] | uint32_t(matrix[column + 1][row])
                                             << 16;
  }
  warp.assign(instruction.places[0], values, allLanes);
  return Outcome::Next;
}

static void decodeTranspose(Decoder &decoder) {
  for (const char *word : {"sync", "aligned", "m8n8", "trans", "b16"})
    decoder.expect(word);
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::B32});
  decoder.getInstruction().isAligned = true;
  decoder.getInstruction().execute = executeTranspose;
}

//===----------------------------------------------------------------------===//
// mma.sync
//===----------------------------------------------------------------------===//

/// In values: the types of both sides, k, and how many registers of the list
/// are of the left-hand side; results come before it, sums last.
template <typename T>
static Outcome executeProduct(Warp &warp, const Instruction &instruction,
                              Lanes) {
  constexpr int numSums = 4;
  static thread_local MatrixProduct<T> product;
  auto lhsType = static_cast<ElementType>(instruction.values[0]);
  auto rhsType = static_cast<ElementType>(instruction.values[1]);
  int lhsRegisters = static_cast<int>(instruction.values[3]);
  const Place *lhs = instruction.list.data() + numSums;
  const Place *rhs = lhs + lhsRegisters, *sums = rhs + lhsRegisters / 2;
  product.readLhs(warp, lhs, lhsRegisters, lhsType);
  product.readRhs(warp, rhs, lhsRegisters / 2, rhsType);
  product.readSums(warp, sums, fragmentColumns);
  product.multiply(fragmentColumns, static_cast<int>(instruction.values[2]),
                   instruction.values[4] != 0);
  product.writeSums(warp, instruction.list.data(), fragmentColumns);
  return Outcome::Next;
}

/// The list of results, both sides and sums.
static void setFragments(Decoder &decoder, Type type, size_t lhsRegisters) {
  size_t wanted[] = {4, lhsRegisters, lhsRegisters / 2, 4};
  decoder.expectOperands(std::size(wanted));
  for (size_t i = 0; i < std::size(wanted); ++i) {
    bool isSide = i == 1 || i == 2;
    size_t before = decoder.getInstruction().list.size();
    decoder.setList(decoder.getOperand(i), isSide ? Type::B32 : type,
                    /*isWritten=*/i == 0);
    size_t count = decoder.getInstruction().list.size() - before;
    if (count != wanted[i])
      decoder.fail("operand " + std::to_string(i) + " has " +
                   std::to_string(count) + " registers");
  }
}

static void decodeProduct(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expect("sync");
  decoder.expect("aligned");
  std::string shape = decoder.takeWord();
  unsigned k = 0;
  if (!shape.starts_with("m16n8k") ||
      std::from_chars(shape.data() + 6, shape.data() + shape.size(), k).ec !=
          std::errc())
    decoder.fail("unknown modifier '." + shape + "'");
  decoder.expect("row");
  decoder.expect("col");
  bool isSaturated = decoder.take("satfinite");
  bool areIntegers = decoder.take("s32");
  if (!areIntegers)
    decoder.expect("f32");
  ElementType lhs, rhs;
  takeElementTypes(decoder, lhs, rhs);
  decoder.expect(areIntegers ? "s32" : "f32");
  // A register has a part of 8 rows and four parts of k.
  unsigned step = 4 * countElements(lhs, 4);
  bool isKnown = k == step || k == 2 * step;
  if (areIntegers != isInteger(lhs) || (isSaturated && !areIntegers) ||
      !isKnown)
    decoder.fail("not for these types or this shape");
  size_t lhsRegisters = 2 * (k / step);
  setFragments(decoder, areIntegers ? Type::S32 : Type::F32, lhsRegisters);
  instruction.values[0] = static_cast<int64_t>(lhs);
  instruction.values[1] = static_cast<int64_t>(rhs);
  instruction.values[2] = k;
  instruction.values[3] = static_cast<int64_t>(lhsRegisters);
  instruction.values[4] = isSaturated;
  instruction.isAligned = true;
  instruction.execute =
      areIntegers ? executeProduct<int32_t> : executeProduct<float>;
}

void vitrail::emulator::registerMatrices(DecoderTable &table) {
  table["ldmatrix"] = [](Decoder &d) { decodeMatrices(d, /*isStore=*/false); };
  table["stmatrix"] = [](Decoder &d) { decodeMatrices(d, /*isStore=*/true); };
  table["movmatrix"] = decodeTranspose;
  for (const char *name : {"mma", "mma.float"})
    table[name] = decodeProduct;
}
