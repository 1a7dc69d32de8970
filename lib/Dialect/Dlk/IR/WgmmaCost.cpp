// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cost model of the wgmma path: one block on each SM, which computes one
// tile after another. A k step of a tile takes the longest of
//   tensor: instructions of n columns and 32 bytes of k at their rate,
//   shared: bytes that wgmma reads of both operands and TMA writes / 128,
//   L2:     bytes that the block copies / 64, and those of all blocks together
//           / 46.6 for each SM of the chip; multicast divides them,
//   ring:   the latency of a copy over the stages that are in flight,
// and a small part of the others, which get into its way.
// Each tile adds the part of its epilogue that nothing hides: with cooperative
// consumers all but the stores that TMA finishes alone, with pingpong what is
// longer than the products of the other consumer. The kernel adds the fill of
// the first ring and the last store. It takes at least as long as its bytes
// take to and from global memory, where blocks that run together share what
// they read; a part of the shorter of the two is added. With stream_k there are
// no rounds: all clusters are busy until the steps of all tiles are done.
//
// Rates are those of published micro-benchmarks, latencies rough: the model
// ranks schedules, and its clocks are predictions, not measurements.

#include "WgmmaSchedule.h"
#include "dlk/Target/ChipInfo.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk;

namespace {
constexpr double sharedBytesPerClock = 128;
constexpr double l2BytesPerClockOfBlock = 64;
constexpr double l2BytesPerClockOfSM = 46.6;
/// From a copy's start to its barrier, from L2.
constexpr double copyLatency = 900;
/// From the launch to the first product; from the last store to the end.
constexpr double startClocks = 1200, endClocks = 300;
/// Barriers and issue of one k step; of the start and end of a tile.
constexpr double stepClocks = 30, tileClocks = 300;
/// From the last product of a stage to its first addition.
constexpr double promoteLatency = 80;
/// Clusters in a column of one of the curve's squares.
constexpr int64_t hilbertRows = 8;
/// Blocks of a cluster meet before the first copy and at the end.
constexpr double clusterClocks = 200;
/// Part of the shorter of computing and memory access that is not hidden, and
/// of the shorter times of a step. The latter makes a cluster of two 4 %
/// faster with tiles of 128x256, as others have measured.
constexpr double exposed = 0.1, contended = 0.06;

/// One time and what it is spent on.
struct Clocks {
  double clocks;
  llvm::StringRef bound;
};

class WgmmaModel {
public:
  WgmmaModel(const GemmProblem &original, const Schedule &schedule,
             const ChipInfo &chip)
      : problem(orientProblem(original, schedule)), s(schedule), chip(chip),
        m(double(s.tile[0])), n(double(s.tile[1])),
        kBytes(double(s.tile[2] * problem.inputBytes)),
        accumulatorsPerThread(double(getAccumulatorsPerThread(s))) {
    auto [clusterM, clusterN] = s.cluster;
    int64_t clustersM = llvm::divideCeil(problem.m, s.tile[0] * clusterM);
    int64_t clustersN = llvm::divideCeil(problem.n, s.tile[1] * clusterN);
    blocksOfCluster = clusterM * clusterN;
    slots = chip.numSMs / blocksOfCluster;
    clusters = double(clustersM) * double(clustersN) * double(problem.batch);
    waves = std::ceil(clusters / double(slots));
    busy = std::min(clusters, double(slots)) * double(blocksOfCluster);
    if (s.split == SplitKind::StreamK) {
      waves = clusters / double(slots);
      busy = double(slots * blocksOfCluster);
    }
  }

  /// With `reduction` clocks behind the product.
  ScheduleCost run(double reduction) const {
    Clocks step = getStep(), tile = getTile(step);
    double meet = blocksOfCluster > 1 ? clusterClocks : 0;
    // A share has parts of one more tile than it is long.
    double cut = s.split == SplitKind::StreamK ? getEpilogue() : 0;
    Clocks compute{startClocks + meet + waves * tile.clocks + cut +
                       getLastStore(),
                   tile.bound};
    double memory =
        getMemoryBytes() / getMemoryBytesPerClock(chip) + startClocks;
    ScheduleCost cost;
    cost.cycles = std::max(compute.clocks, memory) +
                  exposed * std::min(compute.clocks, memory) + reduction;
    cost.reason = explain(compute.clocks >= memory ? compute.bound : "memory",
                          cost.cycles);
    return cost;
  }

private:
  double getSteps() const { return countMeanSteps(problem, s); }

  /// One k step of one tile.
  Clocks getStep() const {
    // An instruction of m64 reads 64 rows and n columns of 32 bytes each, and
    // takes n / 2 clocks unless its reads take longer.
    double columns = double(getConsumerColumns(s));
    double warpsN = s.roles == Roles::Pingpong ? 1 : double(s.warps[1]);
    double instructions = m / 64 * warpsN * (kBytes / 32);
    double read = (64 + columns) * 32;
    double rate = double(chip.wgmmaRate) / 2048;
    double tensor =
        instructions * std::max(columns / 2 / rate, read / sharedBytesPerClock);
    double filled = (m + n) * kBytes;
    double shared = (instructions * read + filled) / sharedBytesPerClock;
    double copied =
        (m / double(s.cluster[1]) + n / double(s.cluster[0])) * kBytes;
    double l2 =
        std::max(copied / l2BytesPerClockOfBlock,
                 copied * busy / (l2BytesPerClockOfSM * double(chip.numSMs)));
    Clocks step{0, ""};
    for (Clocks part : {Clocks{tensor, "tensor"},
                        Clocks{shared, "shared memory"}, Clocks{l2, "L2"}})
      if (part.clocks > step.clocks)
        step = part;
    step.clocks += contended * (tensor + shared + l2 - step.clocks);
    // The consumer adds while its tensor core waits, unless another's works.
    if (problem.promote)
      step.clocks += (promoteLatency + accumulatorsPerThread / 2) /
                     double(getNumConsumers(s));
    // One stage is read, another not yet released.
    double ring = copyLatency / (double(s.stages) - 1.5);
    if (ring > step.clocks)
      step = {ring, "ring"};
    step.clocks += stepClocks;
    return step;
  }

  double getStoreBytes() const { return m * n * double(problem.outputBytes); }

  /// What a consumer spends on results: into staging, and out of it if no TMA
  /// does that, 32 bytes at a time.
  double getEpilogue() const {
    double bytes = getStoreBytes();
    double staging = 2 * bytes / sharedBytesPerClock;
    bool byTma = s.epilogue == EpilogueKind::StmatrixTma;
    return staging + (byTma ? 0 : bytes / 32) + tileClocks;
  }

  Clocks getTile(const Clocks &step) const {
    double loop = getSteps() * step.clocks, epilogue = getEpilogue();
    if (s.roles != Roles::Pingpong)
      return {loop + epilogue, epilogue > loop ? "epilogue" : step.bound};
    // Two consumers in turns: each has the time of two tiles for one.
    double turn = (loop + epilogue) / 2;
    return {std::max(loop, turn) + stepClocks,
            turn > loop ? "epilogue" : step.bound};
  }

  /// Pingpong hides all epilogues but the last.
  double getLastStore() const {
    double hidden = s.roles == Roles::Pingpong ? getEpilogue() : 0;
    return hidden + getStoreBytes() / l2BytesPerClockOfBlock + endClocks;
  }

  /// Bytes to and from global memory: each tensor once if L2 holds the
  /// operands, else for each wave the rows and columns that its band of tiles
  /// needs.
  double getMemoryBytes() const {
    if (problem.channels != 0)
      return problem.bytes + getReread();
    double inputBytes = double(problem.inputBytes * problem.k);
    double operands =
        double(problem.batch) * double(problem.m + problem.n) * inputBytes;
    // Half of L2 counts: what both halves of the chip read is there twice.
    if (operands <= double(chip.l2Bytes) / 2)
      return problem.bytes;
    double tilesM = double(llvm::divideCeil(problem.m, s.tile[0]));
    int64_t band = s.raster == Raster::Hilbert ? hilbertRows * s.cluster[0]
                                               : s.rasterGroup;
    double rows = std::min(tilesM, double(std::max<int64_t>(1, band)));
    double columns = std::ceil(busy / rows);
    double read = clusters / double(slots) * inputBytes *
                  (std::min(rows * m, double(problem.m)) +
                   std::min(columns * n, double(problem.n)));
    return std::max(problem.bytes, problem.bytes - operands + read);
  }

  double getReread() const {
    return getRereadBytes(problem, s, chip, int64_t(busy));
  }

  std::string explain(llvm::StringRef bound, double cycles) const {
    double work = double(problem.batch) * double(problem.m) *
                  double(problem.n) * double(problem.k);
    double computed = waves * double(slots * blocksOfCluster) * m * n;
    double rate = double(chip.wgmmaRate) * 2 / double(problem.inputBytes);
    double peak = work / (cycles * double(chip.numSMs) * rate);
    double useful = double(problem.batch) * double(problem.m) *
                    double(problem.n) / std::max(computed, 1.0);
    std::string waveCount = s.split == SplitKind::StreamK
                                ? llvm::formatv("{0:f2}", waves).str()
                                : llvm::formatv("{0:f0}", waves).str();
    return llvm::formatv("wgmma {0}x{1}x{2} {3}{4}, {5:f0} tiles in {6} "
                         "waves of {7} clusters of {8}, {9:f0} % of the "
                         "tensor work is useful, {10} bound, about {11:f0} "
                         "clocks, {12:f0} % of the tensor peak (predicted){13}",
                         s.tile[0], s.tile[1], s.tile[2],
                         stringifyRoles(s.roles),
                         s.swapAb ? " of the transposed problem" : "",
                         clusters * double(blocksOfCluster), waveCount, slots,
                         blocksOfCluster, 100 * useful, bound, cycles,
                         100 * peak, explainReread(s, getReread()))
        .str();
  }

  GemmProblem problem;
  Schedule s;
  const ChipInfo &chip;
  double m, n, kBytes, accumulatorsPerThread;
  int64_t blocksOfCluster, slots;
  /// Clusters to compute, rounds of them, and blocks that work at a time.
  double clusters, waves, busy;
};
} // namespace

ScheduleCost dlk::estimateWgmmaCost(const GemmProblem &problem,
                                    const Schedule &schedule,
                                    const ChipInfo &chip, double reduction) {
  return WgmmaModel(problem, schedule, chip).run(reduction);
}
