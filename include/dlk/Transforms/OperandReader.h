// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The global operands of a dlk_tile.map, as one thread reads them.
#ifndef DLK_TRANSFORMS_OPERANDREADER_H
#define DLK_TRANSFORMS_OPERANDREADER_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/AccumulatorIndex.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "mlir/IR/AffineMap.h"

namespace dlk {

/// The columns or the rows of a map: the tile's first one, the thread's own,
/// and whether the tile may exceed the bound.
struct MapAxis {
  mlir::Value origin;
  mlir::Value thread;
  int64_t bound;
  bool ragged;
};

/// Reads one operand for the pairs of columns that a thread holds. It is loaded
/// as often as its map makes it vary: once, once per row, once per pair of
/// columns, or for every pair; piece by piece, where a piece is
/// `tilesPerPiece` tiles of a band. Where a tile may exceed the bounds,
/// coordinates are clamped to the last element inside: such loads are as plain
/// as all others, and what follows from them is stored nowhere.
class OperandReader {
public:
  /// Emits for `user`.
  OperandReader(DeviceBuilder &b, mlir::Operation *user,
                mlir::TypedValue<tile::MemType> memory,
                const AccumulatorIndex &index, int64_t tilesPerPiece,
                const MapAxis &rows, const MapAxis &columns)
      : b(b), user(user), memory(memory), type(memory.getType()), index(index),
        tilesPerPiece(tilesPerPiece), rows(rows), columns(columns) {}

  /// Emits addresses, and the loads for the first piece that do not depend on
  /// the row. False if the operand is neither strided memory under a linear map
  /// nor gathered under a projection.
  bool prepare(mlir::AffineMap map, mlir::ValueRange origin);
  /// Emits the loads for the next piece.
  void loadPiece();
  /// The operand for a pair of columns, as a vector; its piece must be loaded.
  mlir::Value get(int64_t band, int64_t half, int64_t tile) const;

private:
  /// Of registers.
  mlir::Type elementType() const;
  int64_t elementBytes() const { return type.getElementBytes(); }
  bool computeStrides(mlir::AffineMap map,
                      llvm::MutableArrayRef<int64_t> coefficients,
                      int64_t &constant) const;
  bool hasAlignedPairs(llvm::ArrayRef<int64_t> coefficients, int64_t constant,
                       mlir::ValueRange origin) const;
  void emitBase(llvm::ArrayRef<int64_t> coefficients, int64_t constant,
                mlir::ValueRange origin);
  mlir::Value moveAlong(mlir::Value pointer, const MapAxis &axis,
                        int64_t stride, int64_t offset, int64_t width,
                        int64_t &fixed);
  bool prepareGather(mlir::AffineMap map, mlir::ValueRange origin);
  mlir::Value load(mlir::Type loaded, int64_t row, int64_t column);
  mlir::Value gatherPointer(int64_t row, int64_t column);
  mlir::Value loadPair(int64_t row, int64_t tile);
  void loadColumns(int64_t firstTile);
  mlir::Value splat(mlir::Value value);

  DeviceBuilder &b;
  mlir::Operation *user;
  mlir::TypedValue<tile::MemType> memory;
  tile::MemType type;
  const AccumulatorIndex &index;
  int64_t tilesPerPiece;
  const MapAxis &rows, &columns;
  int64_t rowStride = 0, columnStride = 0;
  int64_t piecesLoaded = 0;
  bool paired = false;
  mlir::Value base, scalar;
  /// Of an operand that is gathered, over the dimensions of the map.
  std::optional<Gather> gather;
  llvm::SmallVector<mlir::Value> gatherOrigin;
  /// Per pair of columns; or per row; or both, in the order of pieces.
  llvm::SmallVector<mlir::Value> loaded;
};

} // namespace dlk

#endif
