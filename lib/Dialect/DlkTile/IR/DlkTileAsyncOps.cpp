// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of roles, persistent loops, TMA copies and asynchronous products.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Support/ElementTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

//===----------------------------------------------------------------------===//
// Roles and persistence
//===----------------------------------------------------------------------===//

/// Operations of the other role's side of a ring.
static LogicalResult verifyRoleSide(RolesOp roles) {
  auto refuse = [](Operation *op, StringRef side) {
    op->emitOpError("stands in the ") << side << " of roles [DLK-T63]";
    return WalkResult::interrupt();
  };
  WalkResult result = roles.getProducer().walk([&](Operation *op) {
    return isa<RingWaitOp, RingReleaseOp>(op) ? refuse(op, "producer")
                                              : WalkResult::advance();
  });
  if (!result.wasInterrupted())
    result = roles.getConsumer().walk([&](Operation *op) {
      return isa<RingAcquireOp, RingCommitOp>(op) ? refuse(op, "consumer")
                                                  : WalkResult::advance();
    });
  return failure(result.wasInterrupted());
}

LogicalResult RolesOp::verify() {
  auto kernel = (*this)->getParentOfType<KernelOp>();
  int64_t consumers = getConsumers();
  if (consumers < 1 || consumers > 7 ||
      (kernel && static_cast<int64_t>(kernel.getWarps()) != 4 * consumers + 4))
    return emitOpError("kernel does not have 4 x (consumers + 1) warps: ")
           << consumers << " consumers [DLK-T60]";
  ArrayRef<int64_t> regs = getRegs();
  auto isCount = [](int64_t n) { return n >= 24 && n <= 256 && n % 8 == 0; };
  bool none = regs.size() == 2 && regs[0] == 0 && regs[1] == 0;
  if (!none && (regs.size() != 2 || !isCount(regs[0]) || !isCount(regs[1]) ||
                128 * (regs[0] + consumers * regs[1]) > 65536))
    return emitOpError("regs are not multiples of 8 in 24..256 that fit 65536 "
                       "registers: [")
           << regs << "] for " << consumers << " consumers [DLK-T61]";
  if (std::optional<int64_t> stages = getPingpong(); stages && *stages < 1)
    return emitOpError("pingpong is not positive: ") << *stages << " [DLK-T78]";
  if ((*this)->getParentOfType<RolesOp>())
    return emitOpError("stands in a role [DLK-T62]");
  return verifyRoleSide(*this);
}

LogicalResult ForTilesOp::verify() {
  double total = getBatches();
  for (int64_t count : getTiles())
    total *= count;
  bool positive = getBatches() >= 1 && getGroup() >= 1 &&
                  llvm::all_of(getTiles(), [](int64_t n) { return n >= 1; });
  if (getTiles().size() != 2 || !positive || total > INT32_MAX)
    return emitOpError("counts of tiles are not positive, 2 of them, and at "
                       "most 2147483647 in all: [")
           << getTiles() << "] x " << getBatches() << " [DLK-T64]";
  auto isIndex = [](Type type) { return type.isIndex(); };
  if (getBody().getNumArguments() != (getStream() ? 6 : 3) ||
      !llvm::all_of(getBody().getArgumentTypes(), isIndex))
    return emitOpError("region does not have ")
           << (getStream() ? "six" : "three") << " index arguments [DLK-T64]";
  if (!getStream())
    return success();
  auto kernel = (*this)->getParentOfType<KernelOp>();
  double steps = double(*getStream()) * total;
  if (steps <= INT32_MAX &&
      (!kernel ||
       steps * double(kernel.getClusterSize()) >= double(kernel.getGrid()[0])))
    return success();
  return emitOpError("steps are more than 2147483647 in all, or fewer than "
                     "clusters: ")
         << *getStream() << " in each tile [DLK-T87]";
}

//===----------------------------------------------------------------------===//
// TMA
//===----------------------------------------------------------------------===//

/// Whether boxes of `map` tile `tile` evenly, and it lies as they do: panels of
/// the box's columns with the map's swizzle, one after another.
static bool isTiledBy(MemType tile, TmapType map) {
  if (tile.getRank() != 2)
    return false;
  int64_t rows = tile.getShape()[0], columns = tile.getShape()[1];
  int64_t boxRows = map.getBox()[0], boxColumns = map.getBox()[1];
  if (rows % boxRows != 0 || columns % boxColumns != 0)
    return false;
  if (!tile.getLayout())
    return true;
  LayoutMode rowMode{{rows, boxColumns}}, columnMode{{boxColumns, 1}};
  if (columns != boxColumns)
    columnMode.push_back({columns / boxColumns, rows * boxColumns});
  Swizzle swizzle;
  if (int64_t bytes = map.getSwizzle())
    swizzle = {llvm::Log2_64(bytes / 16), 4, 3};
  const Layout &layout = tile.getLayout().getLayout();
  return layout.getModes()[0] == rowMode &&
         layout.getModes()[1] == columnMode && layout.getSwizzle() == swizzle;
}

LogicalResult TmaLoadOp::verify() {
  TmapType map = getMap().getType();
  MemType target = getTarget().getType();
  if (!target.isShared() || target.getElementType() != map.getElementType() ||
      static_cast<int64_t>(getOrigin().size()) != map.getMemory().getRank())
    return emitOpError(
               "does not copy from a tensor map to shared memory of its "
               "element type, with one index per dimension: ")
           << map << " to " << target << " [DLK-T65]";
  if (!isTiledBy(target, map))
    return emitOpError("boxes do not tile the target evenly, or its layout is "
                       "not theirs: ")
           << map << " to " << target << " [DLK-T66]";
  auto view = getTarget().getDefiningOp<SlotViewOp>();
  if (!view || !view.getSlot().getDefiningOp<RingAcquireOp>())
    return emitOpError("target is not of an acquired slot [DLK-T67]");
  if (getSharedAlong() && *getSharedAlong() != "m" && *getSharedAlong() != "n")
    return emitOpError("shared_along is neither m nor n: '")
           << *getSharedAlong() << "' [DLK-T68]";
  return success();
}

LogicalResult TmaStoreOp::verify() {
  FragType source = getSource().getType();
  TmapType map = getMap().getType();
  MemType staging = getStaging().getType();
  FragmentAttr layout = source.getLayout();
  if (layout.getKind() != FragmentKind::WgmmaAcc ||
      source.getElementType() != map.getElementType() ||
      static_cast<int64_t>(getOrigin().size()) != map.getMemory().getRank())
    return emitOpError("source is no wgmma_acc fragment of the map's elements, "
                       "or the origin not one index per dimension: ")
           << source << " to " << map << " [DLK-T69]";
  int64_t columns = source.getShape()[1] / layout.getWarpsN();
  int64_t boxRows = getTransposed() ? columns : 64;
  int64_t divided = getTransposed() ? 64 : columns;
  if (map.getBox()[0] != boxRows || divided % map.getBox()[1] != 0)
    return emitOpError("box is not ")
           << boxRows << " rows and a divisor of " << divided << " columns: ["
           << map.getBox() << "] [DLK-T70]";
  int64_t boxes = layout.getWarpsM() * layout.getWarpsN() *
                  (getTransposed() ? 64 / map.getBox()[1] : 1);
  if (!staging.isShared() || staging.getRank() != 3 ||
      staging.getShape()[0] % boxes != 0 ||
      staging.getShape().drop_front() != map.getBox() ||
      staging.getElementType() != source.getElementType())
    return emitOpError("staging is not shared memory of [")
           << boxes << " x buffers, " << map.getBox()
           << "] elements: " << staging << " [DLK-T71]";
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

bool dlk::tile::hasWgmma(Type lhs, Type rhs, Type acc) {
  if (isFp8(lhs) && isFp8(rhs))
    return acc.isF32() || acc.isF16();
  if (lhs != rhs)
    return false;
  if (lhs.isF16())
    return acc.isF32() || acc.isF16();
  if (lhs.isInteger(8))
    return acc.isInteger(32);
  return (lhs.isBF16() || lhs.isF32()) && acc.isF32();
}

static LogicalResult verifyExtents(WgmmaOp op) {
  MemType lhs = op.getLhs().getType(), rhs = op.getRhs().getType();
  FragType acc = op.getAcc().getType().getFragment();
  int64_t lk = op.getLhsKDim(), rk = op.getRhsKDim();
  bool tiles = lhs.isShared() && rhs.isShared() && lhs.getRank() == 2 &&
               rhs.getRank() == 2 && (lk == 0 || lk == 1) &&
               (rk == 0 || rk == 1);
  if (!tiles || lhs.getShape()[lk] != rhs.getShape()[rk] ||
      lhs.getShape()[1 - lk] != acc.getShape()[0] ||
      rhs.getShape()[1 - rk] != acc.getShape()[1])
    return op.emitOpError("operands are no shared tiles whose extents agree: ")
           << lhs << " (k in dimension " << lk << "), " << rhs
           << " (k in dimension " << rk << ") into " << acc << " [DLK-T72]";
  int64_t kBytes = lhs.getShape()[lk] * lhs.getElementBytes();
  if (kBytes % 32 != 0)
    return op.emitOpError("k is no multiple of 32 bytes: ")
           << kBytes << " bytes [DLK-T73]";
  return success();
}

LogicalResult WgmmaOp::verify() {
  if (failed(verifyExtents(*this)))
    return failure();
  Type lhs = getLhs().getType().getElementType();
  Type rhs = getRhs().getType().getElementType();
  Type acc = getAcc().getType().getFragment().getElementType();
  if (!hasWgmma(lhs, rhs, acc))
    return emitOpError("wgmma has no product of ")
           << lhs << " and " << rhs << " into " << acc << " [DLK-T74]";
  bool transposed = getLhsKDim() != 1 || getRhsKDim() != 1;
  if (transposed && getLhs().getType().getElementBytes() != 2)
    return emitOpError("operands that are not of 16 bits need contiguous k: ")
           << lhs << " [DLK-T75]";
  return success();
}

LogicalResult WgmmaWaitOp::verify() {
  int64_t pending = getPending();
  if (pending < 0 || pending > 7)
    return emitOpError("pending is not in 0..7: ") << pending << " [DLK-T76]";
  Type expected = getAcc().getType();
  if (pending == 0)
    expected = getAcc().getType().getFragment();
  if (getResult().getType() != expected)
    return emitOpError("result is not ")
           << expected << ": " << getResult().getType() << " [DLK-T77]";
  return success();
}
