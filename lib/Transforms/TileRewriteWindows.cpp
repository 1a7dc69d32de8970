// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-rewrite-windows: each thread's share of a reduction over windows.
//
// A thread holds pairs of neighbouring channels of some positions (mma_acc).
// The address of a tap is that of the position's first tap plus a constant, so
// all that is left for an element is a load, a conversion and an addition.
//
// Where boxes are eight positions wide, a thread's positions lie one below the
// other: the windows of a column share what they meet, which is loaded and
// converted once. Of a 7x7 window and a column of eight, 14 rows serve 56 taps.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/AccumulatorIndex.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <map>

namespace dlk {
#define GEN_PASS_DEF_TILEREWRITEWINDOWS
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Loads, or taps of columns, that stand in one piece of straight code.
constexpr int64_t kMostLoads = 512, kMostTaps = 256;
/// Rows of an accumulator tile that neighbouring quads of lanes hold.
constexpr int64_t kColumnWidth = 8;

class WindowRewriter {
public:
  explicit WindowRewriter(WindowReduceOp op)
      : op(op), b(op), loc(op.getLoc()), index(op.getResult().getType()),
        pairType(VectorType::get(2, b.getF32Type())),
        elementBytes(op.getSource().getType().getElementBytes()) {
    rowBytes = rowStride(op.getSource().getType()) * elementBytes;
    findPositions();
  }

  void run() {
    SmallVector<Value> sums(positions.size() * index.tiles, identity());
    int64_t taps = count(op.getWindow());
    int64_t inner = op.getWindow().back();
    if (hasColumns())
      reduceColumns(sums);
    else if (taps * int64_t(sums.size()) <= kMostLoads || taps == inner) {
      for (int64_t outer = 0; outer < taps / inner; ++outer)
        reduceRow(i32(outer), sums);
    } else {
      loopOverRows(taps / inner, sums);
    }
    op.replaceAllUsesWith(
        UnrealizedConversionCastOp::create(b, loc, op.getType(), join(sums))
            .getResult(0));
    op.erase();
  }

private:
  /// A position of the result whose channels this thread holds.
  struct Position {
    /// The first tap's place in the tile, and its coordinates.
    Value pointer;
    SmallVector<Value> coordinates;
  };

  static int64_t count(ArrayRef<int64_t> extents) {
    int64_t product = 1;
    for (int64_t extent : extents)
      product *= extent;
    return product;
  }
  static int64_t rowStride(MemType type) {
    return type.getLayout().getLayout().getModes()[0].front().stride;
  }

  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }
  Value add(Value lhs, Value rhs) {
    return b.createOrFold<arith::AddIOp>(loc, lhs, rhs);
  }
  Value times(Value value, int64_t factor) {
    return b.createOrFold<arith::MulIOp>(loc, value, i32(factor));
  }
  Value move(Value pointer, Value bytes) {
    return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(),
                               pointer, ArrayRef<LLVM::GEPArg>{bytes});
  }

  /// `number` in digits of `extents`, the last one fastest.
  SmallVector<Value> split(Value number, ArrayRef<int64_t> extents) {
    SmallVector<Value> digits(extents.size());
    for (size_t i = extents.size(); i-- > 1;) {
      digits[i] = b.createOrFold<arith::RemUIOp>(loc, number, i32(extents[i]));
      number = b.createOrFold<arith::DivUIOp>(loc, number, i32(extents[i]));
    }
    digits[0] = number;
    return digits;
  }

  /// Rows of the source that a step along dimension `dim` passes.
  int64_t rowsOfStep(size_t dim) {
    return count(op.getHalo().drop_front(dim + 1));
  }

  Value pointerTo(Value memory) {
    auto type = LLVM::LLVMPointerType::get(
        b.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    return PointerOp::create(b, loc, type, memory);
  }

  void findPositions() {
    Value column =
        add(index.emitWarpColumn(b, loc), index.emitColumnInWarp(b, loc));
    Value row = add(index.emitWarpRow(b, loc), index.emitRowInWarp(b, loc));
    Value base = move(pointerTo(op.getSource()), times(column, elementBytes));
    if (op.getFilter())
      filter = move(pointerTo(op.getFilter()), times(column, elementBytes));
    for (int64_t band = 0; band < index.bands; ++band)
      for (int64_t half = 0; half < 2; ++half) {
        Position position;
        Value offset;
        SmallVector<Value> digits =
            split(add(row, i32(index.row(band, half))), op.getTile());
        for (auto [dim, digit] : llvm::enumerate(digits)) {
          Value place = times(digit, op.getStrides()[dim]);
          Value term = times(place, rowsOfStep(dim) * rowBytes);
          offset = offset ? add(offset, term) : term;
          if (!op.getBounds().empty())
            place =
                add(place, arith::IndexCastOp::create(b, loc, b.getI32Type(),
                                                      op.getOrigin()[dim]));
          position.coordinates.push_back(place);
        }
        position.pointer = move(base, offset);
        positions.push_back(position);
      }
  }

  Value identity() {
    double value = op.getKind() == "max"   ? -INFINITY
                   : op.getKind() == "min" ? INFINITY
                                           : 0.0;
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(pairType, static_cast<float>(value)));
  }

  /// The taps of all rows of the window, row by row.
  void loopOverRows(int64_t rows, SmallVector<Value> &sums) {
    auto loop = scf::ForOp::create(b, loc, i32(0), i32(rows), i32(1), sums);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      SmallVector<Value> inner(loop.getRegionIterArgs());
      reduceRow(loop.getInductionVar(), inner);
      scf::YieldOp::create(b, loc, inner);
    }
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }

  /// The taps that differ in the last dimension only; `outer` counts the
  /// others.
  void reduceRow(Value outer, SmallVector<Value> &sums) {
    ArrayRef<int64_t> window = op.getWindow();
    SmallVector<Value> taps;
    if (window.size() > 1)
      taps = split(outer, window.drop_back());
    Value offset = i32(0);
    for (auto [dim, tap] : llvm::enumerate(taps))
      offset = add(offset, times(tap, op.getDilations()[dim] * rowsOfStep(dim) *
                                          rowBytes));
    Value factors;
    if (op.getFilter())
      factors = move(filter, times(outer, window.back() * filterRowBytes()));
    SmallVector<Value> rows;
    for (Position &position : positions)
      rows.push_back(move(position.pointer, offset));
    for (int64_t tap = 0; tap < window.back(); ++tap)
      for (int64_t tile = 0; tile < index.tiles; ++tile)
        reduceTap(rows, taps, factors, tap, tile, sums);
  }

  //===--------------------------------------------------------------------===//
  // Columns
  //===--------------------------------------------------------------------===//

  /// Whether a thread's positions are neighbours along the last dimension but
  /// one, and windows have taps there to share.
  bool hasColumns() {
    size_t rank = op.getTile().size();
    return rank >= 2 && op.getTile()[rank - 1] == kColumnWidth &&
           op.getTile()[rank - 2] % int64_t(positions.size()) == 0 &&
           op.getWindow()[rank - 2] > 1;
  }

  /// Goes through the taps of all dimensions but the shared one.
  void reduceColumns(SmallVector<Value> &sums) {
    size_t shared = op.getTile().size() - 2;
    int64_t steps = count(op.getWindow()) / op.getWindow()[shared];
    if (count(op.getWindow()) * int64_t(sums.size()) <= kMostTaps) {
      for (int64_t step = 0; step < steps; ++step)
        reduceColumn(i32(step), sums);
      return;
    }
    auto loop = scf::ForOp::create(b, loc, i32(0), i32(steps), i32(1), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> inner(loop.getRegionIterArgs());
    reduceColumn(loop.getInductionVar(), inner);
    scf::YieldOp::create(b, loc, inner);
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }

  /// The taps along the shared dimension, at `step` of all others.
  void reduceColumn(Value step, SmallVector<Value> &sums) {
    size_t shared = op.getTile().size() - 2;
    SmallVector<int64_t> others(op.getWindow());
    others[shared] = 1;
    SmallVector<Value> taps = split(step, others);
    Value offset = i32(0), filterRow = i32(0);
    for (auto [dim, tap] : llvm::enumerate(taps)) {
      offset = add(offset, times(tap, op.getDilations()[dim] * rowsOfStep(dim) *
                                          rowBytes));
      filterRow = add(times(filterRow, op.getWindow()[dim]), tap);
    }
    Value column = move(positions[0].pointer, offset);
    Value factors = op.getFilter()
                        ? move(filter, times(filterRow, filterRowBytes()))
                        : Value();
    for (int64_t tile = 0; tile < index.tiles; ++tile)
      reduceColumnTile(column, factors, taps, tile, sums);
  }

  /// The same for eight channels: each place of the column that a window meets
  /// is loaded once.
  void reduceColumnTile(Value column, Value factors, ArrayRef<Value> taps,
                        int64_t tile, SmallVector<Value> &sums) {
    size_t shared = op.getTile().size() - 2;
    int64_t channel = tile * 8 * elementBytes;
    int64_t stride = op.getStrides()[shared],
            dilation = op.getDilations()[shared];
    SmallVector<Value> factorOf;
    for (int64_t tap = 0; factors && tap < op.getWindow()[shared]; ++tap)
      factorOf.push_back(loadPair(
          factors, tap * op.getWindow().back() * filterRowBytes() + channel));
    std::map<int64_t, SmallVector<std::pair<int64_t, int64_t>>> places;
    for (int64_t i = 0; i < int64_t(positions.size()); ++i)
      for (int64_t tap = 0; tap < op.getWindow()[shared]; ++tap)
        places[i * stride + tap * dilation].push_back({i, tap});
    for (auto &[place, uses] : places) {
      Value value =
          loadPair(column, place * rowsOfStep(shared) * rowBytes + channel);
      SmallVector<Value> offsets(taps);
      offsets[shared] = i32(0);
      if (Value inside = emitInside(positions[0], offsets, place))
        value = arith::SelectOp::create(b, loc, inside, value, identity());
      for (auto [i, tap] : uses) {
        Value &sum = sums[i * index.tiles + tile];
        sum = combine(sum, value, factors ? factorOf[tap] : Value());
      }
    }
  }

  int64_t filterRowBytes() {
    return rowStride(op.getFilter().getType()) * elementBytes;
  }

  void reduceTap(ArrayRef<Value> rows, ArrayRef<Value> outerTaps, Value factors,
                 int64_t tap, int64_t tile, SmallVector<Value> &sums) {
    int64_t channel = tile * 8 * elementBytes;
    Value factor;
    if (factors)
      factor = loadPair(factors, tap * filterRowBytes() + channel);
    int64_t place = tap * op.getDilations().back() * rowBytes + channel;
    for (size_t i = 0; i < positions.size(); ++i) {
      Value &sum = sums[i * index.tiles + tile];
      Value value = loadPair(rows[i], place);
      SmallVector<Value> taps(outerTaps);
      taps.push_back(i32(tap));
      if (Value inside = emitInside(positions[i], taps, /*place=*/0))
        value = arith::SelectOp::create(b, loc, inside, value, identity());
      sum = combine(sum, value, factor);
    }
  }

  Value combine(Value sum, Value value, Value factor) {
    if (factor)
      return math::FmaOp::create(b, loc, value, factor, sum);
    if (op.getKind() == "max")
      return arith::MaximumFOp::create(b, loc, sum, value);
    if (op.getKind() == "min")
      return arith::MinimumFOp::create(b, loc, sum, value);
    return arith::AddFOp::create(b, loc, sum, value);
  }

  /// Whether the tap lies in the input, `place` further along the last
  /// dimension but one; null if that is not asked.
  Value emitInside(Position &position, ArrayRef<Value> taps, int64_t place) {
    Value inside;
    for (auto [dim, bound] : llvm::enumerate(op.getBounds())) {
      // Images are not padded.
      if (bound == INT32_MAX)
        continue;
      Value at = add(position.coordinates[dim],
                     times(taps[dim], op.getDilations()[dim]));
      if (dim + 2 == op.getBounds().size() && place != 0)
        at = add(at, i32(place));
      Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, at,
                                          i32(bound));
      inside = inside ? arith::AndIOp::create(b, loc, inside, below) : below;
    }
    return inside;
  }

  Value loadPair(Value pointer, int64_t bytes) {
    Type element = op.getSource().getType().getElementType();
    auto type = VectorType::get(2, element);
    Value pair = LLVM::LoadOp::create(
        b, loc, type, bytes ? move(pointer, i32(bytes)) : pointer,
        2 * elementBytes);
    if (element.isInteger())
      return arith::SIToFPOp::create(b, loc, pairType, pair);
    return element.isF32() ? pair
                           : arith::ExtFOp::create(b, loc, pairType, pair);
  }

  /// The thread's registers, in the order of the fragment.
  Value join(ArrayRef<Value> sums) {
    SmallVector<Value> elements(
        op.getResult().getType().getElementsPerThread());
    for (int64_t band = 0; band < index.bands; ++band)
      for (int64_t half = 0; half < 2; ++half)
        for (int64_t tile = 0; tile < index.tiles; ++tile)
          for (int64_t i = 0; i < 2; ++i)
            elements[index.element(band, half, tile) + i] =
                vector::ExtractOp::create(
                    b, loc, sums[(2 * band + half) * index.tiles + tile], i);
    auto type = VectorType::get(elements.size(), b.getF32Type());
    return vector::FromElementsOp::create(b, loc, type, elements);
  }

  WindowReduceOp op;
  OpBuilder b;
  Location loc;
  AccumulatorIndex index;
  VectorType pairType;
  int64_t elementBytes, rowBytes;
  Value filter;
  SmallVector<Position> positions;
};

struct TileRewriteWindowsPass
    : dlk::impl::TileRewriteWindowsBase<TileRewriteWindowsPass> {
  void runOnOperation() override {
    SmallVector<WindowReduceOp> windows;
    getOperation().walk([&](WindowReduceOp op) { windows.push_back(op); });
    for (WindowReduceOp op : windows)
      WindowRewriter(op).run();
  }
};

} // namespace
