// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-materialize-barriers: rings of roles become buffers and mbarriers.
//
// Each stage has two barriers. Full counts one arrival, the producer's, and the
// bytes that TMA brings, from this block or another; empty counts one arrival
// of every consumer warpgroup of every block of the cluster. A role knows a
// ring by the stage that it uses next and the parity of that stage's phase; the
// producer's parity starts inverted, since all stages are empty at first.
//
// A stage may hold other buffers than those of the ring: their places and bytes
// follow from the type of its slot, which is kept for what still needs it when
// slots have become numbers.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "dlk/Transforms/TmaLoad.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"

namespace dlk {
#define GEN_PASS_DEF_TILEMATERIALIZEBARRIERS
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

constexpr int64_t kTileAlignment = 1024;
constexpr int64_t kBarrierBytes = 8;
constexpr int64_t kWarpgroupThreads = 128;

/// The stage that a role uses next, and its parity; null before the first use.
struct RoleState {
  Value stage, parity;
};

class BarrierMaterializer {
public:
  explicit BarrierMaterializer(RingCreateOp ring)
      : ring(ring), kernel(ring->getParentOfType<KernelOp>()),
        rewriter(ring.getContext()), loc(ring.getLoc()), device(rewriter, loc),
        stages(ring.getRing().getType().getStages()) {}

  LogicalResult run() {
    if (failed(planStage()) || failed(planSlots()))
      return failure();
    rewriter.setInsertionPoint(ring);
    buffer = createAlloc(stages * stageBytes, 1);
    barriers = createAlloc(2 * stages, kBarrierBytes);
    initialise();
    RoleState state;
    if (failed(rewriteBlock(*ring->getBlock(), state)))
      return failure();
    if (!ring->use_empty())
      return (*ring->user_begin())
          ->emitError("ring operation outside of loops and roles "
                      "[DLK-P101]");
    rewriter.eraseOp(ring);
    return success();
  }

private:
  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//

  LogicalResult checkLayouts(Operation *op, ArrayRef<Type> buffers) {
    for (Type type : buffers)
      if (!cast<MemType>(type).getLayout())
        return op->emitError("buffer of a ring has no layout: ")
               << type << " [DLK-P45]";
    return success();
  }

  /// Where the buffers of a stage end.
  static int64_t getEnd(ArrayRef<Type> buffers) {
    int64_t end = 0;
    for (Type type : buffers)
      end += llvm::alignTo(cast<MemType>(type).getSpanBytes(), kTileAlignment);
    return end;
  }

  static int64_t getCopiedBytes(ArrayRef<Type> buffers) {
    int64_t bytes = 0;
    for (Type type : buffers) {
      auto mem = cast<MemType>(type);
      bytes += mem.getNumElements() * mem.getElementBytes();
    }
    return bytes;
  }

  LogicalResult planStage() {
    ArrayRef<Type> buffers = ring.getRing().getType().getBuffers();
    if (failed(checkLayouts(ring, buffers)))
      return failure();
    stageBytes = getEnd(buffers);
    return success();
  }

  /// Where views lie in their stages, and which slots threads read themselves.
  LogicalResult planSlots() {
    WalkResult result = kernel.walk([&](SlotViewOp view) {
      auto slot = dyn_cast<SlotType>(view->getOperand(0).getType());
      if (!slot)
        return WalkResult::advance();
      if (failed(checkLayouts(view, slot.getBuffers())))
        return WalkResult::interrupt();
      viewOffsets[view] = getEnd(slot.getBuffers().take_front(view.getIndex()));
      if (llvm::any_of(view->getUsers(), [](Operation *user) {
            return !isa<WgmmaOp, TmaLoadOp>(user);
          }))
        readSlots.insert(slot);
      return WalkResult::advance();
    });
    kernel.walk([&](RingReleaseOp release) {
      if (readSlots.contains(release->getOperand(1).getType()) &&
          !hasMet(release))
        meetingReleases.insert(release);
    });
    return failure(result.wasInterrupted());
  }

  /// Whether the threads of a warpgroup have met since they read the stage.
  static bool hasMet(RingReleaseOp release) {
    Operation *before = release->getPrevNode();
    while (isa_and_nonnull<RingReleaseOp>(before))
      before = before->getPrevNode();
    return isa_and_nonnull<TmaStoreOp>(before);
  }

  MemType arrayType(int64_t count, int64_t elementBytes) {
    MLIRContext *context = rewriter.getContext();
    return MemType::get(context, {count},
                        rewriter.getIntegerType(8 * elementBytes),
                        LayoutAttr::get(context, Layout::rowMajor({count})),
                        MemorySpace::Shared);
  }

  Value createAlloc(int64_t count, int64_t elementBytes) {
    return AllocOp::create(rewriter, loc, arrayType(count, elementBytes),
                           /*offset=*/IntegerAttr());
  }

  /// The full barrier of a stage is number `stage`, the empty one comes
  /// `stages` later.
  Value barrierOf(Value stage, bool full) {
    auto pointer = LLVM::LLVMPointerType::get(
        rewriter.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    Value view = ViewOp::create(rewriter, loc, arrayType(1, kBarrierBytes),
                                barriers, device.multiply(stage, kBarrierBytes),
                                full ? 0 : stages * kBarrierBytes);
    return PointerOp::create(rewriter, loc, pointer, view);
  }

  /// One thread initialises the barriers; then all threads of the cluster meet.
  void initialise() {
    OpBuilder::InsertionGuard guard(rewriter);
    Value thread =
        NVVM::ThreadIdXOp::create(rewriter, loc, rewriter.getI32Type());
    auto first = scf::IfOp::create(rewriter, loc, equals(thread, 0),
                                   /*withElseRegion=*/false);
    rewriter.setInsertionPointToStart(first.thenBlock());
    int64_t releases = *ring.getConsumers() * kernel.getClusterSize();
    for (int64_t stage = 0; stage < stages; ++stage)
      for (bool full : {true, false})
        NVVM::MBarrierInitOp::create(
            rewriter, loc, barrierOf(device.i32(stage), full),
            device.i32(full ? 1 : releases), /*predicate=*/Value());
    NVVM::FenceMbarrierInitOp::create(rewriter, loc);
    prefetchDescriptors();
    rewriter.setInsertionPointAfter(first);
    if (kernel.getClusterSize() == 1) {
      BarrierOp::create(rewriter, loc);
      return;
    }
    NVVM::ClusterArriveOp::create(rewriter, loc, rewriter.getUnitAttr());
    NVVM::ClusterWaitOp::create(rewriter, loc, rewriter.getUnitAttr());
  }

  void prefetchDescriptors() {
    auto generic = LLVM::LLVMPointerType::get(rewriter.getContext());
    for (BlockArgument argument : kernel.getBlock().getArguments())
      if (isa<TmapType>(argument.getType())) {
        Value descriptor = PointerOp::create(rewriter, loc, generic, argument);
        NVVM::PrefetchOp::create(
            rewriter, loc, /*cacheLevel=*/NVVM::PrefetchCacheLevelAttr(),
            /*evictPriority=*/NVVM::CacheEvictionPriorityAttr(), descriptor,
            /*predicate=*/Value(), /*tensormap=*/rewriter.getUnitAttr(),
            /*uniform=*/UnitAttr(), /*in_param_space=*/UnitAttr());
      }
  }

  //===--------------------------------------------------------------------===//
  // Synchronisation
  //===--------------------------------------------------------------------===//

  Value equals(Value value, int64_t constant) {
    return arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, value,
                                 device.i32(constant));
  }

  /// while (!try_wait(barrier, parity));
  void emitWait(Value barrier, Value parity) {
    auto loop = scf::WhileOp::create(rewriter, loc, TypeRange(), ValueRange());
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.createBlock(&loop.getBefore());
    Value done = NVVM::MBarrierTryWaitOp::create(
        rewriter, loc, rewriter.getI1Type(), barrier, parity,
        /*ticks=*/Value());
    Value again = arith::XOrIOp::create(
        rewriter, loc, done,
        arith::ConstantIntOp::create(rewriter, loc, rewriter.getI1Type(), 1));
    scf::ConditionOp::create(rewriter, loc, again, ValueRange());
    rewriter.createBlock(&loop.getAfter());
    scf::YieldOp::create(rewriter, loc);
  }

  void advance(RoleState &state) {
    Value next = device.add(state.stage, device.i32(1));
    Value wraps = equals(next, stages);
    state.stage =
        arith::SelectOp::create(rewriter, loc, wraps, device.i32(0), next);
    Value flip =
        arith::ExtUIOp::create(rewriter, loc, rewriter.getI32Type(), wraps);
    state.parity = arith::XOrIOp::create(rewriter, loc, state.parity, flip);
  }

  void startState(RoleState &state, bool producer) {
    if (!state.stage)
      state = {device.i32(0), device.i32(producer ? 1 : 0)};
  }

  void rewriteAcquire(RingAcquireOp op, RoleState &state) {
    startState(state, /*producer=*/true);
    int64_t bytes = getCopiedBytes(op.getSlot().getType().getBuffers());
    emitWait(barrierOf(state.stage, /*full=*/false), state.parity);
    NVVM::MBarrierArriveExpectTxOp::create(
        rewriter, loc, /*res=*/Type(), barrierOf(state.stage, /*full=*/true),
        device.i32(bytes), NVVM::MemScopeKind::CTA, /*relaxed=*/false,
        /*predicate=*/Value());
    replaceSlot(op, state.stage);
    advance(state);
  }

  void rewriteWait(RingWaitOp op, RoleState &state) {
    startState(state, /*producer=*/false);
    emitWait(barrierOf(state.stage, /*full=*/true), state.parity);
    replaceSlot(op, state.stage);
    advance(state);
  }

  /// Advances by a number of stages that may exceed the ring.
  void rewriteSkip(RingSkipOp op, RoleState &state) {
    startState(state, /*producer=*/false);
    Value sum = device.add(state.stage, op.getCount());
    state.stage = device.remainder(sum, stages);
    Value rounds = arith::AndIOp::create(
        rewriter, loc, device.divide(sum, stages), device.i32(1));
    state.parity = arith::XOrIOp::create(rewriter, loc, state.parity, rounds);
    rewriter.eraseOp(op);
  }

  /// All threads of the warpgroup, by its own barrier.
  void emitMeeting() {
    Value group = emitUniformWarpgroup(rewriter, loc);
    NVVM::BarrierOp::create(
        rewriter, loc, Type(), device.add(group, device.i32(1)),
        device.i32(kWarpgroupThreads), NVVM::BarrierReductionAttr(), Value());
  }

  /// Thread i of a warpgroup arrives at block i of the cluster. It speaks for
  /// the others where products read the stage, which all have waited for.
  void rewriteRelease(RingReleaseOp op) {
    Value stage = op->getOperand(1);
    if (meetingReleases.contains(op))
      emitMeeting();
    Value thread =
        NVVM::ThreadIdXOp::create(rewriter, loc, rewriter.getI32Type());
    Value inGroup = device.remainder(thread, kWarpgroupThreads);
    int64_t size = kernel.getClusterSize();
    Value arrives = arith::CmpIOp::create(
        rewriter, loc, arith::CmpIPredicate::ult, inGroup, device.i32(size));
    Value barrier = barrierOf(stage, /*full=*/false);
    auto branch = scf::IfOp::create(rewriter, loc, arrives,
                                    /*withElseRegion=*/false);
    rewriter.setInsertionPointToStart(branch.thenBlock());
    if (size > 1) {
      auto remote = LLVM::LLVMPointerType::get(
          rewriter.getContext(),
          unsigned(NVVM::NVVMMemorySpace::SharedCluster));
      barrier = NVVM::MapaOp::create(rewriter, loc, remote, barrier, inGroup);
    }
    NVVM::MBarrierArriveOp::create(rewriter, loc, /*res=*/Type(), barrier,
                                   /*count=*/Value());
    rewriter.eraseOp(op);
  }

  //===--------------------------------------------------------------------===//
  // Control flow
  //===--------------------------------------------------------------------===//

  bool usesRing(Operation *op) {
    return op
        ->walk([&](Operation *inner) {
          return llvm::is_contained(inner->getOperands(), ring.getResult())
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  }

  LogicalResult rewriteBlock(Block &block, RoleState &state) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      rewriter.setInsertionPoint(&op);
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        if (usesRing(loop) && failed(rewriteLoop(loop, state)))
          return failure();
      } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
        if (usesRing(branch) && failed(rewriteRoles(branch, state)))
          return failure();
      } else if (failed(rewriteOp(&op, state))) {
        return failure();
      }
    }
    return success();
  }

  /// Each role has a state of its own.
  LogicalResult rewriteRoles(scf::IfOp branch, RoleState &state) {
    if (state.stage)
      return branch.emitError("branch inside a role uses its ring [DLK-P101]");
    for (Region &region : branch->getRegions()) {
      RoleState role;
      if (!region.empty() && failed(rewriteBlock(region.front(), role)))
        return failure();
    }
    return success();
  }

  LogicalResult rewriteOp(Operation *op, RoleState &state) {
    if (auto view = dyn_cast<SlotViewOp>(op)) {
      rewriteView(view);
      return success();
    }
    if (auto load = dyn_cast<TmaLoadOp>(op))
      return rewriteLoad(load);
    if (op->getNumOperands() == 0 || op->getOperand(0) != ring.getResult())
      return success();
    if (auto acquire = dyn_cast<RingAcquireOp>(op))
      rewriteAcquire(acquire, state);
    else if (auto wait = dyn_cast<RingWaitOp>(op))
      rewriteWait(wait, state);
    else if (auto release = dyn_cast<RingReleaseOp>(op))
      rewriteRelease(release);
    else if (auto skip = dyn_cast<RingSkipOp>(op))
      rewriteSkip(skip, state);
    else
      rewriter.eraseOp(op);
    return success();
  }

  /// Slot types are replaced in place: all their users are rewritten here.
  void replaceSlot(Operation *op, Value stage) {
    rewriter.replaceAllUsesWith(op->getResult(0), stage);
    rewriter.eraseOp(op);
  }

  void rewriteView(SlotViewOp view) {
    Value stage = view->getOperand(0);
    if (stage.getType() != rewriter.getI32Type())
      return;
    auto replaced = rewriter.replaceOpWithNewOp<ViewOp>(
        view, view.getMemory().getType(), buffer,
        device.multiply(stage, stageBytes), viewOffsets.lookup(view));
    stageOf[replaced.getView()] = stage;
  }

  LogicalResult rewriteLoad(TmaLoadOp load) {
    Value stage = stageOf.lookup(load.getTarget());
    if (!stage)
      return success();
    Value full = barrierOf(stage, /*full=*/true);
    if (failed(emitTmaLoad(rewriter, load, load.getTarget(), full)))
      return failure();
    rewriter.eraseOp(load);
    return success();
  }

  bool contains(scf::ForOp loop, bool acquires) {
    return loop
        ->walk([&](Operation *op) {
          bool found = acquires ? isa<RingAcquireOp>(op)
                                : isa<RingWaitOp, RingSkipOp>(op);
          return found && op->getOperand(0) == ring.getResult()
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  }

  LogicalResult rewriteLoop(scf::ForOp loop, RoleState &state) {
    bool acquires = contains(loop, true), waits = contains(loop, false);
    if (!acquires && !waits)
      return rewriteBlock(*loop.getBody(), state);
    startState(state, acquires);
    auto carried =
        cast<LoopLikeOpInterface>(loop.getOperation())
            .replaceWithAdditionalYields(
                rewriter, {state.stage, state.parity},
                /*replaceInitOperandUsesInLoop=*/false,
                [](OpBuilder &, Location, ArrayRef<BlockArgument> args) {
                  return SmallVector<Value>(args.begin(), args.end());
                });
    loop = cast<scf::ForOp>(carried->getOperation());
    unsigned count = loop.getNumRegionIterArgs();
    carrySlots(loop);
    RoleState inner{loop.getRegionIterArg(count - 2),
                    loop.getRegionIterArg(count - 1)};
    if (failed(rewriteBlock(*loop.getBody(), inner)))
      return failure();
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    yield->setOperand(count - 2, inner.stage);
    yield->setOperand(count - 1, inner.parity);
    state = {loop.getResult(count - 2), loop.getResult(count - 1)};
    if (isFollowedByStage(loop)) {
      rewriter.setInsertionPointAfter(loop);
      state.stage = emitOpaque(state.stage);
    }
    return success();
  }

  bool isFollowedByStage(Operation *op) {
    while ((op = op->getNextNode()))
      if (isa<RingAcquireOp, RingWaitOp>(op) &&
          op->getOperand(0) == ring.getResult())
        return true;
    return false;
  }

  /// A copy that LLVM does not see through: else it would compute the places of
  /// the stage behind a loop in each iteration, for the next one too.
  Value emitOpaque(Value value) {
    auto dialect = LLVM::AsmDialectAttr::get(rewriter.getContext(),
                                             LLVM::AsmDialect::AD_ATT);
    return LLVM::InlineAsmOp::create(
               rewriter, loc, value.getType(), value, "mov.b32 $0, $1;", "=r,r",
               /*has_side_effects=*/false, /*is_align_stack=*/false,
               LLVM::TailCallKind::None, dialect,
               /*operand_attrs=*/ArrayAttr())
        .getResult(0);
  }

  /// Gives carried slots their new type.
  void carrySlots(scf::ForOp loop) {
    for (unsigned i = 0, e = loop.getNumRegionIterArgs(); i < e; ++i)
      if (loop.getInitArgs()[i].getType() == rewriter.getI32Type()) {
        loop.getRegionIterArg(i).setType(rewriter.getI32Type());
        loop.getResult(i).setType(rewriter.getI32Type());
      }
  }

  RingCreateOp ring;
  KernelOp kernel;
  IRRewriter rewriter;
  Location loc;
  DeviceBuilder device;
  Value buffer, barriers;
  int64_t stages, stageBytes = 0;
  DenseMap<Operation *, int64_t> viewOffsets;
  DenseSet<Type> readSlots;
  DenseSet<Operation *> meetingReleases;
  DenseMap<Value, Value> stageOf;
};

struct TileMaterializeBarriersPass
    : dlk::impl::TileMaterializeBarriersBase<TileMaterializeBarriersPass> {
  void runOnOperation() override {
    SmallVector<RingCreateOp> rings;
    getOperation().walk([&](RingCreateOp op) {
      if (op.getConsumers())
        rings.push_back(op);
    });
    for (RingCreateOp ring : rings)
      if (failed(BarrierMaterializer(ring).run()))
        return signalPassFailure();
  }
};

} // namespace
