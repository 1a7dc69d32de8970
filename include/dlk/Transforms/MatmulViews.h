// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the kernels of a matmul see its tensors: as memories with batch
// dimensions, rows and columns.
#ifndef DLK_TRANSFORMS_MATMULVIEWS_H
#define DLK_TRANSFORMS_MATMULVIEWS_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/KernelParts.h"

namespace dlk {

/// The view [batch..., row, column] of operand `index`; the last one is the
/// result. Channels of each filter tap are padded to that multiple.
tile::MemType viewOperand(MatmulOp op, unsigned index, unsigned row,
                          unsigned column, int64_t channelMultiple = 1);

/// An extra, with the dimensions that its map names.
tile::MemType viewExtra(MatmulOp op, unsigned extra);

/// Elements that one aligned access moves along `dim`; 1 unless the operand is
/// contiguous along it.
int64_t vectorAlong(MatmulOp op, unsigned index, unsigned dim);

/// What the rows of a box of a tensor map of `memory` must divide; 0 if they
/// may be any.
int64_t mostBoxRows(tile::MemType memory);

/// The result as an operand.
unsigned resultIndex(MatmulOp op);

/// Coordinates of batch `linear`, which is counted with the last batch
/// dimension fastest.
llvm::SmallVector<mlir::Value> emitBatchCoordinates(mlir::OpBuilder &builder,
                                                    mlir::Location loc,
                                                    MatmulOp op,
                                                    mlir::Value linear);

} // namespace dlk

#endif
