// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which schedules are legal for a problem in matmul form on a chip, and what
// they need. The rules are listed with `#dlk.schedule`; each is a check that
// returns the reason in words when it is broken. Those of engine wgmma have
// their own file.

#include "dlk/Dialect/Dlk/IR/GemmSchedule.h"
#include "WgmmaSchedule.h"
#include "dlk/Target/ChipInfo.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk;
using llvm::formatv;
using Reason = std::optional<std::string>;

namespace {
/// Slices are summed by one thread, which loads a sum of each at a time.
constexpr int64_t mostSlices = 32;
/// Of the accumulators.
constexpr int64_t partialSumBytes = 4;
/// Along k.
constexpr int64_t bytesOfProduct = 32;
/// Of chips that multiply and convert fp8.
constexpr int64_t fp8Capability = 89;
} // namespace

//===----------------------------------------------------------------------===//
// Resources
//===----------------------------------------------------------------------===//

llvm::StringRef dlk::stringifyInputKind(InputKind kind) {
  static constexpr llvm::StringLiteral names[] = {"f16", "bf16", "tf32", "fp8",
                                                  "int8"};
  return names[int(kind)];
}

int64_t dlk::getNumConsumers(const Schedule &schedule) {
  return schedule.roles == Roles::None ? 0
                                       : schedule.warps[0] * schedule.warps[1];
}

int64_t dlk::getNumThreads(const Schedule &schedule) {
  if (int64_t consumers = getNumConsumers(schedule))
    return 128 * (1 + consumers);
  return 32 * schedule.warps[0] * schedule.warps[1];
}

int64_t dlk::getAccumulatorsPerThread(const Schedule &schedule) {
  int64_t threads = getNumThreads(schedule);
  if (schedule.roles == Roles::Pingpong)
    threads = 128;
  else if (schedule.roles == Roles::Cooperative)
    threads -= 128;
  return llvm::divideCeil(schedule.tile[0] * schedule.tile[1], threads);
}

int64_t dlk::getAccumulatorRegisters(const GemmProblem &problem,
                                     const Schedule &schedule) {
  return getAccumulatorsPerThread(schedule) * (problem.promote ? 2 : 1) *
         problem.sumBytes / 4;
}

bool dlk::multipliesFp8AsF16(const GemmProblem &problem, const ChipInfo &chip) {
  return problem.inputKind == InputKind::FP8 && chip.hasWgmma;
}

int64_t dlk::getMmaSyncRegisters(const GemmProblem &problem, const Schedule &s,
                                 const ChipInfo &chip) {
  return multipliesFp8AsF16(problem, chip)
             ? 2 * getAccumulatorsPerThread(s)
             : getAccumulatorRegisters(problem, s);
}

int64_t dlk::getRingBytes(const GemmProblem &problem,
                          const Schedule &schedule) {
  auto [m, n, k] = schedule.tile;
  return schedule.stages * (m + n) * k * problem.inputBytes;
}

int64_t dlk::getStagingBytes(const GemmProblem &problem,
                             const Schedule &schedule) {
  if (schedule.epilogue == EpilogueKind::Direct)
    return 0;
  if (schedule.engine == Engine::Wgmma)
    return getWgmmaStagingBytes(problem, schedule);
  return 16 * schedule.tile[1] * schedule.warps[0] * problem.outputBytes;
}

int64_t dlk::getBarrierBytes(const Schedule &schedule) {
  return getNumConsumers(schedule) ? 2 * 8 * schedule.stages : 0;
}

int64_t dlk::getSharedBytes(const GemmProblem &problem,
                            const Schedule &schedule) {
  int64_t ring = getRingBytes(problem, schedule);
  int64_t staging = getStagingBytes(problem, schedule);
  if (getNumConsumers(schedule))
    return ring + staging + getBarrierBytes(schedule);
  return std::max(ring, staging);
}

int64_t dlk::countSteps(const GemmProblem &problem, const Schedule &s) {
  if (s.copy == CopyKind::TmaIm2col && problem.channels)
    return problem.k / problem.channels *
           llvm::divideCeil(problem.channels, s.tile[2]);
  return llvm::divideCeil(problem.k, s.tile[2]);
}

bool dlk::skipsTaps(const GemmProblem &problem, const Schedule &s) {
  bool stepsAreOfOneTap =
      s.copy == CopyKind::TmaIm2col ||
      (problem.channels && problem.channels % s.tile[2] == 0);
  return problem.tapFraction < 1 && stepsAreOfOneTap &&
         s.roles != Roles::Pingpong && s.split == SplitKind::None &&
         s.kOrder == KOrder::Channels;
}

double dlk::countMeanSteps(const GemmProblem &problem, const Schedule &s) {
  double steps = double(countSteps(problem, s));
  if (!skipsTaps(problem, s))
    return steps;
  return std::max(1.0, steps * problem.tapFraction);
}

GemmProblem dlk::getSlicedProblem(const GemmProblem &problem,
                                  const Schedule &schedule) {
  GemmProblem sliced = problem;
  if (schedule.split == SplitKind::None)
    return sliced;
  int64_t elements = problem.batch * problem.m * problem.n, sums = 1;
  if (schedule.split == SplitKind::SplitK) {
    sums = schedule.splitFactor;
    sliced.batch *= sums;
    sliced.k = schedule.tile[2] *
               llvm::divideCeil(countSteps(problem, schedule), sums);
    // It counts whole steps, padded channels and all.
    sliced.channels = 0;
  }
  sliced.outputBytes = partialSumBytes;
  sliced.output = GemmTensor();
  sliced.output.rank = 3;
  sliced.epilogueCallsMath = false;
  sliced.bytes +=
      double(elements) * double(sums * partialSumBytes - problem.outputBytes);
  return sliced;
}

/// Tiles of a dimension, in whole clusters.
static int64_t countTiles(int64_t extent, int64_t tile, int64_t cluster) {
  return llvm::divideCeil(extent, tile * cluster) * cluster;
}

StreamShares dlk::getStreamShares(const GemmProblem &problem, const Schedule &s,
                                  const ChipInfo &chip) {
  GemmProblem oriented = orientProblem(problem, s);
  StreamShares shares;
  int64_t size = s.cluster[0] * s.cluster[1];
  shares.steps = countSteps(problem, s);
  shares.tiles = oriented.batch *
                 countTiles(oriented.m, s.tile[0], s.cluster[0]) *
                 countTiles(oriented.n, s.tile[1], s.cluster[1]) / size;
  int64_t all = shares.tiles * shares.steps;
  // Nothing to share: no kernel is launched for an empty result.
  if (all == 0) {
    shares.clusters = shares.parts = 1;
    return shares;
  }
  shares.clusters = std::min(std::max<int64_t>(1, chip.numSMs / size), all);
  // The first one may have one step of the tile, the others `all / clusters`.
  shares.parts = std::min(shares.clusters,
                          1 + static_cast<int64_t>(llvm::divideCeil(
                                  shares.steps - 1, all / shares.clusters)));
  return shares;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

static Reason checkEngine(const Schedule &s, const ChipInfo &chip) {
  if (!chip.hasCodegen)
    return formatv("no code generation for chip: '{0}'; supported: {1} "
                   "[DLK-S1]",
                   chip.name, getSupportedChipNames())
        .str();
  bool wgmma = chip.hasWgmma && chip.hasTma;
  if (s.engine == Engine::MmaSync && chip.hasLdmatrix && chip.hasMmaBf16)
    return std::nullopt;
  if (s.engine == Engine::Wgmma && wgmma)
    return std::nullopt;
  return formatv("engine not supported on {0}: {1}; supported: mma_sync{2} "
                 "[DLK-S1]",
                 chip.name, stringifyEngine(s.engine), wgmma ? ", wgmma" : "")
      .str();
}

static Reason checkFeatures(const Schedule &s) {
  auto refuse = [](llvm::StringRef field, auto value) -> Reason {
    return formatv("not supported by engine mma_sync: {0} = {1} [DLK-S2]",
                   field, value)
        .str();
  };
  if (s.roles != Roles::None)
    return refuse("roles", stringifyRoles(s.roles));
  if (s.cluster != std::array<int64_t, 2>{1, 1})
    return refuse("cluster",
                  formatv("[{0}, {1}]", s.cluster[0], s.cluster[1]).str());
  if (s.swapAb)
    return refuse("swap_ab", "true");
  if (s.copy != CopyKind::Ld && s.copy != CopyKind::CpAsync)
    return refuse("copy", stringifyCopyKind(s.copy));
  if (s.epilogue != EpilogueKind::Staged)
    return refuse("epilogue", stringifyEpilogueKind(s.epilogue));
  if (s.split == SplitKind::StreamK)
    return refuse("split", stringifySplitKind(s.split));
  if (s.persistent)
    return refuse("persistent", "true");
  if (s.regs[0] != 0)
    return refuse("regs", formatv("[{0}, {1}]", s.regs[0], s.regs[1]).str());
  return std::nullopt;
}

static Reason checkWarps(const GemmProblem &problem, const Schedule &s,
                         const ChipInfo &chip) {
  int64_t warps = s.warps[0] * s.warps[1];
  if (warps > 32 || 32 * warps > chip.maxThreadsPerBlock)
    return formatv("too many warps: {0} x {1} = {2}; at most {3} [DLK-S3]",
                   s.warps[0], s.warps[1], warps,
                   std::min<int64_t>(32, chip.maxThreadsPerBlock / 32))
        .str();
  auto refuse = [](llvm::StringRef dim, int64_t value, int64_t factor,
                   llvm::StringRef how, llvm::StringRef rule) -> Reason {
    return formatv("tile {0} is not a multiple of {1} ({2}): {3} [DLK-{4}]",
                   dim, factor, how, value, rule)
        .str();
  };
  if (s.tile[0] % (16 * s.warps[0]))
    return refuse("m", s.tile[0], 16 * s.warps[0], "16 x warps m", "S4");
  if (s.tile[1] % (16 * s.warps[1]))
    return refuse("n", s.tile[1], 16 * s.warps[1], "16 x warps n", "S5");
  int64_t multiple = bytesOfProduct / problem.inputBytes;
  if (s.tile[2] % multiple)
    return refuse("k", s.tile[2], multiple, "k of one mma.sync", "S6");
  return std::nullopt;
}

static Reason checkMemory(const GemmProblem &problem, const Schedule &s,
                          const ChipInfo &chip) {
  int64_t accumulators = getMmaSyncRegisters(problem, s, chip);
  if (accumulators > 128)
    return formatv("too many accumulators per thread: {0}; at most 128 "
                   "[DLK-S7]",
                   accumulators)
        .str();
  if (s.stages < 2 || s.stages > 8)
    return formatv("stages is not in 2..8: {0} [DLK-S8]", s.stages).str();
  int64_t bytes = getSharedBytes(problem, s);
  if (bytes > chip.sharedBytesPerBlock)
    return formatv("too much shared memory: {0} bytes (ring {1}, staging {2}); "
                   "{3} allows {4} [DLK-S9]",
                   bytes, getRingBytes(problem, s), getStagingBytes(problem, s),
                   chip.name, chip.sharedBytesPerBlock)
        .str();
  return std::nullopt;
}

static Reason checkCopies(const GemmProblem &problem, const Schedule &s,
                          const ChipInfo &chip) {
  int64_t threads = getNumThreads(s);
  int64_t elements = 16 / problem.inputBytes;
  for (auto [name, extent] :
       {std::pair("lhs", s.tile[0]), std::pair("rhs", s.tile[1])}) {
    int64_t pieces = extent * s.tile[2] / elements;
    if (pieces % threads)
      return formatv("16-byte pieces of the {0} tile do not divide evenly over "
                     "{1} threads: {2} [DLK-S10]",
                     name, threads, pieces)
          .str();
  }
  if (s.copy != CopyKind::CpAsync)
    return std::nullopt;
  if (!chip.hasCpAsync)
    return formatv("chip without cp.async: {0} [DLK-S11]", chip.name).str();
  int64_t bytes = std::max(problem.lhs.pieceBytes, problem.rhs.pieceBytes);
  if (bytes < 4)
    return formatv("cp_async moves 4, 8 or 16 aligned bytes, but the rows of "
                   "both operands are aligned to: {0}; use copy = ld [DLK-S11]",
                   bytes)
        .str();
  return std::nullopt;
}

static Reason checkOrder(const GemmProblem &problem, const Schedule &s) {
  if (s.kOrder == KOrder::Channels)
    return std::nullopt;
  if (problem.channels == 0)
    return std::string("k_order = taps, but k counts no filter taps "
                       "[DLK-S31]");
  if (s.copy == CopyKind::TmaIm2col || problem.channels % s.tile[2] == 0)
    return std::nullopt;
  return formatv("k_order = taps needs channels that are a multiple of tile k, "
                 "{0}: {1} [DLK-S31]",
                 s.tile[2], problem.channels)
      .str();
}

static Reason checkGrid(const GemmProblem &problem, const Schedule &s) {
  double blocks = double(problem.batch) *
                  double(countTiles(problem.m, s.tile[0], s.cluster[0])) *
                  double(countTiles(problem.n, s.tile[1], s.cluster[1]));
  if (blocks <= double(INT32_MAX))
    return std::nullopt;
  return formatv("too many blocks: {0:f0}; at most {1} [DLK-S12]", blocks,
                 INT32_MAX)
      .str();
}

/// Nothing is multiplied where a dimension is 0.
static Reason checkInputs(const GemmProblem &problem, const Schedule &s,
                          const ChipInfo &chip) {
  if (!problem.batch || !problem.m || !problem.n || !problem.k)
    return std::nullopt;
  if (problem.sumBytes != 4 && problem.inputKind != InputKind::F16)
    return formatv("engine mma_sync sums {0} in 4 bytes, not in {1} [DLK-S24]",
                   stringifyInputKind(problem.inputKind), problem.sumBytes)
        .str();
  if (problem.inputKind == InputKind::FP8 && chip.capability < fp8Capability)
    return formatv("products of fp8 need sm_{0} or newer: {1} [DLK-S24]",
                   fp8Capability, chip.name)
        .str();
  if (problem.promote && s.tile[2] > problem.promote)
    return formatv("tile k is more than the products that may be summed "
                   "before they are promoted: {0} and {1} [DLK-S25]",
                   s.tile[2], problem.promote)
        .str();
  return std::nullopt;
}

/// Every slice has k steps; on mma_sync, whose copies only look for the end of
/// k inside a step, equally many.
static Reason checkSplit(const GemmProblem &problem, const Schedule &s) {
  if (s.split != SplitKind::None && problem.sumBytes != partialSumBytes)
    return formatv("sums are split in f32 or i32, not in {0} bytes [DLK-S26]",
                   problem.sumBytes)
        .str();
  if (s.split != SplitKind::SplitK)
    return std::nullopt;
  if (s.splitFactor > mostSlices)
    return formatv("too many slices of split_k: {0}; at most {1} [DLK-S26]",
                   s.splitFactor, mostSlices)
        .str();
  int64_t steps = countSteps(problem, s);
  int64_t each = llvm::divideCeil(steps, s.splitFactor);
  int64_t filled = each ? llvm::divideCeil(steps, each) : 0;
  if (filled < s.splitFactor)
    return formatv("split_k leaves slices without a k step: {0} slices of {1} "
                   "of {2} steps; {3} are as fast [DLK-S26]",
                   s.splitFactor, each, steps, filled)
        .str();
  if (s.engine == Engine::MmaSync && steps % s.splitFactor)
    return formatv("engine mma_sync splits k only into equal slices: {0} steps "
                   "into {1} slices [DLK-S26]",
                   steps, s.splitFactor)
        .str();
  return std::nullopt;
}

/// Rows meet in the staging, where they must be whole sums.
static Reason checkCombining(const GemmProblem &problem, const Schedule &s) {
  if (!problem.combinesRows)
    return std::nullopt;
  if (s.split != SplitKind::None)
    return formatv("rows that are combined have sums that are not split: "
                   "split = {0} [DLK-S32]",
                   stringifySplitKind(s.split))
        .str();
  if (s.epilogue != EpilogueKind::Staged)
    return formatv("rows are combined by epilogue = staged: {0} [DLK-S32]",
                   stringifyEpilogueKind(s.epilogue))
        .str();
  return std::nullopt;
}

static Reason checkStream(const GemmProblem &problem, const Schedule &s,
                          const ChipInfo &chip) {
  if (s.split != SplitKind::StreamK)
    return std::nullopt;
  auto refuse = [](llvm::StringRef what, auto value) -> Reason {
    return formatv("stream_k {0}: {1} [DLK-S27]", what, value).str();
  };
  if (s.roles != Roles::Cooperative)
    return refuse("has tiles of different lengths, in which consumers cannot "
                  "take turns",
                  stringifyRoles(s.roles));
  if (s.swapAb)
    return refuse("has no swap_ab", "true");
  if (s.raster == Raster::Hilbert)
    return refuse("has no raster", stringifyRaster(s.raster));
  StreamShares shares = getStreamShares(problem, s, chip);
  if (double(shares.tiles) * double(shares.steps) > double(INT32_MAX))
    return refuse(
        "shares more than 2147483647 k steps",
        formatv("{0} tiles of {1}", shares.tiles, shares.steps).str());
  if (shares.parts > mostSlices)
    return refuse("divides a tile into more than 32 parts", shares.parts);
  return std::nullopt;
}

static Reason checkMmaSyncSchedule(const GemmProblem &problem,
                                   const Schedule &schedule,
                                   const ChipInfo &chip) {
  if (Reason reason = checkInputs(problem, schedule, chip))
    return reason;
  if (Reason reason = checkFeatures(schedule))
    return reason;
  if (Reason reason = checkWarps(problem, schedule, chip))
    return reason;
  if (Reason reason = checkMemory(problem, schedule, chip))
    return reason;
  return checkCopies(problem, schedule, chip);
}

std::optional<std::string> dlk::checkGemmSchedule(const GemmProblem &problem,
                                                  const Schedule &schedule,
                                                  const ChipInfo &chip) {
  if (Reason reason = checkEngine(schedule, chip))
    return reason;
  if (problem.convertsFp8 && chip.capability < fp8Capability)
    return formatv("code for conversions of fp8 needs sm_{0} or newer: {1} "
                   "[DLK-S29]",
                   fp8Capability, chip.name)
        .str();
  if (Reason reason = checkCombining(problem, schedule))
    return reason;
  if (Reason reason = checkSplit(problem, schedule))
    return reason;
  if (Reason reason = checkOrder(problem, schedule))
    return reason;
  GemmProblem sliced = getSlicedProblem(problem, schedule);
  if (Reason reason = schedule.engine == Engine::Wgmma
                          ? checkWgmmaSchedule(sliced, schedule, chip)
                          : checkMmaSyncSchedule(sliced, schedule, chip))
    return reason;
  if (Reason reason = checkStream(problem, schedule, chip))
    return reason;
  return checkGrid(orientProblem(sliced, schedule), schedule);
}
