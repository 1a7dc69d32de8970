// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bank conflicts and sectors of access patterns whose counts are known.

#include "Banks.h"
#include "gtest/gtest.h"
#include <functional>

using namespace dlk::exec;

namespace {

SharedCost shared(uint32_t bytes, std::function<uint32_t(uint32_t)> address,
                  Mask mask = FullMask) {
  uint32_t addresses[WarpSize];
  for (unsigned lane = 0; lane < WarpSize; ++lane)
    addresses[lane] = address(lane);
  return sharedCost(addresses, mask, bytes);
}

GlobalCost global(uint32_t bytes, std::function<uint64_t(uint64_t)> address,
                  Mask mask = FullMask) {
  uint64_t addresses[WarpSize];
  for (unsigned lane = 0; lane < WarpSize; ++lane)
    addresses[lane] = address(lane);
  return globalCost(addresses, mask, bytes);
}

#define EXPECT_SHARED(expected, perfect, ...)                                  \
  do {                                                                         \
    SharedCost cost = shared(__VA_ARGS__);                                     \
    EXPECT_EQ(cost.wavefronts, expected);                                      \
    EXPECT_EQ(cost.ideal, perfect);                                            \
  } while (false)

#define EXPECT_GLOBAL(expected, perfect, ...)                                  \
  do {                                                                         \
    GlobalCost cost = global(__VA_ARGS__);                                     \
    EXPECT_EQ(cost.sectors, expected);                                         \
    EXPECT_EQ(cost.ideal, perfect);                                            \
  } while (false)

TEST(Banks, words) {
  EXPECT_SHARED(1u, 1u, 4, [](uint32_t l) { return 4 * l; });
  EXPECT_SHARED(1u, 1u, 4, [](uint32_t) { return 64u; });
  EXPECT_SHARED(2u, 1u, 4, [](uint32_t l) { return 8 * l; });
  EXPECT_SHARED(32u, 1u, 4, [](uint32_t l) { return 128 * l; });
  EXPECT_SHARED(1u, 1u, 4, [](uint32_t l) { return 132 * l; });
  EXPECT_SHARED(1u, 1u, 4, [](uint32_t l) { return 4 * (31 - l); });
}

TEST(Banks, narrowAccessesShareWords) {
  EXPECT_SHARED(1u, 1u, 2, [](uint32_t l) { return 2 * l; });
  EXPECT_SHARED(1u, 1u, 1, [](uint32_t l) { return l; });
  EXPECT_SHARED(16u, 1u, 2, [](uint32_t l) { return 64 * l; });
}

TEST(Banks, halfAndQuarterWarps) {
  EXPECT_SHARED(2u, 2u, 8, [](uint32_t l) { return 8 * l; });
  EXPECT_SHARED(4u, 4u, 16, [](uint32_t l) { return 16 * l; });
  EXPECT_SHARED(4u, 2u, 8, [](uint32_t l) { return 16 * l; });
  // A column of 16-byte pieces, 64-byte rows: 4 conflicts in each quarter.
  EXPECT_SHARED(16u, 4u, 16, [](uint32_t l) { return 64 * l; });
  EXPECT_SHARED(32u, 4u, 16, [](uint32_t l) { return 128 * l; });
  EXPECT_SHARED(4u, 4u, 16, [](uint32_t) { return 0u; });
}

TEST(Banks, xorSwizzleHasNoConflicts) {
  // Rows of 128 bytes whose 16-byte pieces are permuted by the row.
  EXPECT_SHARED(4u, 4u, 16,
                [](uint32_t l) { return 128 * l + ((3 ^ (l % 8)) * 16); });
  // Rows of 64 bytes, permuted by half the row number.
  EXPECT_SHARED(4u, 4u, 16,
                [](uint32_t l) { return 64 * l + ((1 ^ (l / 2 % 4)) * 16); });
}

TEST(Banks, inactiveLanesCostNothing) {
  auto column = [](uint32_t l) { return 128 * l; };
  EXPECT_SHARED(4u, 1u, 4, column, 0xf);
  EXPECT_SHARED(1u, 1u, 16, column, 1u << 17);
  EXPECT_SHARED(2u, 2u, 16, column, 1u << 17 | 1);
}

TEST(Sectors, contiguous) {
  EXPECT_GLOBAL(4u, 4u, 4, [](uint64_t l) { return 4096 + 4 * l; });
  EXPECT_GLOBAL(16u, 16u, 16, [](uint64_t l) { return 4096 + 16 * l; });
  EXPECT_GLOBAL(2u, 2u, 2, [](uint64_t l) { return 4096 + 2 * l; });
  EXPECT_GLOBAL(5u, 4u, 4, [](uint64_t l) { return 4100 + 4 * l; });
  EXPECT_GLOBAL(4u, 4u, 4, [](uint64_t l) { return 4096 + 4 * (31 - l); });
}

TEST(Sectors, scattered) {
  EXPECT_GLOBAL(32u, 4u, 4, [](uint64_t l) { return 4096 * l; });
  EXPECT_GLOBAL(1u, 1u, 4, [](uint64_t) { return uint64_t(64); });
  EXPECT_GLOBAL(8u, 4u, 4, [](uint64_t l) { return 8 * l; });
  EXPECT_GLOBAL(2u, 1u, 4, [](uint64_t) { return uint64_t(30); }, 1);
}

} // namespace
