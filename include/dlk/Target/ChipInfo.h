// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each chip can do, as data. Chips with several boards are described by
// one of them (the `board` field); limits of a block are those of the compute
// capability, the same on all boards.
#ifndef DLK_TARGET_CHIPINFO_H
#define DLK_TARGET_CHIPINFO_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace dlk {

struct ChipInfo {
  llvm::StringRef name;
  /// The board that counts and rates belong to.
  llvm::StringRef board;
  /// Compute capability, as 80 for 8.0.
  int64_t capability;
  /// PTX version that code for the chip is pinned to, as 80 for 8.0.
  int64_t ptxVersion;
  /// Whether code can be generated for the chip now.
  bool hasCodegen;

  int64_t numSMs;
  int64_t sharedBytesPerSM;
  /// Largest dynamic shared memory of a block, after opting in.
  int64_t sharedBytesPerBlock;
  int64_t registersPerSM;
  int64_t maxThreadsPerSM;
  int64_t maxBlocksPerSM;
  int64_t maxThreadsPerBlock;
  int64_t maxRegistersPerThread;
  int64_t l2Bytes;

  /// f16 multiply-adds with f32 accumulation that mma.sync does per SM and
  /// clock.
  int64_t mmaSyncRate;
  /// The same of wgmma; 0 without it.
  int64_t wgmmaRate;
  /// Clock in GHz and bandwidth of global memory in GB/s.
  double clockGHz;
  double memoryGBs;

  bool hasCpAsync;
  bool hasLdmatrix;
  bool hasMmaBf16;
  bool hasWgmma;
  bool hasTma;
  bool hasTcgen05;
};

/// All chips of the table, in order of compute capability.
llvm::ArrayRef<ChipInfo> getChips();

/// The chip of that name, or null.
const ChipInfo *findChip(llvm::StringRef name);

/// Names of the chips that code can be generated for, as "sm_80, sm_86".
std::string getSupportedChipNames();

/// The chip of that name, if code can be generated for it; otherwise an error
/// that names the chips that are supported.
llvm::Expected<const ChipInfo &> getSupportedChip(llvm::StringRef name);

} // namespace dlk

#endif
