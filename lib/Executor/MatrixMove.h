// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ldmatrix, stmatrix and movmatrix on 8x8 matrices of 16-bit elements. A row of
// matrix q is 16 contiguous bytes, `rows[8 * q + r]`; in a register, lane
// 4r + t holds the elements 2t and 2t + 1 of row r, so the 32 lanes of a
// register are the matrix row by row. With `transposed` the matrix in the
// registers is the transpose of that in memory.

#ifndef DLK_LIB_EXECUTOR_MATRIXMOVE_H
#define DLK_LIB_EXECUTOR_MATRIXMOVE_H

#include "Lanes.h"
#include <cstddef>

namespace dlk::exec {

void loadMatrices(const std::byte *const *rows, unsigned count, bool transposed,
                  Lanes32 *const *registers);
void storeMatrices(std::byte *const *rows, unsigned count, bool transposed,
                   const Lanes32 *const *registers);
/// `to` and `from` may be the same.
void transposeMatrix(Lanes32 &to, const Lanes32 &from);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_MATRIXMOVE_H
