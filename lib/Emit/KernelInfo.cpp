// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads `dlk.launch = {grid = array<i64: ...>, block, cluster, shared_bytes}`
// of the kernels of a module.

#include "dlk/Emit/KernelInfo.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace dlk;

FailureOr<gpu::GPUModuleOp> dlk::getKernelModule(ModuleOp module) {
  gpu::GPUModuleOp result;
  for (auto kernels : module.getOps<gpu::GPUModuleOp>()) {
    if (result)
      return emitError(kernels.getLoc(), "more than one gpu.module: ")
             << kernels.getName();
    result = kernels;
  }
  return result;
}

SmallVector<LLVM::LLVMFuncOp> dlk::getKernels(gpu::GPUModuleOp kernels) {
  SmallVector<LLVM::LLVMFuncOp> result;
  if (!kernels)
    return result;
  StringRef kernelAttr = NVVM::NVVMDialect::getKernelFuncAttrName();
  for (auto function : kernels.getOps<LLVM::LLVMFuncOp>())
    if (function->hasAttr(kernelAttr))
      result.push_back(function);
  return result;
}

static LogicalResult readExtents(DictionaryAttr launch, StringRef name,
                                 LaunchShape::Extents &extents) {
  auto attr = launch.getAs<DenseI64ArrayAttr>(name);
  if (!attr || attr.size() != 3)
    return failure();
  llvm::copy(attr.asArrayRef(), extents.begin());
  return success();
}

FailureOr<LaunchShape> dlk::getLaunchShape(LLVM::LLVMFuncOp kernel) {
  LaunchShape shape;
  auto launch = kernel->getAttrOfType<DictionaryAttr>("dlk.launch");
  auto shared =
      launch ? launch.getAs<IntegerAttr>("shared_bytes") : IntegerAttr();
  if (!shared || failed(readExtents(launch, "grid", shape.grid)) ||
      failed(readExtents(launch, "block", shape.block)) ||
      failed(readExtents(launch, "cluster", shape.cluster)))
    return emitError(
        kernel.getLoc(),
        "a kernel needs dlk.launch = {grid, block, cluster = array<i64: x, y, "
        "z>, shared_bytes = n : i64}");
  shape.sharedBytes = shared.getInt();
  return shape;
}
