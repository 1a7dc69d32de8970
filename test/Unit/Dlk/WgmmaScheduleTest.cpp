// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedules of engine wgmma: resources, candidates of every size and layout,
// and what the cost model chooses for the sizes that matter.

#include "dlk/Dialect/Dlk/IR/GemmSchedule.h"
#include "dlk/Target/ChipInfo.h"
#include "gtest/gtest.h"

using namespace dlk;

static const ChipInfo &h100() { return *findChip("sm_90a"); }

static GemmProblem makeProblem(int64_t m, int64_t n, int64_t k) {
  GemmProblem problem;
  problem.m = m;
  problem.n = n;
  problem.k = k;
  problem.bytes = 2.0 * (double(m) * double(k) + double(k) * double(n) +
                         double(m) * double(n));
  return problem;
}

static Schedule makeSchedule() {
  Schedule schedule;
  schedule.engine = Engine::Wgmma;
  schedule.tile = {128, 256, 64};
  schedule.warps = {2, 1};
  schedule.roles = Roles::Cooperative;
  schedule.stages = 4;
  schedule.cluster = {2, 1};
  schedule.copy = CopyKind::Tma;
  schedule.epilogue = EpilogueKind::StmatrixTma;
  schedule.persistent = true;
  schedule.regs = {40, 232};
  return schedule;
}

/// The cheapest schedule of wgmma.
static Schedule choose(const GemmProblem &problem) {
  Schedule best;
  double cycles = 0;
  for (const Schedule &schedule : getWgmmaCandidates(problem, h100())) {
    double cost = estimateGemmCost(problem, schedule, h100()).cycles;
    if (cycles != 0 && cost >= 0.99 * cycles)
      continue;
    best = schedule;
    cycles = cost;
  }
  return best;
}

static double getCycles(const GemmProblem &problem, const Schedule &schedule) {
  return estimateGemmCost(problem, schedule, h100()).cycles;
}

TEST(WgmmaSchedule, ResourcesOfTheLargeTile) {
  GemmProblem problem = makeProblem(4096, 4096, 4096);
  Schedule schedule = makeSchedule();
  EXPECT_FALSE(checkGemmSchedule(problem, schedule, h100()));
  EXPECT_EQ(getNumConsumers(schedule), 2);
  EXPECT_EQ(getNumThreads(schedule), 384);
  EXPECT_EQ(getAccumulatorsPerThread(schedule), 128);
  EXPECT_EQ(getRingBytes(problem, schedule), 4 * 48 * 1024);
  EXPECT_EQ(getStagingBytes(problem, schedule), 32 * 1024);
  EXPECT_EQ(getBarrierBytes(schedule), 64);
  EXPECT_EQ(getSharedBytes(problem, schedule), 229440);
}

TEST(WgmmaSchedule, StagingOfWarpsAndOfNarrowTiles) {
  GemmProblem problem = makeProblem(4096, 4096, 4096);
  Schedule schedule = makeSchedule();
  schedule.epilogue = EpilogueKind::Staged;
  EXPECT_EQ(getStagingBytes(problem, schedule), 2 * 4 * 16 * 256 * 2);
  schedule.epilogue = EpilogueKind::StmatrixTma;
  schedule.tile = {128, 96, 64};
  EXPECT_EQ(getStagingBytes(problem, schedule), 2 * 2 * 64 * 64);
}

TEST(WgmmaSchedule, ConsumersOfPingpongOwnWholeTiles) {
  Schedule schedule = makeSchedule();
  schedule.roles = Roles::Pingpong;
  schedule.tile = {64, 256, 64};
  EXPECT_EQ(getNumThreads(schedule), 384);
  EXPECT_EQ(getAccumulatorsPerThread(schedule), 128);
}

TEST(WgmmaSchedule, CandidatesAreLegalForEverySizeAndLayout) {
  for (int64_t m : {1, 8, 64, 1000, 4096})
    for (int64_t n : {8, 64, 1000, 4096})
      for (int64_t k : {1, 64, 4096})
        for (int layout = 0; layout < 8; ++layout) {
          GemmProblem problem = makeProblem(m, n, k);
          problem.lhs.inner = layout & 1;
          problem.rhs.inner = layout & 2;
          problem.output.pieceBytes = layout & 4 ? 16 : 2;
          llvm::SmallVector<Schedule> candidates =
              getWgmmaCandidates(problem, h100());
          EXPECT_GE(candidates.size(), 20u);
          for (const Schedule &schedule : candidates) {
            EXPECT_FALSE(checkGemmSchedule(problem, schedule, h100()));
            // Sums of slices are aligned, whatever the result is.
            bool byTma = layout & 4 || schedule.split != SplitKind::None;
            EXPECT_EQ(schedule.epilogue,
                      byTma ? EpilogueKind::StmatrixTma : EpilogueKind::Staged);
            EXPECT_GT(getCycles(problem, schedule), 0);
          }
        }
}

TEST(WgmmaSchedule, NoCandidatesWithoutTmaOrWork) {
  GemmProblem problem = makeProblem(4096, 4096, 4096);
  EXPECT_TRUE(getWgmmaCandidates(problem, *findChip("sm_90")).empty());
  EXPECT_TRUE(getWgmmaCandidates(makeProblem(64, 64, 0), h100()).empty());
  EXPECT_TRUE(getWgmmaCandidates(makeProblem(0, 64, 64), h100()).empty());
  problem.rhs.pieceBytes = 8;
  EXPECT_TRUE(getWgmmaCandidates(problem, h100()).empty());
}

TEST(WgmmaSchedule, CandidatesHaveTheTilesOfLargeKernels) {
  llvm::SmallVector<Schedule> candidates =
      getWgmmaCandidates(makeProblem(4096, 4096, 4096), h100());
  auto stagesOf = [&](std::array<int64_t, 3> tile) -> int64_t {
    for (const Schedule &schedule : candidates)
      if (schedule.tile == tile)
        return schedule.stages;
    return 0;
  };
  EXPECT_EQ(stagesOf({128, 256, 64}), 4);
  EXPECT_EQ(stagesOf({256, 128, 64}), 4);
  EXPECT_EQ(stagesOf({256, 192, 64}), 3);
  EXPECT_EQ(stagesOf({192, 192, 64}), 3);
  EXPECT_EQ(stagesOf({128, 192, 64}), 4);
  EXPECT_EQ(stagesOf({128, 128, 64}), 6);
  EXPECT_EQ(stagesOf({64, 64, 64}), 8);
  EXPECT_EQ(candidates.front().tile, (std::array<int64_t, 3>{128, 256, 64}));
}

TEST(WgmmaSchedule, FunctionsInTheEpilogueNeedRegisters) {
  GemmProblem problem = makeProblem(16384, 16384, 16384);
  EXPECT_EQ(getAccumulatorsPerThread(choose(problem)), 192);
  problem.epilogueCallsMath = true;
  EXPECT_EQ(getAccumulatorsPerThread(choose(problem)), 128);
}

TEST(WgmmaSchedule, OneByteElementsTakeTwiceTheDepth) {
  GemmProblem problem = makeProblem(4096, 4096, 4096);
  problem.inputBytes = 1;
  problem.inputKind = InputKind::FP8;
  EXPECT_EQ(choose(problem).tile[2], 128);
  Schedule schedule = makeSchedule();
  schedule.tile[2] = 128;
  EXPECT_FALSE(checkGemmSchedule(problem, schedule, h100()));
  problem.rhs.inner = false;
  EXPECT_EQ(checkGemmSchedule(problem, schedule, h100()),
            "rows of the rhs do not run along k, which wgmma reads only for "
            "elements of 2 bytes: 1 [DLK-S16]");
}

TEST(WgmmaSchedule, ColumnsOfIntegers) {
  GemmProblem problem = makeProblem(4096, 4096, 4096);
  problem.inputBytes = 1;
  problem.inputKind = InputKind::Int8;
  auto isLegal = [&](int64_t columns) {
    Schedule schedule = makeSchedule();
    schedule.tile = {128, columns, 128};
    schedule.cluster = {1, 1};
    return !checkGemmSchedule(problem, schedule, h100());
  };
  EXPECT_TRUE(isLegal(8) && isLegal(24) && isLegal(112));
  EXPECT_FALSE(isLegal(40) || isLegal(120));
}

TEST(WgmmaSchedule, LargeSquaresTakeLargeTilesInClusters) {
  for (int64_t size : {4096, 6144, 8192, 12288, 16384}) {
    Schedule schedule = choose(makeProblem(size, size, size));
    EXPECT_GE(schedule.tile[0] * schedule.tile[1], 128 * 256) << size;
    EXPECT_EQ(schedule.cluster[0] * schedule.cluster[1], 2) << size;
    EXPECT_EQ(schedule.tile[2], 64) << size;
  }
  EXPECT_EQ(choose(makeProblem(4096, 4096, 4096)).tile,
            (std::array<int64_t, 3>{128, 256, 64}));
}

TEST(WgmmaSchedule, SmallProblemsTakeTilesForAllMultiprocessors) {
  for (int64_t size : {512, 1024, 2048}) {
    Schedule schedule = choose(makeProblem(size, size, size));
    int64_t tiles = (size / schedule.tile[0]) * (size / schedule.tile[1]);
    EXPECT_GE(tiles, 96) << size;
    EXPECT_LE(tiles, 132) << size;
  }
}

TEST(WgmmaSchedule, FewRowsOrColumnsTakeSmallTilesAndAreBoundByMemory) {
  struct Shape {
    int64_t n, k;
  };
  for (Shape shape :
       {Shape{6144, 4096}, Shape{4096, 4096}, Shape{28672, 4096},
        Shape{4096, 14336}, Shape{8192, 8192}, Shape{57344, 8192}})
    for (int64_t m : {1, 8, 16, 64}) {
      GemmProblem problem = makeProblem(m, shape.n, shape.k);
      Schedule schedule = choose(problem);
      EXPECT_EQ(schedule.tile[0], 64) << m << " " << shape.n;
      ScheduleCost cost = estimateGemmCost(problem, schedule, h100());
      EXPECT_NE(cost.reason.find("memory bound"), std::string::npos)
          << cost.reason;
      // Not far above the time that the weights take from memory.
      double bytesPerClock = h100().memoryGBs / h100().clockGHz;
      EXPECT_LT(cost.cycles, 1.4 * problem.bytes / bytesPerClock);
    }
  EXPECT_EQ(choose(makeProblem(2752, 16, 4096)).tile[1], 16);
}

TEST(WgmmaSchedule, ManyRowsOfModelsReachMostOfThePeak) {
  struct Shape {
    int64_t n, k;
  };
  for (Shape shape : {Shape{6144, 4096}, Shape{28672, 4096}, Shape{4096, 14336},
                      Shape{10240, 8192}, Shape{57344, 8192}})
    for (int64_t m : {2048, 8192}) {
      GemmProblem problem = makeProblem(m, shape.n, shape.k);
      double work = double(m) * double(shape.n) * double(shape.k);
      double peak = work / (132.0 * 2048);
      double cycles = getCycles(problem, choose(problem));
      EXPECT_LT(cycles, peak / 0.75) << m << " " << shape.n;
      EXPECT_GT(cycles, peak) << m << " " << shape.n;
    }
}

TEST(WgmmaSchedule, SlicesAreBatchesWithPartOfK) {
  GemmProblem problem = makeProblem(256, 512, 4104);
  Schedule schedule = makeSchedule();
  EXPECT_EQ(getSlicedProblem(problem, schedule).k, 4104);
  schedule.split = SplitKind::SplitK;
  schedule.splitFactor = 5; // 65 steps
  GemmProblem sliced = getSlicedProblem(problem, schedule);
  EXPECT_EQ(sliced.batch, 5);
  EXPECT_EQ(sliced.k, 13 * 64);
  EXPECT_EQ(sliced.outputBytes, 4);
  EXPECT_EQ(sliced.bytes, problem.bytes + 256 * 512 * (5 * 4 - 2));
}

TEST(WgmmaSchedule, SharesOfAStreamAreEqual) {
  Schedule schedule = makeSchedule(); // 66 clusters of 256 x 256
  schedule.split = SplitKind::StreamK;
  StreamShares shares =
      getStreamShares(makeProblem(2048, 2560, 4100), schedule, h100());
  EXPECT_EQ(shares.clusters, 66);
  EXPECT_EQ(shares.tiles, 8 * 10);
  EXPECT_EQ(shares.steps, 65);
  EXPECT_EQ(shares.parts, 2); // a share is longer than a tile
  shares = getStreamShares(makeProblem(512, 512, 4096), schedule, h100());
  EXPECT_EQ(shares.tiles, 4);
  EXPECT_EQ(shares.parts, 22); // 256 steps in shares of 3: 1 + ceil(63 / 3)
  shares = getStreamShares(makeProblem(512, 512, 64), schedule, h100());
  EXPECT_EQ(shares.clusters, 4); // as many as there are steps
  EXPECT_EQ(shares.parts, 1);
}

TEST(WgmmaSchedule, PartialWavesOfLongSumsAreStreamed) {
  GemmProblem problem = makeProblem(2048, 2560, 16384);
  Schedule schedule = choose(problem);
  EXPECT_EQ(schedule.split, SplitKind::StreamK);
  EXPECT_NE(estimateGemmCost(problem, schedule, h100())
                .reason.find("tiles in 1.21 waves"),
            std::string::npos);
  EXPECT_EQ(choose(makeProblem(2048, 2560, 512)).split, SplitKind::None);
  EXPECT_EQ(choose(makeProblem(8192, 8192, 8192)).split, SplitKind::None);
}

TEST(WgmmaSchedule, FewTilesAndLongSumsAreSplit) {
  for (auto [m, n, k] : {std::array<int64_t, 3>{64, 64, 4096},
                         std::array<int64_t, 3>{256, 256, 16384},
                         std::array<int64_t, 3>{1024, 1024, 16384},
                         std::array<int64_t, 3>{512, 8, 500000}})
    EXPECT_EQ(choose(makeProblem(m, n, k)).split, SplitKind::SplitK) << m;
  for (auto [m, n, k] : {std::array<int64_t, 3>{64, 64, 256},
                         std::array<int64_t, 3>{512, 512, 512},
                         std::array<int64_t, 3>{4096, 4096, 16384}})
    EXPECT_EQ(choose(makeProblem(m, n, k)).split, SplitKind::None) << m;
}

TEST(WgmmaSchedule, MulticastAndStagesPay) {
  GemmProblem problem = makeProblem(8192, 8192, 8192);
  Schedule alone = makeSchedule(), pair = makeSchedule();
  alone.cluster = {1, 1};
  EXPECT_LT(getCycles(problem, pair), getCycles(problem, alone));
  Schedule shallow = makeSchedule();
  shallow.stages = 2;
  EXPECT_LT(getCycles(problem, pair), getCycles(problem, shallow));
  EXPECT_NE(
      estimateGemmCost(problem, shallow, h100()).reason.find("ring bound"),
      std::string::npos);
}

TEST(WgmmaSchedule, PingpongHidesEpiloguesOfShortSums) {
  GemmProblem problem = makeProblem(8192, 8192, 256);
  Schedule turns = makeSchedule();
  turns.roles = Roles::Pingpong;
  turns.tile = {64, 256, 64};
  Schedule together = turns;
  together.roles = Roles::Cooperative;
  together.warps = {1, 2};
  EXPECT_LT(getCycles(problem, turns), getCycles(problem, together));
}

TEST(WgmmaSchedule, WgmmaBeatsMmaSyncOnLargeProblems) {
  GemmProblem problem = makeProblem(4096, 4096, 4096);
  EXPECT_LT(getCycles(problem, choose(problem)) * 1.4,
            getCycles(problem, Schedule()));
}
