// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tile as boxes of a tensor map. Boxes lie one behind the other in shared
// memory: down the rows of a panel, then panel by panel. Blocks that share a
// tile each take an equal run of them and send it to all.

#include "dlk/Transforms/TmaLoad.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/TmaCoordinates.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

class TmaLoadEmitter {
public:
  TmaLoadEmitter(OpBuilder &builder, TmaLoadOp op, Value target, Value barrier)
      : op(op), target(target), barrier(barrier), b(builder), loc(op.getLoc()),
        device(builder, loc), map(op.getMap().getType()),
        kernel(op->getParentOfType<KernelOp>()) {
    ArrayRef<int64_t> tile = op.getTarget().getType().getShape();
    rowBoxes = tile[0] / map.getBox()[0];
    columnBoxes = tile[1] / map.getBox()[1];
  }

  LogicalResult run() {
    auto [m, n] = kernel.getClusterShape();
    bool alongM = op.getSharedAlong() && *op.getSharedAlong() == "m";
    int64_t sharers = !op.getSharedAlong() ? 1 : alongM ? m : n;
    int64_t boxes = rowBoxes * columnBoxes;
    if (boxes % sharers != 0)
      return op.emitError(
                 "boxes of the tile do not divide over the blocks that "
                 "share it: ")
             << boxes << " over " << sharers << " [DLK-P102]";
    if (sharers > 1)
      findShare(alongM, m, n, boxes / sharers);
    for (int64_t box = 0; box < boxes / sharers; ++box)
      emitBox(box);
    return success();
  }

private:
  /// Block i of the cluster has row i / n and column i mod n in it; those of
  /// its column (along m) or row (along n) share.
  void findShare(bool alongM, int64_t m, int64_t n, int64_t boxesEach) {
    Value rank = NVVM::ClusterId::create(b, loc, b.getI32Type());
    Value row = device.divide(rank, n), column = device.remainder(rank, n);
    firstBox = device.multiply(alongM ? row : column, boxesEach);
    int64_t group = 0;
    for (int64_t i = 0; i < (alongM ? m : n); ++i)
      group |= int64_t(1) << (alongM ? i * n : i);
    Value shift = alongM ? column : device.multiply(row, n);
    Value bits = b.createOrFold<arith::ShLIOp>(loc, device.i32(group), shift);
    mask = b.createOrFold<arith::TruncIOp>(loc, b.getI16Type(), bits);
  }

  Value toI32(Value index) { return device.toInteger(index, b.getI32Type()); }

  /// Row and column of box `firstBox` + `box` in its tile.
  std::pair<Value, Value> emitPlace(int64_t box) {
    Value number = device.add(firstBox, device.i32(box));
    Value row = rowBoxes == 1      ? device.i32(0)
                : columnBoxes == 1 ? number
                                   : device.remainder(number, rowBoxes);
    Value column = rowBoxes == 1 ? number : device.divide(number, rowBoxes);
    if (columnBoxes == 1)
      column = device.i32(0);
    return {device.multiply(row, map.getBox()[0]),
            device.multiply(column, map.getBox()[1])};
  }

  /// Where the box starts, innermost dimension of the tensor first, and the
  /// offsets of im2col.
  TmaCoordinates emitCoordinates(int64_t box) {
    SmallVector<Value> place;
    for (Value index : op.getOrigin())
      place.push_back(toI32(index));
    auto [row, column] = emitPlace(box);
    Value &r = place[place.size() - 2], &c = place.back();
    r = device.add(r, row);
    c = device.add(c, column);
    if (std::optional<TmaGather> form = map.getTmaGather())
      return emitGatherCoordinates(
          b, loc, map.getMemory().getGather().getGather(), *form, place);
    std::reverse(place.begin(), place.end());
    return {place, {}};
  }

  void emitBox(int64_t box) {
    auto shared = LLVM::LLVMPointerType::get(
        b.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    auto cluster = LLVM::LLVMPointerType::get(
        b.getContext(), unsigned(NVVM::NVVMMemorySpace::SharedCluster));
    auto generic = LLVM::LLVMPointerType::get(b.getContext());
    Value start = PointerOp::create(b, loc, shared, target);
    if (firstBox)
      start = device.move(start, device.multiply(firstBox, map.getBoxBytes()));
    start = device.move(start, box * map.getBoxBytes());
    start = LLVM::AddrSpaceCastOp::create(b, loc, cluster, start);
    Value descriptor = PointerOp::create(b, loc, generic, op.getMap());
    TmaCoordinates at = emitCoordinates(box);
    NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
        b, loc, start, descriptor, at.start, barrier, at.offsets, mask,
        /*l2CacheHint=*/Value(),
        at.offsets.empty() ? NVVM::TMALoadMode::TILE
                           : NVVM::TMALoadMode::IM2COL,
        /*isCTAOnly=*/false, NVVM::CTAGroupKindAttr(), /*predicate=*/Value());
  }

  TmaLoadOp op;
  Value target, barrier;
  OpBuilder &b;
  Location loc;
  DeviceBuilder device;
  TmapType map;
  KernelOp kernel;
  int64_t rowBoxes, columnBoxes;
  /// The first box of this block's share, and who receives it; null if no tile
  /// is shared.
  Value firstBox, mask;
};

} // namespace

LogicalResult dlk::emitTmaLoad(OpBuilder &builder, TmaLoadOp op, Value target,
                               Value barrier) {
  return TmaLoadEmitter(builder, op, target, barrier).run();
}
