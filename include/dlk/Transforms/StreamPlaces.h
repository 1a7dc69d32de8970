// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the blocks of a stream_k product leave the sums that they computed.
#ifndef DLK_TRANSFORMS_STREAMPLACES_H
#define DLK_TRANSFORMS_STREAMPLACES_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "llvm/ADT/SmallVector.h"

namespace dlk {

/// How the clusters of the target's chip share the steps; the module has a
/// target.
StreamShares getStreamShares(MatmulOp op);

/// The sums of all parts and of one that is always zeros: [places, rows and
/// columns of a tile].
mlir::RankedTensorType getStreamSumsType(MatmulOp op);

/// The parts of one tile.
struct StreamPlaces {
  /// Numbers of the places of the sums, as many as a tile has at most; those
  /// that this one lacks are the zeros.
  llvm::SmallVector<mlir::Value> parts;
  /// The first element of the tile.
  mlir::Value row, column;
};

/// Of the tile that the element at `row`, `column` of `batch` is in; all are
/// indices.
StreamPlaces emitStreamPlaces(mlir::OpBuilder &builder, mlir::Location loc,
                              MatmulOp op, mlir::Value batch, mlir::Value row,
                              mlir::Value column);

} // namespace dlk

#endif
