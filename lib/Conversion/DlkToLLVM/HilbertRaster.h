// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tiles along a Hilbert curve.
#ifndef DLK_CONVERSION_DLKTOLLVM_HILBERTRASTER_H
#define DLK_CONVERSION_DLKTOLLVM_HILBERTRASTER_H

#include "mlir/IR/Builders.h"

namespace dlk {

/// Row and column of tile number `tile` (i32, less than rows x columns) of a
/// grid. Squares of 8 x 8 tiles follow each other in bands of 8 rows, from left
/// to right and back; each is visited along Hilbert's curve, which leaves it
/// beside the next one's start. What is left of the grid on the right of a band
/// and below the last one is visited up and down its columns. Every tile has
/// one number, and the tiles of following numbers are neighbours except where a
/// band or such a rest begins.
std::pair<mlir::Value, mlir::Value>
emitHilbertTile(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tile,
                int64_t rows, int64_t columns);

} // namespace dlk

#endif
