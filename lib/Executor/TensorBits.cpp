// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mma.sync of single bits: an element of D is C plus the number of ones in the
// exclusive or, or the conjunction, of a row of A and a column of B. A lane's
// register holds 32 neighbours of a row, four lanes a row's 128.

#include "TensorCore.h"

namespace dlk::exec {

void mmaBits(const MmaSpec &spec, const MmaModel &,
             const MmaOperands &operands) {
  unsigned rowBlocks = spec.m / 8, depth = spec.k / 128;
  int32_t sums[16][8];
  auto word = [](const void *lanes, unsigned i) {
    return static_cast<const uint32_t *>(lanes)[i];
  };
  for (unsigned i = 0; i < spec.m; ++i)
    for (unsigned j = 0; j < 8; ++j) {
      uint32_t sum = word(operands.c[i / 8 * 2 + j % 2], i % 8 * 4 + j / 2);
      for (unsigned r = 0; r < depth; ++r)
        for (unsigned t = 0; t < 4; ++t) {
          uint32_t a = word(operands.a[r * rowBlocks + i / 8], i % 8 * 4 + t);
          uint32_t b = word(operands.b[r], j * 4 + t);
          sum += uint32_t(__builtin_popcount(spec.bitAnd ? a & b : a ^ b));
        }
      sums[i][j] = int32_t(sum);
    }
  for (unsigned i = 0; i < spec.m; ++i)
    for (unsigned j = 0; j < 8; ++j)
      static_cast<int32_t *>(operands.d[i / 8 * 2 + j % 2])[i % 8 * 4 + j / 2] =
          sums[i][j];
}

} // namespace dlk::exec
