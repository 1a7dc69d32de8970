// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where in its tile a thread's accumulator elements lie.
#ifndef DLK_TRANSFORMS_ACCUMULATORINDEX_H
#define DLK_TRANSFORMS_ACCUMULATORINDEX_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// The elements of a thread in an mma_acc fragment: `bands` of 16 rows, each of
/// `tiles` instruction tiles, each of two halves (rows g and g + 8) that hold a
/// pair of neighbouring columns. An element's coordinate is the thread's own
/// coordinate plus a constant of (band, half, tile).
struct AccumulatorIndex {
  explicit AccumulatorIndex(tile::FragType type);

  /// The first element of a pair.
  int64_t element(int64_t band, int64_t half, int64_t tile) const {
    return 4 * (band * tiles + tile) + 2 * half;
  }
  int64_t row(int64_t band, int64_t half) const { return 16 * band + 8 * half; }
  int64_t column(int64_t tile) const { return 8 * tile; }

  /// i32: row and column of the thread's element 0 in its warp's part.
  mlir::Value emitRowInWarp(mlir::OpBuilder &builder, mlir::Location loc) const;
  mlir::Value emitColumnInWarp(mlir::OpBuilder &builder,
                               mlir::Location loc) const;
  /// i32: first row and column of the warp's part in the tile.
  mlir::Value emitWarpRow(mlir::OpBuilder &builder, mlir::Location loc) const;
  mlir::Value emitWarpColumn(mlir::OpBuilder &builder,
                             mlir::Location loc) const;

  int64_t warpsM, warpsN;
  int64_t warpRows, warpColumns;
  int64_t bands, tiles;
};

} // namespace dlk

#endif
