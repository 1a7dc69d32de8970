// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-verify-schedule: after it every dlk operation has a schedule that is
// legal for it on the chip. The rules belong to the operations; nothing is
// changed.

#include "dlk/Transforms/ChipOption.h"
#include "dlk/Transforms/Passes.h"

namespace dlk {
#define GEN_PASS_DEF_VERIFYSCHEDULE
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

static LogicalResult verify(SchedulableOpInterface op, const ChipInfo &chip) {
  ScheduleAttr schedule = op.getScheduleAttr();
  if (!schedule)
    return op.emitError("operation without a schedule: run "
                        "dlk-assign-schedule [DLK-P22]");
  if (std::optional<std::string> reason = op.checkSchedule(schedule, chip))
    return op.emitError("illegal schedule: ") << *reason;
  return success();
}

namespace {
struct VerifySchedulePass : dlk::impl::VerifyScheduleBase<VerifySchedulePass> {
  using VerifyScheduleBase::VerifyScheduleBase;

  void runOnOperation() override {
    const ChipInfo *chip = resolveChip(getOperation(), this->chip);
    if (!chip)
      return signalPassFailure();
    getOperation().walk([&](SchedulableOpInterface op) {
      if (failed(verify(op, *chip)))
        signalPassFailure();
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
