//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From statements to instructions. What decodes a family of instructions is
// registered by their first word (`add`, or `add.float` where the type that
// comes last is one of floating-point numbers), takes the other words of the
// opcode, and finds places for operands; what it does not take is an error.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_DECODER_H
#define VITRAIL_TEST_CUDAEMULATOR_DECODER_H

#include "Machine.h"

#include <initializer_list>

namespace vitrail::emulator {

enum class Type {
  None,
  Pred,
  B8,
  B16,
  B32,
  B64,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F64
};

unsigned getBits(Type type);
bool isSigned(Type type);
/// Of f32 and f64, and of narrower ones.
bool isFloat(Type type);

enum class Space { Generic, Global, Shared, SharedCluster, Param };

class Decoder;
using Decode = void (*)(Decoder &);
using DecoderTable = std::map<std::string, Decode, std::less<>>;

/// One for each file of instructions.
void registerIntegers(DecoderTable &table);
void registerBits(DecoderTable &table);
void registerFloats(DecoderTable &table);
void registerConversions(DecoderTable &table);
void registerSelections(DecoderTable &table);
void registerControl(DecoderTable &table);
void registerMemory(DecoderTable &table);
void registerAtomics(DecoderTable &table);
void registerExchanges(DecoderTable &table);
void registerMatrices(DecoderTable &table);
void registerWarpgroups(DecoderTable &table);
void registerBarriers(DecoderTable &table);
void registerPhases(DecoderTable &table);
void registerCopies(DecoderTable &table);

/// Decodes the statements of one kernel.
class Decoder {
public:
  Decoder(const KernelSyntax &syntax,
          const std::map<std::string, uint64_t> &addresses, Kernel &kernel);
  void decode(const DecoderTable &table);

  /// Takes the next word of the opcode if it is this one.
  bool take(std::string_view word);
  /// Takes one of these words and returns which it is; fails if it is none.
  int takeOneOf(std::initializer_list<std::string_view> words);
  void expect(std::string_view word);
  Type takeType();
  /// A type that is one of integers, of so many bits or more.
  Type takeInteger(unsigned leastBits = 16);
  std::string takeWord();
  bool hasWord() const { return word < statement->opcode.size(); }
  /// `.shared`, with or without its block or cluster, `.global` or none.
  Space takeSpace();

  size_t countOperands() const { return statement->operands.size(); }
  void expectOperands(size_t least, size_t most);
  void expectOperands(size_t count) { expectOperands(count, count); }
  const Operand &getOperand(size_t index) const;

  /// The place of a register that is written, or of one or a constant that is
  /// read. Registers have the type's size, or at least it if `canBeWider`.
  Place findDestination(const Operand &operand, Type type,
                        bool canBeWider = false);
  Place findSource(const Operand &operand, Type type, bool canBeWider = false);
  /// The size of a register's type.
  unsigned getRegisterBits(const Operand &operand) const;
  Address findAddress(const Operand &operand, Space space);
  /// Operand 0 becomes place 0, and so on: one that is written, others read.
  void setDestination(Type type, bool canBeWider = false);
  void setSources(std::initializer_list<Type> types);
  /// The registers of `{a, b}`, or of `a` alone, as a list.
  void setList(const Operand &operand, Type type, bool isWritten,
               bool canBeWider = false);
  int64_t getImmediate(size_t index) const;

  [[noreturn]] void fail(const std::string &message) const;

  Instruction &getInstruction() { return *instruction; }

private:
  Place findConstant(uint64_t bits, unsigned size);
  Place findName(const Operand &operand, unsigned bits);
  Place findSpecial(const Operand &operand, unsigned bits);
  void decodeStatement(const DecoderTable &table, const Statement &next);

  const KernelSyntax &syntax;
  const std::map<std::string, uint64_t> &addresses;
  Kernel &kernel;
  std::vector<Place> registers;
  std::map<std::pair<uint64_t, unsigned>, Place> constants;
  const Statement *statement = nullptr;
  Instruction *instruction = nullptr;
  size_t word = 0;
};

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_DECODER_H
