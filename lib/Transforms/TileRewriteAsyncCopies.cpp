// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-rewrite-async-copies: each thread's share of every copy.
//
// A tile is cut into pieces of `vector` elements along its contiguous
// dimension and piece t + i * threads belongs to thread t: neighbouring threads
// move neighbouring pieces, which coalesces in global memory and, with the
// tile's layout, hits distinct banks in shared memory.
//
// Outside the tensor a piece is zero: cp.async takes a source size of 0 (PTX
// ISA, "cp.async"), plain loads read the tensor's start instead and drop it.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/SharedAddress.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace dlk {
#define GEN_PASS_DEF_TILEREWRITEASYNCCOPIES
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Loads that one thread keeps in flight before it stores them (copies of kind
/// ld): bounds the registers that they take.
constexpr int64_t kLoadsInFlight = 8;

class CopyRewriter {
public:
  CopyRewriter(CopyOp op, int64_t threads)
      : op(op), b(op), loc(op.getLoc()), threads(threads), source(op.getSource().getType()),
        target(op.getTarget().getType()), elementBytes(source.getElementBytes()),
        pieceBytes(op.getVector() * elementBytes) {}

  LogicalResult run() {
    rows = target.getShape()[0];
    columns = target.getShape()[1];
    piecesPerRow = columns / static_cast<int64_t>(op.getVector());
    if (rows * piecesPerRow % threads != 0)
      return op.emitError("pieces of a tile do not divide evenly over the threads: ")
             << rows * piecesPerRow << " pieces of " << pieceBytes << " bytes, " << threads
             << " threads [DLK-P60]";
    emitThreadPosition();
    emitSourceBase();
    emitTargetBase();
    int64_t count = rows * piecesPerRow / threads;
    if (op.getKind() == "cp_async") {
      for (int64_t i = 0; i < count; ++i)
        emitCpAsync(i);
    } else {
      for (int64_t i = 0; i < count; i += kLoadsInFlight)
        emitLoadsAndStores(i, std::min(count, i + kLoadsInFlight));
    }
    op.erase();
    return success();
  }

private:
  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }
  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

  /// Position of a piece in the tile: `row` and `column` plus constants.
  struct Piece {
    ThreadCoordinate row, column;
  };

  /// Row and column of this thread's piece 0. The rows of its other pieces lie
  /// at constant distances if a row's pieces divide the threads, the columns if
  /// it is the other way round.
  void emitThreadPosition() {
    Value thread = ThreadIndex(b, loc, 1, 1).thread();
    Value vector = i32(op.getVector());
    if (threads % piecesPerRow == 0 || piecesPerRow % threads == 0) {
      int64_t across = std::min(threads, piecesPerRow);
      Value column = b.createOrFold<arith::RemUIOp>(loc, thread, i32(across));
      threadColumn = b.createOrFold<arith::MulIOp>(loc, column, vector);
      threadRow = b.createOrFold<arith::DivUIOp>(loc, thread, i32(across));
    }
    threadIndex = thread;
  }

  Piece pieceAt(int64_t i) {
    int64_t vector = op.getVector();
    if (threads % piecesPerRow == 0) {
      int64_t rowsAtOnce = threads / piecesPerRow;
      return {{threadRow, rowsAtOnce, i * rowsAtOnce},
              {threadColumn, columns - vector + 1, 0}};
    }
    if (piecesPerRow % threads == 0) {
      int64_t perRow = piecesPerRow / threads;
      return {{Value(), 1, i / perRow},
              {threadColumn, (threads - 1) * vector + 1, i % perRow * threads * vector}};
    }
    Value piece = b.createOrFold<arith::AddIOp>(loc, threadIndex, i32(i * threads));
    Value column = arith::RemUIOp::create(b, loc, piece, i32(piecesPerRow));
    Value row = arith::DivUIOp::create(b, loc, piece, i32(piecesPerRow));
    return {{row, rows, 0},
            {arith::MulIOp::create(b, loc, column, i32(vector)), columns - vector + 1, 0}};
  }

  /// The dimensions of the source that the tile spans.
  unsigned rowDim() { return source.getRank() - 2; }
  unsigned columnDim() { return source.getRank() - 1; }
  int64_t strideOf(unsigned dim) {
    return source.getLayout().getLayout().getModes()[dim].front().stride * elementBytes;
  }

  bool variesInLoop(Value value) {
    auto loop = op->getParentOfType<LoopLikeOpInterface>();
    return loop && !loop.isDefinedOutsideOfLoop(value);
  }

  /// Pointer to the tile's first element: parts that are constant in the
  /// enclosing loop come first, so that they can leave it.
  void emitSourceBase() {
    auto type = LLVM::LLVMPointerType::get(b.getContext(), unsigned(NVVM::NVVMMemorySpace::Global));
    tensorStart = PointerOp::create(b, loc, type, op.getSource());
    Value fixed, varying;
    auto add = [&](Value &sum, Value term) {
      sum = sum ? b.createOrFold<arith::AddIOp>(loc, sum, term) : term;
    };
    for (auto [dim, origin] : llvm::enumerate(op.getOrigin())) {
      if (strideOf(dim) == 0)
        continue;
      Value term = b.createOrFold<arith::MulIOp>(loc, origin, index(strideOf(dim)));
      add(variesInLoop(origin) ? varying : fixed, term);
    }
    fixedOffset = fixed;
    varyingOffset = varying;
  }

  Value advance(Value pointer, Value bytes) {
    if (!bytes)
      return pointer;
    Value offset = b.createOrFold<arith::IndexCastOp>(loc, b.getI64Type(), bytes);
    return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer,
                               ArrayRef<LLVM::GEPArg>{offset});
  }

  Value sourcePointer(const Piece &piece) {
    Value pointer = advance(tensorStart, fixedOffset);
    int64_t constant = 0;
    for (auto [coordinate, dim] :
         {std::pair{piece.row, rowDim()}, std::pair{piece.column, columnDim()}}) {
      constant += coordinate.offset * strideOf(dim);
      if (coordinate.variable && strideOf(dim) != 0)
        pointer = advance(pointer, b.createOrFold<arith::MulIOp>(
                                       loc, toIndex(coordinate.variable), index(strideOf(dim))));
    }
    pointer = advance(pointer, varyingOffset);
    return constant == 0 ? pointer : advance(pointer, index(constant));
  }

  Value toIndex(Value value) {
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), value);
  }

  void emitTargetBase() {
    auto type = LLVM::LLVMPointerType::get(b.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    targetBase = PointerOp::create(b, loc, type, op.getTarget());
  }

  Value targetPointer(const Piece &piece) {
    return emitPointerOffset(b, loc, targetBase,
                             emitThreadAddress(b, loc, target.getLayout().getLayout(),
                                               elementBytes, {piece.row, piece.column}));
  }

  /// origin + coordinate < extent, or null where the tile divides the tensor.
  Value emitInside(unsigned dim, int64_t tileExtent, const ThreadCoordinate &coordinate) {
    int64_t extent = source.getShape()[dim];
    if (extent % tileExtent == 0)
      return Value();
    Value position = op.getOrigin()[dim];
    if (coordinate.variable)
      position = arith::AddIOp::create(b, loc, position, toIndex(coordinate.variable));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, position,
                                 index(extent - coordinate.offset));
  }

  /// Whether the piece lies in the tensor; null if it always does. The
  /// predicate of a tile beyond the end of the loop says nothing new where that
  /// end is checked anyway.
  Value emitCondition(const Piece &piece) {
    Value condition = op.getPredicate();
    for (auto [coordinate, dim, extent] :
         {std::tuple{piece.row, rowDim(), rows}, std::tuple{piece.column, columnDim(), columns}}) {
      Value inside = emitInside(dim, extent, coordinate);
      if (!inside)
        continue;
      bool impliesPredicate = condition == op.getPredicate() && variesInLoop(op.getOrigin()[dim]);
      condition = condition && !impliesPredicate
                      ? b.createOrFold<arith::AndIOp>(loc, condition, inside)
                      : inside;
    }
    return condition;
  }

  void emitCpAsync(int64_t i) {
    Piece piece = pieceAt(i);
    Value condition = emitCondition(piece), size;
    if (condition)
      size = arith::SelectOp::create(b, loc, condition, i32(pieceBytes), i32(0));
    auto modifier = pieceBytes == 16 ? NVVM::LoadCacheModifierKind::CG
                                     : NVVM::LoadCacheModifierKind::CA;
    NVVM::CpAsyncOp::create(b, loc, targetPointer(piece), sourcePointer(piece), pieceBytes,
                            modifier, size);
  }

  Type pieceType() {
    return pieceBytes == 16 ? Type(VectorType::get(4, b.getI32Type()))
                            : Type(b.getIntegerType(8 * pieceBytes));
  }

  void emitLoadsAndStores(int64_t begin, int64_t end) {
    SmallVector<Value> values;
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(pieceType()));
    for (int64_t i = begin; i < end; ++i) {
      Piece piece = pieceAt(i);
      Value condition = emitCondition(piece), pointer = sourcePointer(piece);
      if (condition)
        pointer = arith::SelectOp::create(b, loc, condition, pointer, tensorStart);
      Value value = LLVM::LoadOp::create(b, loc, pieceType(), pointer, pieceBytes);
      if (condition)
        value = arith::SelectOp::create(b, loc, condition, value, zero);
      values.push_back(value);
    }
    for (auto [offset, value] : llvm::enumerate(values))
      LLVM::StoreOp::create(b, loc, value, targetPointer(pieceAt(begin + offset)), pieceBytes);
  }

  CopyOp op;
  OpBuilder b;
  Location loc;
  int64_t threads;
  MemType source, target;
  int64_t elementBytes, pieceBytes;
  int64_t rows = 0, columns = 0, piecesPerRow = 0;
  Value threadIndex, threadRow, threadColumn;
  Value tensorStart, fixedOffset, varyingOffset, targetBase;
};

struct TileRewriteAsyncCopiesPass
    : dlk::impl::TileRewriteAsyncCopiesBase<TileRewriteAsyncCopiesPass> {
  void runOnOperation() override {
    SmallVector<CopyOp> copies;
    getOperation().walk([&](CopyOp op) { copies.push_back(op); });
    for (CopyOp op : copies)
      if (failed(CopyRewriter(op, getOperation().getNumThreads()).run()))
        return signalPassFailure();
  }
};

} // namespace
