// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The algebra of layouts: offsets, spans, swizzles, and TMA's swizzle table.

#include "dlk/Analysis/Layout.h"
#include "gtest/gtest.h"

using namespace dlk;

TEST(Layout, RowMajorStrides) {
  Layout layout = Layout::rowMajor({2, 3, 5});
  EXPECT_EQ(layout.getRank(), 3);
  EXPECT_EQ(layout.getExtent(1), 3);
  EXPECT_EQ(layout.getSpan(), 30);
  EXPECT_EQ(layout.linearOffset({1, 2, 4}), 29);
  EXPECT_EQ(layout.byteOffset({1, 0, 1}, 4), 64);
}

TEST(Layout, RankZeroHasOneElement) {
  Layout layout = Layout::rowMajor({});
  EXPECT_EQ(layout.getSpan(), 1);
  EXPECT_EQ(layout.linearOffset({}), 0);
}

TEST(Layout, EmptyDimensionHasNoSpan) {
  EXPECT_EQ(Layout::rowMajor({4, 0}).getSpan(), 0);
}

TEST(Layout, StrideZeroBroadcasts) {
  Layout layout = Layout::strided({4, 8}, {0, 1});
  EXPECT_EQ(layout.linearOffset({3, 5}), layout.linearOffset({0, 5}));
  EXPECT_EQ(layout.getSpan(), 8);
}

TEST(Layout, PartsOfADimensionAreInnermostFirst) {
  // 128 columns in two panels of 64, as in the description of the attribute.
  Layout layout({LayoutMode{{32, 64}}, LayoutMode{{64, 1}, {2, 2048}}});
  EXPECT_EQ(layout.getExtent(1), 128);
  EXPECT_EQ(layout.linearOffset({0, 63}), 63);
  EXPECT_EQ(layout.linearOffset({0, 64}), 2048);
  EXPECT_EQ(layout.linearOffset({31, 127}), 31 * 64 + 2048 + 63);
  EXPECT_EQ(layout.getSpan(), 4096);
}

TEST(Swizzle, NoneIsTheIdentity) {
  EXPECT_FALSE(Swizzle{});
  for (int64_t offset = 0; offset < 4096; ++offset)
    ASSERT_EQ(Swizzle{}.apply(offset), offset);
}

TEST(Swizzle, IsItsOwnInverseAndStaysInItsBlock) {
  for (Swizzle swizzle : {Swizzle{3, 4, 3}, Swizzle{2, 4, 3}, Swizzle{1, 4, 3},
                          Swizzle{2, 5, 2}, Swizzle{1, 6, 1}}) {
    int64_t block = int64_t(1) << (swizzle.base + swizzle.bits);
    for (int64_t offset = 0; offset < 4096; ++offset) {
      int64_t image = swizzle.apply(offset);
      ASSERT_EQ(swizzle.apply(image), offset);
      ASSERT_EQ(image / block, offset / block);
    }
  }
}

/// PTX ISA, "Tensor Swizzling Modes": where the 16-byte pieces of eight
/// 128-byte lines go; entry [line][piece].
TEST(Swizzle, IsTheOneOfTma) {
  const int mode128[8][8] = {
      {0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6},
      {2, 3, 0, 1, 6, 7, 4, 5}, {3, 2, 1, 0, 7, 6, 5, 4},
      {4, 5, 6, 7, 0, 1, 2, 3}, {5, 4, 7, 6, 1, 0, 3, 2},
      {6, 7, 4, 5, 2, 3, 0, 1}, {7, 6, 5, 4, 3, 2, 1, 0}};
  const int mode64[4][8] = {{0, 1, 2, 3, 4, 5, 6, 7},
                            {1, 0, 3, 2, 5, 4, 7, 6},
                            {2, 3, 0, 1, 6, 7, 4, 5},
                            {3, 2, 1, 0, 7, 6, 5, 4}};
  const int mode32[2][8] = {{0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6}};
  for (int line = 0; line < 8; ++line)
    for (int piece = 0; piece < 8; ++piece) {
      int64_t offset = line * 128 + piece * 16;
      auto place = [&](Swizzle s) { return s.apply(offset) % 128 / 16; };
      EXPECT_EQ(place({3, 4, 3}), mode128[line][piece]);
      EXPECT_EQ(place({2, 4, 3}), mode64[line % 4][piece]);
      EXPECT_EQ(place({1, 4, 3}), mode32[line % 2][piece]);
    }
}
