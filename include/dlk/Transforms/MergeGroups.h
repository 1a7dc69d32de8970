// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions whose groups and channels are one dimension.
#ifndef DLK_TRANSFORMS_MERGEGROUPS_H
#define DLK_TRANSFORMS_MERGEGROUPS_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"

namespace dlk {

/// Writes the convolution with layouts in which groups are in the channels,
/// nhwc for nhwgc, wherever they are neighbours in memory: of tensors that
/// tensor.collapse_shape makes, which copies nothing. Returns the operation
/// that stands for `op` then, which may be `op`.
ConvOp mergeGroups(ConvOp op);

} // namespace dlk

#endif
