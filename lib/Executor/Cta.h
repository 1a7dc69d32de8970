// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A CTA while it runs: its shared memory, barriers, asynchronous copies and
// warps; and what all CTAs of a launch have in common.

#ifndef DLK_LIB_EXECUTOR_CTA_H
#define DLK_LIB_EXECUTOR_CTA_H

#include "Warp.h"
#include <array>
#include <memory>
#include <vector>

namespace dlk::exec {

class AsyncCopies;
class Allocations;
struct Code;

/// Shared memory starts here in its window, so that address 0 is never valid.
constexpr uint32_t SharedBase = 1024;

/// One of the 16 barriers of a CTA. `waiting[w]` holds the lanes of warp w that
/// have arrived and wait.
struct CtaBarrier {
  uint32_t expected = 0; ///< Threads; 0 while nobody has arrived.
  uint32_t arrived = 0;
  uint32_t votes = 0; ///< bar.red: threads whose predicate held.
  uint32_t result = 0;
  uint64_t generation = 0;
};

/// What does not change during a launch.
struct Launch {
  const Code *code = nullptr;
  const Options *options = nullptr;
  const LaunchConfig *config = nullptr;
  Allocations *global = nullptr;
  std::vector<std::byte> constants;
  std::vector<std::byte> params;
  uint32_t sharedBytes = 0; ///< Static and dynamic.
  bool hardwareSums = false;
  unsigned chip = 80; ///< 80 for sm_80, 90 for sm_90a.
};

struct Cta {
  const Launch *launch = nullptr;
  Dim3 id{0, 0, 0};
  uint32_t linearId = 0;
  uint32_t threads = 0;
  /// Bytes of shared memory; shared address SharedBase is shared[0].
  std::vector<std::byte> shared;
  std::vector<std::byte> local;
  std::array<CtaBarrier, 16> barriers;
  std::unique_ptr<AsyncCopies> async;
  std::vector<Warp> warps;
  std::vector<Finding> findings;
  /// Counts everything that another warp could wait for (arrivals, deliveries,
  /// stores); a round of polls that leaves it unchanged is a deadlock.
  uint64_t progress = 0;

  Cta();
  ~Cta();
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_CTA_H
