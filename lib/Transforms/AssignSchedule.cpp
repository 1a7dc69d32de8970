// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-assign-schedule: after it every dlk operation has a schedule and a string
// that says why. A schedule that is there stays; otherwise the operation's own
// candidates are compared by its own cost model, so that this pass knows no
// operation by name.

#include "dlk/Transforms/ChipOption.h"
#include "dlk/Transforms/Passes.h"
#include "llvm/Support/FormatVariadic.h"

namespace dlk {
#define GEN_PASS_DEF_ASSIGNSCHEDULE
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

static void listCandidates(SchedulableOpInterface op, const ChipInfo &chip) {
  for (ScheduleAttr candidate : op.getScheduleCandidates(chip))
    op.emitRemark("candidate: ")
        << candidate << ": " << op.estimateCost(candidate, chip).reason;
}

/// A candidate further down the list must be cheaper by this factor.
static constexpr double preference = 0.99;

/// The cheapest candidate and why it was taken, or null if none is legal.
static ScheduleAttr chooseSchedule(SchedulableOpInterface op,
                                   const ChipInfo &chip, std::string &reason) {
  SmallVector<ScheduleAttr> candidates = op.getScheduleCandidates(chip);
  ScheduleAttr best;
  ScheduleCost bestCost;
  for (ScheduleAttr candidate : candidates) {
    ScheduleCost cost = op.estimateCost(candidate, chip);
    if (best && cost.cycles >= preference * bestCost.cycles)
      continue;
    best = candidate;
    bestCost = cost;
  }
  reason = llvm::formatv("cost model for {0}, best of {1}: {2}", chip.name,
                         candidates.size(), bestCost.reason)
               .str();
  return best;
}

namespace {
struct AssignSchedulePass : dlk::impl::AssignScheduleBase<AssignSchedulePass> {
  using AssignScheduleBase::AssignScheduleBase;

  void runOnOperation() override {
    const ChipInfo *chip = resolveChip(getOperation(), this->chip);
    if (!chip)
      return signalPassFailure();
    getOperation().walk([&](SchedulableOpInterface op) {
      if (failed(assign(op, *chip)))
        signalPassFailure();
    });
  }

  /// The note says what is wrong with the most general schedule.
  static LogicalResult refuse(SchedulableOpInterface op, const ChipInfo &chip) {
    auto diagnostic = op.emitError("no schedule is legal on chip: ")
                      << chip.name << " [DLK-P21]";
    auto general = ScheduleAttr::get(op.getContext(), Schedule());
    if (std::optional<std::string> reason = op.checkSchedule(general, chip))
      diagnostic.attachNote(op.getLoc()) << *reason;
    return diagnostic;
  }

  LogicalResult assign(SchedulableOpInterface op, const ChipInfo &chip) {
    if (candidates)
      listCandidates(op, chip);
    std::string reason = "pinned";
    if (!op.getScheduleAttr()) {
      ScheduleAttr schedule = chooseSchedule(op, chip, reason);
      if (!schedule)
        return refuse(op, chip);
      op.setScheduleAttr(schedule);
    }
    if (!op.getScheduleReasonAttr())
      op.setScheduleReasonAttr(StringAttr::get(&getContext(), reason));
    if (remarks)
      op.emitRemark("schedule: ")
          << op.getScheduleAttr() << ": " << op.getScheduleReasonAttr();
    return success();
  }
};
} // namespace
