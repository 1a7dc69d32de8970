// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Register fragments: every element of a fragment is held, by as many threads
// as the kind says, and the order is that of the PTX ISA.

#include "dlk/Analysis/FragmentLayout.h"
#include "gtest/gtest.h"
#include <map>
#include <set>
#include <vector>

using namespace dlk;

namespace {

using Coordinate = std::pair<int64_t, int64_t>;

int64_t numWarps(const FragmentLayout &fragment) {
  int64_t perGroup = fragment.role == FragmentRole::WgmmaAcc ? 4 : 1;
  return fragment.warpsM * fragment.warpsN * perGroup;
}

/// How many (warp, lane, element) hold each coordinate.
std::map<Coordinate, int64_t> countHolders(const FragmentLayout &fragment) {
  std::map<Coordinate, int64_t> holders;
  for (int64_t warp = 0; warp < numWarps(fragment); ++warp) {
    std::set<Coordinate> ofWarp;
    for (int64_t lane = 0; lane < 32; ++lane)
      for (int64_t e = 0; e < fragment.elementsPerThread(); ++e) {
        Coordinate at = fragment.coordinate(warp, lane, e);
        EXPECT_TRUE(ofWarp.insert(at).second) << "held twice in a warp";
        ++holders[at];
      }
  }
  return holders;
}

/// Each of rows x columns is held exactly `times`, and nothing else is.
void expectCovers(const FragmentLayout &fragment, int64_t times) {
  ASSERT_TRUE(fragment.isValid());
  std::map<Coordinate, int64_t> holders = countHolders(fragment);
  ASSERT_EQ(static_cast<int64_t>(holders.size()),
            fragment.rows * fragment.columns);
  for (auto [at, count] : holders) {
    ASSERT_EQ(count, times) << at.first << ", " << at.second;
    ASSERT_TRUE(at.first >= 0 && at.first < fragment.rows);
    ASSERT_TRUE(at.second >= 0 && at.second < fragment.columns);
  }
}

constexpr std::pair<int64_t, int64_t> kWarps[] = {
    {1, 1}, {1, 2}, {2, 1}, {2, 2}, {4, 1}, {1, 4}, {2, 4}, {4, 2}};

} // namespace

TEST(FragmentLayout, AccumulatorsAreHeldOnce) {
  for (auto [m, n] : kWarps)
    for (int64_t tilesM : {1, 2, 3, 4})
      for (int64_t tilesN : {1, 2, 5, 8})
        expectCovers(
            {FragmentRole::MmaAcc, 16 * tilesM * m, 8 * tilesN * n, m, n}, 1);
}

TEST(FragmentLayout, OperandsAreHeldByEveryWarpThatNeedsThem) {
  for (auto [m, n] : kWarps)
    for (int64_t tiles : {1, 2, 4})
      for (int64_t slices : {1, 2}) {
        expectCovers({FragmentRole::MmaA, 16 * tiles * m, 16 * slices, m, n},
                     n);
        expectCovers({FragmentRole::MmaB, 16 * slices, 8 * tiles * n, m, n}, m);
      }
}

/// A slice of k is 32 bytes of elements.
TEST(FragmentLayout, OperandsOfAllWidthsAreHeld) {
  for (int64_t bytes : {1, 2, 4})
    for (auto [m, n] : kWarps) {
      int64_t k = FragmentLayout::sliceExtent(bytes);
      EXPECT_EQ(k, 32 / bytes);
      expectCovers({FragmentRole::MmaA, 32 * m, 2 * k, m, n, bytes}, n);
      expectCovers({FragmentRole::MmaB, 2 * k, 16 * n, m, n, bytes}, m);
    }
}

/// PTX ISA, "Matrix Fragments for mma.m16n8k8" (tf32) and "mma.m16n8k32".
TEST(FragmentLayout, OrderOfOtherWidths) {
  FragmentLayout words{FragmentRole::MmaA, 16, 8, 1, 1, 4};
  const Coordinate ofWords[] = {{1, 2}, {9, 2}, {1, 6}, {9, 6}};
  for (int64_t e = 0; e < 4; ++e)
    EXPECT_EQ(words.coordinate(0, 6, e), ofWords[e]) << e;
  FragmentLayout bytes{FragmentRole::MmaB, 32, 8, 1, 1, 1};
  const Coordinate ofBytes[] = {{8, 1},  {9, 1},  {10, 1}, {11, 1},
                                {24, 1}, {25, 1}, {26, 1}, {27, 1}};
  for (int64_t e = 0; e < 8; ++e)
    EXPECT_EQ(bytes.coordinate(0, 6, e), ofBytes[e]) << e;
}

TEST(FragmentLayout, WarpgroupAccumulatorsAreHeldOnce) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{1, 1}, {2, 1}, {1, 2}})
    for (int64_t columns : {8, 64, 96, 256})
      expectCovers({FragmentRole::WgmmaAcc, 64 * m, columns * n, m, n}, 1);
}

TEST(FragmentLayout, InvalidShapes) {
  EXPECT_FALSE((FragmentLayout{FragmentRole::MmaAcc, 24, 8, 1, 1}.isValid()));
  EXPECT_FALSE((FragmentLayout{FragmentRole::MmaAcc, 16, 12, 1, 1}.isValid()));
  EXPECT_FALSE((FragmentLayout{FragmentRole::MmaAcc, 16, 8, 2, 1}.isValid()));
  EXPECT_FALSE((FragmentLayout{FragmentRole::MmaA, 16, 8, 1, 1}.isValid()));
  EXPECT_FALSE((FragmentLayout{FragmentRole::MmaB, 8, 8, 1, 1}.isValid()));
  EXPECT_FALSE((FragmentLayout{FragmentRole::WgmmaAcc, 32, 8, 1, 1}.isValid()));
  EXPECT_FALSE((FragmentLayout{FragmentRole::MmaAcc, 0, 8, 1, 1}.isValid()));
}

/// PTX ISA, "Matrix Fragments for mma.m16n8k16": the elements of four lanes,
/// read off its figures.
TEST(FragmentLayout, OrderOfA) {
  FragmentLayout a{FragmentRole::MmaA, 16, 16, 1, 1};
  using List = std::vector<Coordinate>;
  std::map<int64_t, List> table = {
      {0, {{0, 0}, {0, 1}, {8, 0}, {8, 1}, {0, 8}, {0, 9}, {8, 8}, {8, 9}}},
      {3, {{0, 6}, {0, 7}, {8, 6}, {8, 7}, {0, 14}, {0, 15}, {8, 14}, {8, 15}}},
      {5, {{1, 2}, {1, 3}, {9, 2}, {9, 3}, {1, 10}, {1, 11}, {9, 10}, {9, 11}}},
      {31,
       {{7, 6},
        {7, 7},
        {15, 6},
        {15, 7},
        {7, 14},
        {7, 15},
        {15, 14},
        {15, 15}}}};
  for (auto &[lane, expected] : table)
    for (int64_t e = 0; e < 8; ++e)
      EXPECT_EQ(a.coordinate(0, lane, e), expected[e]) << lane << ", " << e;
}

TEST(FragmentLayout, OrderOfB) {
  FragmentLayout b{FragmentRole::MmaB, 16, 8, 1, 1};
  using List = std::vector<Coordinate>;
  std::map<int64_t, List> table = {{0, {{0, 0}, {1, 0}, {8, 0}, {9, 0}}},
                                   {3, {{6, 0}, {7, 0}, {14, 0}, {15, 0}}},
                                   {5, {{2, 1}, {3, 1}, {10, 1}, {11, 1}}},
                                   {31, {{6, 7}, {7, 7}, {14, 7}, {15, 7}}}};
  for (auto &[lane, expected] : table)
    for (int64_t e = 0; e < 4; ++e)
      EXPECT_EQ(b.coordinate(0, lane, e), expected[e]) << lane << ", " << e;
}

TEST(FragmentLayout, OrderOfAccumulators) {
  FragmentLayout c{FragmentRole::MmaAcc, 16, 8, 1, 1};
  using List = std::vector<Coordinate>;
  std::map<int64_t, List> table = {{0, {{0, 0}, {0, 1}, {8, 0}, {8, 1}}},
                                   {3, {{0, 6}, {0, 7}, {8, 6}, {8, 7}}},
                                   {5, {{1, 2}, {1, 3}, {9, 2}, {9, 3}}},
                                   {31, {{7, 6}, {7, 7}, {15, 6}, {15, 7}}}};
  for (auto &[lane, expected] : table)
    for (int64_t e = 0; e < 4; ++e)
      EXPECT_EQ(c.coordinate(0, lane, e), expected[e]) << lane << ", " << e;
}

/// PTX ISA, wgmma "Accumulator D": d(2j), d(2j+1) of lane in row
/// 16 * (warp % 4) + lane / 4 (+8 for every other pair), columns 8 * (j / 2)
/// on.
TEST(FragmentLayout, OrderOfWarpgroupAccumulators) {
  FragmentLayout d{FragmentRole::WgmmaAcc, 64, 16, 1, 1};
  for (int64_t warp = 0; warp < 4; ++warp)
    for (int64_t lane = 0; lane < 32; ++lane)
      for (int64_t e = 0; e < 8; ++e) {
        Coordinate expected{16 * warp + lane / 4 + 8 * (e / 2 % 2),
                            8 * (e / 4) + 2 * (lane % 4) + e % 2};
        EXPECT_EQ(d.coordinate(warp, lane, e), expected);
      }
}

TEST(FragmentLayout, TilesAreNumberedRowByRow) {
  FragmentLayout c{FragmentRole::MmaAcc, 64, 32, 2, 2}; // 2x2 tiles per warp
  EXPECT_EQ(c.coordinate(0, 0, 4), Coordinate(0, 8));
  EXPECT_EQ(c.coordinate(0, 0, 8), Coordinate(16, 0));
  EXPECT_EQ(c.coordinate(1, 0, 0), Coordinate(0, 16));
  EXPECT_EQ(c.coordinate(2, 0, 0), Coordinate(32, 0));
  EXPECT_EQ(c.elementsPerThread(), 16);
}
