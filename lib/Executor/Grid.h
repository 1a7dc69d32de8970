// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All clusters of a launch, on worker threads. Clusters are handed out in order
// and their findings sorted, so the report is the same for any number of
// workers.

#ifndef DLK_LIB_EXECUTOR_GRID_H
#define DLK_LIB_EXECUTOR_GRID_H

#include "Cta.h"
#include "Footprint.h"
#include <atomic>
#include <mutex>

namespace dlk::exec {

/// What one worker counts; empty without statistics.
struct Tally {
  std::vector<Counters> counters; ///< Per PTX instruction.
  Footprint footprint;
};

class Grid {
public:
  explicit Grid(const Launch &launch);

  /// Runs every cluster on so many threads.
  void run(unsigned workers);
  /// Runs them on this thread, taking turns: a CTA that waits for another one's
  /// writes to global memory does not keep that one from starting.
  void runInTurns();
  Report report();

private:
  /// What one cluster ended with, if not simply done.
  struct Outcome {
    uint64_t cluster;
    std::vector<Finding> findings;
    std::vector<std::string> notes;
    bool stepLimit;
  };

  void work();
  bool start(uint64_t index, Cluster &cluster, Tally &own);
  void finish(uint64_t index, Cluster &cluster);
  void add(const Tally &own);
  Tally makeTally() const;

  const Launch &launch;
  Dim3 clusters;
  std::atomic<uint64_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::vector<Outcome> outcomes;
  size_t findings = 0;
  Tally tally;
};

/// Counters per PTX instruction to statistics per line and class.
Stats gatherStats(const Launch &launch, const Tally &tally);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_GRID_H
