// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elementary functions in terms of what the special function unit computes.
#ifndef DLK_TRANSFORMS_EXPANDMATH_H
#define DLK_TRANSFORMS_EXPANDMATH_H

#include "mlir/IR/Builders.h"

namespace dlk {

/// Replaces `op`, a scalar or vector operation of math or a division, by
/// arithmetic and the approximations of PTX; other operations stay. 16-bit
/// types are computed in f32 and rounded once. Errors: docs/Numerics.md.
///
/// Returns the value that stands for `op`'s result (that result itself if it
/// stays), or failure if there is no such code for its type.
mlir::FailureOr<mlir::Value> expandMath(mlir::OpBuilder &builder,
                                        mlir::Operation *op);

} // namespace dlk

#endif
