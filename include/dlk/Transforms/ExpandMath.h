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

/// 1 + f(x), where f is tanh or erf and used for nothing else: the function,
/// the sum, and the half of the sum if only that is used (else the sum).
struct OnePlusFunction {
  mlir::Operation *function, *sum, *root;
};

/// The form that `function`, on single f32 values, is part of.
std::optional<OnePlusFunction> matchOnePlus(mlir::Operation *function);

/// The root of the form for x, an f32 or a vector of them: one expression,
/// which neither cancels nor needs a second one near 0.
mlir::Value expandOnePlus(mlir::OpBuilder &builder,
                          const OnePlusFunction &match, mlir::Value x);

} // namespace dlk

#endif
