// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which schedules of engine wgmma are legal, and what they need: a warpgroup
// that fills a ring by TMA, one to three that multiply from it, persistent
// blocks. The rules are listed with `#dlk.schedule`.

#include "WgmmaSchedule.h"
#include "dlk/Target/ChipInfo.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace dlk;
using llvm::formatv;
using Reason = std::optional<std::string>;

namespace {
/// A row of the 128-byte swizzle.
constexpr int64_t swizzleBytes = 128;
constexpr int64_t rowsOfWgmma = 64;
constexpr int64_t threadsOfGroup = 128;
/// Extents of a TMA box and of the n of wgmma.
constexpr int64_t mostExtent = 256;
constexpr int64_t mostConsumers = 3;
constexpr int64_t mostAccumulators = 192;
/// Registers beside the accumulators that ptxas wants in the main loop and the
/// epilogue; with 26 or more it does not serialize wgmma.
constexpr int64_t otherRegisters = 32;
constexpr int64_t mostBlocksOfCluster = 8;
constexpr int64_t mostDimensionsOfTma = 5;
} // namespace

//===----------------------------------------------------------------------===//
// Resources
//===----------------------------------------------------------------------===//

GemmProblem dlk::orientProblem(const GemmProblem &problem,
                               const Schedule &schedule) {
  GemmProblem oriented = problem;
  if (!schedule.swapAb)
    return oriented;
  std::swap(oriented.m, oriented.n);
  std::swap(oriented.lhs, oriented.rhs);
  // Sums of slices are written as they are computed.
  if (schedule.split == SplitKind::None)
    oriented.output.inner = !oriented.output.inner;
  return oriented;
}

int64_t dlk::getConsumerColumns(const Schedule &schedule) {
  return schedule.tile[1] / schedule.warps[1];
}

int64_t dlk::getWgmmaStagingBytes(const GemmProblem &problem,
                                  const Schedule &schedule) {
  int64_t consumers = getNumConsumers(schedule);
  int64_t columns = getConsumerColumns(schedule);
  if (schedule.epilogue != EpilogueKind::StmatrixTma)
    return consumers * 4 * 16 * columns * problem.outputBytes;
  bool transposed = !orientProblem(problem, schedule).output.inner;
  int64_t rowBytes = columns * problem.outputBytes;
  return consumers * 2 * rowsOfWgmma *
         (transposed ? rowBytes : std::gcd(rowBytes, swizzleBytes));
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

static Reason checkFeatures(const Schedule &s) {
  auto refuse = [](llvm::StringRef field, auto value,
                   llvm::StringRef supported) -> Reason {
    return formatv("not supported by engine wgmma: {0} = {1}; supported: {2} "
                   "[DLK-S2]",
                   field, value, supported)
        .str();
  };
  if (s.roles == Roles::None)
    return refuse("roles", stringifyRoles(s.roles), "cooperative, pingpong");
  if (s.copy != CopyKind::Tma && s.copy != CopyKind::TmaIm2col)
    return refuse("copy", stringifyCopyKind(s.copy), "tma, tma_im2col");
  if (s.epilogue == EpilogueKind::Direct)
    return refuse("epilogue", stringifyEpilogueKind(s.epilogue),
                  "staged, stmatrix_tma");
  if (!s.persistent)
    return refuse("persistent", "false", "true");
  if (s.regs[0] == 0)
    return refuse("regs", "[0, 0]", "the counts of both roles");
  return std::nullopt;
}

static Reason checkConsumers(const Schedule &s) {
  bool pingpong = s.roles == Roles::Pingpong;
  if (pingpong && s.warps != std::array<int64_t, 2>{2, 1})
    return formatv("pingpong has the consumer warpgroups [2, 1]: [{0}, {1}] "
                   "[DLK-S22]",
                   s.warps[0], s.warps[1])
        .str();
  int64_t consumers = s.warps[0] * s.warps[1];
  if (consumers > mostConsumers)
    return formatv("too many consumer warpgroups: {0} x {1} = {2}; at most {3} "
                   "[DLK-S3]",
                   s.warps[0], s.warps[1], consumers, mostConsumers)
        .str();
  return std::nullopt;
}

/// Whether wgmma has this n.
static bool isColumns(int64_t columns, InputKind kind) {
  if (columns > mostExtent || columns % 8)
    return false;
  return kind != InputKind::Int8 || columns <= 24 || columns % 16 == 0;
}

static Reason checkTile(const GemmProblem &problem, const Schedule &s) {
  bool pingpong = s.roles == Roles::Pingpong;
  int64_t rows = rowsOfWgmma * (pingpong ? 1 : s.warps[0]);
  if (s.tile[0] % rows || s.tile[0] > mostExtent)
    return formatv("tile m is not a multiple of {0} ({1}) of at most {2}: {3} "
                   "[DLK-S13]",
                   rows, pingpong ? "rows of wgmma" : "64 x warps m",
                   mostExtent, s.tile[0])
        .str();
  int64_t columns = getConsumerColumns(s);
  if (s.tile[1] % s.warps[1] || s.tile[1] > mostExtent ||
      !isColumns(columns, problem.inputKind))
    return formatv("tile n / warps n is not an n of wgmma, a multiple of {0} "
                   "of at most 256 in all: {1} / {2} [DLK-S14]",
                   problem.inputKind == InputKind::Int8 ? "16, or 8 or 24"
                                                        : "8",
                   s.tile[1], s.warps[1])
        .str();
  int64_t bytes = s.tile[2] * problem.inputBytes;
  if (bytes % swizzleBytes)
    return formatv("rows of tile k are not a multiple of 128 bytes: {0} "
                   "elements of {1} bytes [DLK-S15]",
                   s.tile[2], problem.inputBytes)
        .str();
  if (problem.promote && s.tile[2] > problem.promote)
    return formatv("tile k is more than the products that may be summed "
                   "before they are promoted: {0} and {1} [DLK-S25]",
                   s.tile[2], problem.promote)
        .str();
  return std::nullopt;
}

/// Operands whose rows run along m or n.
static Reason checkMajors(const GemmProblem &problem, const Schedule &s) {
  int64_t panel = swizzleBytes / problem.inputBytes;
  for (auto [name, tensor, extent] :
       {std::tuple("lhs", problem.lhs, s.tile[0]),
        std::tuple("rhs", problem.rhs, getConsumerColumns(s))}) {
    if (tensor.inner)
      continue;
    if (problem.inputBytes != 2)
      return formatv("rows of the {0} do not run along k, which wgmma reads "
                     "only for elements of 2 bytes: {1} [DLK-S16]",
                     name, problem.inputBytes)
          .str();
    if (extent % panel)
      return formatv("a warpgroup's part of the {0} tile, whose rows do not "
                     "run along k, is not a multiple of {1} elements: {2} "
                     "[DLK-S16]",
                     name, panel, extent)
          .str();
  }
  return std::nullopt;
}

static Reason checkRegisters(const GemmProblem &problem, const Schedule &s,
                             const ChipInfo &chip) {
  int64_t accumulators = getAccumulatorRegisters(problem, s);
  auto [producer, consumer] = s.regs;
  int64_t most = std::min(mostAccumulators, consumer - otherRegisters);
  if (accumulators > most)
    return formatv("too many accumulators per thread: {0}; at most {1} with "
                   "{2} registers [DLK-S17]",
                   accumulators, most, consumer)
        .str();
  // All warps start with the same count, a multiple of 8; what the producer
  // gives back is all that the consumers can get.
  int64_t groups = 1 + getNumConsumers(s);
  int64_t start =
      llvm::alignDown(chip.registersPerSM / (groups * threadsOfGroup), 8);
  int64_t wanted = producer + (groups - 1) * consumer;
  if (producer >= consumer || wanted > groups * start)
    return formatv("regs do not fit {0} warpgroups that start with {1}: {2} + "
                   "{3} x {4} = {5}, at most {6}, the producer's fewer "
                   "[DLK-S18]",
                   groups, start, producer, groups - 1, consumer, wanted,
                   groups * start)
        .str();
  return std::nullopt;
}

static Reason checkMemory(const GemmProblem &problem, const Schedule &s,
                          const ChipInfo &chip) {
  if (s.stages < 2 || s.stages > 8)
    return formatv("stages is not in 2..8: {0} [DLK-S8]", s.stages).str();
  int64_t bytes = getSharedBytes(problem, s);
  if (bytes <= chip.sharedBytesPerBlock)
    return std::nullopt;
  return formatv("too much shared memory: {0} bytes (ring {1}, staging {2}, "
                 "barriers {3}); {4} allows {5} [DLK-S9]",
                 bytes, getRingBytes(problem, s), getStagingBytes(problem, s),
                 getBarrierBytes(s), chip.name, chip.sharedBytesPerBlock)
      .str();
}

/// Each block of a cluster copies its part of a tile that several share: whole
/// panels of 128 bytes if they divide, else rows of them, eight at a time.
static Reason checkCluster(const GemmProblem &problem, const Schedule &s) {
  auto [m, n] = s.cluster;
  if (m * n > mostBlocksOfCluster)
    return formatv("too many blocks in a cluster: {0} x {1} = {2}; at most {3} "
                   "[DLK-S19]",
                   m, n, m * n, mostBlocksOfCluster)
        .str();
  int64_t panel = swizzleBytes / problem.inputBytes;
  for (auto [name, tensor, extent, blocks] :
       {std::tuple("lhs", problem.lhs, s.tile[0], n),
        std::tuple("rhs", problem.rhs, s.tile[1], m)}) {
    int64_t rows = tensor.inner ? extent : s.tile[2];
    int64_t panels = (tensor.inner ? s.tile[2] : extent) / panel;
    int64_t parts = blocks / std::gcd(blocks, panels);
    if (parts > 1 && rows % (8 * parts))
      return formatv("{0} blocks of a cluster cannot share the {1} tile of {2} "
                     "panels in equal parts of a multiple of 8 rows: {3} rows "
                     "[DLK-S19]",
                     blocks, name, panels, rows)
          .str();
  }
  return std::nullopt;
}

std::optional<std::string> dlk::checkTmaOperands(const GemmProblem &problem) {
  if (problem.k == 0)
    return std::string("TMA copies no operands without elements, which they "
                       "are for k = 0 [DLK-S20]");
  for (auto [name, tensor] :
       {std::pair("lhs", problem.lhs), std::pair("rhs", problem.rhs)}) {
    if (!tensor.noTmaReason.empty())
      return formatv("TMA cannot follow the gather of the {0}: {1} [DLK-S20]",
                     name, tensor.noTmaReason)
          .str();
    if (tensor.pieceBytes < 16)
      return formatv("TMA needs rows aligned to 16 bytes, but those of the {0} "
                     "are aligned to: {1} [DLK-S20]",
                     name, tensor.pieceBytes)
          .str();
    if (tensor.rank > mostDimensionsOfTma)
      return formatv("TMA has at most {0} dimensions, the {1} has: {2} "
                     "[DLK-S20]",
                     mostDimensionsOfTma, name, tensor.rank)
          .str();
  }
  return std::nullopt;
}

static Reason checkChannels(const GemmProblem &problem, const Schedule &s) {
  for (auto [name, tensor] :
       {std::pair("lhs", problem.lhs), std::pair("rhs", problem.rhs)})
    if (tensor.channelsEndInside && problem.channels % s.tile[2] != 0)
      return formatv("TMA cannot follow the gather of the {0} in steps of {1} "
                     "channels: {2} channels of a group are no multiple "
                     "[DLK-S20]",
                     name, s.tile[2], problem.channels)
          .str();
  return std::nullopt;
}

static Reason checkCopyKind(const GemmProblem &problem, const Schedule &s) {
  bool gathered = problem.lhs.gathered || problem.rhs.gathered;
  if (gathered == (s.copy == CopyKind::TmaIm2col))
    return std::nullopt;
  return formatv("operands are {0} matrices in memory, but copy = {1}; use {2} "
                 "[DLK-S30]",
                 gathered ? "not" : "all", stringifyCopyKind(s.copy),
                 gathered ? "tma_im2col" : "tma")
      .str();
}

/// `problem` is as the tiles see it.
static Reason checkStore(const GemmProblem &problem, const Schedule &s) {
  bool transposed = s.swapAb && s.split == SplitKind::None;
  if (transposed && problem.output.inner)
    return std::string("swap_ab stores rows that run along n, those of the "
                       "result do not [DLK-S28]");
  if (transposed && s.epilogue != EpilogueKind::StmatrixTma)
    return formatv("swap_ab stores transposed tiles, which epilogue = {0} does "
                   "not; use stmatrix_tma, or split_k [DLK-S28]",
                   stringifyEpilogueKind(s.epilogue))
        .str();
  if (s.epilogue != EpilogueKind::StmatrixTma)
    return std::nullopt;
  if (problem.output.gathered)
    return std::string("stmatrix_tma stores a matrix in memory, and elements "
                       "of the result are scattered; use epilogue = staged "
                       "[DLK-S21]");
  if (problem.output.pieceBytes == 16 &&
      problem.output.rank <= mostDimensionsOfTma)
    return std::nullopt;
  return formatv("stmatrix_tma needs a result of at most {0} dimensions whose "
                 "rows are aligned to 16 bytes: {1} dimensions, aligned to "
                 "{2}; use epilogue = staged [DLK-S21]",
                 mostDimensionsOfTma, problem.output.rank,
                 problem.output.pieceBytes)
      .str();
}

bool dlk::canStoreByTma(const GemmProblem &problem, const Schedule &schedule) {
  Schedule stored = schedule;
  stored.epilogue = EpilogueKind::StmatrixTma;
  return !checkStore(orientProblem(problem, stored), stored);
}

std::optional<std::string> dlk::checkWgmmaSchedule(const GemmProblem &problem,
                                                   const Schedule &schedule,
                                                   const ChipInfo &chip) {
  GemmProblem oriented = orientProblem(problem, schedule);
  if (Reason reason = checkFeatures(schedule))
    return reason;
  if (Reason reason = checkConsumers(schedule))
    return reason;
  if (Reason reason = checkTile(oriented, schedule))
    return reason;
  if (Reason reason = checkTmaOperands(problem))
    return reason;
  if (Reason reason = checkChannels(problem, schedule))
    return reason;
  if (Reason reason = checkCopyKind(problem, schedule))
    return reason;
  if (Reason reason = checkMajors(oriented, schedule))
    return reason;
  if (Reason reason = checkRegisters(oriented, schedule, chip))
    return reason;
  if (Reason reason = checkCluster(oriented, schedule))
    return reason;
  if (Reason reason = checkStore(oriented, schedule))
    return reason;
  return checkMemory(problem, schedule, chip);
}
