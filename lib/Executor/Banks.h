// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one warp-level access costs the memory system, from its addresses alone.
//
// Shared memory has 32 banks of 4 bytes. Lanes that ask for the same word share
// it; different words of one bank take one pass (wavefront) each. Accesses of 8
// bytes per lane go by half warps, those of 16 by quarter warps (so does each
// matrix of ldmatrix, whose eight rows are a quarter). The ideal is one pass
// per part that has an active lane.
//
// Global memory moves sectors of 32 bytes. The ideal is the number of sectors
// that the distinct bytes would fill if they were packed.

#ifndef DLK_LIB_EXECUTOR_BANKS_H
#define DLK_LIB_EXECUTOR_BANKS_H

#include "Lanes.h"
#include "dlk/Executor/Stats.h"
#include <cstdint>

namespace dlk::exec {

struct SharedCost {
  unsigned wavefronts = 0, ideal = 0;
};
/// `addresses` has one entry per lane; `bytes` (1 to 32) is what each lane
/// moves.
SharedCost sharedCost(const uint32_t *addresses, Mask mask, uint32_t bytes);

struct GlobalCost {
  unsigned sectors = 0, ideal = 0;
};
GlobalCost globalCost(const uint64_t *addresses, Mask mask, uint32_t bytes);

/// Add one warp-level access of the lanes in `mask` to the counters.
void countShared(const uint64_t *addresses, Mask mask, uint32_t bytes,
                 Counters &counters);
void countGlobal(const uint64_t *addresses, Mask mask, uint32_t bytes,
                 Counters &counters);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_BANKS_H
