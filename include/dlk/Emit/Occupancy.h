// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How many blocks of a kernel an SM holds at a time. Independent of MLIR.
#ifndef DLK_EMIT_OCCUPANCY_H
#define DLK_EMIT_OCCUPANCY_H

#include "dlk/Target/ChipInfo.h"

namespace dlk {

struct BlockNeeds {
  int64_t threads = 0;
  int64_t registersPerThread = 0;
  int64_t sharedBytes = 0; // static and dynamic
};

struct Occupancy {
  int64_t blocksPerSM = 0;
  int64_t warpsPerSM = 0;
  /// Of the warps that an SM can hold.
  double fraction = 0;
  /// "registers", "shared memory", "threads" or "blocks": what runs out first.
  llvm::StringRef limitedBy;
};

Occupancy computeOccupancy(const ChipInfo &chip, const BlockNeeds &needs);

} // namespace dlk

#endif
