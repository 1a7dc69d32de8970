// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-lower-maps: what is left on fragments becomes code of one thread.
//
//   %r = dlk_tile.map %acc at [%m, %n] ... { relu }
//   dlk_tile.store %r to %c[%m, %n] staging %s vector 8
// becomes arithmetic on pairs of neighbouring columns, and for each 16 rows of
// a warp stores to its staging, a warp barrier, loads and 16-byte stores; for
// tma_store, boxes of a warpgroup that TMA sends. Afterwards no value is a
// fragment.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Fp8.h"
#include "dlk/Transforms/LowerMap.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/StagedStore.h"
#include "dlk/Transforms/TmaStore.h"
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

/// The map whose results are stored by `store` and used by nothing else, if
/// there is one.
MapOp getMapOf(Operation *store, Value source) {
  auto map = source.getDefiningOp<MapOp>();
  bool onlyStored =
      map && map->hasOneUse() && map->getBlock() == store->getBlock();
  return onlyStored ? map : MapOp();
}

/// The registers of a fragment, as a vector.
Value registersOf(OpBuilder &b, TypedValue<FragType> fragment) {
  FragType type = fragment.getType();
  auto vectorType = VectorType::get(type.getElementsPerThread(),
                                    getRegisterType(type.getElementType()));
  return UnrealizedConversionCastOp::create(b, fragment.getLoc(), vectorType,
                                            ValueRange(fragment))
      .getResult(0);
}

/// The pairs of columns of one piece of `registers`.
SmallVector<Value> emitPairs(OpBuilder &b, Location loc, Value registers,
                             const AccumulatorIndex &index, int64_t band,
                             int64_t firstTile, int64_t tiles) {
  SmallVector<Value> pairs;
  for (int64_t half = 0; half < 2; ++half)
    for (int64_t tile = firstTile; tile < firstTile + tiles; ++tile) {
      int64_t e = index.element(band, half, tile);
      pairs.push_back(vector::ShuffleOp::create(b, loc, registers, registers,
                                                ArrayRef<int64_t>{e, e + 1}));
    }
  return pairs;
}

/// The tiles that a store takes at a time.
int64_t tilesPerPiece(StoreOp, const AccumulatorIndex &index) {
  return index.tilesPerPiece(index.tiles);
}
int64_t tilesPerPiece(TmaStoreOp op, const AccumulatorIndex &index) {
  ArrayRef<int64_t> box = op.getMap().getType().getBox();
  return index.tilesPerPiece(box[op.getTransposed() ? 0 : 1] / 8);
}

/// Whether a map computes functions, or quotients.
bool computesMuch(MapOp map) {
  return map && llvm::any_of(map.getBody().front(), [](Operation &op) {
           return isa<math::MathDialect>(op.getDialect()) ||
                  isa<arith::DivFOp>(op);
         });
}

LogicalResult emitStore(StoreOp op, MapOp, EmitPiece emitPiece) {
  return emitStagedStore(op, emitPiece);
}
LogicalResult emitStore(TmaStoreOp op, MapOp map, EmitPiece emitPiece) {
  return emitTmaStore(op, emitPiece, computesMuch(map));
}

struct TileLowerMapsPass : dlk::impl::TileLowerMapsBase<TileLowerMapsPass> {
  void runOnOperation() override {
    emitTmaStoreEnds(getOperation());
    if (failed(checkFragments()) || failed(lowerStores<StoreOp>()) ||
        failed(lowerStores<TmaStoreOp>()))
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
      auto map = dyn_cast<MapOp>(op);
      if (map && !isAccumulator(map.getSource().getType())) {
        map.emitError("fragment is no accumulator: ")
            << map.getSource().getType() << " [DLK-P64]";
        return WalkResult::interrupt();
      }
      auto store = dyn_cast<TmaStoreOp>(op);
      if (store && store.getMap().getType().getBox()[1] % 8 != 0) {
        store.emitError("box is no multiple of eight columns: ")
            << store.getMap().getType().getBox()[1] << " [DLK-P68]";
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  static bool isAccumulator(FragType type) {
    FragmentKind kind = type.getLayout().getKind();
    return kind == FragmentKind::MmaAcc || kind == FragmentKind::WgmmaAcc;
  }

  template <typename OpTy> LogicalResult lowerStores() {
    SmallVector<OpTy> stores;
    getOperation().walk([&](OpTy op) { stores.push_back(op); });
    for (OpTy op : stores)
      if (failed(lowerStore(op)))
        return failure();
    return success();
  }

  /// A map that is only stored is evaluated piece by piece as the store goes,
  /// so that the registers of the pieces before are free by then.
  template <typename OpTy> static LogicalResult lowerStore(OpTy store) {
    AccumulatorIndex index(store.getSource().getType());
    int64_t tiles = tilesPerPiece(store, index);
    if (MapOp map = getMapOf(store, store.getSource())) {
      OpBuilder b(map);
      Value registers = registersOf(b, map.getSource());
      MapLowering lowering(map, tiles);
      if (failed(lowering.prepare()) ||
          failed(emitStore(store, map, [&](OpBuilder &at, int64_t, int64_t) {
            return lowering.emitPiece(at, registers);
          })))
        return failure();
      store.erase();
      map.erase();
      return success();
    }
    OpBuilder b(store);
    Value registers = registersOf(b, store.getSource());
    auto emitPiece = [&](OpBuilder &at, int64_t band, int64_t firstTile) {
      return FailureOr(emitPairs(at, store.getLoc(), registers, index, band,
                                 firstTile, tiles));
    };
    if (failed(emitStore(store, MapOp(), emitPiece)))
      return failure();
    store.erase();
    return success();
  }

  static LogicalResult lowerMap(MapOp map) {
    OpBuilder b(map);
    Value registers = registersOf(b, map.getSource());
    AccumulatorIndex index(map.getType());
    MapLowering lowering(map, index.tilesPerPiece(index.tiles));
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
