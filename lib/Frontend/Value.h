//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an expression of the language comes to while compiling: a number, a
// boolean, a string, a list, or a tensor of the model that is being built.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_VALUE_H
#define VITRAIL_LIB_FRONTEND_VALUE_H

#include "vitrail/Dialect/NN/IR/NN.h"
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace vitrail::frontend {

class Value;

/// Elements are shared, so that copies are cheap. Lists are bounded (see
/// `makeList`): text that builds a large one is refused, not worked at.
struct ListValue {
  std::vector<Value> elements;
  /// Levels of lists, 1 for a list without lists.
  unsigned depth = 1;
  /// Elements at all levels.
  size_t size = 0;
};

class Value {
public:
  enum class Kind {
    /// An error was reported about it; whatever uses it stays silent.
    Poison,
    /// An optional argument that was not given.
    Absent,
    /// A number, or a multiple of the batch.
    Integer,
    Float,
    Boolean,
    String,
    List,
    Tensor,
  };

  struct AbsentValue {};

  Value() = default;
  Value(AbsentValue absent) : storage(absent) {}
  Value(nn::Extent integer) : storage(integer) {}
  Value(int64_t integer) : storage(nn::Extent{integer, false}) {}
  Value(int integer) : Value(int64_t(integer)) {}
  Value(double number) : storage(number) {}
  Value(bool boolean) : storage(boolean) {}
  Value(std::string string) : storage(std::move(string)) {}
  Value(std::shared_ptr<const ListValue> list) : storage(std::move(list)) {}
  Value(mlir::Value tensor) : storage(tensor) {}
  Value(const char *) = delete;

  static Value absent() { return AbsentValue(); }

  Kind getKind() const { return static_cast<Kind>(storage.index()); }
  bool is(Kind kind) const { return getKind() == kind; }
  bool isPoison() const { return is(Kind::Poison); }
  bool isAbsent() const { return is(Kind::Absent); }
  bool isTensor() const { return is(Kind::Tensor); }
  /// An integer that is known while compiling.
  bool isKnownInteger() const {
    return is(Kind::Integer) && !getExtent().timesBatch;
  }
  bool isBatchDependent() const {
    return is(Kind::Integer) && getExtent().timesBatch;
  }
  /// A known integer, or a float.
  bool isNumber() const { return isKnownInteger() || is(Kind::Float); }

  nn::Extent getExtent() const { return std::get<nn::Extent>(storage); }
  int64_t getInteger() const { return getExtent().size; }
  /// Of a number of either kind.
  double getNumber() const {
    return is(Kind::Float) ? std::get<double>(storage) : double(getInteger());
  }
  bool getBoolean() const { return std::get<bool>(storage); }
  const std::string &getString() const {
    return std::get<std::string>(storage);
  }
  const std::vector<Value> &getElements() const { return getList().elements; }
  const ListValue &getList() const {
    return *std::get<std::shared_ptr<const ListValue>>(storage);
  }
  mlir::Value getTensor() const { return std::get<mlir::Value>(storage); }
  mlir::RankedTensorType getTensorType() const {
    return llvm::cast<mlir::RankedTensorType>(getTensor().getType());
  }

private:
  struct PoisonValue {};
  std::variant<PoisonValue, AbsentValue, nn::Extent, double, bool, std::string,
               std::shared_ptr<const ListValue>, mlir::Value>
      storage;
};

/// "an integer", "a tensor": for messages.
llvm::StringRef describeKind(const Value &value);

/// "12", "64 * batch", "[1, 2]", "tensor [batch, 197, 768]": for messages and
/// for the text of interpolated strings. Long lists are cut.
std::string describe(const Value &value);

/// A list of these; nothing when it would be too long or too deep.
std::optional<Value> makeList(std::vector<Value> elements);

/// A list of integers.
Value makeShape(llvm::ArrayRef<nn::Extent> extents);

/// Bounds of a list: elements at all levels, and levels. Three levels are the
/// most that a table of relative positions needs; four leave room.
constexpr size_t maxListSize = 1 << 16;
constexpr unsigned maxListDepth = 4;

/// Says the bounds.
std::string describeListLimits();

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_VALUE_H
