// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of chips. Limits come from the CUDA C++ Programming Guide, table
// "Technical Specifications per Compute Capability"; counts and rates from the
// vendor's data sheet of the named board. PTX versions are ones that LLVM's
// NVPTX backend and ptxas 13.0 both take for the chip.

#include "dlk/Target/ChipInfo.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dlk;

static constexpr int64_t KiB = 1024;
static constexpr int64_t MiB = 1024 * KiB;

// clang-format off
static const ChipInfo chips[] = {
    // name, board, capability, PTX, code | SMs, shared/SM, shared/block, registers,
    // threads/SM, blocks/SM, threads/block, registers/thread, L2 |
    // mma.sync rate, wgmma rate, GHz, GB/s | cp.async, ldmatrix, mma bf16, wgmma, tma, tcgen05
    {"sm_80", "A100-SXM4-40GB", 80, 80, true,
     108, 164 * KiB, 163 * KiB, 65536, 2048, 32, 1024, 255, 40 * MiB,
     1024, 0, 1.41, 1555, true, true, true, false, false, false},
    {"sm_86", "A10", 86, 80, true,
     72, 100 * KiB, 99 * KiB, 65536, 1536, 16, 1024, 255, 6 * MiB,
     512, 0, 1.695, 600, true, true, true, false, false, false},
    {"sm_87", "Jetson AGX Orin", 87, 80, true,
     16, 164 * KiB, 163 * KiB, 65536, 1536, 16, 1024, 255, 4 * MiB,
     1024, 0, 1.3, 204.8, true, true, true, false, false, false},
    {"sm_89", "L40S", 89, 84, true,
     142, 100 * KiB, 99 * KiB, 65536, 1536, 24, 1024, 255, 96 * MiB,
     512, 0, 2.52, 864, true, true, true, false, false, false},
    {"sm_90", "H100 SXM", 90, 84, true,
     132, 228 * KiB, 227 * KiB, 65536, 2048, 32, 1024, 255, 50 * MiB,
     1288, 0, 1.83, 3350, true, true, true, false, false, false},
    {"sm_90a", "H100 SXM", 90, 86, true,
     132, 228 * KiB, 227 * KiB, 65536, 2048, 32, 1024, 255, 50 * MiB,
     1288, 2048, 1.83, 3350, true, true, true, true, true, false},
    {"sm_100a", "B200", 100, 87, false,
     148, 228 * KiB, 227 * KiB, 65536, 2048, 32, 1024, 255, 126 * MiB,
     1024, 0, 1.965, 8000, true, true, true, false, true, true},
    {"sm_120", "GeForce RTX 5090", 120, 87, false,
     170, 100 * KiB, 99 * KiB, 65536, 1536, 24, 1024, 255, 96 * MiB,
     256, 0, 2.407, 1792, true, true, true, false, true, false},
};
// clang-format on

llvm::ArrayRef<ChipInfo> dlk::getChips() { return chips; }

const ChipInfo *dlk::findChip(llvm::StringRef name) {
  const ChipInfo *chip = llvm::find_if(
      chips, [&](const ChipInfo &chip) { return chip.name == name; });
  return chip == std::end(chips) ? nullptr : chip;
}

std::string dlk::getSupportedChipNames() {
  llvm::SmallVector<llvm::StringRef> names;
  for (const ChipInfo &chip : chips)
    if (chip.hasCodegen)
      names.push_back(chip.name);
  return llvm::join(names, ", ");
}

llvm::Expected<const ChipInfo &> dlk::getSupportedChip(llvm::StringRef name) {
  const ChipInfo *chip = findChip(name);
  if (chip && chip->hasCodegen)
    return *chip;
  return llvm::createStringError(
      llvm::formatv("{0}: '{1}'; supported: {2}",
                    chip ? "no code generation for chip" : "unknown chip", name,
                    getSupportedChipNames()));
}
