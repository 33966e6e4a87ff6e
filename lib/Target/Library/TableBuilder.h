//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constant tables as LLVM globals: C structures, arrays and strings.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_TABLEBUILDER_H
#define VITRAIL_LIB_TARGET_LIBRARY_TABLEBUILDER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

namespace vitrail {

/// Makes constants of one LLVM module.
class TableBuilder {
public:
  explicit TableBuilder(llvm::Module &module) : module(module) {}

  llvm::Constant *getInt32(int64_t value) const;
  llvm::Constant *getInt64(int64_t value) const;
  llvm::Constant *getFloat(double value) const;
  llvm::Constant *getNull() const;

  /// The address of a variable that another object of the library defines.
  llvm::Constant *getHidden(llvm::StringRef symbol) const;

  /// The address of a string; equal strings have one.
  llvm::Constant *getString(llvm::StringRef text);

  /// A `Struct` of these fields in order, laid out as in C.
  template <typename Struct>
  llvm::Constant *getStruct(llvm::ArrayRef<llvm::Constant *> fields) const {
    return getStruct(fields, sizeof(Struct));
  }

  /// The address of a global with this value.
  llvm::GlobalVariable *getGlobal(llvm::Constant *value,
                                  const llvm::Twine &name) const;

  /// The address of an array of these elements, all of one type; null if there
  /// are none.
  llvm::Constant *getArray(llvm::ArrayRef<llvm::Constant *> elements,
                           const llvm::Twine &name) const;

  llvm::Constant *getInt64Array(llvm::ArrayRef<int64_t> values,
                                const llvm::Twine &name) const;
  llvm::Constant *getFloatArray(llvm::ArrayRef<double> values,
                                const llvm::Twine &name) const;

private:
  llvm::Constant *getStruct(llvm::ArrayRef<llvm::Constant *> fields,
                            uint64_t size) const;

  llvm::Module &module;
  llvm::StringMap<llvm::Constant *> strings;
};

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_TABLEBUILDER_H
