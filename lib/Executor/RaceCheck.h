// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two optional checks on shared memory.
//
// RaceCheck: two accesses to the same byte by different warps, at least one a
// write, without a barrier that orders them. Per 4-byte granule it keeps the
// last write and each warp's last read, each with the warp's clock and the
// bytes touched; order is decided by the vector clocks (WarpClocks.h), so named
// barriers with part of the warps are exact too. Atomics do not race with each
// other and order what is around them as a lock would. Lanes of one warp are
// taken to be in order.
//
// InitCheck: reads of bytes that nobody has written.

#ifndef DLK_LIB_EXECUTOR_RACECHECK_H
#define DLK_LIB_EXECUTOR_RACECHECK_H

#include "Warp.h"
#include "WarpClocks.h"
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dlk::exec {

/// One lane's access to shared memory; `offset` counts from its first byte.
/// `warp` is Warp::actor: its number in the cluster.
struct SharedAccess {
  uint32_t offset = 0;
  uint32_t bytes = 0;
  Access kind = Access::Read;
  uint32_t warp = 0;
  unsigned lane = 0;
  uint32_t origin = 0; ///< Op::origin.
};

/// What a check found, ready for Warp::fail.
struct Violation {
  FindingKind kind = FindingKind::Race;
  std::string message;
};
using MaybeViolation = std::optional<Violation>;

/// How messages name lines and warps.
struct Names {
  std::function<uint32_t(uint32_t)> lineOf; ///< Op::origin to PTX line.
  uint32_t warpsPerCta = 0;                 ///< 0: there is one CTA.
  uint32_t firstWarp = 0;                   ///< Of the CTA whose memory it is.

  /// "warp 3", for a warp of another CTA than the reader's "warp 3 of the
  /// cluster's CTA 1".
  std::string warp(uint32_t actor, uint32_t reader) const;
};

class RaceCheck {
public:
  RaceCheck(uint32_t sharedBytes, WarpClocks &clocks, Names names);

  std::optional<Violation> check(const SharedAccess &access);
  /// The start of an asynchronous copy into these bytes: it must come after all
  /// earlier accesses; what comes after it is AsyncCopies' affair.
  std::optional<Violation> checkCopy(const SharedAccess &access);
  /// A read by the async proxy: it must come after all earlier writes; what may
  /// not come before its end is BulkMarks' affair.
  std::optional<Violation> checkAsyncRead(const SharedAccess &access);
  /// Are the generic writes to these bytes fenced for a read by the async
  /// proxy?
  std::optional<Violation> checkProxy(const SharedAccess &access) const;

private:
  /// The last access of a kind to a granule; clock 0 for none.
  struct Event {
    uint32_t clock = 0;
    uint32_t origin : 21;
    uint32_t bytes : 4;
    uint32_t lane : 6; ///< SeveralLanes if not one.
    uint32_t atomic : 1;
    Event() : origin(0), bytes(0), lane(0), atomic(0) {}
  };
  static_assert(sizeof(Event) == 8);
  static constexpr unsigned SeveralLanes = 63;
  using Plane = std::vector<Event>; ///< One event per granule, or empty.

  Event eventOf(const SharedAccess &access, uint32_t granule) const;
  /// Is what `warp` did known to the warp of `access`, which does `now`?
  bool ordered(const Event &earlier, unsigned warp, const SharedAccess &access,
               const Event &now) const;
  std::optional<Violation> checkGranule(const SharedAccess &access,
                                        uint32_t granule, bool copy);
  Violation report(const Event &earlier, unsigned warp, const char *earlierKind,
                   const SharedAccess &access, uint32_t granule) const;

  WarpClocks &clocks;
  Names names;
  uint32_t granules;
  Plane writes;
  std::vector<uint16_t> writers; ///< Whose writes they are.
  std::vector<Plane> reads;      ///< Per warp; empty until it reads.
};

class InitCheck {
public:
  explicit InitCheck(uint32_t sharedBytes) : written(sharedBytes) {}
  std::optional<Violation> check(const SharedAccess &access);

private:
  std::vector<uint8_t> written; ///< 1 per byte that has been written.
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_RACECHECK_H
