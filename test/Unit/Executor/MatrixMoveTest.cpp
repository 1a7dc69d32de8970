// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ldmatrix and stmatrix against the ISA's description: lane l gets row l / 4,
// elements 2 (l % 4) and the next, of each matrix; .trans swaps row and column.

#include "MatrixMove.h"
#include "gtest/gtest.h"
#include <cstring>
#include <vector>

using namespace dlk::exec;

namespace {

struct Matrices {
  uint16_t memory[4][8][8];
  Lanes32 registers[4];
  std::vector<std::byte *> rows;
  Lanes32 *pointers[4];

  Matrices() {
    for (unsigned q = 0; q < 4; ++q) {
      pointers[q] = &registers[q];
      std::memset(&registers[q], 0xcd, sizeof registers[q]);
      for (unsigned r = 0; r < 8; ++r) {
        rows.push_back(reinterpret_cast<std::byte *>(memory[q][r]));
        for (unsigned c = 0; c < 8; ++c)
          memory[q][r][c] = uint16_t(q * 1000 + r * 10 + c);
      }
    }
  }
  uint16_t element(unsigned q, unsigned lane, unsigned e) const {
    return uint16_t(registers[q].v[lane] >> (16 * e));
  }
};

TEST(MatrixMove, loadGivesEachLaneItsElements) {
  for (unsigned count : {1u, 2u, 4u})
    for (bool transposed : {false, true}) {
      Matrices m;
      loadMatrices(m.rows.data(), count, transposed, m.pointers);
      for (unsigned q = 0; q < count; ++q)
        for (unsigned lane = 0; lane < 32; ++lane)
          for (unsigned e = 0; e < 2; ++e) {
            unsigned row = lane / 4, column = lane % 4 * 2 + e;
            if (transposed)
              std::swap(row, column);
            ASSERT_EQ(m.element(q, lane, e), m.memory[q][row][column]);
          }
      if (count < 4)
        EXPECT_EQ(m.registers[count].v[0], 0xcdcdcdcdu);
    }
}

TEST(MatrixMove, storeIsTheInverse) {
  for (unsigned count : {1u, 2u, 4u})
    for (bool transposed : {false, true}) {
      Matrices m, other;
      std::memset(other.memory, 0, sizeof other.memory);
      loadMatrices(m.rows.data(), count, transposed, m.pointers);
      storeMatrices(other.rows.data(), count, transposed, m.pointers);
      EXPECT_EQ(std::memcmp(m.memory, other.memory, count * sizeof m.memory[0]),
                0);
    }
}

TEST(MatrixMove, rowsMayLieAnywhere) {
  Matrices m;
  std::swap(m.rows[1], m.rows[30]);
  loadMatrices(m.rows.data(), 4, false, m.pointers);
  EXPECT_EQ(m.element(0, 4, 0), m.memory[3][6][0]);
  EXPECT_EQ(m.element(3, 24, 1), m.memory[0][1][1]);
}

TEST(MatrixMove, transposeTwiceIsNothing) {
  Matrices m;
  loadMatrices(m.rows.data(), 1, false, m.pointers);
  Lanes32 twice;
  transposeMatrix(twice, m.registers[0]);
  EXPECT_NE(std::memcmp(&twice, &m.registers[0], sizeof twice), 0);
  transposeMatrix(twice, twice);
  EXPECT_EQ(std::memcmp(&twice, &m.registers[0], sizeof twice), 0);
}

} // namespace
