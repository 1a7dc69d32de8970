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

struct TileLowerMapsPass : dlk::impl::TileLowerMapsBase<TileLowerMapsPass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<MapOp, StoreOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      if (failed(lower(op)))
        return signalPassFailure();
    if (failed(removeCasts()))
      signalPassFailure();
  }

  LogicalResult lower(Operation *op) {
    auto fragment = cast<TypedValue<FragType>>(op->getOperand(0));
    if (fragment.getType().getLayout().getKind() != FragmentKind::MmaAcc)
      return op->emitError("fragment is no accumulator of mma.sync: ")
             << fragment.getType() << " [DLK-P64]";
    OpBuilder b(op);
    Value registers = registersOf(b, fragment);
    if (auto store = dyn_cast<StoreOp>(op)) {
      if (failed(emitStagedStore(store, registers)))
        return failure();
      store.erase();
      return success();
    }
    auto map = cast<MapOp>(op);
    FailureOr<Value> result = emitMap(map, registers);
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
