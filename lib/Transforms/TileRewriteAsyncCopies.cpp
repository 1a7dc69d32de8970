// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-rewrite-async-copies: each thread's share of every copy.
//
// Neighbouring threads move neighbouring pieces, which coalesces in global
// memory and, with the tile's layout, hits distinct banks in shared memory.
//
// Outside the tensor a piece is zero: cp.async takes a source size of 0 (PTX
// ISA, "cp.async"), plain loads read the tensor's start instead and drop it.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/GatherAddress.h"
#include "dlk/Transforms/GlobalAddress.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/PieceDistribution.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace dlk {
#define GEN_PASS_DEF_TILEREWRITEASYNCCOPIES
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Loads that one thread keeps in flight before it stores them (copies of kind
/// ld). More of them run in a loop: unrolled, their addresses and conditions
/// would be hoisted out of the k loop and spill.
constexpr int64_t kLoadsInFlight = 4;

class CopyRewriter {
public:
  CopyRewriter(CopyOp op, int64_t threads)
      : op(op), b(op), loc(op.getLoc()), source(op.getSource().getType()),
        target(op.getTarget().getType()),
        pieceBytes(op.getVector() * source.getElementBytes()),
        pieces(b, loc, ThreadIndex(b, loc, 1, 1).thread(), threads,
               target.getShape()[0], target.getShape()[1], op.getVector()),
        threads(threads) {
    auto type = LLVM::LLVMPointerType::get(
        b.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    targetBase = PointerOp::create(b, loc, type, op.getTarget());
    if (source.getGather())
      gather.emplace(b, op, op.getSource(), source.getGather().getGather(),
                     op.getOrigin(), target.getShape());
    else
      global.emplace(b, op, op.getSource(), op.getOrigin());
  }

  void run() {
    int64_t count = pieces.piecesPerThread();
    emitPieces(count);
    // What is left is one piece more for some of the threads.
    if (int64_t rest = pieces.numPieces() % threads) {
      Value takesOne = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                             ThreadIndex(b, loc, 1, 1).thread(),
                                             constant(rest));
      auto branch =
          scf::IfOp::create(b, loc, takesOne, /*withElseRegion=*/false);
      b.setInsertionPointToStart(branch.thenBlock());
      if (op.getKind() == "cp_async")
        emitCpAsync(pieces.piece(count));
      else
        emitLoadsAndStores(pieces.piece(count));
    }
    op.erase();
  }

private:
  void emitPieces(int64_t count) {
    if (op.getKind() != "cp_async")
      return emitBatches(count);
    for (int64_t i = 0; i < count; ++i)
      emitCpAsync(pieces.piece(i));
  }

  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }

  Value targetPointer(const TilePiece &piece) {
    return emitPointerOffset(
        b, loc, targetBase,
        emitThreadAddress(b, loc, target.getLayout().getLayout(),
                          target.getElementBytes(), {piece.row, piece.column}));
  }

  Value start() { return gather ? gather->start() : global->start(); }

  /// Where a piece is in global memory, and whether to read it; null: always.
  GatherAddress::Element locate(const TilePiece &piece) {
    if (!gather) {
      Value inside = emitCondition(piece);
      return {global->pointer({piece.row, piece.column}), inside};
    }
    GatherAddress::Element element = gather->element(piece.row, piece.column);
    if (Value predicate = op.getPredicate())
      element.inside = element.inside ? arith::AndIOp::create(b, loc, predicate,
                                                              element.inside)
                                      : predicate;
    return element;
  }

  /// Whether the piece lies in the tensor; null if it always does. The
  /// predicate of a tile beyond the end of the loop says nothing new where that
  /// end is checked anyway.
  Value emitCondition(const TilePiece &piece) {
    Value condition = op.getPredicate();
    bool isPredicate = condition != nullptr;
    unsigned rowDim = source.getRank() - 2;
    SmallVector<ThreadCoordinate> coordinates{piece.row, piece.column};
    for (auto [i, coordinate] : llvm::enumerate(coordinates)) {
      Value inside =
          global->isInside(rowDim + i, target.getShape()[i], coordinate);
      if (!inside)
        continue;
      if (!condition || (isPredicate && global->variesInLoop(rowDim + i)))
        condition = inside;
      else
        condition = b.createOrFold<arith::AndIOp>(loc, condition, inside);
      isPredicate = false;
    }
    return condition;
  }

  void emitCpAsync(const TilePiece &piece) {
    Value to = targetPointer(piece), size;
    auto [pointer, condition] = locate(piece);
    if (gather)
      size = gather->copySize(piece.row, piece.column, pieceBytes,
                              op.getPredicate());
    else if (condition)
      size = arith::SelectOp::create(b, loc, condition, constant(pieceBytes),
                                     constant(0));
    auto modifier = pieceBytes == 16 ? NVVM::LoadCacheModifierKind::CG
                                     : NVVM::LoadCacheModifierKind::CA;
    NVVM::CpAsyncOp::create(b, loc, to, pointer, pieceBytes, modifier, size);
  }

  /// Copies of kind ld, kLoadsInFlight at a time.
  void emitBatches(int64_t count) {
    SmallVector<TilePiece> batch;
    int64_t whole = count / kLoadsInFlight;
    if (whole > 1) {
      OpBuilder::InsertionGuard guard(b);
      auto loop = scf::ForOp::create(b, loc, constant(0),
                                     constant(whole * kLoadsInFlight),
                                     constant(kLoadsInFlight));
      b.setInsertionPointToStart(loop.getBody());
      for (int64_t i = 0; i < kLoadsInFlight; ++i)
        batch.push_back(pieces.piece(loop.getInductionVar(), i));
      emitLoadsAndStores(batch);
    }
    batch.clear();
    for (int64_t i = whole > 1 ? whole * kLoadsInFlight : 0; i < count; ++i)
      batch.push_back(pieces.piece(i));
    emitLoadsAndStores(batch);
  }

  void emitLoadsAndStores(ArrayRef<TilePiece> batch) {
    SmallVector<Value> values;
    Type type = pieceType(b, pieceBytes);
    for (const TilePiece &piece : batch) {
      auto [pointer, condition] = locate(piece);
      if (condition)
        pointer = arith::SelectOp::create(b, loc, condition, pointer, start());
      Value value = LLVM::LoadOp::create(b, loc, type, pointer, pieceBytes);
      if (condition) {
        Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
        value = arith::SelectOp::create(b, loc, condition, value, zero);
      }
      values.push_back(value);
    }
    for (auto [piece, value] : llvm::zip_equal(batch, values))
      LLVM::StoreOp::create(b, loc, value, targetPointer(piece), pieceBytes);
  }

  CopyOp op;
  OpBuilder b;
  Location loc;
  MemType source, target;
  int64_t pieceBytes;
  PieceDistribution pieces;
  /// One of them: of the source as it lies, or through its gather.
  std::optional<GlobalAddress> global;
  std::optional<GatherAddress> gather;
  int64_t threads;
  Value targetBase;
};

struct TileRewriteAsyncCopiesPass
    : dlk::impl::TileRewriteAsyncCopiesBase<TileRewriteAsyncCopiesPass> {
  void runOnOperation() override {
    SmallVector<CopyOp> copies;
    getOperation().walk([&](CopyOp op) { copies.push_back(op); });
    for (CopyOp op : copies)
      CopyRewriter(op, getOperation().getNumThreads()).run();
  }
};

} // namespace
