// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Declarations of all passes on dlk and dlk_tile.
#ifndef DLK_TRANSFORMS_PASSES_H
#define DLK_TRANSFORMS_PASSES_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace dlk {

#define GEN_PASS_DECL
#include "dlk/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dlk/Transforms/Passes.h.inc"

} // namespace dlk

#endif
