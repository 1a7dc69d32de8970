// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What phase `llvm` wrote on a kernel, read back and checked.
#ifndef DLK_EMIT_KERNELINFO_H
#define DLK_EMIT_KERNELINFO_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include <array>

namespace dlk {

/// The attribute `dlk.launch` of a kernel.
struct LaunchShape {
  using Extents = std::array<int64_t, 3>;
  Extents grid = {1, 1, 1};
  Extents block = {1, 1, 1};
  Extents cluster = {1, 1, 1};
  int64_t sharedBytes = 0; // dynamic

  int64_t getNumThreads() const { return block[0] * block[1] * block[2]; }
};

/// The gpu.module with the kernels, null if there is none. Two are an error.
mlir::FailureOr<mlir::gpu::GPUModuleOp> getKernelModule(mlir::ModuleOp module);

/// Its kernels, in order.
llvm::SmallVector<mlir::LLVM::LLVMFuncOp>
getKernels(mlir::gpu::GPUModuleOp kernels);

/// Fails with a diagnostic if `dlk.launch` is missing or malformed.
mlir::FailureOr<LaunchShape> getLaunchShape(mlir::LLVM::LLVMFuncOp kernel);

} // namespace dlk

#endif
