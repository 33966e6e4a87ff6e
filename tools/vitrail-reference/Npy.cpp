//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Turns the driver's arrays into tensors, and its exceptions into errors.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include "../vitrail-run/File.h"
#include "../vitrail-run/Npy.h"

#include <cstring>

using namespace vitrail;
using weights::Tensor;

llvm::Expected<Tensor> vitrail::readNpy(const std::string &path) {
  try {
    std::vector<std::byte> bytes = driver::readFile(path);
    if (!driver::isNpy(bytes))
      driver::fail("'{}' is not a .npy file", path);
    driver::Array array = driver::decodeNpy(bytes, path);
    Tensor tensor;
    tensor.shape.assign(array.shape.begin(), array.shape.end());
    tensor.data = driver::toDoubles(array);
    return tensor;
  } catch (const driver::Error &error) {
    return llvm::createStringError(error.what());
  }
}

llvm::Error vitrail::writeNpy(const std::string &path, const Tensor &tensor) {
  try {
    driver::Array array(driver::ElementType::F64,
                        {tensor.shape.begin(), tensor.shape.end()});
    std::memcpy(array.data.data(), tensor.data.data(), array.data.size());
    driver::writeNpy(path, array);
    return llvm::Error::success();
  } catch (const driver::Error &error) {
    return llvm::createStringError(error.what());
  }
}
