// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which filter taps of a gathered product lie in the filter, for each class of
// batches: the others multiply zeros. Plain values, no IR.
#ifndef DLK_ANALYSIS_TAPRANGES_H
#define DLK_ANALYSIS_TAPRANGES_H

#include "dlk/Analysis/Gather.h"

namespace dlk {

struct TapRange {
  int64_t first, count;
};

/// Of a matrix [batch..., rows, k] that is gathered from a tensor of `shape`.
struct GatheredOperand {
  Gather gather;
  llvm::ArrayRef<int64_t> shape;
};

/// The gradient of a convolution with strides is a product for each class of
/// pixels, which are batches, and only one of them needs as many taps as the
/// k of all has room for.
struct TapRanges {
  /// Extents of the digits of k that count taps: all but the last, channels.
  llvm::SmallVector<int64_t> extents;
  /// The batch dimensions whose coordinates, the last one fastest, number the
  /// classes, and their sizes.
  llvm::SmallVector<unsigned> dims;
  llvm::SmallVector<int64_t> sizes;
  /// For each class the range of each of these digits.
  llvm::SmallVector<llvm::SmallVector<TapRange, 3>> classes;

  /// Taps of a class that are not zero.
  int64_t countTaps(unsigned number) const;
  /// Taps that are not zero among those that k counts, over all classes.
  double getFraction() const;

  /// Nothing if no tap is known to be zero, or there are more than 64 classes.
  /// The operands' digits of k are the same.
  static std::optional<TapRanges>
  find(llvm::ArrayRef<GatheredOperand> operands);
};

} // namespace dlk

#endif
