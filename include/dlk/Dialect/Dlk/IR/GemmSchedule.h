// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Legality, resources and cost of a schedule for a problem in matmul form
// (matmul, convolution as implicit GEMM), without IR.
// The rules of legality, S1 to S32, are listed with `#dlk.schedule`.
#ifndef DLK_DIALECT_DLK_IR_GEMMSCHEDULE_H
#define DLK_DIALECT_DLK_IR_GEMMSCHEDULE_H

#include "dlk/Dialect/Dlk/IR/Schedule.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace dlk {
struct ChipInfo;

/// What tensor instructions read.
enum class InputKind { F16, BF16, TF32, FP8, Int8 };
llvm::StringRef stringifyInputKind(InputKind kind);

/// How an operand or the result lies in memory.
struct GemmTensor {
  /// Largest piece that one aligned copy of a row can move.
  int64_t pieceBytes = 16;
  /// Dimensions of the tensor, without batches of size 1.
  int64_t rank = 2;
  /// Whether rows run along k (operands), along n (the result).
  bool inner = true;
  /// Whether it is no matrix in memory but gathered from a tensor.
  bool gathered = false;
  /// Why TMA cannot follow the gather; empty if it can.
  std::string noTmaReason;
  /// Whether TMA cannot copy steps that go past the last channel, say, because
  /// they would read those of the next group.
  bool channelsEndInside = false;
};

struct GemmProblem {
  int64_t batch = 1, m = 0, n = 0, k = 0;
  /// The channels among k, if it counts filter taps too: TMA copies those of
  /// one tap at a time. 0 if it does not.
  int64_t channels = 0;
  /// Filter taps that are not zeros among those that k counts.
  double tapFraction = 1;
  InputKind inputKind = InputKind::F16;
  /// Bytes of an element of the inputs and of the result.
  int64_t inputBytes = 2, outputBytes = 2;
  GemmTensor lhs, rhs, output;
  /// Bytes of a sum.
  int64_t sumBytes = 4;
  /// Products that are summed in the tensor cores before their sum is added to
  /// other registers; 0 if all are.
  int64_t promote = 0;
  /// Whether four rows of the product become one of the result.
  bool combinesRows = false;
  /// Whether the epilogue computes functions, which take many registers.
  bool epilogueCallsMath = false;
  /// Whether the epilogue converts from or to fp8.
  bool convertsFp8 = false;
  /// Bytes of all operands and results, each counted once.
  double bytes = 0;
};

/// The first rule that the schedule breaks, in words, or nothing.
std::optional<std::string> checkGemmSchedule(const GemmProblem &problem,
                                             const Schedule &schedule,
                                             const ChipInfo &chip);

/// What the product kernel of a schedule computes. With split_k the slices are
/// batches with a part of k each, and their results partial sums.
GemmProblem getSlicedProblem(const GemmProblem &problem,
                             const Schedule &schedule);

/// How stream_k gives out the k steps of all tiles: in equal shares, one after
/// another, to the clusters that the chip holds at a time.
struct StreamShares {
  int64_t clusters;
  /// Tiles of a cluster, and k steps of each.
  int64_t tiles, steps;
  /// Clusters that share a tile, at most.
  int64_t parts;
};
/// The problem has at least one k step.
StreamShares getStreamShares(const GemmProblem &problem,
                             const Schedule &schedule, const ChipInfo &chip);

/// Steps along k.
int64_t countSteps(const GemmProblem &problem, const Schedule &schedule);
/// Whether tiles leave out the taps that are zeros: each step is of one tap,
/// and tiles may have different numbers of steps.
bool skipsTaps(const GemmProblem &problem, const Schedule &schedule);
/// Steps that a tile has in the mean.
double countMeanSteps(const GemmProblem &problem, const Schedule &schedule);

/// Warpgroups that multiply; 0 without roles.
int64_t getNumConsumers(const Schedule &schedule);
int64_t getNumThreads(const Schedule &schedule);
/// Accumulators of one thread, and the registers that they take: as many again
/// for sums that are promoted.
int64_t getAccumulatorsPerThread(const Schedule &schedule);
int64_t getAccumulatorRegisters(const GemmProblem &problem,
                                const Schedule &schedule);
/// Whether mma.sync of fp8 becomes conversions and products of f16, which are
/// summed on their own: on chips that multiply fp8 by wgmma.
bool multipliesFp8AsF16(const GemmProblem &problem, const ChipInfo &chip);
/// Registers of the accumulators of mma.sync, and of sums beside them.
int64_t getMmaSyncRegisters(const GemmProblem &problem,
                            const Schedule &schedule, const ChipInfo &chip);
/// Bytes of the ring of operand tiles.
int64_t getRingBytes(const GemmProblem &problem, const Schedule &schedule);
/// Bytes in which results are staged; 0 if stored directly.
int64_t getStagingBytes(const GemmProblem &problem, const Schedule &schedule);
/// Bytes of the barriers of the ring.
int64_t getBarrierBytes(const Schedule &schedule);
/// Shared memory of a block. The staging reuses the ring's, except with roles,
/// where the producer fills the ring for the next tile meanwhile.
int64_t getSharedBytes(const GemmProblem &problem, const Schedule &schedule);

/// Legal schedules worth trying, the most general first.
llvm::SmallVector<Schedule> getGemmCandidates(const GemmProblem &problem,
                                              const ChipInfo &chip);

/// Those of engine wgmma; none if TMA cannot copy the operands.
llvm::SmallVector<Schedule> getWgmmaCandidates(const GemmProblem &problem,
                                               const ChipInfo &chip);

/// Bytes of a convolution's activations that are read from global memory again,
/// for other taps, while `blocks` tiles are computed at a time.
double getRereadBytes(const GemmProblem &problem, const Schedule &schedule,
                      const ChipInfo &chip, int64_t blocks);

/// Cost of a legal schedule.
ScheduleCost estimateGemmCost(const GemmProblem &problem,
                              const Schedule &schedule, const ChipInfo &chip);

} // namespace dlk

#endif
