// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of GemmSchedule.h that belongs to engine wgmma: its rules, its
// candidates, its cost model. All take the problem as the schedule's tiles see
// it (transposed by swap_ab), unless said otherwise.
#ifndef DLK_LIB_DIALECT_DLK_IR_WGMMASCHEDULE_H
#define DLK_LIB_DIALECT_DLK_IR_WGMMASCHEDULE_H

#include "dlk/Dialect/Dlk/IR/GemmSchedule.h"

namespace dlk {

/// The problem whose m and n the tile's m and n count.
GemmProblem orientProblem(const GemmProblem &problem, const Schedule &schedule);

/// Rules S2, S3, S8, S9 and S13 to S28; `problem` as the user gave it.
std::optional<std::string> checkWgmmaSchedule(const GemmProblem &problem,
                                              const Schedule &schedule,
                                              const ChipInfo &chip);

/// Columns that a consumer warpgroup multiplies and stores.
int64_t getConsumerColumns(const Schedule &schedule);
int64_t getWgmmaStagingBytes(const GemmProblem &problem,
                             const Schedule &schedule);

/// Why TMA cannot copy the operands, with the rule, or nothing.
std::optional<std::string> checkTmaOperands(const GemmProblem &problem);
/// Whether epilogue stmatrix_tma is legal, whatever the schedule has.
bool canStoreByTma(const GemmProblem &problem, const Schedule &schedule);

/// What streaming kernels get from global memory.
double getMemoryBytesPerClock(const ChipInfo &chip);
/// `reduction`: clocks of the kernel that adds partial sums.
ScheduleCost estimateWgmmaCost(const GemmProblem &problem,
                               const Schedule &schedule, const ChipInfo &chip,
                               double reduction);

/// What a reason says of pixels that are read again, or why they are not.
std::string explainReread(const Schedule &schedule, double reread);

} // namespace dlk

#endif
