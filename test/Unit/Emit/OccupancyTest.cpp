// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Figures checked against NVIDIA's occupancy calculator for sm_80: 65536
// registers, 2048 threads, 32 blocks and 164 KiB of shared memory an SM.

#include "dlk/Emit/Occupancy.h"
#include "gtest/gtest.h"

using namespace dlk;

namespace {

Occupancy occupancy(const BlockNeeds &needs) {
  const ChipInfo *chip = findChip("sm_80");
  return chip ? computeOccupancy(*chip, needs) : Occupancy();
}

TEST(Occupancy, Registers) {
  // 220 registers are 28 units of 256 a warp: 9 warps, 8 in whole partitions.
  Occupancy result = occupancy({128, 220, 49152});
  EXPECT_EQ(result.blocksPerSM, 2);
  EXPECT_EQ(result.warpsPerSM, 8);
  EXPECT_EQ(result.limitedBy, "registers");
  EXPECT_DOUBLE_EQ(result.fraction, 8.0 / 64);
}

TEST(Occupancy, SharedMemory) {
  // 64 KiB and the reserved KiB: two blocks in 164 KiB.
  Occupancy result = occupancy({128, 32, 65536});
  EXPECT_EQ(result.blocksPerSM, 2);
  EXPECT_EQ(result.limitedBy, "shared memory");
}

TEST(Occupancy, Threads) {
  Occupancy result = occupancy({1024, 32, 0});
  EXPECT_EQ(result.blocksPerSM, 2);
  EXPECT_EQ(result.limitedBy, "threads");
  EXPECT_DOUBLE_EQ(result.fraction, 1.0);
}

TEST(Occupancy, Blocks) {
  Occupancy result = occupancy({32, 16, 0});
  EXPECT_EQ(result.blocksPerSM, 32);
  EXPECT_EQ(result.limitedBy, "blocks");
}

TEST(Occupancy, MoreThanAnSMHas) {
  EXPECT_EQ(occupancy({128, 32, 1 << 20}).blocksPerSM, 0);
  EXPECT_EQ(occupancy({1024, 255, 0}).blocksPerSM, 0);
  EXPECT_EQ(occupancy({0, 0, 0}).blocksPerSM, 0);
}

TEST(Occupancy, ThreeWarpgroups) {
  // What setmaxnreg moves between the roles was all given at the start: 168
  // registers of 384 threads leave no second block.
  const ChipInfo *chip = findChip("sm_90a");
  ASSERT_TRUE(chip);
  Occupancy result = computeOccupancy(*chip, {384, 168, 229440});
  EXPECT_EQ(result.blocksPerSM, 1);
  EXPECT_EQ(result.warpsPerSM, 12);
  EXPECT_EQ(result.limitedBy, "registers");
}

} // namespace
