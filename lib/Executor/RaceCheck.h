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

/// From Op::origin to the PTX line.
using LineOf = std::function<uint32_t(uint32_t)>;

class RaceCheck {
public:
  RaceCheck(uint32_t sharedBytes, WarpClocks &clocks, LineOf lineOf);

  std::optional<Violation> check(const SharedAccess &access);
  /// The start of an asynchronous copy into these bytes: it must come after all
  /// earlier accesses; what comes after it is AsyncCopies' affair.
  std::optional<Violation> checkCopy(const SharedAccess &access);
  /// A read by the async proxy: it must come after all earlier writes; what may
  /// not come before its end is BulkMarks' affair.
  std::optional<Violation> checkAsyncRead(const SharedAccess &access);

private:
  /// The last access of a kind to a granule; clock 0 for none.
  struct Event {
    uint32_t clock = 0;
    uint32_t origin : 21;
    uint32_t warp : 6;
    uint32_t bytes : 4;
    uint32_t atomic : 1;
    Event() : origin(0), warp(0), bytes(0), atomic(0) {}
  };
  static_assert(sizeof(Event) == 8);

  Event &lastRead(uint32_t granule, unsigned warp) {
    return reads[size_t(warp) * granules + granule];
  }
  Event eventOf(const SharedAccess &access, uint32_t granule) const;
  bool ordered(const Event &earlier, const Event &now) const;
  std::optional<Violation> checkGranule(const SharedAccess &access,
                                        uint32_t granule, bool copy);
  Violation report(const Event &earlier, const char *earlierKind,
                   const SharedAccess &access, uint32_t granule) const;

  WarpClocks &clocks;
  LineOf lineOf;
  uint32_t granules;
  std::vector<Event> writes;
  std::vector<Event> reads; ///< One plane of granules per warp.
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
