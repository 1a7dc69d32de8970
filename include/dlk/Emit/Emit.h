// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last phase: from a compiled module to the files that a user asked for.
#ifndef DLK_EMIT_EMIT_H
#define DLK_EMIT_EMIT_H

#include "dlk/Emit/Artifact.h"
#include "dlk/Emit/CudaTools.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Support/LLVM.h"
#include <functional>
#include <memory>

namespace mlir {
class DialectRegistry;

} // namespace mlir

namespace dlk {

struct EmitOptions {
  EmitKind kind = EmitKind::bundle;
  CudaSearch cuda;
  unsigned timeoutSeconds = 120; // of one run of ptxas
};

/// Translations to LLVM IR that emission needs.
void registerEmitTranslations(mlir::DialectRegistry &registry);

/// Emits a module that phase `llvm` left. Without ptxas a bundle and a report
/// are made without its figures; a cubin or fatbin is refused.
mlir::FailureOr<Artifact> emitArtifact(mlir::ModuleOp module,
                                       const EmitOptions &options);

/// The same as a pass, for the end of a pipeline. The module is not changed.
std::unique_ptr<mlir::Pass>
createEmitPass(EmitOptions options, std::function<void(Artifact)> receive);

} // namespace dlk

#endif
