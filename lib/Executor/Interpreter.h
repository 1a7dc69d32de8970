// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs warps and clusters.

#ifndef DLK_LIB_EXECUTOR_INTERPRETER_H
#define DLK_LIB_EXECUTOR_INTERPRETER_H

#include "Cta.h"

namespace dlk::exec {

struct Origin;
struct Tally;

enum class WarpStatus { Done, Waiting, Quota, Stopped };

/// Runs a warp until it is done, waits, or has executed `quota` instructions.
WarpStatus runWarp(Warp &warp, uint64_t quota);

/// Runs all CTAs of a cluster to their end, a finding, or a deadlock, for so
/// many rounds of all warps at most. Returns false if there is more to do, or
/// if only another cluster can free it (Cluster::stuck).
bool runCluster(Cluster &cluster, unsigned rounds);
/// Adds to the notes where each warp is and what it waits for.
void noteWarps(Cluster &cluster);

/// Makes a cluster's CTAs and warps ready to start; `first` is the index of its
/// first CTA in the grid. Reuses the cluster's memory.
void startCluster(Cluster &cluster, const Launch &launch, Dim3 first,
                  Tally *tally);

/// "file.cu:12:4" or "file.cu:2:3 inlined at file.cu:6:5"; empty without .loc.
std::string sourceText(const Launch &launch, const Origin &origin);

/// Counts an instruction that parks its group and is released past itself; the
/// interpreter counts those that go on, once they do.
void countParked(Warp &warp, const Op &op, Mask mask);

/// Frees waiting groups of `cta` if barrier `number` is complete.
bool tryCompleteBarrier(Cta &cta, unsigned number);
void tryCompleteClusterBarrier(Cluster &cluster);
/// After lanes have exited: barriers that waited for all threads.
void barriersAfterExit(Cta &cta);

/// Lanes of the current group that do not take part in the current micro-op go
/// on alone; the current group keeps `mask`.
void splitGroup(Warp &warp, Mask mask);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_INTERPRETER_H
