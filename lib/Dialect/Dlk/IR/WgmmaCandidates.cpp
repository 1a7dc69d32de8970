// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The schedules of engine wgmma that the cost model compares: tiles with the
// consumers that fit them, alone or in clusters of two, with as many stages as
// shared memory holds. All have been checked to be legal.

#include "WgmmaSchedule.h"
#include "dlk/Target/ChipInfo.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk;

namespace {
struct TileChoice {
  /// Rows and columns, and rows of 128 bytes of k.
  std::array<int64_t, 3> tile;
  std::array<int64_t, 2> warps;
};

/// The most general first: a later one must be cheaper to be taken.
constexpr TileChoice cooperativeChoices[] = {
    {{128, 256, 1}, {2, 1}}, {{256, 128, 1}, {2, 1}}, {{256, 192, 1}, {2, 1}},
    {{192, 192, 1}, {3, 1}}, {{128, 192, 1}, {2, 1}}, {{128, 128, 1}, {2, 1}},
    {{64, 256, 1}, {1, 2}},  {{128, 64, 1}, {2, 1}},  {{64, 128, 1}, {1, 1}},
    {{64, 64, 1}, {1, 1}},   {{64, 64, 2}, {1, 1}},   {{128, 32, 1}, {2, 1}},
    {{64, 32, 2}, {1, 1}},   {{128, 16, 1}, {2, 1}},  {{64, 16, 2}, {1, 1}},
};

/// Tiles of one consumer.
constexpr TileChoice pingpongChoices[] = {
    {{128, 192, 1}, {2, 1}}, {{128, 128, 1}, {2, 1}}, {{64, 256, 1}, {2, 1}},
    {{64, 128, 1}, {2, 1}},  {{64, 64, 1}, {2, 1}},
};

/// Few rows of the problem become the few columns of the transposed one.
constexpr TileChoice swappedChoices[] = {
    {{128, 64, 1}, {2, 1}}, {{128, 32, 1}, {2, 1}}, {{128, 16, 1}, {2, 1}},
    {{128, 8, 1}, {2, 1}},  {{64, 16, 2}, {1, 1}},  {{64, 8, 2}, {1, 1}},
};

constexpr std::array<int64_t, 2> clusterChoices[] = {{1, 1}, {2, 1}, {1, 2}};
constexpr int64_t mostStages = 8;
/// Fewer would not fill the ring.
constexpr int64_t leastStepsOfSlice = 4;
constexpr int64_t mostSlices = 32;
/// For stream_k: parts of a sum should be long, their stores few.
constexpr int64_t leastStreamedTile = 128 * 128, mostStreamedWaves = 3,
                  leastStreamedSteps = 16;
} // namespace

/// Registers of the producer and of a consumer: all that there are, and more
/// for consumers with many accumulators.
static std::array<int64_t, 2> chooseRegs(const GemmProblem &problem,
                                         const Schedule &s) {
  int64_t consumers = getNumConsumers(s);
  if (consumers == 3)
    return {32, 160};
  if (consumers == 1 || getAccumulatorRegisters(problem, s) > 128)
    return {24, 240};
  return {40, 232};
}

/// Tile rows of a band: the blocks that run together should read few rows and
/// columns of the operands.
static int64_t chooseBand(const Schedule &s, const ChipInfo &chip) {
  int64_t best = 0, bestExtent = 0;
  for (int64_t rows : {4, 8, 16}) {
    int64_t extent =
        rows * s.tile[0] + llvm::divideCeil(chip.numSMs, rows) * s.tile[1];
    if (best && extent >= bestExtent)
      continue;
    best = rows;
    bestExtent = extent;
  }
  return best;
}

static void addWithStages(const GemmProblem &problem, Schedule schedule,
                          const ChipInfo &chip,
                          llvm::SmallVectorImpl<Schedule> &candidates) {
  for (schedule.stages = mostStages; schedule.stages >= 2; --schedule.stages) {
    if (checkGemmSchedule(problem, schedule, chip))
      continue;
    candidates.push_back(schedule);
    return;
  }
}

/// How often k may be split: so that all SMs have a slice, or half of them.
/// Not at all if the tiles fill half of the chip, or k is short.
static llvm::SmallVector<int64_t> chooseSlices(const GemmProblem &problem,
                                               const Schedule &s,
                                               const ChipInfo &chip) {
  GemmProblem oriented = orientProblem(problem, s);
  int64_t blocksM =
      llvm::alignTo(llvm::divideCeil(oriented.m, s.tile[0]), s.cluster[0]);
  int64_t blocksN =
      llvm::alignTo(llvm::divideCeil(oriented.n, s.tile[1]), s.cluster[1]);
  int64_t steps = countSteps(problem, s);
  int64_t slices = std::min({chip.numSMs / (blocksM * blocksN * problem.batch),
                             steps / leastStepsOfSlice, mostSlices});
  llvm::SmallVector<int64_t> choices;
  for (int64_t most : {slices, slices / 2}) {
    if (most < 2)
      break;
    // Not more than there are after the steps of each are rounded up.
    choices.push_back(llvm::divideCeil(steps, llvm::divideCeil(steps, most)));
  }
  return choices;
}

/// Whether large tiles fill the chip at least once, but a few times at most, so
/// that the last, partial wave of them matters.
static bool isWorthStreaming(const GemmProblem &problem, const Schedule &s,
                             const ChipInfo &chip) {
  StreamShares shares = getStreamShares(problem, s, chip);
  int64_t waves = shares.tiles / shares.clusters,
          rest = shares.tiles % shares.clusters;
  // A share's length takes registers, too.
  return s.tile[0] * s.tile[1] >= leastStreamedTile &&
         getAccumulatorRegisters(problem, s) <= 128 && waves >= 1 &&
         waves <= mostStreamedWaves && rest != 0 &&
         shares.steps >= leastStreamedSteps;
}

static void addEpilogue(const GemmProblem &problem, Schedule schedule,
                        const ChipInfo &chip,
                        llvm::SmallVectorImpl<Schedule> &candidates) {
  schedule.epilogue =
      canStoreByTma(getSlicedProblem(problem, schedule), schedule)
          ? EpilogueKind::StmatrixTma
          : EpilogueKind::Staged;
  addWithStages(problem, schedule, chip, candidates);
}

static void addChoice(const GemmProblem &problem, const TileChoice &choice,
                      Roles roles, bool swapAb, const ChipInfo &chip,
                      llvm::SmallVectorImpl<Schedule> &candidates) {
  Schedule schedule;
  schedule.engine = Engine::Wgmma;
  schedule.tile = choice.tile;
  schedule.tile[2] *= 128 / problem.inputBytes;
  schedule.warps = choice.warps;
  schedule.roles = roles;
  schedule.swapAb = swapAb;
  schedule.copy = problem.lhs.gathered || problem.rhs.gathered
                      ? CopyKind::TmaIm2col
                      : CopyKind::Tma;
  schedule.persistent = true;
  // 192 accumulators leave no registers for functions: they would spill.
  if (problem.epilogueCallsMath &&
      getAccumulatorRegisters(problem, schedule) > 128)
    return;
  schedule.regs = chooseRegs(problem, schedule);
  schedule.rasterGroup = chooseBand(schedule, chip);
  for (std::array<int64_t, 2> cluster : clusterChoices) {
    schedule.cluster = cluster;
    schedule.split = SplitKind::None;
    schedule.splitFactor = 0;
    addEpilogue(problem, schedule, chip, candidates);
    schedule.split = SplitKind::SplitK;
    for (int64_t slices : chooseSlices(problem, schedule, chip)) {
      schedule.splitFactor = slices;
      addEpilogue(problem, schedule, chip, candidates);
    }
    schedule.split = SplitKind::StreamK;
    schedule.splitFactor = 0;
    if (roles == Roles::Cooperative && !swapAb &&
        isWorthStreaming(problem, schedule, chip))
      addEpilogue(problem, schedule, chip, candidates);
  }
}

llvm::SmallVector<Schedule> dlk::getWgmmaCandidates(const GemmProblem &problem,
                                                    const ChipInfo &chip) {
  llvm::SmallVector<Schedule> candidates;
  bool empty = !problem.batch || !problem.m || !problem.n || !problem.k;
  if (empty || !chip.hasWgmma || checkTmaOperands(problem))
    return candidates;
  for (const TileChoice &choice : cooperativeChoices)
    addChoice(problem, choice, Roles::Cooperative, false, chip, candidates);
  for (const TileChoice &choice : pingpongChoices)
    addChoice(problem, choice, Roles::Pingpong, false, chip, candidates);
  for (const TileChoice &choice : swappedChoices)
    addChoice(problem, choice, Roles::Cooperative, true, chip, candidates);
  return candidates;
}
