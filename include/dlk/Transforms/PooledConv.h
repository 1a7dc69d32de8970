// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling that a convolution's kernel can do itself.
#ifndef DLK_TRANSFORMS_POOLEDCONV_H
#define DLK_TRANSFORMS_POOLEDCONV_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include <string>

namespace dlk {

/// The dlk.window that is the only use of a convolution's result, or null.
WindowOp getPooling(ConvOp op);

/// Why the product that computes the convolution cannot combine the four rows
/// of each window; empty if it can.
std::string whyNotPooled(ConvOp op, WindowOp pooling);

} // namespace dlk

#endif
