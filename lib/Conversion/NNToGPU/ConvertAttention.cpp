//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which gpu.funcs attention has, and the function that launches them.
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"
#include "FewQueries.h"
#include "TensorProduct.h"

namespace vitrail {

using namespace mlir;

/// A warpgroup has 64 queries. Fewer blocks than fit leave it to the others to
/// multiply while one waits for its keys, so that scores of all keys at a time
/// are best as long as registers hold them; if they do not, warpgroups share
/// keys where there are many blocks. On an H200, of 64 times 12 heads of 197
/// queries, 64 wide: 36 us; with two warpgroups a block 38, with tiles of 112
/// keys 38, of 64 keys 41, by mma.sync 50.
SmallVector<HopperAttention>
chooseHopperAttention(const TensorAttention &shape) {
  constexpr int64_t mostWidth = 64;   // of rows of 128 bytes
  constexpr int64_t mostScores = 208; // in 104 registers of a thread
  constexpr int64_t fewQueries = 32;
  if (shape.element.isF32() || shape.queries <= fewQueries ||
      std::max(shape.features, shape.width) > mostWidth)
    return {};
  HopperAttention form{shape, /*blocksAtOnce=*/2, /*turnTime=*/10};
  form.warpsAtOnce = form.mostWarps = 4;
  form.mostKeysOfTile = mostScores;
  if (shape.keys <= mostScores || shape.queries <= form.queriesOfTile())
    return {form};
  HopperAttention shared{shape, /*blocksAtOnce=*/2, /*turnTime=*/19};
  shared.warpsAtOnce = 4;
  shared.mostWarps = 8;
  shared.mostStages = 4;
  return {shared, form};
}

namespace {
using CreateAttention =
    std::unique_ptr<AttentionKernel>(DeviceKernel &, const TensorAttention &);
} // namespace

/// Makes a gpu.func of this name in `module`.
static DeviceLaunch createDevice(func::FuncOp function, gpu::GPUModuleOp module,
                                 StringRef name, const TensorAttention &shape,
                                 CreateAttention createAttention) {
  DeviceKernel kernel(function, module, name, shape.threads());
  createAttention(kernel, shape)
      ->run(function.front().getTerminator()->getOperand(0));
  return {kernel.finish(), shape.threads(), shape.headsOfBlock(),
          shape.queryTiles(), shape.sharedBytes()};
}

static SmallVector<DeviceLaunch>
createHopperDevices(func::FuncOp function, const TensorAttention &shape) {
  SmallVector<DeviceLaunch> launches;
  gpu::GPUModuleOp module;
  for (const HopperAttention &form : chooseHopperAttention(shape)) {
    if (!module)
      module = createDeviceModule(function, /*isHopper=*/true);
    std::string name =
        (function.getSymName() + "_" + Twine(form.queriesOfTile())).str();
    DeviceLaunch launch =
        createDevice(function, module, name, form, createWgmmaAttention);
    launch.blocksAtOnce = form.blocksAtOnce;
    launch.turnTime = form.turnTime;
    launches.push_back(launch);
  }
  return launches;
}

/// One for each form of few queries, if they are few.
static SmallVector<DeviceLaunch>
createFewQueriesDevices(func::FuncOp function, const TensorAttention &shape) {
  SmallVector<DeviceLaunch> launches;
  gpu::GPUModuleOp module;
  for (const FewQueries &form : chooseFewQueries(shape)) {
    if (!module)
      module = createDeviceModule(function);
    std::string name =
        (function.getSymName() + "_" + Twine(form.warps) + "warps").str();
    DeviceKernel kernel(function, module, name, form.threads());
    int64_t sharedBytes = buildFewQueries(
        kernel, shape, form, function.front().getTerminator()->getOperand(0));
    launches.push_back({kernel.finish(), form.threads(), /*rowsPerBlock=*/1,
                        /*blocksPerRows=*/1, sharedBytes});
  }
  return launches;
}

LogicalResult convertAttention(func::FuncOp function, std::string &reason) {
  FailureOr<TensorAttention> shape = matchTensorAttention(function, reason);
  if (failed(shape))
    return failure();
  SmallVector<DeviceLaunch> launches =
      createFewQueriesDevices(function, *shape);
  if (!launches.empty()) {
    replaceKernel(function, countRows(shape->outer), launches);
    return success();
  }
  if (!shape->isShort())
    packTables(function, *shape);
  DeviceLaunch launch =
      createDevice(function, createDeviceModule(function),
                   function.getSymName(), *shape, createMmaAttention);
  replaceKernel(function, countRows(shape->outer), launch,
                createHopperDevices(function, *shape));
  return success();
}

} // namespace vitrail
