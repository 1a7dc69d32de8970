// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the chip that a pass works for: option, module attribute or default.

#include "dlk/Transforms/ChipOption.h"
#include "dlk/Dialect/Dlk/IR/Dlk.h"

using namespace mlir;
using namespace dlk;

static StringRef getChipName(Operation *op, StringRef option) {
  if (!option.empty())
    return option;
  for (Operation *scope = op; scope; scope = scope->getParentOp())
    if (auto target = scope->getAttrOfType<TargetAttr>("dlk.target"))
      return target.getChip();
  return "sm_80";
}

const ChipInfo *dlk::resolveChip(Operation *op, StringRef option) {
  llvm::Expected<const ChipInfo &> chip =
      getSupportedChip(getChipName(op, option));
  if (chip)
    return &*chip;
  op->emitError(llvm::toString(chip.takeError())) << " [DLK-P20]";
  return nullptr;
}
