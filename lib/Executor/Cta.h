// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A CTA while it runs: its shared memory, barriers, shadow and warps; the
// cluster it belongs to; and what all CTAs of a launch have in common.

#ifndef DLK_LIB_EXECUTOR_CTA_H
#define DLK_LIB_EXECUTOR_CTA_H

#include "Warp.h"
#include <array>
#include <memory>
#include <random>
#include <vector>

namespace dlk::exec {

class SharedShadow;
class WarpClocks;
class Mbarriers;
class Warpgroups;
class BulkCopies;
class SpinWatch;
class Allocations;
class GlobalShadow;
struct Cluster;
struct Code;

/// Shared memory starts here in its window, so that address 0 is never valid.
constexpr uint32_t SharedBase = 1024;

/// One of the 16 barriers of a CTA.
struct CtaBarrier {
  bool inUse = false;      ///< Somebody has arrived and it is not complete.
  bool countGiven = false; ///< The instruction named the thread count.
  uint32_t expected = 0;   ///< Threads.
  uint32_t arrived = 0;
  uint32_t votes = 0, voters = 0; ///< bar.red: how many of how many.
  uint32_t line = 0;              ///< Of the first arrival, for messages.
  std::vector<Mask> lanes;        ///< Per warp, those that have arrived.
};

/// What does not change during a launch.
struct Launch {
  Launch();
  ~Launch();
  const Code *code = nullptr;
  const Options *options = nullptr;
  const LaunchConfig *config = nullptr;
  llvm::StringRef moduleName;
  Allocations *global = nullptr;
  std::unique_ptr<GlobalShadow> globalShadow; ///< Only with its checks.
  std::vector<std::byte> constants;
  std::vector<std::byte> params;
  uint32_t sharedBytes = 0;             ///< Static and dynamic.
  unsigned chip = 80;                   ///< 80 for sm_80, 90 for sm_90a.
  std::vector<std::string> sourceFiles; ///< By .file number.
};

struct Cta {
  const Launch *launch = nullptr;
  Cluster *cluster = nullptr;
  Dim3 id{0, 0, 0};
  uint64_t linearId = 0;
  uint32_t rank = 0; ///< In the cluster.
  uint32_t threads = 0;
  uint32_t exited = 0;
  /// Shared address SharedBase is shared[0].
  std::byte *shared = nullptr;
  uint32_t sharedBytes = 0;
  std::byte *local = nullptr;
  std::array<CtaBarrier, 16> barriers;
  std::unique_ptr<SharedShadow> shadow;
  std::shared_ptr<Mbarriers> mbarriers;
  std::shared_ptr<Warpgroups> warpgroups;
  std::vector<Warp> warps;

  Cta();
  ~Cta();
  Cta(Cta &&) noexcept;
};

/// The CTAs that are scheduled together; one without clusters.
struct Cluster {
  const Launch *launch = nullptr;
  std::vector<Cta> ctas;
  std::vector<Finding> findings;
  std::vector<std::string> notes;
  bool stopped = false; ///< A finding ended it.
  bool stepLimit = false;
  uint64_t steps = 0;
  /// Counts everything that another warp could wait for.
  uint64_t progress = 0;
  /// Counts what changed memory besides, so that a warp that spins on a plain
  /// load can be told from one that waits for a write; `outside` are the same
  /// counts of other clusters that run in turns with this one.
  uint64_t writes = 0, outside = 0;
  std::shared_ptr<SpinWatch> spins;
  bool stuck = false;          ///< Only another cluster can free it.
  std::minstd_rand random;     ///< Of the order of warps.
  uint32_t number = 0;         ///< In the grid.
  uint32_t barrierArrived = 0; ///< barrier.cluster: threads.
  uint32_t barrierPhase = 0;
  std::shared_ptr<BulkCopies> bulk;
  std::shared_ptr<WarpClocks> clocks; ///< Of the warps of all CTAs.
  std::vector<std::byte> memory; ///< Registers, shared and local of all CTAs.
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_CTA_H
