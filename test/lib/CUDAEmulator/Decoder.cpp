//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Decoder.h.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include <algorithm>
#include <iterator>

using namespace vitrail::emulator;

static constexpr struct {
  std::string_view name;
  Type type;
  unsigned bits;
} types[] = {
    {"pred", Type::Pred, 1},      {"b8", Type::B8, 8},
    {"b16", Type::B16, 16},       {"b32", Type::B32, 32},
    {"b64", Type::B64, 64},       {"u8", Type::U8, 8},
    {"u16", Type::U16, 16},       {"u32", Type::U32, 32},
    {"u64", Type::U64, 64},       {"s8", Type::S8, 8},
    {"s16", Type::S16, 16},       {"s32", Type::S32, 32},
    {"s64", Type::S64, 64},       {"f16", Type::F16, 16},
    {"f16x2", Type::F16x2, 32},   {"bf16", Type::BF16, 16},
    {"bf16x2", Type::BF16x2, 32}, {"tf32", Type::TF32, 32},
    {"f32", Type::F32, 32},       {"f64", Type::F64, 64},
};

static constexpr std::string_view specials[] = {"%tid.x",
                                                "%tid.y",
                                                "%tid.z",
                                                "%ntid.x",
                                                "%ntid.y",
                                                "%ntid.z",
                                                "%ctaid.x",
                                                "%ctaid.y",
                                                "%ctaid.z",
                                                "%nctaid.x",
                                                "%nctaid.y",
                                                "%nctaid.z",
                                                "%laneid",
                                                "%warpid",
                                                "%cluster_ctaid.x",
                                                "%cluster_ctaid.y",
                                                "%cluster_ctaid.z",
                                                "%cluster_nctaid.x",
                                                "%cluster_nctaid.y",
                                                "%cluster_nctaid.z",
                                                "%clusterid.x",
                                                "%clusterid.y",
                                                "%clusterid.z",
                                                "%nclusterid.x",
                                                "%nclusterid.y",
                                                "%nclusterid.z",
                                                "%cluster_ctarank",
                                                "%cluster_nctarank",
                                                "%lanemask_eq",
                                                "%lanemask_le",
                                                "%lanemask_lt",
                                                "%lanemask_ge",
                                                "%lanemask_gt"};
static_assert(std::size(specials) == static_cast<size_t>(Special::Count));

unsigned vitrail::emulator::getBits(Type type) {
  for (const auto &known : types)
    if (known.type == type)
      return known.bits;
  return 0;
}

static Type getTypeNamed(std::string_view name) {
  for (const auto &known : types)
    if (known.name == name)
      return known.type;
  return Type::None;
}

bool vitrail::emulator::isSigned(Type type) {
  return type >= Type::S8 && type <= Type::S64;
}

bool vitrail::emulator::isFloat(Type type) { return type >= Type::F16; }

/// The bytes of a register in a frame: types of 8 bits have 16.
static unsigned getRegisterBytes(unsigned bits) {
  return bits == 1 ? sizeof(Lanes) : std::max(bits / 8, 2u) * warpSize;
}

Decoder::Decoder(const KernelSyntax &syntax,
                 const std::map<std::string, uint64_t> &addresses,
                 Kernel &kernel)
    : syntax(syntax), addresses(addresses), kernel(kernel) {
  size_t bytes = std::size(specials) * warpSize * sizeof(uint32_t);
  // Wide registers first, so that all are aligned.
  registers.resize(syntax.registers.size());
  for (unsigned bits : {64, 32, 16, 8, 1})
    for (size_t i = 0; i < registers.size(); ++i)
      if (syntax.registers[i].bits == bits) {
        registers[i] = static_cast<Place>(bytes);
        bytes += getRegisterBytes(bits);
      }
  kernel.frameBytes = bytes;
}

void Decoder::fail(const std::string &message) const {
  std::string name;
  for (const std::string &part : statement->opcode)
    name += (name.empty() ? "" : ".") + part;
  throw ProgramError(statement->line, name + ": " + message);
}

void Decoder::decode(const DecoderTable &table) {
  kernel.code.resize(syntax.statements.size() + 1);
  for (size_t i = 0; i < syntax.statements.size(); ++i) {
    instruction = &kernel.code[i];
    decodeStatement(table, syntax.statements[i]);
  }
  // Kernels end at their ends.
  static const Statement last = {0, -1, false, {"ret"}, {}};
  instruction = &kernel.code.back();
  decodeStatement(table, last);
}

void Decoder::decodeStatement(const DecoderTable &table,
                              const Statement &next) {
  statement = &next;
  word = 1;
  instruction->line = next.line;
  for (const std::string &part : next.opcode)
    instruction->name += (instruction->name.empty() ? "" : ".") + part;
  if (next.guard >= 0) {
    instruction->guard = registers[next.guard];
    instruction->isGuardNegated = next.isGuardNegated;
  }
  auto found = table.end();
  if (isFloat(getTypeNamed(next.opcode.back())))
    found = table.find(next.opcode[0] + ".float");
  if (found == table.end())
    found = table.find(next.opcode[0]);
  if (found == table.end())
    fail("unknown instruction");
  found->second(*this);
  if (word < next.opcode.size())
    fail("unknown modifier '." + next.opcode[word] + "'");
}

//===----------------------------------------------------------------------===//
// Opcodes
//===----------------------------------------------------------------------===//

bool Decoder::take(std::string_view wanted) {
  if (!hasWord() || statement->opcode[word] != wanted)
    return false;
  ++word;
  return true;
}

int Decoder::takeOneOf(std::initializer_list<std::string_view> words) {
  for (const std::string_view &candidate : words)
    if (take(candidate))
      return static_cast<int>(&candidate - words.begin());
  fail(hasWord() ? "unknown modifier '." + statement->opcode[word] + "'"
                 : "a modifier is missing");
}

void Decoder::expect(std::string_view wanted) { takeOneOf({wanted}); }

std::string Decoder::takeWord() {
  if (!hasWord())
    fail("a modifier is missing");
  return statement->opcode[word++];
}

Type Decoder::takeType() {
  std::string name = takeWord();
  Type type = getTypeNamed(name);
  if (type == Type::None)
    fail("unknown modifier '." + name + "'");
  return type;
}

Type Decoder::takeInteger(unsigned leastBits) {
  Type type = takeType();
  if (isFloat(type) || getBits(type) < leastBits)
    fail("not for this type");
  return type;
}

Space Decoder::takeSpace() {
  if (take("global"))
    return Space::Global;
  if (take("param"))
    return Space::Param;
  if (take("shared") || take("shared::cta"))
    return Space::Shared;
  return take("shared::cluster") ? Space::SharedCluster : Space::Generic;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

void Decoder::expectOperands(size_t least, size_t most) {
  if (countOperands() < least || countOperands() > most)
    fail("has " + std::to_string(countOperands()) + " operands");
}

const Operand &Decoder::getOperand(size_t index) const {
  if (index >= countOperands())
    fail("an operand is missing");
  return statement->operands[index];
}

unsigned Decoder::getRegisterBits(const Operand &operand) const {
  if (operand.kind != Operand::Kind::Register)
    fail("expected a register");
  return syntax.registers[operand.index].bits;
}

Place Decoder::findDestination(const Operand &operand, Type type,
                               bool canBeWider) {
  // What is written to `_` goes nowhere.
  if (operand.kind == Operand::Kind::Symbol && operand.name == "_")
    return noPlace;
  unsigned bits = getRegisterBits(operand), wanted = getBits(type);
  if (bits != wanted && !(canBeWider && bits > wanted && wanted > 1))
    fail("register " + operand.name + " has " + std::to_string(bits) + " bits");
  return registers[operand.index];
}

Place Decoder::findConstant(uint64_t bits, unsigned size) {
  if (size < 64)
    bits &= (uint64_t(1) << size) - 1;
  size = std::max(size, 16u);
  auto [found, isNew] = constants.try_emplace({bits, size}, noPlace);
  if (!isNew)
    return found->second;
  size_t at = kernel.constants.size();
  kernel.constants.resize(at + getRegisterBytes(size));
  for (int lane = 0; lane < warpSize; ++lane)
    memcpy(&kernel.constants[at + lane * size / 8], &bits, size / 8);
  return found->second = ~static_cast<Place>(at);
}

Place Decoder::findSpecial(const Operand &operand, unsigned bits) {
  auto found =
      std::find(std::begin(specials), std::end(specials), operand.name);
  if (found == std::end(specials))
    fail("unknown register '" + operand.name + "'");
  if (bits != 32)
    fail("register " + operand.name + " has 32 bits");
  return static_cast<Place>(found - std::begin(specials)) * warpSize * 4;
}

/// Where a variable or parameter is.
Place Decoder::findName(const Operand &operand, unsigned bits) {
  auto found = addresses.find(operand.name);
  if (found == addresses.end())
    fail("unknown name '" + operand.name + "'");
  return findConstant(found->second + operand.offset, bits);
}

Place Decoder::findSource(const Operand &operand, Type type, bool canBeWider) {
  if (operand.isNegated)
    fail("a negated operand");
  unsigned bits = getBits(type);
  double number = 0;
  uint64_t value = operand.bits;
  switch (operand.kind) {
  case Operand::Kind::Register:
    return findDestination(operand, type, canBeWider);
  case Operand::Kind::Special:
    return findSpecial(operand, bits);
  case Operand::Kind::Integer:
    if (bits == 1)
      return findConstant(value ? allLanes : 0, 32);
    return findConstant(value, bits);
  case Operand::Kind::Single:
    if (bits != 32)
      fail("a number of f32 in an operand of another type");
    return findConstant(value, 32);
  case Operand::Kind::Double:
    memcpy(&number, &value, sizeof(number));
    if (bits == 32) {
      float narrow = static_cast<float>(number);
      uint32_t narrowBits = 0;
      memcpy(&narrowBits, &narrow, sizeof(narrow));
      value = narrowBits;
    }
    return findConstant(value, bits);
  case Operand::Kind::Symbol:
    if (statement->opcode[0] != "mov")
      fail("'" + operand.name + "' can be an operand of mov alone");
    return findName(operand, bits);
  default:
    fail("unexpected kind of operand");
  }
}

Address Decoder::findAddress(const Operand &operand, Space space) {
  if (operand.kind != Operand::Kind::Address)
    fail("expected an address");
  const Operand &base = operand.elements[0];
  bool isShared = space == Space::Shared || space == Space::SharedCluster;
  bool isNarrow = base.kind == Operand::Kind::Register && isShared &&
                  getRegisterBits(base) == 32;
  if (base.kind == Operand::Kind::Symbol)
    return {findName(base, 64), operand.offset, false};
  Place place = findSource(base, isNarrow ? Type::B32 : Type::B64);
  return {place, operand.offset, isNarrow};
}

void Decoder::setDestination(Type type, bool canBeWider) {
  instruction->places[0] = findDestination(getOperand(0), type, canBeWider);
  instruction->isFirstWritten = true;
}

void Decoder::setSources(std::initializer_list<Type> sources) {
  expectOperands(sources.size() + 1);
  size_t index = 1;
  for (Type type : sources) {
    instruction->places[index] = findSource(getOperand(index), type);
    ++index;
  }
}

void Decoder::setList(const Operand &operand, Type type, bool isWritten,
                      bool canBeWider) {
  bool canBeSink =
      statement->opcode[0] == "mov" || statement->opcode[0] == "ld";
  bool isVector = operand.kind == Operand::Kind::Vector;
  size_t count = isVector ? operand.elements.size() : 1;
  for (size_t i = 0; i < count; ++i) {
    const Operand &element = isVector ? operand.elements[i] : operand;
    Place place = isWritten ? findDestination(element, type, canBeWider)
                            : findSource(element, type, canBeWider);
    if (place == noPlace && !canBeSink)
      fail("'_' among matrices");
    instruction->list.push_back(place);
  }
  if (isWritten)
    instruction->numWritten = instruction->list.size();
}

int64_t Decoder::getImmediate(size_t index) const {
  const Operand &operand = getOperand(index);
  if (operand.kind != Operand::Kind::Integer)
    fail("expected an integer as operand " + std::to_string(index));
  return static_cast<int64_t>(operand.bits);
}
