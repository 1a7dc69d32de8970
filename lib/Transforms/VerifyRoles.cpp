// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of roles that hold for each operation by itself, and what they share:
// which threads and blocks take part in an operation, which tiles blocks of a
// cluster share, and that accumulators in flight have one user. What depends on
// the order of operations is in RoleReplay.cpp, how far roles advance in
// StageCount.cpp.

#include "dlk/Transforms/VerifyRoles.h"
#include "dlk/Transforms/RoleReplay.h"
#include "dlk/Transforms/StageCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

//===----------------------------------------------------------------------===//
// What values depend on
//===----------------------------------------------------------------------===//

/// What may differ between the blocks of a cluster or the threads of a block.
enum Source : unsigned { Row = 1, Column = 2, BlockIndex = 4, Thread = 8 };

using Values = SetVector<Value>;

unsigned sourceOfArgument(BlockArgument argument, Values &values) {
  Operation *parent = argument.getOwner()->getParentOp();
  if (isa<ForTilesOp>(parent)) {
    // Row, column, batch; first step, number of steps, place of their sum.
    constexpr unsigned sources[] = {Row, Column, 0, 0, 0, BlockIndex};
    return sources[argument.getArgNumber()];
  }
  if (isa<KernelOp>(parent))
    return 0;
  auto loop = dyn_cast<scf::ForOp>(parent);
  if (!loop)
    return Thread;
  values.insert_range(loop->getOperands());
  values.insert_range(loop.getYieldedValues());
  return 0;
}

unsigned sourceOfResult(Operation *op, Values &values) {
  if (op->hasTrait<OpTrait::ConstantLike>())
    return 0;
  StringRef name = op->getName().getStringRef();
  values.insert_range(op->getOperands());
  if (isa<TileCoordOp>(op) || name.starts_with("nvvm.read.ptx.sreg.ctaid") ||
      name.starts_with("nvvm.read.ptx.sreg.clusterid"))
    return BlockIndex;
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    values.insert_range(loop.getYieldedValues());
    return 0;
  }
  return isa<arith::ArithDialect>(op->getDialect()) ? 0 : Thread;
}

/// The union of what `roots` depend on.
unsigned sourcesOf(ValueRange roots) {
  Values values;
  values.insert_range(roots);
  unsigned sources = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    Value value = values[i];
    if (auto argument = dyn_cast<BlockArgument>(value))
      sources |= sourceOfArgument(argument, values);
    else
      sources |= sourceOfResult(value.getDefiningOp(), values);
  }
  return sources;
}

//===----------------------------------------------------------------------===//
// The proof
//===----------------------------------------------------------------------===//

/// Operations that move through a ring, or whose order in a role matters.
bool isOrdered(Operation *op) {
  return isa<RingAcquireOp, RingCommitOp, RingWaitOp, RingReleaseOp, TmaLoadOp,
             WgmmaBeginOp, WgmmaOp, WgmmaWaitOp, ForTilesOp>(op);
}

/// Operations that all threads of a warpgroup execute together.
bool isCollective(Operation *op) {
  return isOrdered(op) || isa<TmaStoreOp, StoreOp, LoadFragmentOp, MmaOp>(op);
}

template <typename Predicate>
Operation *findInside(Operation *op, Predicate predicate) {
  Operation *found = nullptr;
  op->walk([&](Operation *inner) {
    if (inner == op || !predicate(inner))
      return WalkResult::advance();
    found = inner;
    return WalkResult::interrupt();
  });
  return found;
}

class RolesProof {
public:
  explicit RolesProof(RolesOp roles)
      : roles(roles), kernel(roles->getParentOfType<KernelOp>()) {}

  LogicalResult run() {
    WalkResult each = roles.walk([&](Operation *op) {
      return op == roles || succeeded(checkOp(op)) ? WalkResult::advance()
                                                   : WalkResult::interrupt();
    });
    if (each.wasInterrupted() || failed(findRing()) || failed(pairTiles()))
      return failure();
    if (!ring)
      return success();
    if (failed(replayRole(ring, roles.getProducer())) ||
        failed(replayRole(ring, roles.getConsumer())))
      return failure();
    for (auto [producer, consumer] : llvm::zip_equal(tiles[0], tiles[1]))
      if (failed(checkStageCounts(ring, producer, consumer)))
        return failure();
    return success();
  }

private:
  LogicalResult checkOp(Operation *op) {
    if (isa<BarrierOp, AsyncCommitOp, AsyncWaitOp, CopyOp>(op))
      return op->emitError("operation of the whole block in a role, which is a "
                           "part of it: '")
             << op->getName() << "' [DLK-P55]";
    if (auto load = dyn_cast<TmaLoadOp>(op))
      if (failed(checkShares(load)))
        return failure();
    for (Value result : op->getResults())
      if (failed(checkLinear(result, op->getBlock())))
        return failure();
    for (Region &region : op->getRegions())
      for (Value argument : region.getArguments())
        if (failed(checkLinear(argument, &region.front())))
          return failure();
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return checkLoop(loop);
    return checkRegions(op);
  }

  /// Other regions than those of loops.
  LogicalResult checkRegions(Operation *op) {
    if (op->getNumRegions() == 0 || isa<ForTilesOp>(op))
      return success();
    if (Operation *inner = findInside(op, isOrdered))
      return inner->emitError("cannot follow an operation that is not executed "
                              "on every path: '")
             << inner->getName() << "' [DLK-P54]";
    Operation *inner = findInside(op, isCollective);
    if (!inner || !(sourcesOf(op->getOperands()) & Thread))
      return success();
    return inner->emitError("collective operation in a region that threads may "
                            "not all enter: '")
           << inner->getName() << "' [DLK-P55]";
  }

  LogicalResult checkLoop(scf::ForOp loop) {
    Operation *inner = findInside(loop, isCollective);
    if (!inner)
      return success();
    unsigned sources =
        sourcesOf({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()});
    if (sources & Thread)
      return inner->emitError("collective operation in a loop whose length may "
                              "differ between threads: '")
             << inner->getName() << "' [DLK-P55]";
    if (findInside(loop, isOrdered) && (sources & varyingSources()))
      return loop.emitError("loop over a ring may have another length in other "
                            "blocks of the cluster, which fill and release the "
                            "same stages [DLK-P110]");
    return success();
  }

  /// What differs between blocks of one cluster.
  unsigned varyingSources() {
    auto [m, n] = kernel.getClusterShape();
    return (m > 1 ? Row : 0) | (n > 1 ? Column : 0) |
           (m * n > 1 ? BlockIndex : 0);
  }

  /// Blocks that share a tile ask for the same one.
  LogicalResult checkShares(TmaLoadOp load) {
    if (!load.getSharedAlong())
      return success();
    bool alongM = *load.getSharedAlong() == "m";
    unsigned varying =
        varyingSources() & ((alongM ? Row : Column) | BlockIndex);
    if (!(sourcesOf(load.getOrigin()) & (varying | Thread)))
      return success();
    return load.emitError("tile is not the same in the blocks that share it: "
                          "its origin depends on the block's place along ")
           << *load.getSharedAlong() << " [DLK-P110]";
  }

  /// An accumulator in flight is passed on, not copied or dropped.
  LogicalResult checkLinear(Value value, Block *block) {
    if (!isa<InflightType>(value.getType()))
      return success();
    if (!value.hasOneUse())
      return emitError(value.getLoc(), "accumulator in flight is not used "
                                       "exactly once: ")
             << std::distance(value.use_begin(), value.use_end())
             << " uses [DLK-P107]";
    Operation *user = *value.user_begin();
    if (user->getBlock() == block)
      return success();
    return user->emitError("accumulator in flight is used in another region "
                           "than that of its value; loops carry it [DLK-P107]");
  }

  LogicalResult findRing() {
    WalkResult result = roles.walk([&](Operation *op) {
      for (Value operand : op->getOperands()) {
        if (!isa<RingType>(operand.getType()))
          continue;
        auto create = operand.getDefiningOp<RingCreateOp>();
        if (!create || (ring && create != ring)) {
          op->emitError("cannot follow roles that share more than one ring "
                        "[DLK-P54]");
          return WalkResult::interrupt();
        }
        ring = create;
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
    // In turns, each stage is read by one warpgroup alone.
    int64_t readers = roles.getPingpong() ? 1 : roles.getConsumers();
    if (!ring ||
        static_cast<int64_t>(ring.getConsumers().value_or(0)) == readers)
      return success();
    return ring.emitError("stages are free after another number of releases "
                          "than there are consumers: ")
           << ring.getConsumers().value_or(0) << " and " << readers
           << " [DLK-P111]";
  }

  /// Both roles visit the same tiles, and use the ring in tiles only.
  LogicalResult pairTiles() {
    Region *regions[] = {&roles.getProducer(), &roles.getConsumer()};
    for (auto [role, region] : llvm::enumerate(regions))
      for (Operation &op : region->front()) {
        if (auto loop = dyn_cast<ForTilesOp>(op))
          tiles[role].push_back(loop);
        else if (isOrdered(&op) || findInside(&op, isOrdered))
          return op.emitError("cannot follow a role that synchronizes outside "
                              "of for_tiles [DLK-P54]");
      }
    for (size_t i = 0, e = std::max(tiles[0].size(), tiles[1].size()); i < e;
         ++i) {
      bool paired = i < tiles[0].size() && i < tiles[1].size();
      if (paired && visitSame(tiles[0][i], tiles[1][i]))
        continue;
      auto diagnostic =
          (i < tiles[1].size() ? tiles[1][i] : tiles[0][i])
              .emitError("producer and consumer do not visit the same tiles in "
                         "the same order [DLK-P109]");
      if (paired)
        diagnostic.attachNote(tiles[0][i].getLoc()) << "the producer's tiles";
      return failure();
    }
    return success();
  }

  static bool visitSame(ForTilesOp a, ForTilesOp b) {
    return a.getTiles() == b.getTiles() && a.getBatches() == b.getBatches() &&
           a.getRaster() == b.getRaster() && a.getGroup() == b.getGroup() &&
           a.getStream() == b.getStream();
  }

  RolesOp roles;
  KernelOp kernel;
  RingCreateOp ring;
  /// Of the producer and of the consumer.
  SmallVector<ForTilesOp> tiles[2];
};

} // namespace

LogicalResult dlk::verifyRoles(RolesOp roles) {
  return RolesProof(roles).run();
}
