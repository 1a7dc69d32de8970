// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A warp passes its results through shared memory, 16 rows at a time: pairs of
// columns in, consecutive pieces of up to 16 bytes out. Only the warp itself
// meets in between (bar.warp.sync); the block's other warps go their own pace.
// Rows that are combined meet in the staging: four are read, and one is stored.

#include "dlk/Transforms/StagedStore.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/GatherAddress.h"
#include "dlk/Transforms/GlobalAddress.h"
#include "dlk/Transforms/PieceDistribution.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Rows of a warp in an accumulator tile, and of the staging.
constexpr int64_t kStagedRows = 16;
/// Rows that become one where rows are combined.
constexpr int64_t kCombinedRows = 4;

class StagedStore {
public:
  explicit StagedStore(StoreOp op)
      : op(op), b(op), loc(op.getLoc()),
        fragment(op.getSource().getType().getFragmentLayout()),
        index(op.getSource().getType()), staging(op.getStaging().getType()),
        rowsPerPlace(op.getCombine() ? kCombinedRows : 1),
        thread(b, loc, fragment.warpsM, fragment.warpsN, index.warpsEach) {
    if (GatherAttr attr = op.getTarget().getType().getGather())
      gather.emplace(b, op, op.getTarget(), attr.getGather(), op.getOrigin(),
                     ArrayRef<int64_t>{fragment.rows, fragment.columns});
    else
      global.emplace(b, op, op.getTarget(), op.getOrigin());
    std::tie(warpRows, warpColumns) = fragment.warpShape();
    auto type = LLVM::LLVMPointerType::get(
        b.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    stagingBase = PointerOp::create(b, loc, type, op.getStaging());
    warp = {thread.warp(), staging.getShape()[0], 0};
    row0 = times(thread.warpRow(), warpRows);
    if (index.warpsEach > 1)
      row0 = b.createOrFold<arith::AddIOp>(
          loc, row0, times(thread.warpInGroup(), kStagedRows));
    // A branch on it leaves the state of a ring in uniform registers.
    uniformRow = index.warpsEach > 1 ? emitWarpUniform(b, loc, row0) : row0;
    column0 = times(thread.warpColumn(), warpColumns);
    // Pieces do not straddle the target's end, and every lane has as many.
    vector = std::gcd<int64_t>(op.getVector(),
                               op.getTarget().getType().getShape().back());
    while (kStagedRows / rowsPerPlace * warpColumns / vector % 32 != 0)
      vector /= 2;
  }

  LogicalResult run(EmitPiece emitPiece) {
    if (failed(checkLayouts()))
      return failure();
    Value lane = thread.lane();
    PieceDistribution pieces(b, loc, lane, 32, kStagedRows / rowsPerPlace,
                             warpColumns, vector);
    // Each 16 rows in the branch of those above them.
    for (int64_t band = 0; band < index.bands; ++band) {
      int64_t first = index.row(band, 0);
      auto branch = scf::IfOp::create(b, loc, emitHasRows(first),
                                      /*withElseRegion=*/false);
      b.setInsertionPointToStart(branch.thenBlock());
      if (failed(stageBand(band, lane, emitPiece)))
        return failure();
      syncWarp();
      storeRows(first, pieces);
    }
    return success();
  }

private:
  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }
  Value times(Value value, int64_t factor) {
    return b.createOrFold<arith::MulIOp>(loc, value, constant(factor));
  }

  void syncWarp() { NVVM::SyncWarpOp::create(b, loc, constant(-1)); }

  Value stagingPointer(const ThreadCoordinate &row,
                       const ThreadCoordinate &column) {
    return emitPointerOffset(
        b, loc, stagingBase,
        emitThreadAddress(b, loc, staging.getLayout().getLayout(),
                          staging.getElementBytes(), {warp, row, column}));
  }

  /// Whether row `first` of the warp lies in the target. Also asked where it
  /// always does: the branch, of one comparison, keeps ptxas from mixing the
  /// arithmetic of all rows, which would take more registers than there are.
  Value emitHasRows(int64_t first) {
    unsigned dim = op.getTarget().getType().getRank() - 2;
    int64_t extent = op.getTarget().getType().getShape()[dim];
    DeviceBuilder device(b, loc);
    Type type = coordinateType(b, extent);
    Value row = device.add(device.toInteger(op.getOrigin()[dim], type),
                           device.toInteger(uniformRow, type));
    Value limit = arith::ConstantOp::create(
        b, loc, b.getIntegerAttr(type, extent - first));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, row, limit);
  }

  /// Stages 16 rows, after the warp has read those above them.
  LogicalResult stageBand(int64_t band, Value lane, EmitPiece emitPiece) {
    int64_t tiles = index.tilesPerPiece(index.tiles);
    for (int64_t first = 0; first < index.tiles; first += tiles) {
      FailureOr<SmallVector<Value>> pairs = emitPiece(b, band, first);
      if (failed(pairs))
        return failure();
      if (band != 0 && first == 0)
        syncWarp();
      stageTiles(*pairs, lane, first);
    }
    return success();
  }

  /// Writes this lane's elements of tiles from `firstTile` on: columns 2t and
  /// 2t+1 of rows g and g+8 (FragmentLayout, MmaAcc).
  void stageTiles(ArrayRef<Value> pairs, Value lane, int64_t firstTile) {
    Value group = arith::ShRUIOp::create(b, loc, lane, constant(2));
    Value pair = times(arith::AndIOp::create(b, loc, lane, constant(3)), 2);
    int64_t tiles = pairs.size() / 2;
    for (auto [i, values] : llvm::enumerate(pairs)) {
      int64_t half = i / tiles, tile = firstTile + i % tiles;
      Value pointer = stagingPointer({group, 8, half * 8}, {pair, 7, tile * 8});
      LLVM::StoreOp::create(b, loc, values, pointer,
                            2 * staging.getElementBytes());
    }
  }

  /// Stores the staged rows, which start at row `first` of the warp, as far as
  /// they lie in the target. All pieces are read first, so that the reads are
  /// in flight together.
  void storeRows(int64_t first, PieceDistribution &pieces) {
    SmallVector<Value> values;
    for (int64_t i = 0, e = pieces.piecesPerThread(); i < e; ++i) {
      TilePiece piece = pieceAt(pieces, i);
      for (int64_t row = 0; row < rowsPerPlace; ++row, ++piece.row.offset)
        values.push_back(LLVM::LoadOp::create(
            b, loc, pieceType(b, pieceBytes()),
            stagingPointer(piece.row, piece.column), pieceBytes()));
    }
    for (int64_t i = 0, e = pieces.piecesPerThread(); i < e; ++i)
      storePiece(
          first, pieceAt(pieces, i),
          combine(ArrayRef(values).slice(i * rowsPerPlace, rowsPerPlace)));
  }

  /// Piece `i` of the lane: of the first row of those that are combined.
  TilePiece pieceAt(PieceDistribution &pieces, int64_t i) {
    TilePiece piece = pieces.piece(i);
    if (piece.row.variable)
      piece.row.variable = times(piece.row.variable, rowsPerPlace);
    piece.row.bound = (piece.row.bound - 1) * rowsPerPlace + 1;
    piece.row.offset *= rowsPerPlace;
    return piece;
  }

  /// One piece of those of the rows of a place, computed in f32 as dlk.window
  /// does.
  Value combine(ArrayRef<Value> rows) {
    if (rows.size() == 1)
      return rows.front();
    Value result = toF32(rows.front());
    for (Value row : rows.drop_front()) {
      Value next = toF32(row);
      switch (*op.getCombine()) {
      case WindowKind::Max:
        result = arith::MaximumFOp::create(b, loc, result, next);
        break;
      case WindowKind::Min:
        result = arith::MinimumFOp::create(b, loc, result, next);
        break;
      default:
        result = arith::AddFOp::create(b, loc, result, next);
      }
    }
    Type type = VectorType::get(vector, staging.getElementType());
    if (!staging.getElementType().isF32())
      result = arith::TruncFOp::create(b, loc, type, result);
    return LLVM::BitcastOp::create(b, loc, pieceType(b, pieceBytes()), result);
  }

  Value toF32(Value piece) {
    Type type = VectorType::get(vector, staging.getElementType());
    Value elements = LLVM::BitcastOp::create(b, loc, type, piece);
    if (staging.getElementType().isF32())
      return elements;
    return arith::ExtFOp::create(
        b, loc, VectorType::get(vector, b.getF32Type()), elements);
  }

  void storePiece(int64_t first, TilePiece piece, Value value) {
    piece.row = inBlock(piece.row, row0,
                        warpRows * (fragment.warpsM - 1) +
                            kStagedRows * (index.warpsEach - 1));
    piece.row.offset += first;
    piece.column =
        inBlock(piece.column, column0, warpColumns * (fragment.warpsN - 1));
    // What is known of other pieces must not be left in the branch of one.
    GatherAddress::Element element;
    if (gather)
      element = gather->element(piece.row, piece.column);
    else
      element.inside = emitInside(piece);
    OpBuilder::InsertionGuard guard(b);
    if (element.inside) {
      auto branch =
          scf::IfOp::create(b, loc, element.inside, /*withElseRegion=*/false);
      b.setInsertionPointToStart(branch.thenBlock());
    }
    if (global)
      element.pointer = global->pointer({piece.row, piece.column});
    LLVM::StoreOp::create(b, loc, value, element.pointer, pieceBytes());
  }

  int64_t pieceBytes() const { return vector * staging.getElementBytes(); }

  /// `length` elements that start at a multiple of it are neighbours in memory.
  static bool hasRuns(const Layout &layout, int64_t length, int64_t bytes) {
    const LayoutPart &inner = layout.getModes().back().front();
    Swizzle swizzle = layout.getSwizzle();
    return inner.extent % length == 0 && (inner.stride == 1 || length == 1) &&
           (!swizzle || (int64_t(1) << swizzle.base) >= length * bytes);
  }

  LogicalResult checkLayouts() {
    MemType target = op.getTarget().getType();
    int64_t bytes = staging.getElementBytes();
    if (!staging.getLayout() || !hasRuns(staging.getLayout().getLayout(),
                                         std::max<int64_t>(2, vector), bytes))
      return op.emitError("staging has no layout that keeps pieces together: ")
             << vector << " elements in " << staging << " [DLK-P67]";
    if (target.getGather())
      return checkGather(target);
    Layout layout = target.getLayout().getLayout();
    bool strided = !layout.getSwizzle() &&
                   llvm::all_of(layout.getModes(),
                                [](auto &mode) { return mode.size() == 1; });
    if (!strided || !hasRuns(layout, vector, bytes))
      return op.emitError(
                 "target is not strided memory that keeps pieces together: ")
             << vector << " elements in " << target << " [DLK-P67]";
    return success();
  }

  LogicalResult checkGather(MemType target) {
    if (allowsVector(target, vector))
      return success();
    return op.emitError("target is not strided memory that keeps pieces "
                        "together: ")
           << vector << " elements in " << target << " [DLK-P67]";
  }

  /// A coordinate of the warp as one of the block.
  ThreadCoordinate inBlock(ThreadCoordinate coordinate, Value start,
                           int64_t lastStart) {
    coordinate.variable =
        coordinate.variable
            ? b.createOrFold<arith::AddIOp>(loc, start, coordinate.variable)
            : start;
    coordinate.bound += lastStart;
    return coordinate;
  }

  Value emitInside(const TilePiece &piece) {
    unsigned rowDim = op.getTarget().getType().getRank() - 2;
    Value row = global->isInside(rowDim, fragment.rows, piece.row);
    Value column = global->isInside(rowDim + 1, fragment.columns, piece.column);
    if (row && column)
      return arith::AndIOp::create(b, loc, row, column);
    return row ? row : column;
  }

  StoreOp op;
  OpBuilder b;
  Location loc;
  FragmentLayout fragment;
  AccumulatorIndex index;
  MemType staging;
  /// Rows of the target that are one place in memory.
  int64_t rowsPerPlace;
  ThreadIndex thread;
  /// One of them, as the target is seen through a gather or not.
  std::optional<GlobalAddress> global;
  std::optional<GatherAddress> gather;
  int64_t warpRows, warpColumns, vector;
  Value stagingBase, row0, uniformRow, column0;
  ThreadCoordinate warp;
};

} // namespace

LogicalResult dlk::emitStagedStore(StoreOp op, EmitPiece emitPiece) {
  return StagedStore(op).run(emitPiece);
}
