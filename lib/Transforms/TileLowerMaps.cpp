// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-lower-maps: what is left on fragments becomes code of one thread.
//
//   %r = dlk_tile.map %acc at [%m, %n] ... { relu }
//   dlk_tile.store %r to %c[%m, %n] staging %s vector 8
// becomes arithmetic on pairs of neighbouring columns, and for each 16 rows of
// a warp stores to its staging, a warp barrier, loads and 16-byte stores.
// Afterwards no value is a fragment.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/LowerMap.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/StagedStore.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace dlk {
#define GEN_PASS_DEF_TILELOWERMAPS
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// The map whose results are stored and nothing else, if there is one.
MapOp getMapOf(StoreOp store) {
  auto map = store.getSource().getDefiningOp<MapOp>();
  bool onlyStored =
      map && map->hasOneUse() && map->getBlock() == store->getBlock();
  return onlyStored ? map : MapOp();
}

struct TileLowerMapsPass : dlk::impl::TileLowerMapsBase<TileLowerMapsPass> {
  void runOnOperation() override {
    if (failed(checkFragments()))
      return signalPassFailure();
    SmallVector<StoreOp> stores;
    getOperation().walk([&](StoreOp op) { stores.push_back(op); });
    for (StoreOp op : stores)
      if (failed(lowerStore(op)))
        return signalPassFailure();
    SmallVector<MapOp> maps;
    getOperation().walk([&](MapOp op) { maps.push_back(op); });
    for (MapOp op : maps)
      if (failed(lowerMap(op)))
        return signalPassFailure();
    if (failed(removeCasts()))
      signalPassFailure();
  }

  LogicalResult checkFragments() {
    WalkResult result = getOperation().walk([](Operation *op) {
      if (!isa<MapOp, StoreOp>(op))
        return WalkResult::advance();
      auto type = cast<FragType>(op->getOperand(0).getType());
      if (type.getLayout().getKind() == FragmentKind::MmaAcc)
        return WalkResult::advance();
      op->emitError("fragment is no accumulator of mma.sync: ")
          << type << " [DLK-P64]";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  /// A map that is only stored is evaluated row by row as the store goes, so
  /// that the registers of the rows above are free by then.
  static LogicalResult lowerStore(StoreOp store) {
    if (MapOp map = getMapOf(store)) {
      OpBuilder b(map);
      Value registers = registersOf(b, map.getSource());
      MapLowering lowering(map);
      if (failed(lowering.prepare()) ||
          failed(emitStagedStore(store, [&](OpBuilder &at, int64_t) {
            return lowering.emitBand(at, registers);
          })))
        return failure();
      store.erase();
      map.erase();
      return success();
    }
    OpBuilder b(store);
    Value registers = registersOf(b, store.getSource());
    AccumulatorIndex index(store.getSource().getType());
    auto emitBand = [&](OpBuilder &at, int64_t band) {
      return FailureOr(emitPairs(at, store.getLoc(), registers, index, band));
    };
    if (failed(emitStagedStore(store, emitBand)))
      return failure();
    store.erase();
    return success();
  }

  static SmallVector<Value> emitPairs(OpBuilder &b, Location loc,
                                      Value registers,
                                      const AccumulatorIndex &index,
                                      int64_t band) {
    SmallVector<Value> pairs;
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t tile = 0; tile < index.tiles; ++tile) {
        int64_t e = index.element(band, half, tile);
        pairs.push_back(vector::ShuffleOp::create(b, loc, registers, registers,
                                                  ArrayRef<int64_t>{e, e + 1}));
      }
    return pairs;
  }

  static LogicalResult lowerMap(MapOp map) {
    OpBuilder b(map);
    Value registers = registersOf(b, map.getSource());
    MapLowering lowering(map);
    if (failed(lowering.prepare()))
      return failure();
    FailureOr<Value> result = lowering.emitAll(registers);
    if (failed(result))
      return failure();
    map.replaceAllUsesWith(UnrealizedConversionCastOp::create(
                               b, map.getLoc(), map.getType(), *result)
                               .getResult(0));
    map.erase();
    return success();
  }

  /// The registers of a fragment, as a vector.
  static Value registersOf(OpBuilder &b, TypedValue<FragType> fragment) {
    FragType type = fragment.getType();
    auto vectorType =
        VectorType::get(type.getElementsPerThread(), type.getElementType());
    return UnrealizedConversionCastOp::create(b, fragment.getLoc(), vectorType,
                                              ValueRange(fragment))
        .getResult(0);
  }

  /// Casts between a fragment and its registers cancel by now; a fragment that
  /// keeps one was made by an operation that has no registers.
  LogicalResult removeCasts() {
    SmallVector<UnrealizedConversionCastOp> casts, remaining;
    getOperation().walk(
        [&](UnrealizedConversionCastOp op) { casts.push_back(op); });
    reconcileUnrealizedCasts(casts, &remaining);
    for (UnrealizedConversionCastOp op : remaining)
      if (!op.use_empty())
        return op.emitError("fragment is not in registers: ")
               << op.getOperandTypes() << " [DLK-P63]";
    return success();
  }
};

} // namespace
