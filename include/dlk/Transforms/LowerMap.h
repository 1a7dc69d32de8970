// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk_tile.map as code of one thread.
#ifndef DLK_TRANSFORMS_LOWERMAP_H
#define DLK_TRANSFORMS_LOWERMAP_H

#include "dlk/Transforms/OperandReader.h"
#include "dlk/Transforms/TileReader.h"
#include "mlir/IR/IRMapping.h"
#include <list>

namespace dlk {

/// Emits a map on the elements that a thread holds of an accumulator fragment,
/// piece by piece, where the results are wanted.
class MapLowering {
public:
  /// A piece is `tilesPerPiece` tiles of a band, a divisor of its tiles.
  MapLowering(tile::MapOp op, int64_t tilesPerPiece);

  /// Emits, before the map, what all pieces share and the loads of the first
  /// one; from global memory, for wgmma_acc, as early as registers allow, so
  /// that the products hide them. Failure, with an error, if an operand has no
  /// such code.
  mlir::LogicalResult prepare();

  /// Emits the next piece where `at` stands, and returns the results in pairs
  /// of columns: the tiles of the upper eight rows, then those of the lower.
  /// Failure, with an error, if the region has no such code.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  emitPiece(mlir::OpBuilder &at, mlir::Value registers);

  /// All pieces; the results in the order of `registers`.
  mlir::FailureOr<mlir::Value> emitAll(mlir::Value registers);

private:
  bool hasRegistersForLoads();
  void moveToOrigin();
  mlir::LogicalResult prepareInputs();
  mlir::LogicalResult prepareTiles();
  mlir::FailureOr<mlir::Value>
  emitRegion(llvm::ArrayRef<mlir::Value> arguments);

  tile::MapOp op;
  mlir::OpBuilder builder;
  DeviceBuilder b;
  AccumulatorIndex index;
  int64_t tilesPerPiece;
  MapAxis rows, columns;
  std::list<OperandReader> readers;
  std::optional<TileReader> tileReader;
  mlir::IRMapping constants;
  int64_t piecesEmitted = 0;
};

} // namespace dlk

#endif
