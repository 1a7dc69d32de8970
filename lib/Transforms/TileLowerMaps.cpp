// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-lower-maps: epilogues on each thread's registers.
//
// A thread holds pairs of neighbouring columns of an accumulator. For each pair
// the operands of a map are loaded (a bias row once per column pair, a column
// once per row, a scalar once) and its region is emitted on vector<2xT>, so
// that conversions to 16 bits pack two values with one instruction.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/EpilogueMath.h"
#include "dlk/Transforms/GlobalAddress.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/StagedStore.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/DialectConversion.h"

namespace dlk {
#define GEN_PASS_DEF_TILELOWERMAPS
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Neighbouring columns that a thread holds of an accumulator tile.
constexpr int64_t kPair = 2;

/// The registers of a fragment, as a vector.
Value registersOf(OpBuilder &b, TypedValue<FragType> fragment) {
  FragType type = fragment.getType();
  auto vectorType =
      VectorType::get(type.getElementsPerThread(), type.getElementType());
  return UnrealizedConversionCastOp::create(b, fragment.getLoc(), vectorType,
                                            ValueRange(fragment))
      .getResult(0);
}

class MapLowering {
public:
  MapLowering(MapOp op)
      : op(op), b(op), loc(op.getLoc()),
        fragment(op.getSource().getType().getFragmentLayout()),
        thread(b, loc, fragment.warpsM, fragment.warpsN) {
    std::tie(warpRows, warpColumns) = fragment.warpShape();
  }

  LogicalResult run() {
    emitThreadPosition();
    Value source = registersOf(b, op.getSource());
    SmallVector<Value> elements;
    for (int64_t e = 0, n = fragment.elementsPerThread(); e < n; e += kPair) {
      Value pair =
          vector::ShuffleOp::create(b, loc, source, source, ArrayRef<int64_t>{e, e + 1});
      Value result = emitRegion(pair, e);
      if (!result)
        return failure();
      for (int64_t i = 0; i < kPair; ++i)
        elements.push_back(vector::ExtractOp::create(b, loc, result, i));
    }
    auto type = VectorType::get(elements.size(), op.getType().getElementType());
    Value registers = vector::FromElementsOp::create(b, loc, type, elements);
    op.replaceAllUsesWith(
        UnrealizedConversionCastOp::create(b, loc, op.getType(), registers)
            .getResult(0));
    op.erase();
    return success();
  }

private:
  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }

  /// Row g and column 2t of this lane in its warp's first tile, in the block.
  void emitThreadPosition() {
    Value lane = thread.lane();
    Value group = arith::ShRUIOp::create(b, loc, lane, constant(2));
    Value inGroup = arith::AndIOp::create(b, loc, lane, constant(3));
    Value pair = arith::MulIOp::create(b, loc, inGroup, constant(kPair));
    auto add = [&](Value warp, int64_t extent, Value within) {
      Value start = b.createOrFold<arith::MulIOp>(loc, warp, constant(extent));
      return b.createOrFold<arith::AddIOp>(loc, start, within);
    };
    threadRow = add(thread.warpRow(), warpRows, group);
    threadColumn = add(thread.warpColumn(), warpColumns, pair);
  }

  /// Constant distance of element `e` from the thread's first one.
  std::pair<int64_t, int64_t> distanceOf(int64_t e) {
    auto [row0, column0] = fragment.coordinate(0, 0, 0);
    auto [row, column] = fragment.coordinate(0, 0, e);
    return {row - row0, column - column0};
  }

  Value emitRegion(Value pair, int64_t e) {
    IRMapping map;
    Block &body = op.getBody().front();
    map.map(body.getArgument(0), pair);
    auto [row, column] = distanceOf(e);
    for (unsigned i = 0; i < op.getInputs().size(); ++i)
      map.map(body.getArgument(i + 1), loadPair(i, row, column));
    for (Operation &inner : body.without_terminator()) {
      SmallVector<Value> operands;
      for (Value operand : inner.getOperands())
        operands.push_back(map.lookup(operand));
      Value result = emitOnVectors(b, &inner, operands, kPair);
      if (!result) {
        inner.emitError("no instruction for an operation of an epilogue: '")
            << inner.getName() << "' on " << inner.getResult(0).getType()
            << " [DLK-P65]";
        return Value();
      }
      map.map(inner.getResult(0), result);
    }
    return map.lookup(cast<tile::YieldOp>(body.getTerminator()).getValue());
  }

  AffineMap mapOf(unsigned input) {
    return cast<AffineMapAttr>(op.getMaps()[input]).getValue();
  }

  /// Elements of operand `input` for the pair at (row, column) from the
  /// thread's first element; loaded once for all pairs that share them.
  Value loadPair(unsigned input, int64_t row, int64_t column) {
    AffineMap map = mapOf(input);
    unsigned rowDim = op.getOrigin().size() - 2;
    bool usesRow = map.isFunctionOfDim(rowDim),
         usesColumn = map.isFunctionOfDim(rowDim + 1);
    auto key =
        std::make_tuple(input, usesRow ? row : -1, usesColumn ? column : -1);
    Value &loaded = cache[key];
    if (!loaded)
      loaded = usesColumn ? loadColumns(input, row, column)
                          : loadBroadcast(input, row);
    return loaded;
  }

  /// Where the operand's dimensions start, and the thread's coordinates in
  /// them; `column` is a constant distance.
  Value pointerTo(unsigned input, int64_t row, int64_t column) {
    unsigned rowDim = op.getOrigin().size() - 2;
    SmallVector<Value> origin;
    SmallVector<ThreadCoordinate> coordinate;
    for (AffineExpr expr : mapOf(input).getResults()) {
      unsigned dim = cast<AffineDimExpr>(expr).getPosition();
      origin.push_back(op.getOrigin()[dim]);
      if (dim == rowDim)
        coordinate.push_back({threadRow, fragment.rows, row});
      else if (dim == rowDim + 1)
        coordinate.push_back({threadColumn, fragment.columns, column});
      else
        coordinate.push_back({});
    }
    return GlobalAddress(b, op, op.getInputs()[input], origin)
        .pointer(coordinate);
  }

  /// A pointer that may be read: `pointer` inside the bounds, the operand's
  /// start elsewhere.
  Value guarded(unsigned input, Value pointer, int64_t row, int64_t column) {
    unsigned rowDim = op.getOrigin().size() - 2;
    AffineMap map = mapOf(input);
    Value condition;
    auto check = [&](unsigned dim, int64_t extent, int64_t tile, Value first,
                     int64_t distance) {
      if (!map.isFunctionOfDim(dim) || extent % tile == 0)
        return;
      Value within =
          arith::IndexCastUIOp::create(b, loc, b.getIndexType(), first);
      Value position =
          arith::AddIOp::create(b, loc, op.getOrigin()[dim], within);
      Value limit = arith::ConstantIndexOp::create(b, loc, extent - distance);
      Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                           position, limit);
      condition =
          condition ? arith::AndIOp::create(b, loc, condition, inside) : inside;
    };
    check(rowDim, op.getBounds()[0], fragment.rows, threadRow, row);
    check(rowDim + 1, op.getBounds()[1], fragment.columns, threadColumn,
          column);
    if (!condition)
      return pointer;
    auto type = cast<LLVM::LLVMPointerType>(pointer.getType());
    Value start = PointerOp::create(b, loc, type, op.getInputs()[input]);
    return arith::SelectOp::create(b, loc, condition, pointer, start);
  }

  MemType typeOf(unsigned input) {
    return cast<MemType>(op.getInputs()[input].getType());
  }

  Value loadScalar(unsigned input, int64_t row, int64_t column) {
    Value pointer = guarded(input, pointerTo(input, row, column), row, column);
    MemType type = typeOf(input);
    return LLVM::LoadOp::create(b, loc, type.getElementType(), pointer,
                                type.getElementBytes());
  }

  Value loadBroadcast(unsigned input, int64_t row) {
    auto type = VectorType::get(kPair, typeOf(input).getElementType());
    return vector::BroadcastOp::create(b, loc, type, loadScalar(input, row, 0));
  }

  /// Whether pairs of columns are neighbours in memory and aligned as a pair.
  bool hasAlignedPairs(unsigned input) {
    unsigned columnDim = op.getOrigin().size() - 1;
    MemType type = typeOf(input);
    AffineMap map = mapOf(input);
    if (map.getNumResults() == 0)
      return false;
    auto last = cast<AffineDimExpr>(map.getResults().back());
    return last.getPosition() == columnDim &&
           type.getShape().back() % kPair == 0;
  }

  Value loadColumns(unsigned input, int64_t row, int64_t column) {
    MemType type = typeOf(input);
    auto pairType = VectorType::get(kPair, type.getElementType());
    if (hasAlignedPairs(input)) {
      Value pointer =
          guarded(input, pointerTo(input, row, column), row, column);
      return LLVM::LoadOp::create(b, loc, pairType, pointer,
                                  kPair * type.getElementBytes());
    }
    SmallVector<Value> scalars;
    for (int64_t i = 0; i < kPair; ++i)
      scalars.push_back(loadScalar(input, row, column + i));
    return vector::FromElementsOp::create(b, loc, pairType, scalars);
  }

  MapOp op;
  OpBuilder b;
  Location loc;
  FragmentLayout fragment;
  ThreadIndex thread;
  int64_t warpRows, warpColumns;
  Value threadRow, threadColumn;
  std::map<std::tuple<unsigned, int64_t, int64_t>, Value> cache;
};

struct TileLowerMapsPass : dlk::impl::TileLowerMapsBase<TileLowerMapsPass> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    SmallVector<MapOp> maps;
    SmallVector<StoreOp> stores;
    kernel.walk([&](MapOp op) { maps.push_back(op); });
    kernel.walk([&](StoreOp op) { stores.push_back(op); });
    for (MapOp op : maps)
      if (failed(MapLowering(op).run()))
        return signalPassFailure();
    for (StoreOp op : stores) {
      OpBuilder b(op);
      emitStagedStore(op, registersOf(b, op.getSource()));
      op.erase();
    }
    removeCasts(kernel);
  }

  /// Casts between a fragment and its registers cancel by now.
  static void removeCasts(KernelOp kernel) {
    SmallVector<UnrealizedConversionCastOp> casts, remaining;
    kernel.walk([&](UnrealizedConversionCastOp op) { casts.push_back(op); });
    reconcileUnrealizedCasts(casts, &remaining);
  }
};

} // namespace
