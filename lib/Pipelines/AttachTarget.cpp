// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Makes `dlk.target` of the module the chip that the user named. A module that
// already is for another chip is refused: what is in it may depend on that.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Pipelines/Passes.h"

namespace dlk {
#define GEN_PASS_DEF_ATTACHTARGET
#include "dlk/Pipelines/Passes.h.inc"
} // namespace dlk

using namespace mlir;

namespace {

struct AttachTargetPass : dlk::impl::AttachTargetBase<AttachTargetPass> {
  using AttachTargetBase::AttachTargetBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto present = module->getAttrOfType<dlk::TargetAttr>("dlk.target");
    if (chip.empty() && present)
      return markAllAnalysesPreserved();
    if (chip.empty())
      return fail("no chip: say chip=..., one of " +
                  dlk::getSupportedChipNames());
    auto supported = dlk::getSupportedChip(chip);
    if (!supported)
      return fail(llvm::toString(supported.takeError()));
    if (present && present.getChip() != chip)
      return fail("the module is for another chip than " + chip + ": " +
                  present.getChip() + " [DLK-P93]");
    module->setAttr("dlk.target", dlk::TargetAttr::get(&getContext(), chip));
  }

  void fail(const Twine &message) {
    emitError(getOperation().getLoc(), message);
    signalPassFailure();
  }
};

} // namespace
