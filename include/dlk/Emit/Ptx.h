// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From kernels in the LLVM dialect to LLVM IR and PTX, in this process.
#ifndef DLK_EMIT_PTX_H
#define DLK_EMIT_PTX_H

#include "dlk/Target/ChipInfo.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Support/LLVM.h"
#include <memory>
#include <string>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace dlk {

/// A translated gpu.module, optimised and ready for the backend.
class DeviceModule {
public:
  /// Translates a copy of `kernels` for `chip` and optimises it. Emits a
  /// diagnostic on failure.
  static mlir::FailureOr<DeviceModule> create(mlir::gpu::GPUModuleOp kernels,
                                              const ChipInfo &chip);
  DeviceModule(DeviceModule &&);
  ~DeviceModule();

  /// LLVM IR as text.
  std::string printLlvm() const;

  /// PTX as text; the same bytes for the same input. May be called once: the
  /// backend rewrites the module.
  ///
  /// LLVM ends the process on what its backend cannot select. A host that
  /// has called llvm::CrashRecoveryContext::Enable() gets a diagnostic
  /// instead.
  mlir::FailureOr<std::string> emitPtx();

private:
  DeviceModule(mlir::gpu::GPUModuleOp kernels);

  mlir::LogicalResult translate(const ChipInfo &chip);
  mlir::LogicalResult verifyNoCalls();
  void optimise();

  mlir::gpu::GPUModuleOp kernels;
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace dlk

#endif
