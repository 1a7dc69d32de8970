// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-materialize-rings: rings become a byte buffer, stage offsets, groups
// of asynchronous copies and block barriers (the sm_80 form).
//
// A slot becomes the i32 byte offset of its stage. The offset of the next stage
// to fill and of the last one waited for are threaded through loops. How many
// groups may still be unfinished at a wait follows from counting commits and
// waits, which every loop must do equally often.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"

namespace dlk {
#define GEN_PASS_DEF_TILEMATERIALIZERINGS
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Shared tiles start at multiples of the largest swizzle pattern (8 rows of
/// 128 bytes), so that a tile's own offsets decide its swizzle.
constexpr int64_t kTileAlignment = 1024;

/// What is known of a ring at one point of the program.
struct RingState {
  /// Offset of the stage filled last, waited for last; null before the first.
  Value filled, waited;
  int64_t commits = 0, waits = 0;
};

class RingMaterializer {
public:
  RingMaterializer(RingCreateOp ring)
      : ring(ring), rewriter(ring.getContext()), loc(ring.getLoc()) {}

  LogicalResult run() {
    if (failed(planStage()))
      return failure();
    rewriter.setInsertionPoint(ring);
    auto bytes = MemType::get(
        rewriter.getContext(), {getRingBytes()}, rewriter.getI8Type(),
        LayoutAttr::get(rewriter.getContext(),
                        Layout::rowMajor({getRingBytes()})),
        MemorySpace::Shared);
    buffer = AllocOp::create(rewriter, loc, bytes, /*offset=*/IntegerAttr());
    RingState state;
    if (failed(rewriteBlock(*ring->getBlock(), state)))
      return failure();
    if (!ring->use_empty())
      return (*ring->user_begin())
          ->emitError("ring operation outside of loops [DLK-P44]");
    rewriter.eraseOp(ring);
    return success();
  }

private:
  int64_t getRingBytes() {
    return stageBytes * ring.getRing().getType().getStages();
  }

  LogicalResult planStage() {
    for (Type type : ring.getRing().getType().getBuffers()) {
      auto mem = cast<MemType>(type);
      if (!mem.getLayout())
        return ring.emitError("buffer of a ring has no layout: ")
               << mem << " [DLK-P45]";
      bufferOffsets.push_back(stageBytes);
      stageBytes += llvm::alignTo(mem.getSpanBytes(), kTileAlignment);
    }
    for (Operation *user : ring->getUsers())
      for (Type type : user->getResultTypes())
        if (auto slot = dyn_cast<SlotType>(type);
            slot && slot.getBuffers() != ring.getRing().getType().getBuffers())
          return user->emitError(
              "stage holds other buffers than the ring, "
              "which only rings between roles do [DLK-P122]");
    for (Operation *user : ring->getUsers())
      for (Operation &op : *user->getBlock())
        if (auto copy = dyn_cast<CopyOp>(op))
          asynchronous |= copy.getKind() == "cp_async";
    return success();
  }

  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(rewriter, loc, rewriter.getI32Type(),
                                        value);
  }

  /// The stage after `offset`; the first one after none.
  Value advance(Value offset) {
    if (!offset)
      return constant(0);
    if (auto known = getConstantIntValue(offset))
      return constant((*known + stageBytes) % getRingBytes());
    Value next =
        arith::AddIOp::create(rewriter, loc, offset, constant(stageBytes));
    Value wraps = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq,
                                        next, constant(getRingBytes()));
    return arith::SelectOp::create(rewriter, loc, wraps, constant(0), next);
  }

  bool usesRing(Operation *op) {
    return op
        ->walk([&](Operation *inner) {
          return llvm::is_contained(inner->getOperands(), ring.getResult())
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  }

  LogicalResult rewriteBlock(Block &block, RingState &state) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      rewriter.setInsertionPoint(&op);
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        if (usesRing(loop) && failed(rewriteLoop(loop, state)))
          return failure();
      } else if (failed(rewriteOp(&op, state))) {
        return failure();
      }
    }
    return success();
  }

  LogicalResult rewriteOp(Operation *op, RingState &state) {
    if (auto view = dyn_cast<SlotViewOp>(op))
      return rewriteView(view);
    if (op->getNumOperands() == 0 || op->getOperand(0) != ring.getResult())
      return success();
    if (isa<RingAcquireOp>(op)) {
      state.filled = advance(state.filled);
      replaceSlot(op, state.filled);
    } else if (isa<RingCommitOp>(op)) {
      ++state.commits;
      if (asynchronous)
        AsyncCommitOp::create(rewriter, loc);
      rewriter.eraseOp(op);
    } else if (auto wait = dyn_cast<RingWaitOp>(op)) {
      return rewriteWait(wait, state);
    } else {
      rewriter.eraseOp(op);
    }
    return success();
  }

  LogicalResult rewriteWait(RingWaitOp wait, RingState &state) {
    int64_t pending = state.commits - ++state.waits;
    if (pending < 0)
      return wait.emitError("wait for a stage that was never committed: stage ")
             << state.waits << " of " << state.commits
             << " committed [DLK-P43]";
    if (asynchronous)
      AsyncWaitOp::create(rewriter, loc, pending);
    BarrierOp::create(rewriter, loc);
    state.waited = advance(state.waited);
    replaceSlot(wait, state.waited);
    return success();
  }

  /// Slot types are replaced in place: all their users are rewritten here.
  void replaceSlot(Operation *op, Value offset) {
    rewriter.replaceAllUsesWith(op->getResult(0), offset);
    rewriter.eraseOp(op);
  }

  LogicalResult rewriteView(SlotViewOp view) {
    if (view->getOperand(0).getType() != rewriter.getI32Type())
      return success();
    rewriter.replaceOpWithNewOp<ViewOp>(view, view.getMemory().getType(),
                                        buffer, view->getOperand(0),
                                        bufferOffsets[view.getIndex()]);
    return success();
  }

  LogicalResult rewriteLoop(scf::ForOp loop, RingState &state) {
    bool fills = loop->walk([&](RingAcquireOp op) {
                       return op.getRing() == ring.getResult()
                                  ? WalkResult::interrupt()
                                  : WalkResult::advance();
                     })
                     .wasInterrupted();
    if (fills)
      loop = carryFilled(loop, state);
    RingState inner = state;
    if (fills)
      inner.filled = loop.getRegionIterArgs().back();
    std::optional<unsigned> waitedArg = carrySlots(loop, state, inner);
    if (failed(rewriteBlock(*loop.getBody(), inner)))
      return failure();
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    if (inner.commits - state.commits != inner.waits - state.waits)
      return loop.emitError("commits and waits in a loop do not balance: ")
             << inner.commits - state.commits << " and "
             << inner.waits - state.waits << " [DLK-P42]";
    if (fills)
      yield->setOperand(yield.getNumOperands() - 1, inner.filled);
    bool waits = inner.waits != state.waits;
    if (waits && (!waitedArg || yield.getOperand(*waitedArg) != inner.waited))
      return loop.emitError(
          "loop does not carry the stage that it waited for last [DLK-P44]");
    if (fills)
      state.filled = loop.getResults().back();
    if (waits)
      state.waited = loop.getResult(*waitedArg);
    return success();
  }

  /// Adds the offset of the stage filled last to the values that `loop`
  /// carries.
  scf::ForOp carryFilled(scf::ForOp loop, RingState &state) {
    Value filled =
        state.filled ? state.filled : constant(getRingBytes() - stageBytes);
    auto carried =
        cast<LoopLikeOpInterface>(loop.getOperation())
            .replaceWithAdditionalYields(
                rewriter, filled, /*replaceInitOperandUsesInLoop=*/false,
                [](OpBuilder &, Location, ArrayRef<BlockArgument> args) {
                  return SmallVector<Value>(args.begin(), args.end());
                });
    return cast<scf::ForOp>(carried->getOperation());
  }

  /// Gives carried slots of this ring their new type; returns which one is the
  /// stage waited for last.
  std::optional<unsigned> carrySlots(scf::ForOp loop, RingState &state,
                                     RingState &inner) {
    std::optional<unsigned> waitedArg;
    for (unsigned i = 0, e = loop.getNumRegionIterArgs(); i < e; ++i) {
      BlockArgument arg = loop.getRegionIterArg(i);
      if (loop.getInitArgs()[i].getType() != rewriter.getI32Type())
        continue;
      arg.setType(rewriter.getI32Type());
      loop.getResult(i).setType(rewriter.getI32Type());
      if (loop.getInitArgs()[i] == state.waited) {
        inner.waited = arg;
        waitedArg = i;
      }
    }
    return waitedArg;
  }

  RingCreateOp ring;
  IRRewriter rewriter;
  Location loc;
  Value buffer;
  int64_t stageBytes = 0;
  SmallVector<int64_t> bufferOffsets;
  bool asynchronous = false;
};

struct TileMaterializeRingsPass
    : dlk::impl::TileMaterializeRingsBase<TileMaterializeRingsPass> {
  void runOnOperation() override {
    SmallVector<RingCreateOp> rings;
    getOperation().walk([&](RingCreateOp op) { rings.push_back(op); });
    for (RingCreateOp ring : rings)
      if (failed(RingMaterializer(ring).run()))
        return signalPassFailure();
  }
};

} // namespace
