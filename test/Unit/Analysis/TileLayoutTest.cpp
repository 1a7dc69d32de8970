// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shared tiles and staging tiles: every element has a place of its own, and the
// accesses that the lowering makes are free of bank conflicts, at every index.

#include "Banks.h"
#include "dlk/Analysis/FragmentLayout.h"
#include "dlk/Analysis/Layout.h"
#include "gtest/gtest.h"
#include <string>

using namespace dlk;
using namespace dlk::test;

namespace {

constexpr int64_t kRows[] = {8,  16, 24,  32,  40,  48, 64,
                             80, 96, 112, 128, 192, 256};
constexpr int64_t kColumns[] = {8,  16,  24,  32,  40,  48,  56,  64,  72, 80,
                                96, 112, 128, 144, 160, 192, 224, 240, 256};

struct Tile {
  int64_t rows, columns, bytes;
  Layout layout;

  int64_t offset(int64_t row, int64_t column) const {
    return layout.byteOffset({row, column}, bytes);
  }
  std::string name() const {
    return std::to_string(rows) + "x" + std::to_string(columns) + " of " +
           std::to_string(bytes) + " bytes";
  }
};

/// Every tile whose rows are a multiple of `rowUnit` bytes.
template <typename Make, typename Check>
void forEachTile(int64_t rowUnit, Make make, Check check) {
  for (int64_t bytes : {1, 2, 4, 8})
    for (int64_t rows : kRows)
      for (int64_t columns : kColumns) {
        if (columns * bytes % rowUnit != 0)
          continue;
        Tile tile{rows, columns, bytes, make(rows, columns, bytes)};
        SCOPED_TRACE(tile.name());
        check(tile);
        if (::testing::Test::HasFatalFailure())
          return;
      }
}

void checkBijection(const Tile &tile) {
  int64_t span = tile.layout.getSpan();
  ASSERT_EQ(span, tile.rows * tile.columns);
  std::vector<bool> taken(span * tile.bytes);
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t column = 0; column < tile.columns; ++column) {
      int64_t offset = tile.offset(row, column);
      ASSERT_EQ(offset % tile.bytes, 0);
      ASSERT_GE(offset, 0);
      ASSERT_LT(offset, span * tile.bytes);
      ASSERT_FALSE(taken[offset]) << row << ", " << column;
      taken[offset] = true;
    }
}

/// `width` bytes that start at a multiple of `width` lie together.
void checkContiguous(const Tile &tile, int64_t width) {
  int64_t perAccess = width / tile.bytes;
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t column = 0; column + perAccess <= tile.columns;
         column += perAccess)
      for (int64_t i = 0; i < perAccess; ++i)
        ASSERT_EQ(tile.offset(row, column + i),
                  tile.offset(row, column) + i * tile.bytes);
}

/// 32 lanes access consecutive pieces of `width` bytes, row after row.
void checkRowAccess(const Tile &tile, int64_t width) {
  int64_t perAccess = width / tile.bytes;
  int64_t perRow = tile.columns / perAccess;
  std::vector<int64_t> lanes;
  for (int64_t piece = 0; piece < tile.rows * perRow; ++piece) {
    lanes.push_back(tile.offset(piece / perRow, piece % perRow * perAccess));
    if (lanes.size() < 32 && piece + 1 != tile.rows * perRow)
      continue;
    ASSERT_EQ(worstRounds(lanes, width), 1) << "piece " << piece;
    lanes.clear();
  }
}

void checkRowAccesses(const Tile &tile) {
  for (int64_t width = tile.bytes; width <= 16; width *= 2) {
    if (tile.columns * tile.bytes % width != 0)
      continue;
    checkContiguous(tile, width);
    checkRowAccess(tile, width);
    if (::testing::Test::HasFatalFailure())
      return;
  }
}

} // namespace

TEST(SharedTile, IsABijection) {
  forEachTile(16, Layout::sharedTile, checkBijection);
}

/// ldmatrix reads eight rows of 16 bytes at a time. The rows follow one another
/// in memory whether or not the matrix is transposed on the way.
TEST(SharedTile, LdmatrixHasNoConflicts) {
  forEachTile(16, Layout::sharedTile, [](const Tile &tile) {
    for (int64_t row = 0; row + 8 <= tile.rows; ++row)
      for (int64_t column = 0; column < tile.columns;
           column += 16 / tile.bytes) {
        std::vector<int64_t> lanes;
        for (int64_t i = 0; i < 8; ++i)
          lanes.push_back(tile.offset(row + i, column));
        ASSERT_EQ(rounds(lanes, 16), 1) << row << ", " << column;
      }
  });
}

TEST(SharedTile, CopiesHaveNoConflicts) {
  forEachTile(16, Layout::sharedTile, checkRowAccesses);
}

TEST(SharedTile, RowsOf128BytesAreTmaBoxes) {
  Layout layout = Layout::sharedTile(32, 256, 2);
  EXPECT_EQ(layout.getSwizzle(), (Swizzle{3, 4, 3}));
  ASSERT_EQ(layout.getModes()[1].size(), 2u);
  EXPECT_EQ(layout.getModes()[1][0], (LayoutPart{64, 1}));
  EXPECT_EQ(layout.getModes()[1][1], (LayoutPart{4, 2048}));
  EXPECT_EQ(layout.getModes()[0][0], (LayoutPart{32, 64}));
}

TEST(SharedTile, ShorterRowsHaveTheSmallerSwizzles) {
  EXPECT_EQ(Layout::sharedTile(128, 32, 2).getSwizzle(), (Swizzle{2, 4, 3}));
  EXPECT_EQ(Layout::sharedTile(128, 16, 2).getSwizzle(), (Swizzle{1, 4, 3}));
  EXPECT_EQ(Layout::sharedTile(128, 8, 2).getSwizzle(), Swizzle{});
  EXPECT_EQ(Layout::sharedTile(128, 96, 2).getSwizzle(), (Swizzle{2, 4, 3}));
}

/// Why uneven rows are not cut into panels: the same 64-byte piece of two
/// panels is the same banks, and a copy meets both.
TEST(SharedTile, PanelsOf64BytesWouldCollide) {
  Layout panels({LayoutMode{{32, 32}}, LayoutMode{{32, 1}, {3, 1024}}},
                Swizzle{2, 4, 3});
  std::vector<int64_t> lanes;
  for (int64_t i = 0; i < 8; ++i)
    lanes.push_back(panels.byteOffset({0, i * 8}, 2));
  EXPECT_EQ(rounds(lanes, 16), 2);
}

TEST(StagingTile, IsABijection) {
  forEachTile(8, Layout::stagingTile, checkBijection);
}

/// A warp writes rows g and g+8 of each 16x8 accumulator tile, two neighbouring
/// columns per lane.
TEST(StagingTile, AccumulatorWritesHaveNoConflicts) {
  forEachTile(8, Layout::stagingTile, [](const Tile &tile) {
    if (tile.rows % 16 != 0)
      return;
    FragmentLayout fragment{FragmentRole::MmaAcc, tile.rows, tile.columns, 1,
                            1};
    for (int64_t element = 0; element < fragment.elementsPerThread();
         element += 2) {
      std::vector<int64_t> lanes;
      for (int64_t lane = 0; lane < 32; ++lane) {
        auto [row, column] = fragment.coordinate(0, lane, element);
        lanes.push_back(tile.offset(row, column));
        ASSERT_EQ(tile.offset(row, column + 1), lanes.back() + tile.bytes);
      }
      ASSERT_EQ(worstRounds(lanes, 2 * tile.bytes), 1) << element;
    }
  });
}

TEST(StagingTile, RowReadsHaveNoConflicts) {
  forEachTile(8, Layout::stagingTile, checkRowAccesses);
}

/// The parts of the warps lie one behind the other and start at the same phase
/// of the swizzle, so what holds for the first holds for all.
TEST(StagingTile, WarpsStartAtTheSamePhase) {
  forEachTile(8, Layout::stagingTile, [](const Tile &tile) {
    if (tile.rows % 16 != 0)
      return;
    Swizzle s = tile.layout.getSwizzle();
    int64_t bytes = tile.layout.getSpan() * tile.bytes;
    for (int64_t offset = 0; offset < bytes; offset += tile.bytes)
      ASSERT_EQ(s.apply(bytes + offset), bytes + s.apply(offset));
  });
}

TEST(StagingTile, SwizzlesByElement) {
  EXPECT_EQ(Layout::stagingTile(16, 64, 2).getSwizzle(), (Swizzle{3, 4, 3}));
  EXPECT_EQ(Layout::stagingTile(16, 32, 4).getSwizzle(), (Swizzle{2, 5, 2}));
  EXPECT_EQ(Layout::stagingTile(16, 16, 4).getSwizzle(), (Swizzle{1, 5, 2}));
  EXPECT_EQ(Layout::stagingTile(16, 16, 8).getSwizzle(), (Swizzle{1, 6, 1}));
  EXPECT_EQ(Layout::stagingTile(16, 8, 4).getSwizzle(), Swizzle{});
}

/// Eight rows at one piece of 16 bytes, which stmatrix writes at once, are in
/// different banks, and the pieces of a row stay in it, as TMA expects.
TEST(TmaStaging, MatrixRowsHaveNoConflicts) {
  for (int64_t rowBytes : {32, 64, 128}) {
    Layout layout = Layout::tmaStaging({2, 64, rowBytes / 2}, 2, rowBytes);
    for (int64_t row = 0; row < 64; row += 8)
      for (int64_t column = 0; column < rowBytes / 2; column += 8) {
        std::vector<int64_t> lanes;
        for (int64_t r = row; r < row + 8; ++r) {
          int64_t offset = layout.byteOffset({1, r, column}, 2);
          ASSERT_EQ(offset / rowBytes, 64 + r);
          lanes.push_back(offset);
        }
        ASSERT_EQ(rounds(lanes, 16), 1) << rowBytes << ": " << row;
      }
  }
}

TEST(TmaStaging, SwizzlesByTheMap) {
  EXPECT_EQ(Layout::tmaStaging({2, 64, 64}, 2, 128).getSwizzle(),
            (Swizzle{3, 4, 3}));
  EXPECT_EQ(Layout::tmaStaging({2, 64, 32}, 2, 64).getSwizzle(),
            (Swizzle{2, 4, 3}));
  EXPECT_EQ(Layout::tmaStaging({2, 64, 16}, 2, 32).getSwizzle(),
            (Swizzle{1, 4, 3}));
  EXPECT_EQ(Layout::tmaStaging({2, 64, 8}, 2, 0).getSwizzle(), Swizzle{});
}
