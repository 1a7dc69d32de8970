// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Taps that are zeros: by class against the definition, and where nothing is
// known.

#include "dlk/Analysis/TapRanges.h"
#include "gtest/gtest.h"

using namespace dlk;

namespace {

/// The filter of a dgrad of one spatial dimension as (e, z, c, (r', f)): r =
/// e + step * (taps - 1 - r') + extent * z.
Gather filter(int64_t step, int64_t gaps, int64_t extent) {
  int64_t taps = (extent + step - 1) / step;
  Gather gather;
  gather.groups = {{step}, {gaps}, {8}, {taps, 16}};
  gather.coefficients = {
      {0, 0, 0, 0, 1}, {1, extent, 0, -step, 0}, {0, 0, 1, 0, 0}};
  gather.constants = {0, step * (taps - 1), 0};
  return gather;
}

TEST(TapRanges, ClassesOfAStridedGradient) {
  for (int64_t step : {1, 2, 3, 4})
    for (int64_t gaps : {1, 2})
      for (int64_t extent : {1, 2, 3, 5, 7}) {
        Gather gather = filter(step, gaps, extent);
        int64_t taps = gather.groups[3][0];
        const int64_t shape[] = {16, extent, 8};
        std::optional<TapRanges> ranges =
            TapRanges::find({GatheredOperand{gather, shape}});
        bool allUsed = extent % step == 0 && gaps == 1;
        ASSERT_EQ(ranges.has_value(), !allUsed) << step << gaps << extent;
        if (!ranges)
          continue;
        ASSERT_EQ(int64_t(ranges->classes.size()), step * gaps);
        for (int64_t e = 0; e < step; ++e)
          for (int64_t z = 0; z < gaps; ++z)
            for (int64_t tap = 0; tap < taps; ++tap) {
              int64_t r = e + step * (taps - 1 - tap) + extent * z;
              TapRange range = ranges->classes[e * gaps + z][0];
              bool used = tap >= range.first && tap < range.first + range.count;
              EXPECT_EQ(used, r < extent);
            }
      }
}

TEST(TapRanges, Fraction) {
  const int64_t shape[] = {16, 3, 8};
  std::optional<TapRanges> ranges =
      TapRanges::find({GatheredOperand{filter(2, 1, 3), shape}});
  ASSERT_TRUE(ranges);
  EXPECT_EQ(ranges->getFraction(), 0.75);
  EXPECT_EQ(ranges->countTaps(0), 2);
  EXPECT_EQ(ranges->countTaps(1), 1);
}

/// Pixels decide whether a tap meets the padding: no tap is zero for all.
TEST(TapRanges, NothingIsKnownOfPixels) {
  Gather gather;
  gather.groups = {{14}, {3, 16}};
  gather.coefficients = {{1, 1, 0}, {0, 0, 1}};
  gather.constants = {-1, 0};
  gather.groups.insert(gather.groups.begin(), {2});
  for (auto &row : gather.coefficients)
    row.insert(row.begin(), 0);
  const int64_t shape[] = {14, 16};
  EXPECT_FALSE(TapRanges::find({GatheredOperand{gather, shape}}));
}

} // namespace
