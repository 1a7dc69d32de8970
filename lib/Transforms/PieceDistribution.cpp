// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Thread to piece maps with as much of them constant as the shape allows.

#include "dlk/Transforms/PieceDistribution.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace dlk;

PieceDistribution::PieceDistribution(OpBuilder &builder, Location loc,
                                     Value thread, int64_t threads,
                                     int64_t rows, int64_t columns,
                                     int64_t vector)
    : builder(builder), loc(loc), thread(thread), threads(threads), rows(rows),
      columns(columns), vector(vector), piecesPerRow(columns / vector) {
  if (threads % piecesPerRow != 0 && piecesPerRow % threads != 0)
    return;
  int64_t across = std::min(threads, piecesPerRow);
  Value column =
      builder.createOrFold<arith::RemUIOp>(loc, thread, constant(across));
  threadColumn =
      builder.createOrFold<arith::MulIOp>(loc, column, constant(vector));
  threadRow =
      builder.createOrFold<arith::DivUIOp>(loc, thread, constant(across));
}

Value PieceDistribution::constant(int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                      value);
}

TilePiece PieceDistribution::piece(int64_t i) {
  if (threads % piecesPerRow == 0) {
    int64_t rowsAtOnce = threads / piecesPerRow;
    return {{threadRow, rowsAtOnce, i * rowsAtOnce},
            {threadColumn, columns - vector + 1, 0}};
  }
  if (piecesPerRow % threads == 0) {
    int64_t perRow = piecesPerRow / threads;
    return {{Value(), 1, i / perRow},
            {threadColumn, (threads - 1) * vector + 1,
             i % perRow * threads * vector}};
  }
  return pieceAt(
      builder.createOrFold<arith::AddIOp>(loc, thread, constant(i * threads)));
}

TilePiece PieceDistribution::piece(Value first, int64_t i) {
  Value start = arith::MulIOp::create(builder, loc, first, constant(threads));
  Value index = arith::AddIOp::create(builder, loc, start, thread);
  return pieceAt(
      builder.createOrFold<arith::AddIOp>(loc, index, constant(i * threads)));
}

TilePiece PieceDistribution::pieceAt(Value index) {
  Value column =
      arith::RemUIOp::create(builder, loc, index, constant(piecesPerRow));
  Value row =
      arith::DivUIOp::create(builder, loc, index, constant(piecesPerRow));
  return {{row, rows, 0},
          {arith::MulIOp::create(builder, loc, column, constant(vector)),
           columns - vector + 1, 0}};
}
