// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-specialize-warps: the warp-specialised, persistent form of a kernel.
//
//   tile_coord; for k: fill; multiply; store
//     ->
//   roles producer { for_tiles { for k: fill } }
//         consumer { for_tiles { for k: multiply; store } }
//
// Both roles compute the coordinates of their tile anew. The consumer keeps one
// product in flight while it starts the next one; the first one is peeled off
// the loop, since it overwrites the accumulators instead of adding to zeros.
// Stages that are filled and read behind the loop, for the epilogue, are
// divided in the same way.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Target/ChipInfo.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/TargetOf.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/MathExtras.h"

namespace dlk {
#define GEN_PASS_DEF_TILESPECIALIZEWARPS
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// The plain form of a kernel: coordinates, then the loop over one ring, then
/// the epilogue.
struct PlainKernel {
  KernelOp kernel;
  ScheduleAttr schedule;
  TileCoordOp coord;
  /// Null if the block computes whole sums.
  StreamCoordOp stream;
  RingCreateOp ring;
  scf::ForOp loop;
  RingWaitOp wait;
  RingReleaseOp release;
  MmaOp mma;

  /// Stages of a tile; 0 if the loop's bounds are not constant.
  int64_t getStages() {
    std::optional<int64_t> lower = getConstantIntValue(loop.getLowerBound());
    std::optional<int64_t> upper = getConstantIntValue(loop.getUpperBound());
    std::optional<int64_t> step = getConstantIntValue(loop.getStep());
    if (!lower || !upper || !step)
      return 0;
    auto behind = loop->getBlock()->getOps<RingWaitOp>();
    return llvm::divideCeil(*upper - *lower, *step) +
           std::distance(behind.begin(), behind.end());
  }
};

template <typename OpTy> LogicalResult takeOnly(Block &block, OpTy &op) {
  auto range = block.getOps<OpTy>();
  if (!llvm::hasSingleElement(range))
    return block.getParentOp()->emitError("has not exactly one '")
           << OpTy::getOperationName()
           << "' to specialise warps around [DLK-P100]";
  op = *range.begin();
  return success();
}

/// Erases operations of `block` whose results nothing uses, last ones first.
void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

class WarpSpecializer {
public:
  explicit WarpSpecializer(PlainKernel plain)
      : plain(plain), b(plain.kernel.getContext()), loc(plain.loop.getLoc()),
        consumers(plain.schedule.getWarpsM() * plain.schedule.getWarpsN()),
        pingpong(plain.schedule.getRoles() == Roles::Pingpong) {}

  void run() {
    Block &block = plain.kernel.getBlock();
    SmallVector<Operation *> originals;
    for (Operation &op : block)
      if (!isa<AllocOp>(op))
        originals.push_back(&op);
    createShared();
    auto regs = plain.schedule.getRegs();
    auto turn =
        pingpong ? b.getI64IntegerAttr(plain.getStages()) : IntegerAttr();
    auto roles = RolesOp::create(b, loc, b.getI64IntegerAttr(consumers),
                                 b.getDenseI64ArrayAttr(regs), turn);
    b.createBlock(&roles.getProducer());
    buildRole([&](IRMapping &mapping) {
      emitProducerLoop(mapping);
      emitBehindLoop(mapping, /*producer=*/true);
    });
    b.createBlock(&roles.getConsumer());
    buildRole([&](IRMapping &mapping) {
      if (plain.mma.getPromote())
        emitPromotingLoop(mapping);
      else
        emitConsumerLoop(mapping);
      emitBehindLoop(mapping, /*producer=*/false);
    });
    for (Operation *op : llvm::reverse(originals))
      op->erase();
    setGrid();
  }

private:
  /// Shared memory lives as long as the kernel.
  void createShared() {
    Block &block = plain.kernel.getBlock();
    for (AllocOp alloc : llvm::make_early_inc_range(block.getOps<AllocOp>()))
      alloc->moveBefore(&block, block.end());
    b.setInsertionPointToEnd(&block);
    ring = RingCreateOp::create(b, plain.ring.getLoc(),
                                plain.ring.getRing().getType(),
                                b.getI64IntegerAttr(pingpong ? 1 : consumers));
  }

  std::array<int64_t, 2> clusterTiles() {
    auto cluster = plain.kernel.getClusterShape();
    ArrayRef<int64_t> tiles = plain.coord.getTiles();
    return {tiles[0] / cluster[0], tiles[1] / cluster[1]};
  }

  /// One for_tiles where the builder stands, with what comes before the loop.
  void buildRole(function_ref<void(IRMapping &)> emitBody) {
    auto cluster = plain.kernel.getClusterShape();
    int64_t group = std::max<int64_t>(1, plain.coord.getGroup() / cluster[0]);
    auto tiles = ForTilesOp::create(
        b, loc, clusterTiles(), plain.coord.getBatches(),
        plain.coord.getRaster(), group,
        plain.stream ? plain.stream.getStepsAttr() : IntegerAttr());
    SmallVector<Type> types(plain.stream ? 6 : 3, b.getIndexType());
    Block *body = b.createBlock(&tiles.getBody(), {}, types,
                                SmallVector<Location>(types.size(), loc));
    IRMapping mapping;
    mapping.map(plain.coord.getResults(), body->getArguments().take_front(3));
    if (plain.stream)
      mapping.map(plain.stream.getResults(),
                  body->getArguments().drop_front(3));
    mapping.map(plain.ring.getRing(), ring);
    for (Operation &op : *plain.loop->getBlock()) {
      if (&op == plain.loop)
        break;
      if (!isa<TileCoordOp, StreamCoordOp, RingCreateOp, AllocOp>(op))
        b.clone(op, mapping);
    }
    emitBody(mapping);
    eraseDead(*body);
  }

  /// Whether an operation behind the loop fills a stage.
  static bool isFill(Operation &op) {
    if (auto view = dyn_cast<SlotViewOp>(op))
      return isa_and_nonnull<RingAcquireOp>(view.getSlot().getDefiningOp());
    return isa<RingAcquireOp, RingCommitOp, TmaLoadOp>(op);
  }

  /// Whether an operation computes coordinates, as both roles do.
  static bool isCoordinate(Operation &op) {
    auto isIndex = [](Type type) { return type.isIndex(); };
    return isPure(&op) && llvm::all_of(op.getResultTypes(), isIndex);
  }

  /// Whether an operation of the loop belongs to the consumer.
  bool isConsumed(Operation &op) {
    if (isa<RingWaitOp, RingReleaseOp, MmaOp, scf::YieldOp>(op))
      return true;
    auto view = dyn_cast<SlotViewOp>(op);
    return view && view.getSlot() == plain.wait.getSlot();
  }

  void emitProducerLoop(IRMapping mapping) {
    auto loop = scf::ForOp::create(
        b, loc, mapping.lookupOrDefault(plain.loop.getLowerBound()),
        mapping.lookupOrDefault(plain.loop.getUpperBound()),
        mapping.lookupOrDefault(plain.loop.getStep()));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    mapping.map(plain.loop.getInductionVar(), loop.getInductionVar());
    for (Operation &op : *plain.loop.getBody())
      if (!isConsumed(op))
        b.clone(op, mapping);
  }

  InflightType inflightType() {
    return InflightType::get(b.getContext(),
                             cast<FragType>(plain.mma.getType()));
  }

  /// Waits for the next stage and starts its product.
  Value emitProduct(IRMapping mapping, Value acc, bool overwrite, Value &slot) {
    slot = RingWaitOp::create(b, loc, plain.wait.getSlot().getType(), ring);
    mapping.map(plain.wait.getSlot(), slot);
    for (auto view : plain.loop.getBody()->getOps<SlotViewOp>())
      if (isConsumed(*view))
        b.clone(*view, mapping);
    return WgmmaOp::create(
        b, loc, inflightType(), mapping.lookup(plain.mma.getLhs()),
        mapping.lookup(plain.mma.getRhs()), acc, plain.mma.getLhsKDim(),
        plain.mma.getRhsKDim(), overwrite);
  }

  void emitConsumerLoop(IRMapping &mapping) {
    Value begin = WgmmaBeginOp::create(b, loc, inflightType());
    Value first;
    Value acc = emitProduct(mapping, begin, /*overwrite=*/true, first);
    auto loop = createConsumerLoop(mapping, {acc, first});
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value slot;
      Value next = emitProduct(mapping, loop.getRegionIterArg(0),
                               /*overwrite=*/false, slot);
      Value one = WgmmaWaitOp::create(b, loc, inflightType(), 1, next);
      RingReleaseOp::create(b, loc, ring, loop.getRegionIterArg(1));
      scf::YieldOp::create(b, loc, ValueRange{one, slot});
    }
    Value done =
        WgmmaWaitOp::create(b, loc, plain.mma.getType(), 0, loop.getResult(0));
    RingReleaseOp::create(b, loc, ring, loop.getResult(1));
    mapping.map(plain.loop.getResult(0), done);
  }

  /// The sum of one stage, whose slot it releases.
  Value emitStageSum(IRMapping mapping) {
    Value slot;
    Value begin = WgmmaBeginOp::create(b, loc, inflightType());
    Value product = emitProduct(mapping, begin, /*overwrite=*/true, slot);
    Value sum = WgmmaWaitOp::create(b, loc, plain.mma.getType(), 0, product);
    RingReleaseOp::create(b, loc, ring, slot);
    return sum;
  }

  /// Each stage is summed by itself and then added to the sum of those before.
  void emitPromotingLoop(IRMapping &mapping) {
    Value first = emitStageSum(mapping);
    auto loop = createConsumerLoop(mapping, first);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value sum = AddOp::create(b, loc, plain.mma.getType(),
                              loop.getRegionIterArg(0), emitStageSum(mapping));
    scf::YieldOp::create(b, loc, sum);
    mapping.map(plain.loop.getResult(0), loop.getResult(0));
  }

  /// The loop over the stages after the first.
  scf::ForOp createConsumerLoop(IRMapping &mapping, ValueRange carried) {
    Value step = mapping.lookupOrDefault(plain.loop.getStep());
    Value lower = b.createOrFold<arith::AddIOp>(
        loc, mapping.lookupOrDefault(plain.loop.getLowerBound()), step);
    return scf::ForOp::create(
        b, loc, lower, mapping.lookupOrDefault(plain.loop.getUpperBound()),
        step, carried);
  }

  /// The epilogue, or the producer's part of it.
  void emitBehindLoop(IRMapping &mapping, bool producer) {
    for (Operation *op = plain.loop->getNextNode();
         op && op != ring.getDefiningOp(); op = op->getNextNode())
      if (!isa<AllocOp>(op) && (isFill(*op) == producer || isCoordinate(*op)))
        b.clone(*op, mapping);
  }

  /// Persistent kernels have no more clusters than the chip holds at a time.
  void setGrid() {
    plain.kernel.setWarps(4 * (consumers + 1));
    const ChipInfo *chip = targetOf(plain.kernel);
    int64_t size = plain.kernel.getClusterSize();
    SmallVector<int64_t> grid(plain.kernel.getGrid());
    if (plain.stream)
      grid[0] = plain.stream.getClusters() * size;
    else if (plain.schedule.getPersistent() && chip)
      grid[0] =
          std::min(grid[0], std::max<int64_t>(1, chip->numSMs / size) * size);
    plain.kernel.setGrid(grid);
  }

  PlainKernel plain;
  OpBuilder b;
  Location loc;
  int64_t consumers;
  bool pingpong;
  Value ring;
};

struct TileSpecializeWarpsPass
    : dlk::impl::TileSpecializeWarpsBase<TileSpecializeWarpsPass> {
  void runOnOperation() override {
    PlainKernel plain;
    plain.kernel = getOperation();
    plain.schedule = plain.kernel->getAttrOfType<ScheduleAttr>("dlk.schedule");
    Block &block = plain.kernel.getBlock();
    if (!plain.schedule || plain.schedule.getRoles() == Roles::None ||
        block.getOps<RingCreateOp>().empty())
      return;
    for (auto stream : block.getOps<StreamCoordOp>())
      plain.stream = stream;
    if (failed(takeOnly(block, plain.coord)) ||
        failed(takeOnly(block, plain.ring)) ||
        failed(takeOnly(block, plain.loop)) ||
        failed(takeOnly(*plain.loop.getBody(), plain.wait)) ||
        failed(takeOnly(*plain.loop.getBody(), plain.release)) ||
        failed(takeOnly(*plain.loop.getBody(), plain.mma)) ||
        failed(checkLoop(plain)))
      return signalPassFailure();
    WarpSpecializer(plain).run();
  }

  /// That the loop carries the accumulator alone and waits for what the mma
  /// reads.
  static LogicalResult checkLoop(PlainKernel &plain) {
    auto yield = cast<scf::YieldOp>(plain.loop.getBody()->getTerminator());
    bool carriesAcc = plain.loop.getNumResults() == 1 &&
                      plain.mma.getAcc() == plain.loop.getRegionIterArg(0) &&
                      yield.getOperand(0) == plain.mma.getResult();
    if (plain.schedule.getRoles() == Roles::Pingpong && plain.getStages() == 0)
      return plain.loop.emitError("consumers cannot take turns without a "
                                  "constant number of stages [DLK-P100]");
    if (carriesAcc && plain.release.getSlot() == plain.wait.getSlot())
      return success();
    return plain.loop.emitError("loop over a ring does not carry its "
                                "accumulator alone, or releases another stage "
                                "than it waited for [DLK-P100]");
  }
};

} // namespace
