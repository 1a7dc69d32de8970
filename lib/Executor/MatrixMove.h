// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ldmatrix, stmatrix and movmatrix on 8x8 matrices of 16-bit elements. A row of
// matrix q is 16 contiguous bytes, `rows[8 * q + r]`; in a register, lane
// 4r + t holds the elements 2t and 2t + 1 of row r, so the 32 lanes of a
// register are the matrix row by row. With `transposed` the matrix in the
// registers is the transpose of that in memory.

#ifndef DLK_LIB_EXECUTOR_MATRIXMOVE_H
#define DLK_LIB_EXECUTOR_MATRIXMOVE_H

#include "HostTarget.h"
#include "Lanes.h"
#include <cstddef>
#include <cstring>

namespace dlk::exec {

void loadMatrices(const std::byte *const *rows, unsigned count, bool transposed,
                  Lanes32 *const *registers);
void storeMatrices(std::byte *const *rows, unsigned count, bool transposed,
                   const Lanes32 *const *registers);
/// `to` and `from` may be the same. Three rounds of interleaving halves
/// transpose an 8x8 matrix held in 8 vectors.
DLK_INLINE void transposeMatrix(Lanes32 &to, const Lanes32 &from) {
  typedef uint16_t Vector __attribute__((vector_size(16)));
  Vector rows[8], next[8];
  std::memcpy(rows, from.v, sizeof rows);
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 4; ++i) {
      next[2 * i] = __builtin_shufflevector(rows[i], rows[i + 4], 0, 8, 1, 9, 2,
                                            10, 3, 11);
      next[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 4], 4, 12, 5,
                                                13, 6, 14, 7, 15);
    }
    std::memcpy(rows, next, sizeof rows);
  }
  std::memcpy(to.v, rows, sizeof rows);
}

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_MATRIXMOVE_H
