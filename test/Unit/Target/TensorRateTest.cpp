// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rates against those of NVIDIA's data sheets, which are 2 x rate x SMs x
// clock.

#include "dlk/Target/TensorRate.h"
#include "gtest/gtest.h"

using namespace dlk;

namespace {

double teraflops(const ChipInfo &chip, llvm::StringRef type, bool wgmma) {
  return 2e-3 * getTensorRate(chip, type, wgmma) * double(chip.numSMs) *
         chip.clockGHz;
}

TEST(TensorRate, OfDataSheets) {
  const ChipInfo *a100 = findChip("sm_80"), *h100 = findChip("sm_90a");
  ASSERT_TRUE(a100 && h100);
  EXPECT_NEAR(teraflops(*a100, "f16", false), 312, 1);
  EXPECT_NEAR(teraflops(*a100, "tf32", false), 156, 1);
  EXPECT_NEAR(teraflops(*a100, "s8", false), 624, 1);
  EXPECT_NEAR(teraflops(*h100, "bf16", true), 989, 1);
  EXPECT_NEAR(teraflops(*h100, "tf32", true), 495, 1);
  EXPECT_NEAR(teraflops(*h100, "e4m3", true), 1979, 1);
  EXPECT_LT(teraflops(*h100, "bf16", false), 700);
}

} // namespace
