// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes that stand between phases: constructors and registration.
#ifndef DLK_PIPELINES_PASSES_H
#define DLK_PIPELINES_PASSES_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace dlk {

#define GEN_PASS_DECL
#include "dlk/Pipelines/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dlk/Pipelines/Passes.h.inc"

} // namespace dlk

#endif
