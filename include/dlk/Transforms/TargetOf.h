// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The chip that the module around an operation is compiled for.
#ifndef DLK_TRANSFORMS_TARGETOF_H
#define DLK_TRANSFORMS_TARGETOF_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/IR/BuiltinOps.h"

namespace dlk {

/// The module's `dlk.target`, or null if it has none.
inline const ChipInfo *targetOf(mlir::Operation *op) {
  auto module = op->getParentOfType<mlir::ModuleOp>();
  auto target =
      module ? module->getAttrOfType<TargetAttr>("dlk.target") : TargetAttr();
  return target ? &target.getChipInfo() : nullptr;
}

} // namespace dlk

#endif
