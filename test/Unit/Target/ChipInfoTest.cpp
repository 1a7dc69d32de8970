// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of chips: what holds for every row, and how chips are looked up.

#include "dlk/Target/ChipInfo.h"
#include "llvm/ADT/StringSet.h"
#include "gtest/gtest.h"

using namespace dlk;

TEST(ChipInfo, RowsAreConsistent) {
  llvm::StringSet<> names;
  int64_t capability = 0;
  for (const ChipInfo &chip : getChips()) {
    SCOPED_TRACE(chip.name.str());
    EXPECT_TRUE(names.insert(chip.name).second);
    EXPECT_LE(capability, chip.capability);
    capability = chip.capability;
    std::string prefix = "sm_" + std::to_string(chip.capability);
    EXPECT_TRUE(chip.name.starts_with(prefix));
    // The driver keeps 1 KiB of each block's shared memory.
    EXPECT_EQ(chip.sharedBytesPerBlock + 1024, chip.sharedBytesPerSM);
    EXPECT_EQ(chip.registersPerSM, 65536);
    EXPECT_LE(chip.maxThreadsPerBlock, chip.maxThreadsPerSM);
    EXPECT_GT(chip.mmaSyncRate, 0);
    EXPECT_EQ(chip.wgmmaRate > 0, chip.hasWgmma);
    EXPECT_GT(chip.memoryGBs * chip.clockGHz, 0);
  }
}

TEST(ChipInfo, CodeNeedsWhatTheMmaSyncPathUses) {
  for (const ChipInfo &chip : getChips())
    if (chip.hasCodegen)
      EXPECT_TRUE(chip.hasCpAsync && chip.hasLdmatrix && chip.hasMmaBf16)
          << chip.name.str();
}

TEST(ChipInfo, OnlyArchitectureSpecificChipsHaveWgmma) {
  for (const ChipInfo &chip : getChips())
    EXPECT_EQ(chip.hasWgmma, chip.name == "sm_90a") << chip.name.str();
}

TEST(ChipInfo, FindsByName) {
  ASSERT_TRUE(findChip("sm_80"));
  EXPECT_EQ(findChip("sm_80")->sharedBytesPerBlock, 166912);
  EXPECT_EQ(findChip("sm_90a")->ptxVersion, 86);
  EXPECT_FALSE(findChip("sm_42"));
  EXPECT_FALSE(findChip(""));
}

TEST(ChipInfo, RefusesUnknownAndUnsupportedChips) {
  llvm::Expected<const ChipInfo &> known = getSupportedChip("sm_89");
  ASSERT_TRUE(bool(known));
  EXPECT_EQ(known->name, "sm_89");
  const char *supported =
      "; supported: sm_80, sm_86, sm_87, sm_89, sm_90, sm_90a";
  EXPECT_EQ(llvm::toString(getSupportedChip("sm_42").takeError()),
            std::string("unknown chip: 'sm_42'") + supported);
  EXPECT_EQ(llvm::toString(getSupportedChip("sm_100a").takeError()),
            std::string("no code generation for chip: 'sm_100a'") + supported);
}
