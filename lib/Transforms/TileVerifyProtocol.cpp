// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-verify-protocol: replays a kernel's shared-memory events and refuses
// the kernel if two of them may collide. Kernels with roles are proved while
// they have their rings (VerifyRoles.h), all others once their memory is
// planned.
//
// The replay evaluates i32/index arithmetic on constants, so stage offsets are
// concrete; loops run for at most kReplayedIterations steps, more than twice
// the longest ring, after which the offsets repeat. Loops whose upper bound is
// not constant are replayed for each number of steps up to that. The rules
// themselves are in Analysis/SharedHistory.h.

#include "dlk/Analysis/SharedHistory.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/VerifyRoles.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

namespace dlk {
#define GEN_PASS_DEF_TILEVERIFYPROTOCOL
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Rings have at most 8 stages.
constexpr int64_t kReplayedIterations = 20;

StringRef describe(SharedHazardKind kind) {
  switch (kind) {
  case SharedHazardKind::UnfinishedCopy:
    return "shared memory is read while a copy into it is unfinished [DLK-P50]";
  case SharedHazardKind::NoBarrierToRead:
    return "shared memory is read without a barrier after its write [DLK-P51]";
  case SharedHazardKind::NoBarrierToWrite:
    return "shared memory is overwritten without a barrier after its last use "
           "[DLK-P52]";
  case SharedHazardKind::NeverWritten:
    return "shared memory is read but was never written [DLK-P53]";
  }
  llvm_unreachable("all kinds are named");
}

class Replay {
public:
  /// `openTrips`: of loops whose upper bound is not known.
  explicit Replay(int64_t openTrips) : openTrips(openTrips) {}

  /// Whether there was such a loop.
  bool hasOpenLoop() const { return openLoop; }

  LogicalResult run(Block &block) {
    for (Operation &op : block)
      if (failed(step(&op)))
        return failure();
    return success();
  }

private:
  LogicalResult step(Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return runLoop(loop);
    if (auto copy = dyn_cast<CopyOp>(op))
      return access(op, copy.getTarget(), /*isWrite=*/true,
                    copy.getKind() == "cp_async");
    if (auto load = dyn_cast<LoadFragmentOp>(op))
      return access(op, load.getMemory(), /*isWrite=*/false);
    if (auto window = dyn_cast<WindowReduceOp>(op))
      return accessWindow(window);
    if (auto store = dyn_cast<StoreOp>(op))
      return access(op, store.getStaging(), /*isWrite=*/true);
    if (isa<AsyncCommitOp>(op))
      history.commit();
    else if (auto wait = dyn_cast<AsyncWaitOp>(op))
      history.wait(wait.getPending());
    else if (isa<BarrierOp>(op))
      history.barrier();
    else if (op->getNumRegions() != 0)
      return checkUniform(op);
    else
      evaluate(op);
    return success();
  }

  LogicalResult accessWindow(WindowReduceOp op) {
    if (op.getFilter() && failed(access(op, op.getFilter(), /*isWrite=*/false)))
      return failure();
    return access(op, op.getSource(), /*isWrite=*/false);
  }

  /// Only loops with the same trip count in all threads may synchronize.
  LogicalResult checkUniform(Operation *op) {
    auto result = op->walk([&](Operation *inner) {
      if (!isa<CopyOp, AsyncCommitOp, AsyncWaitOp, BarrierOp, LoadFragmentOp,
               WgmmaOp, WgmmaWaitOp, TmaStoreOp, StoreOp>(inner))
        return WalkResult::advance();
      inner->emitError(
          "collective operation in a region that threads may not all enter: '")
          << inner->getName() << "' [DLK-P55]";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  LogicalResult runLoop(scf::ForOp loop) {
    auto lower = lookup(loop.getLowerBound()),
         upper = lookup(loop.getUpperBound()), step = lookup(loop.getStep());
    if (lower && step && !upper) {
      openLoop = true;
      upper = *lower + openTrips * *step;
    }
    if (!lower || !upper || !step)
      return loop.emitError("cannot follow the bounds of a loop [DLK-P54]");
    SmallVector<Value> carried(loop.getInitArgs());
    SmallVector<Attribute> state;
    for (Value value : carried)
      state.push_back(known(value));
    int64_t end = std::min(*upper, *lower + kReplayedIterations * *step);
    for (int64_t iv = *lower; iv < end; iv += *step) {
      values[loop.getInductionVar()] =
          IntegerAttr::get(loop.getInductionVar().getType(), iv);
      for (auto [arg, value] : llvm::zip_equal(loop.getRegionIterArgs(), state))
        values[arg] = value;
      if (failed(run(*loop.getBody())))
        return failure();
      for (auto [slot, value] : llvm::zip_equal(state, loop.getYieldedValues()))
        slot = known(value);
    }
    for (auto [result, value] : llvm::zip_equal(loop.getResults(), state))
      values[result] = value;
    return success();
  }

  LogicalResult access(Operation *op, Value memory, bool isWrite,
                       bool isAsync = false) {
    std::optional<int64_t> begin = addressOf(memory);
    if (!begin)
      return op->emitError(
          "cannot follow the address of shared memory [DLK-P54]");
    auto type = cast<MemType>(memory.getType());
    ByteRange range{*begin, *begin + type.getSpanBytes()};
    int64_t event = events.size();
    events.push_back(op);
    auto hazard = !isWrite  ? history.read(range, event)
                  : isAsync ? history.writeAsync(range, event)
                            : history.write(range, event);
    if (!hazard)
      return success();
    auto diagnostic = op->emitError(describe(hazard->kind))
                      << ": bytes " << range.begin << " to " << range.end;
    if (hazard->event >= 0)
      diagnostic.attachNote(events[hazard->event]->getLoc())
          << "the earlier access";
    return failure();
  }

  /// Offset in the arena, or none if it cannot be followed.
  std::optional<int64_t> addressOf(Value memory) {
    if (auto alloc = memory.getDefiningOp<AllocOp>())
      return alloc.getOffset();
    auto view = memory.getDefiningOp<ViewOp>();
    if (!view)
      return std::nullopt;
    auto base = addressOf(view.getSource()),
         offset = lookup(view.getDynamicOffset());
    if (!base || !offset)
      return std::nullopt;
    return *base + *offset + static_cast<int64_t>(view.getByteOffset());
  }

  /// The constant that `value` is, now; null if it cannot be followed.
  Attribute known(Value value) {
    Attribute constant;
    return matchPattern(value, m_Constant(&constant)) ? constant
                                                      : values.lookup(value);
  }

  std::optional<int64_t> lookup(Value value) {
    auto constant = dyn_cast_or_null<IntegerAttr>(known(value));
    return constant ? std::optional<int64_t>(constant.getInt()) : std::nullopt;
  }

  /// Folds `op` on the known values of its operands.
  void evaluate(Operation *op) {
    SmallVector<Attribute> operands;
    for (Value operand : op->getOperands())
      operands.push_back(known(operand));
    if (isa<arith::SelectOp>(op))
      if (auto condition = dyn_cast_or_null<IntegerAttr>(operands[0])) {
        values[op->getResult(0)] =
            operands[condition.getValue().isZero() ? 2 : 1];
        return;
      }
    SmallVector<OpFoldResult> results;
    bool folded = isa<arith::AddIOp, arith::CmpIOp>(op) &&
                  succeeded(op->fold(operands, results));
    for (auto [index, result] : llvm::enumerate(op->getResults()))
      values[result] = folded && index < results.size()
                           ? resolve(results[index])
                           : Attribute();
  }

  Attribute resolve(OpFoldResult result) {
    if (auto attribute = dyn_cast<Attribute>(result))
      return attribute;
    return known(cast<Value>(result));
  }

  int64_t openTrips;
  bool openLoop = false;
  SharedHistory history;
  SmallVector<Operation *> events;
  DenseMap<Value, Attribute> values;
};

struct TileVerifyProtocolPass
    : dlk::impl::TileVerifyProtocolBase<TileVerifyProtocolPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    if (failed(verify(getOperation())))
      signalPassFailure();
  }

private:
  static constexpr llvm::StringLiteral kVerified = "dlk_tile.protocol_verified";

  /// Roles are proved once: when they are lowered, nothing of them is left
  /// that the replay could follow.
  static LogicalResult verify(KernelOp kernel) {
    SmallVector<RolesOp> roles;
    kernel.walk([&](RolesOp op) { roles.push_back(op); });
    for (RolesOp op : roles)
      if (failed(verifyRoles(op)))
        return failure();
    if (!roles.empty())
      kernel->setAttr(kVerified, UnitAttr::get(kernel.getContext()));
    if (kernel->hasAttr(kVerified) || !isPlanned(kernel))
      return success();
    for (int64_t trips = 0; trips <= kReplayedIterations; ++trips) {
      Replay replay(trips);
      if (failed(replay.run(kernel.getBlock())))
        return failure();
      if (!replay.hasOpenLoop())
        break;
    }
    return success();
  }

  /// Whether shared memory has its places.
  static bool isPlanned(KernelOp kernel) {
    return !kernel
                .walk([](Operation *op) {
                  auto alloc = dyn_cast<AllocOp>(op);
                  bool open =
                      isa<RingCreateOp>(op) || (alloc && !alloc.getOffset());
                  return open ? WalkResult::interrupt() : WalkResult::advance();
                })
                .wasInterrupted();
  }
};

} // namespace
