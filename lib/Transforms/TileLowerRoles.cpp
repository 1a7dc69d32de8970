// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-lower-roles: roles become branches, persistent loops scf.for.
//
// Consumers are the first warpgroups, so that the numbers of their threads are
// those of the fragments' layouts. The branch is on a value that ptxas knows to
// be uniform, and setmaxnreg the first instruction on both sides of it.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace dlk {
#define GEN_PASS_DEF_TILELOWERROLES
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Consumer i starts behind the stages of i tiles, and passes over those of
/// the others after the last wait of each of its own: ahead of the epilogue,
/// whose branches would take the ring's state out of the uniform registers.
void takeTurns(RolesOp roles) {
  RingWaitOp wait;
  roles.getConsumer().walk([&](RingWaitOp op) { wait = op; });
  if (!roles.getPingpong() || !wait)
    return;
  Block &consumer = roles.getConsumer().front();
  OpBuilder b = OpBuilder::atBlockBegin(&consumer);
  Location loc = roles.getLoc();
  DeviceBuilder device(b, loc);
  int64_t stages = *roles.getPingpong();
  Value ring = wait.getRing();
  RingSkipOp::create(b, loc, ring,
                     device.multiply(emitUniformWarpgroup(b, loc), stages));
  auto tiles = wait->getParentOfType<ForTilesOp>();
  if (!tiles)
    return;
  b.setInsertionPointAfter(
      tiles.getBody().front().findAncestorOpInBlock(*wait));
  RingSkipOp::create(b, loc, ring,
                     device.i32((roles.getConsumers() - 1) * stages));
}

class RolesLowering {
public:
  explicit RolesLowering(RolesOp roles)
      : roles(roles), kernel(roles->getParentOfType<KernelOp>()), b(roles),
        loc(roles.getLoc()), device(b, loc) {}

  void run() {
    Value warpgroup = emitUniformWarpgroup(b, loc);
    Value isProducer = equals(warpgroup, roles.getConsumers());
    auto branch =
        scf::IfOp::create(b, loc, isProducer, /*withElseRegion=*/true);
    ArrayRef<int64_t> regs = roles.getRegs();
    b.setInsertionPointToStart(branch.thenBlock());
    setRegisters(regs[0], NVVM::SetMaxRegisterAction::decrease);
    emitProducer();
    b.setInsertionPointToStart(branch.elseBlock());
    setRegisters(regs[1], NVVM::SetMaxRegisterAction::increase);
    moveBody(roles.getConsumer());
    b.setInsertionPointAfter(branch);
    if (kernel.getClusterSize() > 1) {
      NVVM::ClusterArriveOp::create(b, loc, b.getUnitAttr());
      NVVM::ClusterWaitOp::create(b, loc, b.getUnitAttr());
    }
    roles.erase();
  }

private:
  Value equals(Value value, int64_t constant) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, value,
                                 device.i32(constant));
  }

  void setRegisters(int64_t count, NVVM::SetMaxRegisterAction action) {
    if (count != 0)
      NVVM::SetMaxRegisterOp::create(b, loc, count, action);
  }

  /// Moves the operations of a role to where the builder stands.
  void moveBody(Region &region) {
    b.getInsertionBlock()->getOperations().splice(
        b.getInsertionPoint(), region.front().getOperations());
  }

  /// One lane issues all copies: elected once, around all loops.
  void emitProducer() {
    Value thread = NVVM::ThreadIdXOp::create(b, loc, b.getI32Type());
    Value warp = emitWarpUniform(b, loc, device.divide(thread, 32));
    auto first = scf::IfOp::create(
        b, loc, equals(warp, 4 * roles.getConsumers()), /*withElse=*/false);
    b.setInsertionPointToStart(first.thenBlock());
    Value elected = NVVM::ElectSyncOp::create(b, loc, b.getI1Type(),
                                              /*membermask=*/Value());
    auto one = scf::IfOp::create(b, loc, elected, /*withElseRegion=*/false);
    b.setInsertionPointToStart(one.thenBlock());
    moveBody(roles.getProducer());
  }

  RolesOp roles;
  KernelOp kernel;
  OpBuilder b;
  Location loc;
  DeviceBuilder device;
};

/// for tile = cluster; tile < tiles; tile += clusters
/// With a stream: for each tile that the cluster's share of all steps touches.
class ForTilesLowering {
public:
  explicit ForTilesLowering(ForTilesOp op)
      : op(op), kernel(op->getParentOfType<KernelOp>()), b(op),
        loc(op.getLoc()), device(b, loc) {}

  void run() {
    int64_t total = op.getTiles()[0] * op.getTiles()[1] * op.getBatches();
    int64_t size = kernel.getClusterSize();
    Value first =
        size == 1 ? Value(NVVM::BlockIdXOp::create(b, loc, b.getI32Type()))
                  : Value(NVVM::ClusterIdXOp::create(b, loc, b.getI32Type()));
    int64_t clusters = kernel.getGrid()[0] / size;
    int64_t turns = getTurns();
    if (turns > 1)
      first = device.add(
          first, device.multiply(emitUniformWarpgroup(b, loc), clusters));
    auto loop = op.getStream()
                    ? createStream(first, total, clusters)
                    : scf::ForOp::create(b, loc, first, device.i32(total),
                                         device.i32(clusters * turns));
    b.setInsertionPoint(loop.getBody()->getTerminator());
    Type index = b.getIndexType();
    auto coord = TileCoordOp::create(
        b, loc, index, index, index, loop.getInductionVar(), op.getTiles(),
        op.getBatches(), op.getRaster(), op.getGroup());
    auto [row, column] = placeInCluster(coord);
    op.getRow().replaceAllUsesWith(row);
    op.getColumn().replaceAllUsesWith(column);
    op.getBatch().replaceAllUsesWith(coord.getBatch());
    loop.getBody()->getOperations().splice(
        std::prev(loop.getBody()->end()), op.getBody().front().getOperations());
    op.erase();
  }

private:
  Value toIndex(Value value) {
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), value);
  }

  /// The loop over the tiles that have steps of `cluster`. The builder is left
  /// in its body, where the last three arguments have their values.
  scf::ForOp createStream(Value cluster, int64_t total, int64_t clusters) {
    int64_t steps = *op.getStream();
    auto shareUpTo = [&](Value number) -> Value {
      Value scaled = device.multiply(device.toI64(number), total * steps);
      return arith::TruncIOp::create(b, loc, b.getI32Type(),
                                     device.divide(scaled, clusters));
    };
    Value begin = shareUpTo(cluster);
    Value end = shareUpTo(device.add(cluster, device.i32(1)));
    auto minusOne = [&](Value value) -> Value {
      return arith::SubIOp::create(b, loc, value, device.i32(1));
    };
    Value last = device.divide(minusOne(end), steps);
    auto loop =
        scf::ForOp::create(b, loc, device.divide(begin, steps),
                           device.add(last, device.i32(1)), device.i32(1));
    b.setInsertionPointToStart(loop.getBody());
    Value tile = loop.getInductionVar(), start = device.multiply(tile, steps);
    Value low = arith::MaxUIOp::create(b, loc, begin, start);
    Value high = arith::MinUIOp::create(b, loc, end,
                                        device.add(start, device.i32(steps)));
    Value first = arith::SubIOp::create(b, loc, low, start);
    Value more = minusOne(arith::SubIOp::create(b, loc, high, low));
    Value place =
        device.multiply(device.add(tile, cluster), kernel.getClusterSize());
    if (kernel.getClusterSize() > 1)
      place =
          device.add(place, NVVM::ClusterId::create(b, loc, b.getI32Type()));
    SmallVector<Value> values{first, more, place};
    for (auto [i, value] : llvm::enumerate(values))
      op.getBody().getArgument(3 + i).replaceAllUsesWith(toIndex(value));
    return loop;
  }

  /// Warpgroups that take the tiles of a block in turns.
  int64_t getTurns() {
    auto roles = op->getParentOfType<RolesOp>();
    bool takesTurns = roles && roles.getPingpong() &&
                      op->getParentRegion() == &roles.getConsumer();
    return takesTurns ? roles.getConsumers() : 1;
  }

  /// Block i of a cluster of m x n has row i / n and column i mod n of it.
  std::pair<Value, Value> placeInCluster(TileCoordOp coord) {
    auto [m, n] = kernel.getClusterShape();
    if (m * n == 1)
      return {coord.getRow(), coord.getColumn()};
    Value rank = NVVM::ClusterId::create(b, loc, b.getI32Type());
    auto place = [&](Value tile, int64_t extent, Value part) {
      Value scaled = device.multiply(tile, extent);
      return extent == 1
                 ? tile
                 : device.add(scaled, arith::IndexCastUIOp::create(
                                          b, loc, b.getIndexType(), part));
    };
    return {place(coord.getRow(), m, device.divide(rank, n)),
            place(coord.getColumn(), n, device.remainder(rank, n))};
  }

  ForTilesOp op;
  KernelOp kernel;
  OpBuilder b;
  Location loc;
  DeviceBuilder device;
};

/// At most what `value` is, and not negative: of sums and choices of constants.
std::optional<int64_t> getUpperBound(Value value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant >= 0 ? constant : std::nullopt;
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast_or_null<arith::IndexCastUIOp>(op))
    return getUpperBound(cast.getIn());
  unsigned first = isa_and_nonnull<arith::SelectOp>(op);
  if (!first && !isa_and_nonnull<arith::AddIOp>(op))
    return std::nullopt;
  auto a = getUpperBound(op->getOperand(first)),
       b = getUpperBound(op->getOperand(first + 1));
  if (!a || !b || *a > INT32_MAX || *b > INT32_MAX)
    return std::nullopt;
  return first ? std::max(*a, *b) : *a + *b;
}

/// Counts a loop in 32 bits, if its bounds are known to fit: 64-bit counters
/// take two registers and twice the instructions.
void narrowLoop(scf::ForOp loop) {
  std::optional<int64_t> upper = getUpperBound(loop.getUpperBound());
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  if (!loop.getInductionVar().getType().isIndex() || !upper || !step ||
      !getUpperBound(loop.getLowerBound()) || *upper > INT32_MAX - *step)
    return;
  OpBuilder b(loop);
  DeviceBuilder device(b, loop.getLoc());
  for (OpOperand *bound :
       {&loop.getLowerBoundMutable(), &loop.getUpperBoundMutable(),
        &loop.getStepMutable()})
    bound->set(device.toInteger(bound->get(), b.getI32Type()));
  Value counter = loop.getInductionVar();
  counter.setType(b.getI32Type());
  b.setInsertionPointToStart(loop.getBody());
  auto wide =
      arith::IndexCastUIOp::create(b, loop.getLoc(), b.getIndexType(), counter);
  counter.replaceAllUsesExcept(wide, wide);
  if (wide->use_empty())
    wide.erase();
}

struct TileLowerRolesPass : dlk::impl::TileLowerRolesBase<TileLowerRolesPass> {
  void runOnOperation() override {
    getOperation().walk(takeTurns);
    SmallVector<ForTilesOp> loops;
    getOperation().walk([&](ForTilesOp op) { loops.push_back(op); });
    for (ForTilesOp op : loops)
      ForTilesLowering(op).run();
    SmallVector<RolesOp> roles;
    getOperation().walk([](RolesOp op) { op.walk(narrowLoop); });
    getOperation().walk([&](RolesOp op) { roles.push_back(op); });
    for (RolesOp op : roles)
      RolesLowering(op).run();
  }
};

} // namespace
