// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole compilation, for tools and for programs that embed dlk.
#ifndef DLK_PIPELINES_COMPILE_H
#define DLK_PIPELINES_COMPILE_H

#include "dlk/Emit/Emit.h"
#include "dlk/Pipelines/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace dlk {

/// Adds the phases that `options` ask for. Calls `errorHandler` if an option
/// has a value that is not known.
mlir::LogicalResult buildCompilePipeline(
    mlir::OpPassManager &pm, const CompileOptions &options,
    llvm::function_ref<mlir::LogicalResult(const llvm::Twine &)> errorHandler);

/// Makes the pipeline known as `dlk-compile`.
void registerCompilePipeline();

/// Runs the phases on `module` and emits what `emission` asks for. The module
/// is left as the last phase made it. Emits diagnostics on failure.
mlir::FailureOr<Artifact> compile(mlir::ModuleOp module,
                                  const CompileOptions &options,
                                  const EmitOptions &emission);

} // namespace dlk

#endif
