// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar operations of an epilogue as short sequences of GPU instructions.
#ifndef DLK_TRANSFORMS_EPILOGUEMATH_H
#define DLK_TRANSFORMS_EPILOGUEMATH_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"

namespace dlk {

/// Emits `op`, an operation on scalars with one result, on `operands` of
/// vector<NxT> instead of T. Functions that have no instruction are expanded
/// (docs/Numerics.md gives their errors); null if there is no expansion.
mlir::Value emitOnVectors(mlir::OpBuilder &builder, mlir::Operation *op,
                          llvm::ArrayRef<mlir::Value> operands, int64_t lanes);

} // namespace dlk

#endif
