// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What bulk copies need of mbarriers besides their state: where one lies, and
// what follows from a change.

#ifndef DLK_LIB_EXECUTOR_MBARRIEROPS_H
#define DLK_LIB_EXECUTOR_MBARRIEROPS_H

#include "Cta.h"
#include "Mbarrier.h"

namespace dlk::exec {

/// A byte of some CTA's shared memory in the cluster.
struct SharedPlace {
  Cta *cta = nullptr;
  uint32_t offset = 0;
};

/// Whose shared memory holds `at`? False if nobody's.
bool sharedPlace(Warp &warp, const std::byte *at, SharedPlace &out);

/// The place that an mbarrier's address names; false after a finding.
bool locateMbarrier(Warp &warp, const Op &op, Space space, uint64_t address,
                    unsigned lane, Access access, SharedPlace &out);

/// The intact mbarrier there, or null after a finding.
Mbarrier *mbarrierAt(Warp &warp, const Op &op, unsigned lane,
                     SharedPlace place);

/// After any change of an mbarrier of `cta`.
void afterMbarrier(Cta &cta, uint32_t offset,
                   const Mbarriers::Outcome &outcome);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_MBARRIEROPS_H
