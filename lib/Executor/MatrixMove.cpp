// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MatrixMove.h"
#include <cstring>

namespace dlk::exec {

/// Three rounds of interleaving transpose an 8x8 matrix held in 8 vectors.
void transposeMatrix(Lanes32 &to, const Lanes32 &from) {
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
