// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Legality, resources and cost of a schedule for a problem in matmul form
// (matmul, convolution as implicit GEMM), without IR.
// The rules of legality, S1 to S12, are listed with `#dlk.schedule`.
#ifndef DLK_DIALECT_DLK_IR_GEMMSCHEDULE_H
#define DLK_DIALECT_DLK_IR_GEMMSCHEDULE_H

#include "dlk/Dialect/Dlk/IR/Schedule.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace dlk {
struct ChipInfo;

struct GemmProblem {
  int64_t batch = 1, m = 0, n = 0, k = 0;
  /// Bytes of an element of the inputs and of the result.
  int64_t inputBytes = 2, outputBytes = 2;
  /// Largest piece of lhs and of rhs that one aligned copy can move.
  int64_t lhsPieceBytes = 16, rhsPieceBytes = 16;
  /// Bytes of all operands and results, each counted once.
  double bytes = 0;
};

/// The first rule that the schedule breaks, in words, or nothing.
std::optional<std::string> checkGemmSchedule(const GemmProblem &problem,
                                             const Schedule &schedule,
                                             const ChipInfo &chip);

int64_t getNumThreads(const Schedule &schedule);
/// Accumulator registers of one thread.
int64_t getAccumulatorsPerThread(const Schedule &schedule);
/// Bytes of the ring of operand tiles.
int64_t getRingBytes(const GemmProblem &problem, const Schedule &schedule);
/// Bytes in which all warps stage 16 rows of their results; 0 if stored
/// directly.
int64_t getStagingBytes(const GemmProblem &problem, const Schedule &schedule);
/// Shared memory of a block: the staging reuses the ring's.
int64_t getSharedBytes(const GemmProblem &problem, const Schedule &schedule);

/// Legal schedules worth trying, the most general first.
llvm::SmallVector<Schedule> getGemmCandidates(const GemmProblem &problem,
                                              const ChipInfo &chip);

/// Cost of a legal schedule.
ScheduleCost estimateGemmCost(const GemmProblem &problem,
                              const Schedule &schedule, const ChipInfo &chip);

} // namespace dlk

#endif
