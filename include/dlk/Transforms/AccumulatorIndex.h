// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where in its tile a thread's accumulator elements lie.
#ifndef DLK_TRANSFORMS_ACCUMULATORINDEX_H
#define DLK_TRANSFORMS_ACCUMULATORINDEX_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/ThreadIndex.h"

namespace dlk {

/// The elements of a thread in an accumulator fragment: `bands` of 16 rows of
/// its warp (mma_acc) or 64 of its warpgroup (wgmma_acc; 16 for each warp),
/// each of `tiles` pieces of eight columns, each of two halves (rows g and g +
/// 8) that hold a pair of neighbouring columns. An element's coordinate is the
/// thread's own coordinate plus a constant of (band, half, tile).
struct AccumulatorIndex {
  explicit AccumulatorIndex(tile::FragType type);

  /// The first element of a pair.
  int64_t element(int64_t band, int64_t half, int64_t tile) const {
    return 4 * (band * tiles + tile) + 2 * half;
  }
  int64_t row(int64_t band, int64_t half) const {
    return bandRows * band + 8 * half;
  }
  int64_t column(int64_t tile) const { return 8 * tile; }

  /// How many of `run` neighbouring tiles to compute at a time, so that their
  /// operands fit in registers beside the accumulators: all those of 16 rows of
  /// mma_acc, up to eight of wgmma_acc, where one row of tiles may be all that
  /// the thread has, two beside more than 128 accumulators. Divides `run`.
  int64_t tilesPerPiece(int64_t run) const;

  /// i32: row and column of the thread's element 0 in its warp's part.
  mlir::Value emitRowInWarp(mlir::OpBuilder &builder, mlir::Location loc) const;
  mlir::Value emitColumnInWarp(mlir::OpBuilder &builder,
                               mlir::Location loc) const;
  /// i32: first row and column of the warp's elements in the tile.
  mlir::Value emitWarpRow(mlir::OpBuilder &builder, mlir::Location loc) const;
  mlir::Value emitWarpColumn(mlir::OpBuilder &builder,
                             mlir::Location loc) const;

  int64_t warpsM, warpsN;
  /// Warps in each place of the grid: 4 in a warpgroup.
  int64_t warpsEach;
  /// The part of a warp (warpgroup).
  int64_t warpRows, warpColumns;
  int64_t bandRows, bands, tiles;

private:
  ThreadIndex threadIndex(mlir::OpBuilder &builder, mlir::Location loc) const {
    return ThreadIndex(builder, loc, warpsM, warpsN, warpsEach);
  }
};

/// Emits, at the builder, the thread's part of the next piece of a fragment,
/// which starts at tile `firstTile` of `band`, as pairs of columns: the tiles
/// of the upper eight rows, then those of the lower.
using EmitPiece =
    llvm::function_ref<mlir::FailureOr<llvm::SmallVector<mlir::Value>>(
        mlir::OpBuilder &, int64_t band, int64_t firstTile)>;

} // namespace dlk

#endif
