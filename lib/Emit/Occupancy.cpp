// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rules are those of NVIDIA's occupancy calculator for compute capability
// 8.0 and later: registers are given to warps in units of 256 and warps to the
// four partitions of an SM; each block costs 1 KiB of shared memory more than
// it asks for, and shared memory is given in units of 128 bytes.

#include "dlk/Emit/Occupancy.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk;

static constexpr int64_t warpSize = 32;
static constexpr int64_t partitions = 4;
static constexpr int64_t registerUnit = 256;
static constexpr int64_t sharedUnit = 128;
static constexpr int64_t sharedReserve = 1024;

static int64_t blocksByRegisters(const ChipInfo &chip, const BlockNeeds &needs,
                                 int64_t warpsPerBlock) {
  if (needs.registersPerThread == 0)
    return chip.maxBlocksPerSM;
  int64_t perWarp =
      llvm::alignTo(needs.registersPerThread * warpSize, registerUnit);
  int64_t warps = chip.registersPerSM / partitions / perWarp * partitions;
  return warps / warpsPerBlock;
}

Occupancy dlk::computeOccupancy(const ChipInfo &chip, const BlockNeeds &needs) {
  int64_t warps = llvm::divideCeil(needs.threads, warpSize);
  if (warps == 0)
    return {};
  int64_t shared = llvm::alignTo(needs.sharedBytes + sharedReserve, sharedUnit);
  Occupancy result{chip.maxBlocksPerSM, 0, 0, "blocks"};
  auto limit = [&](int64_t blocks, llvm::StringRef what) {
    if (blocks < result.blocksPerSM) {
      result.blocksPerSM = blocks;
      result.limitedBy = what;
    }
  };
  limit(chip.maxThreadsPerSM / (warps * warpSize), "threads");
  limit(blocksByRegisters(chip, needs, warps), "registers");
  limit(chip.sharedBytesPerSM / shared, "shared memory");
  result.warpsPerSM = result.blocksPerSM * warps;
  result.fraction =
      double(result.warpsPerSM * warpSize) / double(chip.maxThreadsPerSM);
  return result;
}
