// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the import of contractions and convolutions have in common.
#ifndef DLK_TRANSFORMS_PRODUCTIMPORT_H
#define DLK_TRANSFORMS_PRODUCTIMPORT_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace dlk {

/// Whether the body is acc + in0 * in1, of floats or integers.
bool isMultiplyAdd(mlir::Block &body);

/// Refuses what has no static tensors of types that are multiplied (P1, P2, P6,
/// P7). With `tf32` products of f32 may be computed as tf32.
mlir::LogicalResult checkProductTypes(mlir::linalg::LinalgOp op, bool tf32);

/// The type of the sums that the user asks for (P9), or null.
mlir::FailureOr<mlir::Type> getWrittenAccType(mlir::linalg::LinalgOp op);

/// What an init contributes: a tensor to add, or only a destination.
struct Accumulator {
  mlir::Value added;
  mlir::Value destination;
};
mlir::FailureOr<Accumulator> analyseInit(mlir::linalg::LinalgOp op,
                                         mlir::OpBuilder &builder);

/// The epilogue acc + c, in f32, rounded to the type of the result; of integers
/// in theirs.
mlir::Value buildAccumulation(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::ValueRange args, mlir::Type resultType);

/// Precision and promotion (P8), and all attributes that users put on the
/// operation, on a dlk.matmul or dlk.conv.
template <typename OpTy>
mlir::LogicalResult moveNumericsAndAttributes(mlir::linalg::LinalgOp from,
                                              OpTy to);

/// The operation in a form that is recognised: without zero points (P125), and
/// with a loop for images and each kind of channels. Itself, if it is that.
mlir::FailureOr<mlir::linalg::LinalgOp>
importForm(mlir::linalg::LinalgOp op, mlir::RewriterBase &rewriter);

/// Replaces a convolution of two tensors, which checkProductTypes allows.
mlir::LogicalResult importConvolution(mlir::linalg::LinalgOp op,
                                      mlir::RewriterBase &rewriter);

/// Whether the operation multiplies a window of its first input with the
/// second, and sums.
bool isConvolution(mlir::linalg::LinalgOp op);

/// Whether the operation reduces windows of its first input, each channel apart
/// from the others.
bool isWindow(mlir::linalg::LinalgOp op);
mlir::LogicalResult importWindow(mlir::linalg::LinalgOp op,
                                 mlir::RewriterBase &rewriter);

} // namespace dlk

#endif
