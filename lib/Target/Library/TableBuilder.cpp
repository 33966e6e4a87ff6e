//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Making constants.
//
//===----------------------------------------------------------------------===//

#include "TableBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace llvm;
using namespace vitrail;

Constant *TableBuilder::getInt32(int64_t value) const {
  return ConstantInt::getSigned(Type::getInt32Ty(module.getContext()), value);
}

Constant *TableBuilder::getInt64(int64_t value) const {
  return ConstantInt::getSigned(Type::getInt64Ty(module.getContext()), value);
}

Constant *TableBuilder::getFloat(double value) const {
  return ConstantFP::get(Type::getFloatTy(module.getContext()), value);
}

Constant *TableBuilder::getNull() const {
  return ConstantPointerNull::get(PointerType::get(module.getContext(), 0));
}

Constant *TableBuilder::getHidden(StringRef symbol) const {
  auto *type = Type::getInt8Ty(module.getContext());
  auto *variable = cast<GlobalVariable>(module.getOrInsertGlobal(symbol, type));
  variable->setVisibility(GlobalValue::HiddenVisibility);
  return variable;
}

GlobalVariable *TableBuilder::getGlobal(Constant *value,
                                        const Twine &name) const {
  return new GlobalVariable(module, value->getType(), /*isConstant=*/true,
                            GlobalValue::PrivateLinkage, value, name);
}

Constant *TableBuilder::getString(StringRef text) {
  Constant *&address = strings[text];
  if (!address)
    address = getGlobal(ConstantDataArray::getString(module.getContext(), text),
                        "text");
  return address;
}

Constant *TableBuilder::getStruct(ArrayRef<Constant *> fields,
                                  uint64_t size) const {
  Constant *value = ConstantStruct::getAnon(fields);
  assert(module.getDataLayout().getTypeAllocSize(value->getType()) == size &&
         "fields must be those of the C structure");
  (void)size;
  return value;
}

Constant *TableBuilder::getArray(ArrayRef<Constant *> elements,
                                 const Twine &name) const {
  if (elements.empty())
    return getNull();
  auto *type = ArrayType::get(elements.front()->getType(), elements.size());
  return getGlobal(ConstantArray::get(type, elements), name);
}

Constant *TableBuilder::getInt64Array(ArrayRef<int64_t> values,
                                      const Twine &name) const {
  return getArray(
      map_to_vector(values, [&](int64_t value) { return getInt64(value); }),
      name);
}

Constant *TableBuilder::getFloatArray(ArrayRef<double> values,
                                      const Twine &name) const {
  return getArray(
      map_to_vector(values, [&](double value) { return getFloat(value); }),
      name);
}
