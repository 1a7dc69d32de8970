// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the pieces of a tile are shared among threads.
#ifndef DLK_TRANSFORMS_PIECEDISTRIBUTION_H
#define DLK_TRANSFORMS_PIECEDISTRIBUTION_H

#include "dlk/Transforms/SharedAddress.h"

namespace dlk {

/// Position of a piece in its tile.
struct TilePiece {
  ThreadCoordinate row, column;
};

/// Cuts rows x columns into pieces of `vector` consecutive columns and gives
/// piece i * threads + t to thread t: neighbours take neighbouring pieces.
/// Where a row's pieces divide the threads or the other way round, a thread's
/// pieces lie at constant distances.
class PieceDistribution {
public:
  /// `thread` is an i32 in [0, threads).
  PieceDistribution(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value thread, int64_t threads, int64_t rows,
                    int64_t columns, int64_t vector);

  int64_t numPieces() const { return rows * piecesPerRow; }
  /// Those that every thread has; some may have one more.
  int64_t piecesPerThread() const { return numPieces() / threads; }
  /// Piece `i` of the executing thread.
  TilePiece piece(int64_t i);
  /// Piece `first` + `i` of the executing thread; first is an i32.
  TilePiece piece(mlir::Value first, int64_t i);

private:
  mlir::Value constant(int64_t value);
  /// The position of the piece of that number.
  TilePiece pieceAt(mlir::Value index);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value thread;
  int64_t threads, rows, columns, vector, piecesPerRow;
  /// Row and column of piece 0, where the distances are constant.
  mlir::Value threadRow, threadColumn;
};

} // namespace dlk

#endif
