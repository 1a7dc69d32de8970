// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How fast a launch could be at best: what it did, by the executor's counters,
// over what the chip can do per clock. It is an estimate from published figures
// and never a measurement: latency, dependences and clocks that vary are not in
// it, and PTX instructions stand for machine instructions.

#ifndef DLK_RUNTIME_BOUND_H
#define DLK_RUNTIME_BOUND_H

#include "dlk/Executor/Stats.h"
#include "dlk/Target/ChipInfo.h"
#include <optional>
#include <vector>

namespace dlk::runtime {

/// One thing that the chip has a limited amount of: "tensor", "special",
/// "issue", "shared", "l2", "dram".
struct BoundResource {
  llvm::StringRef name;
  double cycles = 0; ///< At least, for the whole launch.
};

struct Bound {
  const ChipInfo *chip = nullptr;
  uint64_t sms = 0; ///< Multiprocessors that have work.
  std::vector<BoundResource> resources;

  /// The resource that takes longest.
  const BoundResource &limiter() const;
  double seconds() const;
  llvm::json::Value toJSON() const;
};

/// What must stand beside every time that comes of a bound.
constexpr llvm::StringRef BoundCaution =
    "estimate from chip figures, not a measurement";

/// None if there are no figures for the chip, "sm_90a" and so on.
std::optional<Bound> computeBound(const exec::Stats &stats,
                                  llvm::StringRef chip);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_BOUND_H
