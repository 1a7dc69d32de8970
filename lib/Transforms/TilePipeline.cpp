// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-pipeline: the multistage form of a kernel's k loop.
//
//   for k: fill(k); wait; acc += tile          fill(0..S-2); wait; load slice 0
//                                         ->   for k: fill(k+S-1)
//                                                for slice: load next; acc +=
//                                                slice
//
// The last slice of a stage waits for the next stage and loads its first slice,
// so tensor instructions always have their operands in registers. Which thread
// copies or multiplies what is decided later.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

namespace dlk {
#define GEN_PASS_DEF_TILEPIPELINE
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// The operations of a loop `for k: acquire; copies; commit; wait; mma;
/// release`.
struct StageLoop {
  scf::ForOp loop;
  RingAcquireOp acquire;
  RingCommitOp commit;
  RingWaitOp wait;
  RingReleaseOp release;
  MmaOp mma;
  /// Everything that fills a stage, in order.
  SmallVector<Operation *> producers;
  int64_t lower, step;

  int64_t getStages() { return acquire.getRing().getType().getStages(); }
  int64_t getSlices() {
    auto lhs = cast<MemType>(mma.getLhs().getType());
    return lhs.getShape()[mma.getLhsKDim()] / getSliceExtent();
  }
  /// k of one mma.sync.
  int64_t getSliceExtent() {
    auto lhs = cast<MemType>(mma.getLhs().getType());
    return FragmentLayout::sliceExtent(lhs.getElementBytes());
  }
};

template <typename OpTy> LogicalResult takeOnly(scf::ForOp loop, OpTy &op) {
  auto range = loop.getBody()->getOps<OpTy>();
  if (!llvm::hasSingleElement(range))
    return loop.emitError("loop over a ring has not exactly one '")
           << OpTy::getOperationName()
           << "': " << std::distance(range.begin(), range.end())
           << " [DLK-P40]";
  op = *range.begin();
  return success();
}

/// Copies into the acquired stage and what they need from the loop body.
SmallVector<Operation *> collectProducers(StageLoop &stage) {
  llvm::SetVector<Operation *> slice;
  Block *body = stage.loop.getBody();
  SmallVector<Operation *> worklist{stage.acquire, stage.commit};
  for (auto copy : body->getOps<CopyOp>())
    worklist.push_back(copy);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (!slice.insert(op))
      continue;
    for (Value operand : op->getOperands())
      if (Operation *def = operand.getDefiningOp();
          def && def->getBlock() == body)
        worklist.push_back(def);
  }
  SmallVector<Operation *> ordered;
  for (Operation &op : body->without_terminator())
    if (slice.contains(&op))
      ordered.push_back(&op);
  return ordered;
}

LogicalResult matchBounds(StageLoop &stage) {
  auto lower = getConstantIntValue(stage.loop.getLowerBound());
  auto upper = getConstantIntValue(stage.loop.getUpperBound());
  auto step = getConstantIntValue(stage.loop.getStep());
  if (!lower || !step)
    return stage.loop.emitError("lower bound and step of a loop over a ring "
                                "are not constants [DLK-P41]");
  if (upper && *lower >= *upper)
    return stage.loop.emitError("loop over a ring has trip count zero: ")
           << *lower << " to " << *upper << " [DLK-P41]";
  stage.lower = *lower;
  stage.step = *step;
  return success();
}

LogicalResult matchStageLoop(StageLoop &stage) {
  scf::ForOp loop = stage.loop;
  if (failed(takeOnly(loop, stage.acquire)) ||
      failed(takeOnly(loop, stage.commit)) ||
      failed(takeOnly(loop, stage.wait)) ||
      failed(takeOnly(loop, stage.release)) ||
      failed(takeOnly(loop, stage.mma)) || failed(matchBounds(stage)))
    return failure();
  if (!isa<MemType>(stage.mma.getLhs().getType()))
    return stage.mma.emitError(
        "mma in a loop over a ring is already on fragments [DLK-P40]");
  if (loop.getNumRegionIterArgs() != 1 ||
      stage.mma.getAcc() != loop.getRegionIterArgs()[0] ||
      stage.mma->getNextNode() == nullptr)
    return loop.emitError(
               "loop over a ring carries other values than one accumulator: ")
           << loop.getNumRegionIterArgs() << " [DLK-P40]";
  for (Value tile : {stage.mma.getLhs(), stage.mma.getRhs()})
    if (auto view = tile.getDefiningOp<SlotViewOp>();
        !view || view.getSlot() != stage.wait.getSlot())
      return stage.mma.emitError(
          "mma operand is not a buffer of the waited stage [DLK-P40]");
  stage.producers = collectProducers(stage);
  return success();
}

/// Operand fragments of one k slice.
struct SliceFragments {
  Value lhs, rhs;
};

/// Writes the pipelined form of one loop.
class Pipeliner {
public:
  Pipeliner(StageLoop &stage)
      : stage(stage), builder(stage.loop), loc(stage.loop.getLoc()) {}

  void run() {
    int64_t ahead = stage.getStages() - 1;
    for (int64_t s = 0; s < ahead; ++s) {
      Value k = constant(stage.lower + s * stage.step);
      fillStage(k, predicateAt(k));
    }
    Value first = waitStage();
    SliceFragments fragments = loadSlice(first, 0);
    auto loop = scf::ForOp::create(
        builder, loc, stage.loop.getLowerBound(), stage.loop.getUpperBound(),
        stage.loop.getStep(),
        ValueRange{stage.loop.getInitArgs()[0], fragments.lhs, fragments.rhs,
                   first},
        [&](OpBuilder &b, Location, Value iv, ValueRange args) {
          OpBuilder::InsertionGuard guard(builder);
          builder.setInsertionPoint(b.getInsertionBlock(),
                                    b.getInsertionPoint());
          buildBody(iv, args);
        });
    loop->setDiscardableAttrs(stage.loop->getDiscardableAttrDictionary());
    stage.loop.getResult(0).replaceAllUsesWith(loop.getResult(0));
    stage.loop.erase();
  }

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  /// Whether the loop gets to k; null: it does.
  Value predicateAt(Value k) {
    Value inside = builder.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::ult, k, stage.loop.getUpperBound());
    return matchPattern(inside, m_One()) ? Value() : inside;
  }

  /// Clones the producers for the stage at k = `iv`; a false predicate fills it
  /// with zeros, so that groups and waits stay in step.
  void fillStage(Value iv, Value predicate) {
    IRMapping map;
    map.map(stage.loop.getInductionVar(), iv);
    for (Operation *op : stage.producers) {
      Operation *clone = builder.clone(*op, map);
      if (auto copy = dyn_cast<CopyOp>(clone); copy && predicate)
        copy.getPredicateMutable().assign(predicate);
    }
  }

  Value waitStage() {
    return RingWaitOp::create(builder, loc, stage.wait.getSlot().getType(),
                              stage.wait.getRing());
  }

  Value loadOperand(Value tile, Value slot, FragmentKind kind, int64_t kDim,
                    int64_t slice) {
    auto memType = cast<MemType>(tile.getType());
    auto view = SlotViewOp::create(builder, loc, memType, slot,
                                   tile.getDefiningOp<SlotViewOp>().getIndex());
    FragmentAttr acc = stage.mma.getAcc().getType().getLayout();
    auto layout = FragmentAttr::get(builder.getContext(), kind, acc.getWarpsM(),
                                    acc.getWarpsN());
    int64_t extent = stage.getSliceExtent();
    SmallVector<int64_t> shape{memType.getShape()[1 - kDim], extent};
    if (kind == FragmentKind::MmaB)
      std::swap(shape[0], shape[1]);
    auto type = FragType::get(builder.getContext(), shape,
                              memType.getElementType(), layout);
    return LoadFragmentOp::create(builder, loc, type, view, slice * extent,
                                  kDim);
  }

  SliceFragments loadSlice(Value slot, int64_t slice) {
    return {loadOperand(stage.mma.getLhs(), slot, FragmentKind::MmaA,
                        stage.mma.getLhsKDim(), slice),
            loadOperand(stage.mma.getRhs(), slot, FragmentKind::MmaB,
                        stage.mma.getRhsKDim(), slice)};
  }

  /// args: accumulator, fragments of this stage's first slice, this stage.
  void buildBody(Value iv, ValueRange args) {
    Value ahead = arith::AddIOp::create(
        builder, loc, iv, constant((stage.getStages() - 1) * stage.step));
    Value inside =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, ahead,
                              stage.loop.getUpperBound());
    fillStage(ahead, inside);
    Value acc = args[0], slot = args[3];
    SliceFragments current{args[1], args[2]};
    bool promote = stage.mma.getPromote();
    if (promote)
      acc = FillOp::create(builder, loc, stage.mma.getType(),
                           builder.getF64FloatAttr(0.0));
    for (int64_t slice = 0, e = stage.getSlices(); slice < e; ++slice) {
      bool last = slice + 1 == e;
      if (last) {
        RingReleaseOp::create(builder, loc, stage.release.getRing(), slot);
        slot = waitStage();
      }
      SliceFragments next = loadSlice(slot, last ? 0 : slice + 1);
      acc = MmaOp::create(builder, loc, acc.getType(), current.lhs, current.rhs,
                          acc);
      current = next;
    }
    if (promote)
      acc = AddOp::create(builder, loc, acc.getType(), args[0], acc);
    scf::YieldOp::create(builder, loc,
                         ValueRange{acc, current.lhs, current.rhs, slot});
  }

  StageLoop &stage;
  OpBuilder builder;
  Location loc;
};

struct TilePipelinePass : dlk::impl::TilePipelineBase<TilePipelinePass> {
  void runOnOperation() override {
    SmallVector<StageLoop> stages;
    auto result = getOperation().walk([&](scf::ForOp loop) {
      if (loop.getBody()->getOps<RingAcquireOp>().empty())
        return WalkResult::advance();
      StageLoop stage;
      stage.loop = loop;
      if (failed(matchStageLoop(stage)))
        return WalkResult::interrupt();
      stages.push_back(std::move(stage));
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    for (StageLoop &stage : stages)
      Pipeliner(stage).run();
  }
};

} // namespace
