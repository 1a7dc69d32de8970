// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layouts and padding of linalg operations that move a window over images.
#ifndef DLK_TRANSFORMS_WINDOWLETTERS_H
#define DLK_TRANSFORMS_WINDOWLETTERS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace dlk {

/// The letters of the loops: n, c, f, g, and for each spatial dimension the
/// same letter of `dhw` for the position and the tap.
class LoopLetters {
public:
  /// Loops that all three tensors have count channels of windows, `depth` c, or
  /// groups, g.
  LoopLetters(mlir::linalg::LinalgOp op,
              const mlir::linalg::ConvolutionDimensions &dims, char depth);

  /// Of a tensor with that map; window indices, positions plus taps, have the
  /// letter of the position. Empty if an index has none.
  std::string layoutOf(mlir::AffineMap map, bool isFilter) const;

private:
  llvm::SmallVector<char> positions, taps;
};

/// Whether a constant, or all its elements, are zero.
bool isZeroConstant(mlir::Value value);

/// If a tensor.pad puts `isOutside` values around the spatial dimensions of the
/// input, and around no others: what it pads, and by how much more. Else the
/// input.
mlir::Value foldPadding(mlir::Value input, llvm::StringRef layout,
                        llvm::function_ref<bool(mlir::Value)> isOutside,
                        llvm::MutableArrayRef<int64_t> low,
                        llvm::MutableArrayRef<int64_t> high);

} // namespace dlk

#endif
