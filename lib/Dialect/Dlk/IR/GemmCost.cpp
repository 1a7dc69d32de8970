// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The candidates of all engines, and the cost model of the mma.sync path.
//
// A streaming multiprocessor (SM) computes ceil(blocks / SMs) tiles, `resident`
// of them at a time. One k step of a tile takes the longest of
//   tensor: multiply-adds / rate of mma.sync, half as many for elements twice
//   as wide,
//   shared: bytes that warps read as fragments and copies write / 128 per
//   clock, L2:     bytes of the operand tiles / 48 per clock and SM,
// divided by how well the resident warps keep the SM busy (8 warps 0.95, 4
// warps 0.85, fewer in proportion), and a wait at its barrier that other
// resident tiles hide. Each round of resident tiles adds the fill of the ring
// and the store of the results. The kernel takes at least as long as its bytes
// take to and from global memory; a small part of the shorter of the two is
// added, so that a kernel bound by memory does no needless work. A convolution
// reads a pixel for each tap: from L2 again, if half of that holds what all
// tiles read from one tap to the next, which k_order decides. Where k is
// split, the slices count as batches, and the kernel that adds them is added.
//
// The figures are estimates from published micro-benchmarks; they rank tiles
// and are no prediction of run time.

#include "WgmmaSchedule.h"
#include "dlk/Dialect/Dlk/IR/GemmSchedule.h"
#include "dlk/Target/ChipInfo.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk;

namespace {
constexpr double sharedBytesPerClock = 128;
constexpr double l2BytesPerClock = 48;
constexpr double fillClocks = 1200;
constexpr double barrierClocks = 40;
/// From the end of a product to the first sum of its slices.
constexpr double reductionClocks = 3000;
/// Of the bandwidth of global memory.
constexpr double memoryEfficiency = 0.91;
/// Part of the shorter of computing and memory access that is not hidden.
constexpr double exposed = 0.1;
/// Fewer steps of a slice would not fill the ring.
constexpr int64_t leastStepsOfSlice = 8, mostSlices = 32;
/// Registers of a thread beside its accumulators: fragments, addresses.
constexpr int64_t otherRegisters = 96;
/// Shared memory that the driver keeps of every block.
constexpr int64_t reservedShared = 1024;

struct TileChoice {
  std::array<int64_t, 3> tile;
  std::array<int64_t, 2> warps;
  int64_t stages;
};

/// What mma.sync spends on finding the tap of a step anew, beyond what it does
/// where all channels of a tap come first.
constexpr double tapOrderClocks = 8;

/// The most general first: a later one must be cheaper to be taken. The k of a
/// tile is that of elements of two bytes.
constexpr int64_t bytesOfHalf = 2;
constexpr TileChoice asyncChoices[] = {
    {{128, 128, 32}, {2, 2}, 3}, {{128, 256, 32}, {2, 4}, 3},
    {{256, 128, 32}, {4, 2}, 3}, {{128, 64, 32}, {2, 2}, 4},
    {{64, 128, 32}, {2, 2}, 4},  {{64, 64, 64}, {2, 2}, 4},
    {{64, 64, 32}, {2, 2}, 4},   {{64, 32, 64}, {2, 2}, 4},
    {{32, 64, 64}, {2, 2}, 4},   {{32, 128, 64}, {1, 4}, 4},
    {{128, 32, 64}, {4, 1}, 4},  {{16, 64, 64}, {1, 4}, 4},
    {{64, 16, 64}, {4, 1}, 4},   {{32, 32, 64}, {2, 2}, 4},
};

/// An operand that is copied by loads passes element by element through
/// registers, with an address each: more threads, so that 8 to 16 elements of
/// an operand fall to each. More stages would not let loads overlap more.
constexpr TileChoice loadChoices[] = {
    {{128, 128, 16}, {2, 4}, 2}, {{128, 64, 32}, {4, 2}, 2},
    {{64, 128, 32}, {2, 4}, 2},  {{64, 64, 32}, {2, 4}, 2},
    {{64, 32, 32}, {2, 2}, 2},   {{32, 64, 32}, {2, 2}, 2},
    {{32, 32, 32}, {2, 2}, 2},
};
} // namespace

/// Equal slices of k so that most SMs have a tile; 0 or 1 if the tiles fill
/// half of the chip, k is short or has no such divisor.
static int64_t chooseSlices(const GemmProblem &problem, const Schedule &s,
                            const ChipInfo &chip) {
  int64_t blocks = problem.batch * llvm::divideCeil(problem.m, s.tile[0]) *
                   llvm::divideCeil(problem.n, s.tile[1]);
  int64_t steps = countSteps(problem, s);
  if (blocks == 0 || steps == 0)
    return 0;
  int64_t slices =
      std::min({chip.numSMs / blocks, steps / leastStepsOfSlice, mostSlices});
  while (slices > 1 && steps % slices != 0)
    --slices;
  return slices;
}

double dlk::getRereadBytes(const GemmProblem &problem, const Schedule &s,
                           const ChipInfo &chip, int64_t blocks) {
  if (problem.channels == 0 || !(problem.lhs.gathered || problem.rhs.gathered))
    return 0;
  // Of the transposed problem the pixels are columns.
  bool isRows = problem.m >= problem.n;
  int64_t pixels = problem.batch * (isRows ? problem.m : problem.n);
  int64_t across = llvm::divideCeil(isRows ? problem.n : problem.m,
                                    isRows ? s.tile[1] : s.tile[0]);
  int64_t tiles = llvm::divideCeil(blocks, std::max<int64_t>(1, across));
  double rows = double(std::min(pixels, tiles * s.tile[isRows ? 0 : 1]));
  int64_t channels = s.kOrder == KOrder::Taps ? s.tile[2] : problem.channels;
  double between = rows * double(channels * problem.inputBytes);
  double held = double(chip.l2Bytes) / 2;
  if (between <= held)
    return 0;
  double all = double(pixels) * double(problem.k * problem.inputBytes);
  return std::max(0.0, all - problem.bytes) * (1 - held / between);
}

/// Candidates for which pixels would be read again, with the other order.
static void addTapOrders(const GemmProblem &problem, const ChipInfo &chip,
                         llvm::SmallVectorImpl<Schedule> &candidates) {
  for (size_t i = 0, e = candidates.size(); i < e; ++i) {
    Schedule schedule = candidates[i];
    if (getRereadBytes(problem, schedule, chip, chip.numSMs) == 0)
      continue;
    schedule.kOrder = KOrder::Taps;
    if (!checkGemmSchedule(problem, schedule, chip))
      candidates.push_back(schedule);
  }
}

llvm::SmallVector<Schedule> dlk::getGemmCandidates(const GemmProblem &problem,
                                                   const ChipInfo &chip) {
  llvm::SmallVector<Schedule> candidates = getWgmmaCandidates(problem, chip);
  bool anyAsync = problem.lhs.pieceBytes >= 4 || problem.rhs.pieceBytes >= 4;
  bool allAsync = problem.lhs.pieceBytes >= 4 && problem.rhs.pieceBytes >= 4;
  llvm::ArrayRef<TileChoice> choices =
      allAsync ? llvm::ArrayRef(asyncChoices) : llvm::ArrayRef(loadChoices);
  for (const TileChoice &choice : choices) {
    Schedule schedule;
    schedule.tile = choice.tile;
    schedule.tile[2] = choice.tile[2] * bytesOfHalf / problem.inputBytes;
    schedule.warps = choice.warps;
    schedule.stages = anyAsync && !allAsync ? 3 : choice.stages;
    schedule.copy = anyAsync ? CopyKind::CpAsync : CopyKind::Ld;
    if (!checkGemmSchedule(problem, schedule, chip))
      candidates.push_back(schedule);
    schedule.split = SplitKind::SplitK;
    schedule.splitFactor = chooseSlices(problem, schedule, chip);
    if (schedule.splitFactor >= 2 &&
        !checkGemmSchedule(problem, schedule, chip))
      candidates.push_back(schedule);
  }
  addTapOrders(problem, chip, candidates);
  return candidates;
}

/// Blocks that an SM holds at the same time.
static int64_t getResidentBlocks(const GemmProblem &problem, const Schedule &s,
                                 const ChipInfo &chip) {
  int64_t threads = getNumThreads(s);
  int64_t registers =
      std::min(getMmaSyncRegisters(problem, s, chip) + otherRegisters,
               chip.maxRegistersPerThread);
  int64_t resident = std::min(
      {chip.maxBlocksPerSM, chip.maxThreadsPerSM / threads,
       chip.registersPerSM / (threads * registers),
       chip.sharedBytesPerSM / (getSharedBytes(problem, s) + reservedShared)});
  return std::max<int64_t>(resident, 1);
}

/// Clocks of one k step of one tile, if it has the SM to itself.
static double getStepClocks(const GemmProblem &problem, const Schedule &s,
                            const ChipInfo &chip) {
  double m = s.tile[0], n = s.tile[1], k = s.tile[2];
  double width = multipliesFp8AsF16(problem, chip)
                     ? 1.0
                     : double(problem.inputBytes) / bytesOfHalf;
  double rate = double(chip.mmaSyncRate) / width;
  double tensor = m * n * k / rate;
  double copied = (m + n) * k * double(problem.inputBytes);
  double fragments = (m * double(s.warps[1]) + n * double(s.warps[0])) * k *
                     double(problem.inputBytes);
  return std::max({tensor, (fragments + copied) / sharedBytesPerClock,
                   copied / l2BytesPerClock});
}

/// Why a chip with wgmma does not use it.
static std::string explainNoWgmma(const GemmProblem &problem,
                                  const ChipInfo &chip) {
  if (!chip.hasWgmma)
    return "";
  std::optional<std::string> reason = checkTmaOperands(problem);
  return reason ? "; mma_sync, since " + *reason : "";
}

double dlk::getMemoryBytesPerClock(const ChipInfo &chip) {
  return memoryEfficiency * chip.memoryGBs / chip.clockGHz;
}

std::string dlk::explainReread(const Schedule &s, double reread) {
  if (s.kOrder == KOrder::Taps)
    return "; k_order = taps, since L2 would not hold the pixels of all tiles "
           "from one tap to the next";
  return reread == 0
             ? ""
             : llvm::formatv("; {0:f0} MB of pixels read again", reread / 1e6)
                   .str();
}

static ScheduleCost estimateMmaSyncCost(const GemmProblem &problem,
                                        const Schedule &s, const ChipInfo &chip,
                                        double reduction) {
  int64_t blocks = problem.batch * llvm::divideCeil(problem.m, s.tile[0]) *
                   llvm::divideCeil(problem.n, s.tile[1]);
  double steps = countMeanSteps(problem, s);
  int64_t tilesPerSM = llvm::divideCeil(blocks, chip.numSMs);
  int64_t resident = getResidentBlocks(problem, s, chip);
  int64_t rounds = llvm::divideCeil(tilesPerSM, resident);

  double warps =
      double(std::min(tilesPerSM, resident) * s.warps[0] * s.warps[1]);
  double busy = warps >= 8 ? 0.95 : 0.85 * std::min(1.0, warps / 4);
  double step = getStepClocks(problem, s, chip) / (blocks ? busy : 1.0) +
                barrierClocks / double(resident) +
                (s.kOrder == KOrder::Taps ? tapOrderClocks : 0);
  double loop = double(tilesPerSM) * steps * step;
  double storeBytes =
      double(s.tile[0] * s.tile[1] * problem.outputBytes * tilesPerSM);
  double bytesPerClock = getMemoryBytesPerClock(chip);
  double store = storeBytes * double(chip.numSMs) / bytesPerClock;
  double compute = loop + double(rounds) * fillClocks + store;
  double reread = getRereadBytes(problem, s, chip,
                                 std::min(blocks, resident * chip.numSMs));
  double memory = (problem.bytes + reread) / bytesPerClock + fillClocks;

  double full = double(problem.batch * problem.m * problem.n);
  double computed = double(tilesPerSM * chip.numSMs * s.tile[0] * s.tile[1]);
  double useful = computed > 0 ? 100 * full / computed : 0;
  ScheduleCost cost;
  cost.cycles = std::max(compute, memory) +
                exposed * std::min(compute, memory) + reduction;
  cost.reason =
      llvm::formatv("{0} blocks, {1} for each of {2} SMs, {3} resident, {4:f0} "
                    "% of the tensor work is useful, {5} bound, about {6:f0} "
                    "clocks{7}{8}",
                    blocks, tilesPerSM, chip.numSMs, resident, useful,
                    compute >= memory ? "compute" : "memory", cost.cycles,
                    explainReread(s, reread), explainNoWgmma(problem, chip))
          .str();
  return cost;
}

/// Bytes of the sums that a split product writes.
static double getSumBytes(const GemmProblem &problem, const Schedule &s,
                          const ChipInfo &chip) {
  GemmProblem sliced = getSlicedProblem(problem, s);
  double elements =
      double(sliced.batch) * double(problem.m) * double(problem.n);
  if (s.split == SplitKind::StreamK) {
    StreamShares shares = getStreamShares(problem, s, chip);
    elements = double(shares.tiles + shares.clusters) *
               double(s.cluster[0] * s.cluster[1] * s.tile[0] * s.tile[1]);
  }
  return elements * double(sliced.outputBytes);
}

/// The kernel that adds the slices: its launch, and all partial sums once, out
/// of L2 if half of that holds them.
static double getReductionClocks(const GemmProblem &problem, const Schedule &s,
                                 const ChipInfo &chip) {
  double results =
      double(problem.batch) * double(problem.m) * double(problem.n);
  double sums = getSumBytes(problem, s, chip);
  double rate = sums <= double(chip.l2Bytes) / 2
                    ? l2BytesPerClock * double(chip.numSMs) / 2
                    : getMemoryBytesPerClock(chip);
  return reductionClocks + sums / rate +
         results * double(problem.outputBytes) / getMemoryBytesPerClock(chip);
}

ScheduleCost dlk::estimateGemmCost(const GemmProblem &problem,
                                   const Schedule &schedule,
                                   const ChipInfo &chip) {
  GemmProblem sliced = getSlicedProblem(problem, schedule);
  double reduction = schedule.split == SplitKind::None
                         ? 0
                         : getReductionClocks(problem, schedule, chip);
  ScheduleCost cost =
      schedule.engine == Engine::Wgmma
          ? estimateWgmmaCost(sliced, schedule, chip, reduction)
          : estimateMmaSyncCost(sliced, schedule, chip, reduction);
  if (schedule.split == SplitKind::SplitK)
    cost.reason =
        llvm::formatv(
            "split_k {0}, since tiles alone leave SMs idle: {1}, {2:f0} "
            "of the clocks to add the slices",
            schedule.splitFactor, cost.reason, reduction)
            .str();
  if (schedule.split == SplitKind::StreamK)
    cost.reason =
        llvm::formatv("stream_k, since the last wave of tiles would leave SMs "
                      "idle: {0}, {1:f0} of the clocks to add the parts",
                      cost.reason, reduction)
            .str();
  return cost;
}
