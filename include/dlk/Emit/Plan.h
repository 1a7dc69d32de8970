// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The launch plan of a compiled module.
#ifndef DLK_EMIT_PLAN_H
#define DLK_EMIT_PLAN_H

#include "dlk/Runtime/LaunchPlan.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include <string>

namespace dlk {

/// The plan of the public functions of a module that phase `llvm` left.
/// `moduleFile` is the name of the PTX file beside it. What a plan cannot say
/// (a result that is an argument, a dynamic shape, ...) is a diagnostic.
mlir::FailureOr<runtime::Plan> buildPlan(mlir::ModuleOp module,
                                         llvm::StringRef chip,
                                         llvm::StringRef moduleFile);

/// What the files of a module are called: its symbol name, or else that of its
/// first public function. Fails with a diagnostic if there is neither.
mlir::FailureOr<std::string> getArtifactName(mlir::ModuleOp module);

} // namespace dlk

#endif
