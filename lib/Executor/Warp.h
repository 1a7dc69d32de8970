// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One warp while it runs, as handlers see it: registers, the groups of lanes
// that are at the same place, and the way to memory, findings and counters.
//
// A handler for "d = a op b" on 32-bit registers:
//
//   Step addU32(Warp &warp, const Op &op, Mask mask) {
//     Lanes32 &d = warp.r32(op.a[0]);
//     const Lanes32 &a = warp.r32(op.a[1]), &b = warp.r32(op.a[2]);
//     forEachLane(mask, [&](unsigned i) { d.v[i] = a.v[i] + b.v[i]; });
//     return Step::Next;
//   }
//
// `d` may be the same register as `a` or `b`; a handler that mixes lanes or has
// several results reads everything before it writes.

#ifndef DLK_LIB_EXECUTOR_WARP_H
#define DLK_LIB_EXECUTOR_WARP_H

#include "Lanes.h"
#include "Op.h"
#include "dlk/Executor/Executor.h"
#include "llvm/ADT/SmallVector.h"
#include <utility>

namespace dlk::exec {

class Footprint;
struct Cta;

/// Lanes of a warp at the same micro-op. A warp without divergence has one.
struct Group {
  enum State : uint8_t {
    Ready,
    Barrier,  ///< Waits at CTA barrier `wait`.
    Cluster,  ///< Waits at the cluster barrier.
    WarpSync, ///< At bar.warp.sync, for the lanes of `wait`.
    Converge, ///< Waits until all lanes of `wait` are at this micro-op.
    Polling,  ///< Failed a poll; ready when Cluster::progress is not `wait`.
  };
  uint32_t pc = 0;
  Mask mask = 0;
  State state = Ready;
  uint32_t wait = 0;
};

/// The state spaces of PTX. Shared means shared::cta addresses, with or without
/// the cluster's rank bits; see Memory.h for the windows of generic addresses.
enum class Space : uint8_t { Generic, Global, Shared, Local, Param, Const };
enum class Access : uint8_t { Read, Write, Atomic };

struct Warp {
  Cta *cta = nullptr;
  std::byte *registers = nullptr;
  const std::byte *constants = nullptr;
  /// Per micro-op counters of this worker, or null without statistics.
  Counters *counters = nullptr;
  Footprint *footprint = nullptr; ///< Of this worker; null without statistics.
  uint32_t index = 0;             ///< In its CTA.
  uint32_t actor = 0;             ///< In its cluster: names it in shadows.
  Mask exists = 0;                ///< Lanes that have a thread at all.
  Mask alive = 0;                 ///< Those that have not exited.
  llvm::SmallVector<Group, 4> groups;
  uint32_t current = 0; ///< Index into groups of the one that runs.
  uint64_t steps = 0;
  uint32_t startAfter = 0;   ///< The pc at which the next turn's choice begins.
  uint32_t clusterPhase = 0; ///< When it last arrived at the cluster barrier.

  const std::byte *at(Slot slot) const {
    return (slot < 0 ? constants : registers) + (uint32_t(slot) & 0x7fffffffu);
  }
  std::byte *at(Slot slot) {
    return const_cast<std::byte *>(std::as_const(*this).at(slot));
  }

  /// The register in a slot. The decoder has checked width and kind; constants
  /// are only ever read.
  Lanes32 &r32(Slot slot) { return *reinterpret_cast<Lanes32 *>(at(slot)); }
  Lanes64 &r64(Slot slot) { return *reinterpret_cast<Lanes64 *>(at(slot)); }
  Mask &predicate(Slot slot) { return *reinterpret_cast<Mask *>(at(slot)); }

  Group &group() { return groups[current]; }
  /// The thread's linear number in its CTA.
  uint32_t thread(unsigned lane) const { return index * WarpSize + lane; }
  /// The counters of `op`; only if `counters` is not null.
  Counters &counts(const Op &op);

  /// Host memory behind `bytes` bytes at `address` of a space, as lane `lane`
  /// sees it. Checks bounds, alignment (to `bytes` unless `align` is given),
  /// and copies in flight; null after having reported a finding.
  std::byte *resolve(const Op &op, Space space, uint64_t address,
                     uint32_t bytes, Access access, unsigned lane,
                     uint32_t align = 0);

  /// Reports a finding at `op`. Returns Step::Stop, so that a handler can say
  /// `return warp.fail(...)`. `lane` is -1 for the whole warp.
  Step fail(const Op &op, FindingKind kind, int lane,
            const llvm::Twine &message);
  /// Reports a warning, once per kind, line and message; the kernel goes on.
  void warn(const Op &op, FindingKind kind, int lane,
            const llvm::Twine &message);
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_WARP_H
