// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operand of a dlk_tile.map in shared memory, as one thread reads it.
#ifndef DLK_TRANSFORMS_TILEREADER_H
#define DLK_TRANSFORMS_TILEREADER_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/AccumulatorIndex.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/SharedAddress.h"
#include "dlk/Transforms/TileExchange.h"

namespace dlk {

/// Reads panels of a tile for the pairs of columns that a thread of a warpgroup
/// holds, in the order of accumulators, piece by piece, where a piece is
/// `tilesPerPiece` tiles of a band: 16-bit elements by ldmatrix, others in
/// pairs.
class TileReader {
public:
  TileReader(DeviceBuilder &b, mlir::ValueRange panels,
             const AccumulatorIndex &index, int64_t tilesPerPiece);

  /// Whether panels lie as rows of 16 to 128 bytes that TMA wrote.
  bool isReadable() const;
  /// Emits addresses.
  void prepare();
  /// Emits the loads for the next piece.
  void loadPiece();
  /// The operand for a pair of columns, as a vector; its piece must be loaded.
  mlir::Value get(int64_t band, int64_t half, int64_t tile) const;

private:
  mlir::Value selectOwn(llvm::ArrayRef<mlir::Value> ofColumns,
                        mlir::Value group);
  mlir::Value pointer(int64_t band, int64_t tile, const ThreadCoordinate &row,
                      const ThreadCoordinate &column);
  void loadMatrices(int64_t band, int64_t tile, int64_t count);
  void loadExchanged(int64_t band, int64_t half, int64_t tile);
  mlir::Value loadPair(int64_t band, int64_t half, int64_t tile,
                       int64_t exchanged, int64_t plain);
  mlir::Value select(mlir::Value exchanged, mlir::Value plain);
  mlir::Value &at(int64_t band, int64_t half, int64_t tile);

  DeviceBuilder &b;
  mlir::ValueRange panels;
  tile::MemType type;
  const AccumulatorIndex &index;
  int64_t tilesPerPiece, tilesPerPanel;
  TileExchange exchange;
  /// Where the rows of this warpgroup start in each panel of its columns.
  llvm::SmallVector<mlir::Value> starts;
  mlir::Value lane, warpRow, exchanges;
  llvm::SmallVector<mlir::Value> loaded;
  int64_t piecesLoaded = 0;
};

} // namespace dlk

#endif
