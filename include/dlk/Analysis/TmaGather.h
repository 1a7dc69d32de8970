// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers that TMA can follow. Plain values, no IR.
#ifndef DLK_ANALYSIS_TMAGATHER_H
#define DLK_ANALYSIS_TMAGATHER_H

#include "dlk/Analysis/Gather.h"
#include <string>

namespace dlk {

/// How TMA fills boxes of rows x columns of a gather, whose columns run along
/// the tensor's last dimension. Columns of a box differ in the last digit of
/// the last dimension of the array only; rows in the last digit of the one
/// before it (mode tiled, of one tensor dimension), or they are neighbouring
/// pixels (mode im2col; PTX ISA, "Tensor im2col mode").
struct TmaGather {
  bool im2col = false;
  /// Tiled: the dimension of the tensor that rows run along.
  unsigned rowTensorDim = 0;
  /// Im2col, for each spatial dimension of the tensor, outermost first: the
  /// first and last base pixel, from the tensor's first and last one, and what
  /// neighbours are apart.
  llvm::SmallVector<int64_t> lower, upper, strides;
};

/// The form of a gather of a row-major tensor, or the reason why it has none in
/// `why`, which is empty then if it has one that all rows fit. `elementBytes`
/// are 1, 2 or 4.
std::optional<TmaGather> findTmaGather(const Gather &gather,
                                       llvm::ArrayRef<int64_t> tensorShape,
                                       int64_t elementBytes, std::string &why);

/// What the rows of a box must divide, since only the last digit may differ
/// between them; 0 if they may be any.
int64_t getBoxRows(const Gather &gather, const TmaGather &form);

/// Whether boxes of `rows` x `columns`, which start at multiples of these,
/// differ in the digits only that the form allows.
bool fitsBoxes(const Gather &gather, const TmaGather &form, int64_t rows,
               int64_t columns);

} // namespace dlk

#endif
