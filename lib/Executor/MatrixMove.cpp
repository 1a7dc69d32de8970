// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MatrixMove.h"

namespace dlk::exec {

void loadMatrices(const std::byte *const *rows, unsigned count, bool transposed,
                  Lanes32 *const *registers) {
  for (unsigned q = 0; q < count; ++q) {
    for (unsigned r = 0; r < 8; ++r)
      std::memcpy(&registers[q]->v[4 * r], rows[8 * q + r], 16);
    if (transposed)
      transposeMatrix(*registers[q], *registers[q]);
  }
}

void storeMatrices(std::byte *const *rows, unsigned count, bool transposed,
                   const Lanes32 *const *registers) {
  for (unsigned q = 0; q < count; ++q) {
    Lanes32 matrix = *registers[q];
    if (transposed)
      transposeMatrix(matrix, matrix);
    for (unsigned r = 0; r < 8; ++r)
      std::memcpy(rows[8 * q + r], &matrix.v[4 * r], 16);
  }
}

} // namespace dlk::exec
