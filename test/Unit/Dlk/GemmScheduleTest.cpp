// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resources, candidates and cost of schedules, over all chips and many sizes.

#include "dlk/Dialect/Dlk/IR/GemmSchedule.h"
#include "dlk/Target/ChipInfo.h"
#include "gtest/gtest.h"

using namespace dlk;

static GemmProblem makeProblem(int64_t m, int64_t n, int64_t k) {
  GemmProblem problem;
  problem.m = m;
  problem.n = n;
  problem.k = k;
  problem.bytes = 2.0 * double(m * k + k * n + m * n);
  return problem;
}

TEST(GemmSchedule, ResourcesOfTheDefault) {
  GemmProblem problem = makeProblem(4096, 4096, 4096);
  Schedule schedule;
  EXPECT_EQ(getNumThreads(schedule), 128);
  EXPECT_EQ(getAccumulatorsPerThread(schedule), 128);
  EXPECT_EQ(getRingBytes(problem, schedule), 49152);
  EXPECT_EQ(getStagingBytes(problem, schedule), 4 * 16 * 64 * 2);
  EXPECT_EQ(getSharedBytes(problem, schedule), 49152);
}

TEST(GemmSchedule, StagingCanExceedTheRing) {
  GemmProblem problem = makeProblem(64, 64, 64);
  problem.outputBytes = 4;
  Schedule schedule;
  schedule.tile = {64, 128, 16};
  schedule.warps = {4, 2};
  schedule.stages = 2;
  EXPECT_EQ(getRingBytes(problem, schedule), 12288);
  EXPECT_EQ(getSharedBytes(problem, schedule), 8 * 16 * 64 * 4);
}

TEST(GemmSchedule, EveryChipHasLegalCandidatesForEverySize) {
  for (const ChipInfo &chip : getChips()) {
    for (int64_t m : {0, 1, 17, 64, 1000, 4096})
      for (int64_t n : {0, 1, 17, 64, 1000, 4096})
        for (int64_t k : {0, 1, 33, 4096}) {
          GemmProblem problem = makeProblem(m, n, k);
          llvm::SmallVector<Schedule> candidates =
              getGemmCandidates(problem, chip);
          EXPECT_EQ(candidates.empty(), !chip.hasCodegen);
          for (const Schedule &schedule : candidates) {
            EXPECT_FALSE(checkGemmSchedule(problem, schedule, chip));
            ScheduleCost cost = estimateGemmCost(problem, schedule, chip);
            EXPECT_GT(cost.cycles, 0);
            EXPECT_FALSE(cost.reason.empty());
          }
        }
  }
}

TEST(GemmSchedule, FewTilesAndLongSumsAreSplitEqually) {
  const ChipInfo &chip = *findChip("sm_80");
  for (int64_t k : {16384, 16000, 4099}) {
    GemmProblem problem = makeProblem(256, 256, k);
    bool anySplit = false, best = false;
    double cycles = 0;
    for (const Schedule &schedule : getGemmCandidates(problem, chip)) {
      bool isSplit = schedule.split == SplitKind::SplitK;
      EXPECT_FALSE(checkGemmSchedule(problem, schedule, chip));
      anySplit |= isSplit;
      double cost = estimateGemmCost(problem, schedule, chip).cycles;
      if (cycles != 0 && cost >= cycles)
        continue;
      cycles = cost;
      best = isSplit;
    }
    EXPECT_TRUE(anySplit) << k;
    EXPECT_TRUE(best) << k;
  }
  for (const Schedule &schedule :
       getGemmCandidates(makeProblem(4096, 4096, 16384), chip))
    EXPECT_EQ(schedule.split, SplitKind::None);
}

TEST(GemmSchedule, CostGrowsWithEachSize) {
  const ChipInfo &chip = *findChip("sm_80");
  Schedule schedule;
  auto cost = [&](int64_t m, int64_t n, int64_t k) {
    return estimateGemmCost(makeProblem(m, n, k), schedule, chip).cycles;
  };
  for (int64_t size : {256, 1024, 4096}) {
    EXPECT_LE(cost(size, size, size), cost(2 * size, size, size));
    EXPECT_LE(cost(size, size, size), cost(size, 2 * size, size));
    EXPECT_LT(cost(size, size, size), cost(size, size, 2 * size));
  }
}

TEST(GemmSchedule, CopyKindFollowsTheRows) {
  const ChipInfo &chip = *findChip("sm_80");
  GemmProblem problem = makeProblem(255, 255, 255);
  problem.lhs.pieceBytes = problem.rhs.pieceBytes = 2;
  for (const Schedule &schedule : getGemmCandidates(problem, chip))
    EXPECT_EQ(schedule.copy, CopyKind::Ld);
  problem.rhs.pieceBytes = 4;
  for (const Schedule &schedule : getGemmCandidates(problem, chip))
    EXPECT_EQ(schedule.copy, CopyKind::CpAsync);
}

/// A 3x3 convolution of `pixels` with `channels`, to `filters`.
static GemmProblem makeConvolution(int64_t pixels, int64_t channels,
                                   int64_t filters) {
  GemmProblem problem = makeProblem(pixels, filters, 9 * channels);
  problem.channels = channels;
  problem.lhs.gathered = true;
  problem.bytes = 2.0 * double(pixels * channels + 9 * channels * filters +
                               pixels * filters);
  return problem;
}

TEST(GemmSchedule, PixelsThatL2HoldsAreReadOnce) {
  const ChipInfo &chip = *findChip("sm_80");
  Schedule schedule;
  GemmProblem small = makeConvolution(1 << 18, 64, 64);
  EXPECT_EQ(getRereadBytes(small, schedule, chip, 216), 0);
  GemmProblem large = makeConvolution(1 << 18, 1024, 64);
  double again = getRereadBytes(large, schedule, chip, 216);
  EXPECT_GT(again, 0);
  EXPECT_LT(again, 9 * large.bytes);
  schedule.kOrder = KOrder::Taps;
  EXPECT_EQ(getRereadBytes(large, schedule, chip, 216), 0);
}

TEST(GemmSchedule, OrderOfTapsFollowsFromWhatL2Holds) {
  for (const char *name : {"sm_80", "sm_89"}) {
    const ChipInfo &chip = *findChip(name);
    for (int64_t channels : {64, 4096}) {
      GemmProblem problem = makeConvolution(1 << 18, channels, 64);
      const Schedule *best = nullptr;
      auto candidates = getGemmCandidates(problem, chip);
      for (const Schedule &candidate : candidates)
        if (!best || estimateGemmCost(problem, candidate, chip).cycles <
                         estimateGemmCost(problem, *best, chip).cycles)
          best = &candidate;
      ASSERT_TRUE(best);
      EXPECT_EQ(best->kOrder == KOrder::Taps, channels == 4096) << name;
      std::string reason = estimateGemmCost(problem, *best, chip).reason;
      EXPECT_EQ(reason.find("k_order = taps") != std::string::npos,
                channels == 4096);
    }
  }
}
