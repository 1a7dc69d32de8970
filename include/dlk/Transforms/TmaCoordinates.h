// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where TMA finds a box of a gather in the tensor.
#ifndef DLK_TRANSFORMS_TMACOORDINATES_H
#define DLK_TRANSFORMS_TMACOORDINATES_H

#include "dlk/Analysis/TmaGather.h"
#include "mlir/IR/Builders.h"

namespace dlk {

/// Operands of cp.async.bulk.tensor.
struct TmaCoordinates {
  /// i32, innermost dimension of the tensor first.
  llvm::SmallVector<mlir::Value> start;
  /// i16, of im2col: how far the filter tap is from the base pixel, innermost
  /// spatial dimension first.
  llvm::SmallVector<mlir::Value> offsets;
};

/// Of the box at `place`, an i32 for each dimension of the array that the
/// gather makes.
TmaCoordinates emitGatherCoordinates(mlir::OpBuilder &builder,
                                     mlir::Location loc, const Gather &gather,
                                     const TmaGather &form,
                                     llvm::ArrayRef<mlir::Value> place);

} // namespace dlk

#endif
