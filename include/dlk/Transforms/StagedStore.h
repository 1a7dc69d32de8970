// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The staged epilogue of one warp.
#ifndef DLK_TRANSFORMS_STAGEDSTORE_H
#define DLK_TRANSFORMS_STAGEDSTORE_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Emits, at the builder, a warp's next 16 rows of a fragment as pairs of
/// columns: the tiles of the upper eight rows, then those of the lower.
using EmitBand =
    llvm::function_ref<mlir::FailureOr<llvm::SmallVector<mlir::Value>>(
        mlir::OpBuilder &, int64_t band)>;

/// Emits `op` for one thread, before it, with its source from `emitBand`.
/// Failure, with an error, if a layout splits the pieces or `emitBand` fails.
mlir::LogicalResult emitStagedStore(tile::StoreOp op, EmitBand emitBand);

} // namespace dlk

#endif
