// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of convolutions that linalg writes as convolutions of other
// tensors.
#ifndef DLK_TRANSFORMS_GRADIENTFORMS_H
#define DLK_TRANSFORMS_GRADIENTFORMS_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace dlk {

/// Whether the loops of a convolution are better named as those of the gradient
/// of a filter, whose input's images are summed and whose taps are the result's
/// positions. What is contiguous in the input should be channels.
bool isFilterGradient(mlir::linalg::LinalgOp op,
                      const mlir::linalg::ConvolutionDimensions &dims);

/// The loops of the convolution whose filter's gradient has `dims`: each plays
/// the other part.
mlir::linalg::ConvolutionDimensions
getForwardDims(mlir::linalg::ConvolutionDimensions dims);

/// Whether the tensor is another one backwards along some dimension.
bool isReversed(mlir::Value tensor);

/// A convolution of stride 1 whose filter is another one backwards is the
/// gradient of that one's input, with the strides by which its input lies
/// between zeros (tensor.insert_slice). If that is its form: rewrites operands
/// and geometry, which are those of fprop, to those of dgrad.
bool becomeDataGradient(mlir::Value &input, mlir::Value &filter,
                        mlir::RankedTensorType result, ConvGeometry &geometry);

/// Taps that are counted backwards in the maps are counted forwards, by a
/// filter that is reversed before; the input that is read by windows comes
/// first.
void straightenTaps(mlir::linalg::LinalgOp op, mlir::RewriterBase &rewriter);

} // namespace dlk

#endif
